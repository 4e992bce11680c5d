"""Named, independent random streams from one seed.

A run has one seed and several uses of chance: the split, the initial weights, the order of the
examples. Each takes a stream of its own, so that one more draw in one of them moves nothing in
the others. Block 00 writes a generator out by hand; here NumPy's PCG64 does the work.
"""

import hashlib

import numpy as np


def key(seed: int, names: tuple) -> tuple[int, tuple]:
    """Seed and names as Python's own numbers and texts, so that np.int64(3) is the name 3.

    Raises ValueError where the seed is not a whole number >= 0, and TypeError where a name is
    neither a number nor a text: what others print may hold an address, new in every process.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"a seed is a whole number >= 0, not {seed!r}")
    names = tuple(name.item() if isinstance(name, np.generic) else name for name in names)
    for name in names:
        if not isinstance(name, str | int | float):
            raise TypeError(f"the name of a stream is a text or a number, not {name!r}")
    return int(seed), names


def stream(seed: int, *names: str | int | float) -> np.random.Generator:
    """The random stream of this seed and these names; other names give an independent stream.

    The names are hashed (SHA-256) into the entropy of a SeedSequence, so a stream depends on
    neither the order of the calls nor Python's own hash seed. 1 and 1.0 are different names.

    Raises ValueError where the seed is not a whole number >= 0, TypeError on other names.

    >>> stream(0, "split").permutation(5).tolist() == stream(0, "split").permutation(5).tolist()
    True
    >>> bool(stream(0, "split").random() == stream(0, "weights").random())
    False
    """
    seed, names = key(seed, names)
    digest = hashlib.sha256(repr(names).encode()).digest()
    entropy = [seed, *np.frombuffer(digest, dtype="<u4").tolist()]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
