"""A pseudo-random generator: a number called the state, and a rule that makes the next one.

Nothing in it is random. The state is the whole memory, so an equal state gives equal numbers for
ever after: that is why a seed fixes everything, and why the numbers repeat in the end (there are
only so many states). A good rule makes the repeat late and the numbers look independent.

Left out: cryptography. Whoever sees a few outputs of this generator can compute the rest.
"""

import hashlib
from collections.abc import Callable

from shared.checks import check_whole
from shared.seeding import key


def lcg_step(state: int, multiplier: int, increment: int, modulus: int) -> int:
    """The next state of a linear congruential generator: (a s + c) mod m.

    >>> states = [1]
    >>> for _ in range(5):
    ...     states.append(lcg_step(states[-1], multiplier=5, increment=3, modulus=16))
    >>> states
    [1, 8, 11, 10, 5, 12]
    """
    return (multiplier * state + increment) % modulus


def period(step: Callable[[int], int], start: int) -> int:
    """How many steps lie on the cycle that the states fall into, beginning at `start`.

    >>> period(lambda state: lcg_step(state, 5, 3, 16), start=1)  # all 16 states: a full period
    16
    >>> period(lambda state: lcg_step(state, 4, 3, 16), start=1)  # it gets stuck on one state
    1
    """
    seen: dict[int, int] = {}
    state = start
    while state not in seen:
        seen[state] = len(seen)
        state = step(state)
    return len(seen) - seen[state]


WORD = 2**32  # outputs are whole numbers below this
STATES = 2**64  # so many states, and as many steps until the numbers repeat
MULTIPLIER = 6364136223846793005  # Knuth's; = 1 mod 4, as a full period asks


def scramble(state: int) -> int:
    """32 output bits from a 64-bit state: the high bits folded, then rotated by the top five.

    The lowest bits of an LCG repeat after 2, 4, 8, ... steps; PCG never shows them as they are.
    Source: O'Neill 2014, PCG-XSH-RR 64/32.
    """
    folded = (((state >> 18) ^ state) >> 27) % WORD
    turn = state >> 59
    return (folded >> turn | folded << (32 - turn)) % WORD


def uniform_from_words(a: int, b: int) -> float:
    """A number in [0, 1) from two 32-bit words: 27 bits of one and 26 of the other, over 2^53.

    53 bits are what a float64 holds, so every result is exact and 1.0 never occurs.

    >>> uniform_from_words(0, 0), uniform_from_words(2**31, 0)
    (0.0, 0.5)
    """
    return ((a >> 5) * 2**26 + (b >> 6)) / 2**53


class Pcg32:
    """PCG32 (permuted congruential generator): an LCG of 64 bits that shows 32 scrambled ones.

    `sequence` picks one of 2^63 increments, so equal seeds with other sequences differ.

    >>> [hex(word) for word in Pcg32(42, 54).words(3)]  # the author's own demonstration
    ['0xa15c02b7', '0x7b47f409', '0xba1d3330']
    """

    def __init__(self, seed: int, sequence: int = 0):
        for name, value in (("seed", seed), ("sequence", sequence)):
            check_whole(name, value, lowest=0)
        seed, sequence = int(seed), int(sequence)  # NumPy's integers end at 64 bits
        self.increment = (2 * sequence + 1) % STATES  # odd, as a full period asks
        self.state = lcg_step(0, MULTIPLIER, self.increment, STATES)
        self.state = lcg_step(self.state + seed, MULTIPLIER, self.increment, STATES)

    def word(self) -> int:
        """The next whole number in [0, 2^32)."""
        shown = scramble(self.state)
        self.state = lcg_step(self.state, MULTIPLIER, self.increment, STATES)
        return shown

    def words(self, count: int) -> list[int]:
        """The next `count` words."""
        return [self.word() for _ in range(count)]

    def below(self, bound: int) -> int:
        """A whole number in [0, bound), each equally likely; bound from 1 to 2^32.

        word % bound alone would favour small results wherever bound does not divide 2^32. So the
        first 2^32 % bound words are thrown away: as many are left for each result.
        """
        bound = check_whole("the bound", bound)
        if bound > WORD:
            raise ValueError(f"the bound is {bound}, it must be from 1 to 2^32")
        while (word := self.word()) < WORD % bound:
            pass
        return word % bound

    def uniform(self) -> float:
        """A number in [0, 1)."""
        return uniform_from_words(self.word(), self.word())


def named_stream(seed: int, *names: str | int) -> Pcg32:
    """A generator of its own for each use of chance, from one seed and the use's name.

    The hash (SHA-256) of seed and names gives the state and the sequence.
    Raises ValueError where the seed is not a whole number >= 0.

    >>> named_stream(0, "split").word() == named_stream(0, "split").word()
    True
    >>> named_stream(0, "split").word() == named_stream(0, "weights").word()
    False
    """
    seed, names = key(seed, names)
    digest = hashlib.sha256(repr((seed, *names)).encode()).digest()
    return Pcg32(int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:16], "little"))
