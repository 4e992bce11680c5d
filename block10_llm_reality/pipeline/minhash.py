"""Near-duplicates without comparing every pair: MinHash and locality-sensitive hashing.

Under a random order of all shingles, the first one of the set A and the first one of B are the
same exactly when the first one of their union lies in both: with probability Jaccard(A, B) = s.
A signature is the first shingle under many such orders, so the share of equal entries estimates s.

To find pairs, cut the signature into b bands of r entries; two texts meet where a whole band
agrees. That happens with probability 1 - (1 - s^r)^b: an S-curve, steep near (1/b)^(1/r).
Source: Broder 1997; Indyk and Motwani 1998; Leskovec, Rajaraman and Ullman 2014, chapter 3.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from block10_llm_reality.pipeline.shingles import jaccard, shingles
from shared.checks import check_whole

Array = np.ndarray


class Settings(NamedTuple):
    """How near-duplicates are looked for."""

    words: int = 3  # of a shingle: one word replaced breaks three of them
    bands: int = 80  # with 3 rows each, half of the pairs of Jaccard 0.21 meet, 99 % at 0.4
    rows: int = 3
    threshold: float = 0.25  # two different stories of the corpus stay below 0.15


def s_curve(similarity: Array, bands: int, rows: int) -> Array:
    """P(two texts of this Jaccard similarity meet in at least one band)."""
    return 1 - (1 - np.asarray(similarity) ** rows) ** bands


def signature(shingle_set: Array, multipliers: Array, offsets: Array) -> Array:
    """min over the set of (a x + b) mod 2^64, for each of M hash functions: (S,) -> (M,).

    a is odd. An empty set gets the largest number everywhere.
    """
    if len(shingle_set) == 0:
        return np.full(len(multipliers), np.iinfo(np.uint64).max)
    mixed = shingle_set[None] * multipliers[:, None] + offsets[:, None]  # (M, S), wraps around
    mixed ^= mixed >> np.uint64(32)
    return (mixed * multipliers[:, None]).min(axis=1)


def hash_functions(count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """`count` odd multipliers and offsets, 64 bits each."""
    a, b = rng.integers(0, 2**64, (2, check_whole("count", count)), dtype=np.uint64)
    return a | np.uint64(1), b


def meetings(signatures: Array, bands: int) -> Iterator[tuple[int, int]]:
    """The pairs (i < j) that agree in at least one band: signatures (N, bands * rows)."""
    met: set[tuple[int, int]] = set()
    for band in np.split(signatures, bands, axis=1):
        buckets = defaultdict(list)
        for number, part in enumerate(band):
            buckets[part.tobytes()].append(number)
        for bucket in buckets.values():
            for place, j in enumerate(bucket):
                for i in bucket[:place]:
                    if (i, j) not in met:
                        met.add((i, j))
                        yield i, j


def near_duplicates(
    documents: Sequence[str], settings: Settings, rng: np.random.Generator
) -> list[int]:
    """The documents that resemble an earlier one: pairs that meet, their Jaccard then computed.

    Resembling goes on from text to text; of each group that hangs together the first one stays.
    """
    sets = [shingles(document, settings.words) for document in documents]
    functions = hash_functions(settings.bands * settings.rows, rng)
    signatures = np.array([signature(s, *functions) for s in sets])
    first = list(range(len(documents)))  # the root of each document's group

    def root(number: int) -> int:
        while first[number] != number:
            first[number] = first[first[number]]
            number = first[number]
        return number

    for i, j in meetings(signatures, settings.bands):
        if root(i) != root(j) and jaccard(sets[i], sets[j]) >= settings.threshold:
            first[max(root(i), root(j))] = min(root(i), root(j))
    return [number for number in range(len(documents)) if root(number) != number]
