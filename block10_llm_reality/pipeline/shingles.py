"""Texts as sets of numbers: each run of n words hashed to 64 bits."""

import functools
import hashlib

import numpy as np

from shared.checks import check_whole
from shared.text import words

Array = np.ndarray
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, its bits well mixed: 2^64 / golden ratio


@functools.cache
def word_hash(word: str) -> int:
    """64 bits of a word, the same in every process (Python's own hash is not)."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


def shingles(text: str, n: int) -> Array:
    """The different runs of n words, hashed and sorted: (S,) uint64. Shorter texts have one.

    h(w1 ... wn) = (h(w1) m + h(w2)) m + ... mod 2^64, each step mixed by a shift.

    >>> len(shingles("the cat saw the cat saw", 3))  # the cat saw, cat saw the, saw the cat
    3
    """
    check_whole("n", n)
    hashes = np.array([word_hash(word) for word in words(text)], np.uint64)  # (W,)
    if len(hashes) == 0:
        return hashes
    n = min(n, len(hashes))
    total = np.zeros(len(hashes) - n + 1, np.uint64)
    for k in range(n):
        total = total * MULTIPLIER + hashes[k : len(hashes) - n + 1 + k]  # wraps around at 2^64
        total ^= total >> np.uint64(29)
    return np.unique(total)


def jaccard(a: Array, b: Array) -> float:
    """|a and b| / |a or b| of two sorted sets: 1 for equal ones, 0 for two that share nothing.

    >>> jaccard(np.array([1, 2, 3]), np.array([2, 3, 4]))
    0.5
    """
    if len(a) == 0 and len(b) == 0:
        return 1.0
    common = len(np.intersect1d(a, b, assume_unique=True))
    return common / (len(a) + len(b) - common)
