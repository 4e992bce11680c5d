"""All stages in order, and how well each one did on a corpus whose faults are known."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from block10_llm_reality.pipeline import leakage, minhash, quality
from block10_llm_reality.pipeline.normalise import exact_duplicates, normalise
from block10_llm_reality.pipeline.planting import Raw


class Cleaned(NamedTuple):
    """The normalised documents, what each stage took out of them, and the numbers of the rest."""

    documents: list[str]
    removed: dict[str, list[int]]
    kept: list[int]


def clean(
    documents: Sequence[str], held_out: Sequence[str], reference: quality.Reference,
    rng: np.random.Generator, *, limits: quality.Limits = quality.Limits(),  # noqa: B008
    near: minhash.Settings = minhash.Settings(),  # noqa: B008
    leak: leakage.Settings = leakage.Settings(),  # noqa: B008
) -> Cleaned:
    """Normalise; then leaks, junk, exact and near-duplicates, each on what the last stage left.

    Leaks first: a held-out text in capitals looks like junk, and is to be told as a leak. The
    held-out texts are looked at by the leakage check alone; nothing else is fitted on them.
    """
    documents = [normalise(document) for document in documents]
    held_out = [normalise(text) for text in held_out]
    stages = {
        "leak": lambda some: leakage.leaks(some, held_out, leak),
        "junk": lambda some: quality.junk(some, limits, reference),
        "exact": exact_duplicates,
        "near": lambda some: minhash.near_duplicates(some, near, rng),
    }
    kept, removed = list(range(len(documents))), {}
    for name, stage in stages.items():
        taken = {kept[place] for place in stage([documents[n] for n in kept])}
        removed[name] = sorted(taken)
        kept = [number for number in kept if number not in taken]
    return Cleaned(documents, removed, kept)


class Rate(NamedTuple):
    """recall: of what should go, the share that went. precision: of what went, the share right."""

    recall: float
    precision: float


def rate(right: int, wanted: int, taken: int) -> Rate:
    """Recall right / wanted and precision right / taken; 1 where there is nothing to divide by.

    >>> rate(8, 10, 16)
    Rate(recall=0.8, precision=0.5)
    """
    return Rate(right / wanted if wanted else 1.0, right / taken if taken else 1.0)


def rates(raw: Raw, cleaned: Cleaned) -> dict[str, Rate]:
    """Recall and precision for junk, leaks and duplicates.

    Of a clean text and its copies one may stay, whichever: among g that reached the stage,
    g - 1 should go.
    """
    found = {}
    for label in ("junk", "leak"):
        taken = cleaned.removed[label]
        right = sum(raw.labels[n] == label for n in taken)
        found[label] = rate(right, raw.labels.count(label), len(taken))
    taken = set(cleaned.removed["exact"]) | set(cleaned.removed["near"])
    reached = taken | set(cleaned.kept)

    def family(number: int) -> tuple:
        label = raw.labels[number]
        own = label if label in ("junk", "leak") else "story"
        return (own, number) if own == "junk" else (own, raw.sources[number])

    families = Counter(family(number) for number in reached)
    went = Counter(family(number) for number in taken)
    right = sum(min(went[name], size - 1) for name, size in families.items())
    found["duplicate"] = rate(right, sum(size - 1 for size in families.values()), len(taken))
    return found


def missed(raw: Raw, cleaned: Cleaned) -> dict[str, dict[str, int]]:
    """{label: {kind: how many planted ones are still there}}, to see which kind gets through."""
    kept = set(cleaned.kept)
    found: dict[str, dict[str, int]] = {}
    for number, (label, kind) in enumerate(zip(raw.labels, raw.kinds)):
        if label in ("junk", "leak") and number in kept:
            kinds = found.setdefault(label, {})
            kinds[kind] = kinds.get(kind, 0) + 1
    return found
