"""An n-gram model is a table: after this context, that character came so and so often.

An n-gram of order n predicts a character from the n - 1 before it, its context. Order 1 is the
unigram (no context), order 2 the bigram. A text is a string, a context a piece of it, and the
table is a dictionary of dictionaries, so that one can print it and read it.

Left out: characters that the training text does not have. They are one symbol of the vocabulary
(shared.text.UNKNOWN), put in their place before a text gets here.
"""

import math

Counts = dict[str, dict[str, int]]


def check_size(followers: dict[str, int], vocabulary_size: int) -> None:
    """Raise ValueError where a vocabulary of this size is empty or has no room for them."""
    if not vocabulary_size >= max(len(followers), 1):
        raise ValueError(f"{len(followers)} characters of a vocabulary of {vocabulary_size}")


def check_length(length: int) -> None:
    """Raise ValueError where a context would have fewer than 0 characters."""
    if length < 0:
        raise ValueError(f"a context has 0 characters or more, not {length}")


def count(text: str, length: int) -> Counts:
    """counts[context][c]: how often c follows each context of `length` characters.

    The first `length` characters have no whole context and are not counted.
    Raises ValueError where the length is negative.

    >>> count("banana", 1)
    {'b': {'a': 1}, 'a': {'n': 2}, 'n': {'a': 2}}
    >>> count("banana", 0)
    {'': {'b': 1, 'a': 3, 'n': 2}}
    """
    check_length(length)
    counts: Counts = {}
    for t in range(length, len(text)):
        followers = counts.setdefault(text[t - length : t], {})
        followers[text[t]] = followers.get(text[t], 0) + 1
    return counts


def maximum_likelihood(counts: Counts, context: str, c: str) -> float:
    """P(c | h) = count(h c) / count(h): the table that makes the training text most probable.

    0 for whatever was not seen, also where the context itself was not (0 / 0: no opinion at all).

    >>> maximum_likelihood(count("banana", 0), "", "n") == 2 / 6
    True
    """
    followers = counts.get(context, {})
    return followers.get(c, 0) / sum(followers.values()) if followers else 0.0


def add_k(counts: Counts, context: str, c: str, k: float, vocabulary_size: int) -> float:
    """P(c | h) = (count(h c) + k) / (count(h) + k V): every character is seen k times beforehand.

    A context never seen gives 1 / V. Raises ValueError where k is not above 0, or where V is below
    the number of characters that were seen: their probabilities would add up to more than 1.
    Source: Lidstone 1920; k = 1 is Laplace's rule of succession.

    >>> add_k(count("banana", 1), "a", "b", k=1, vocabulary_size=3)  # (0 + 1) / (2 + 3)
    0.2
    """
    if not 0 < k < math.inf:
        raise ValueError(f"k is {k}, it must be above 0: maximum_likelihood is the case of 0")
    followers = counts.get(context, {})
    check_size(followers, vocabulary_size)
    return (followers.get(c, 0) + k) / (sum(followers.values()) + k * vocabulary_size)


def contexts_before(text: str, length: int) -> list[str]:
    """The context of each character: the `length` characters before it, fewer at the beginning.

    Raises ValueError where the length is negative.

    >>> contexts_before("abcd", 2)
    ['', 'a', 'ab', 'bc']
    """
    check_length(length)
    return [text[max(t - length, 0) : t] for t in range(len(text))]
