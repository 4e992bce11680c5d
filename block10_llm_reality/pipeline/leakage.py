"""Does the training side hold what the model will be tested on? Overlap of word n-grams.

A document leaks where it shares a large part of its runs of n words with one held-out text, or
holds a large part of that text's. Source: Brown et al. 2020, appendix C (13 words there; the
stories are short, and share phrases by nature, so n is smaller and a share is asked for).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from block10_llm_reality.pipeline.shingles import shingles

Array = np.ndarray


class Settings(NamedTuple):
    """When an overlap is a leak."""

    words: int = 5
    threshold: float = 0.2  # of the shorter one's runs; two different stories stay below 0.15
    least: int = 10  # runs in common: a dozen words that many stories have are no leak


class HeldOut(NamedTuple):
    """All runs of the held-out texts, sorted, with the number of their text; how many each has."""

    runs: Array  # (R,) uint64
    texts: Array  # (R,)
    counts: Array  # (number of texts,)


def index(held_out: Sequence[str], n: int) -> HeldOut:
    """The runs of n words of all held-out texts, ready to be looked up."""
    sets = [shingles(text, n) for text in held_out]
    counts = np.array([len(s) for s in sets], np.int64)
    runs = np.concatenate([np.zeros(0, np.uint64), *sets])
    texts = np.repeat(np.arange(len(sets)), counts)
    order = np.argsort(runs, kind="stable")
    return HeldOut(runs[order], texts[order], counts)


def overlap(document: str, held_out: HeldOut, n: int, least: int = 1) -> float:
    """The largest share of runs in common with one held-out text, over the shorter one's count.

    Fewer than `least` runs in common count as none.
    """
    own = shingles(document, n)
    if len(own) == 0 or len(held_out.runs) == 0:
        return 0.0
    first, last = (np.searchsorted(held_out.runs, own, side=side) for side in ("left", "right"))
    places = [np.arange(a, b) for a, b in zip(first, last) if a < b]
    if not places:
        return 0.0
    common = np.bincount(held_out.texts[np.concatenate(places)], minlength=len(held_out.counts))
    common[common < least] = 0
    return float(np.max(common / np.maximum(np.minimum(held_out.counts, len(own)), 1)))


def leaks(documents: Sequence[str], held_out: Sequence[str], settings: Settings) -> list[int]:
    """The documents that overlap with a held-out text by the threshold or more."""
    known = index(held_out, settings.words)
    return [
        number
        for number, document in enumerate(documents)
        if overlap(document, known, settings.words, settings.least) >= settings.threshold
    ]
