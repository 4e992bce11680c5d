"""One token from a distribution: the likeliest, or the one a drawn number falls on."""

import numpy as np

from block10_llm_reality.decoding.rules import check_logits
from shared.checks import check_range

Array = np.ndarray


def greedy(logits: Array) -> int:
    """The likeliest token, the smallest id of equals.

    >>> greedy(np.array([1.0, 2.0, 2.0]))
    1
    """
    return int(np.argmax(check_logits(logits)))


def draw(p: Array, number: float) -> int:
    """The token at which the running sum of p (V,) passes `number`, which is in [0, 1).

    A token of probability 0 is never drawn, and rounding at the end draws no token too many.

    >>> [draw(np.array([0.0, 0.5, 0.5, 0.0]), number) for number in (0.0, 0.5, 0.999)]
    [1, 2, 2]
    """
    check_range("number", number, 0, 1)
    total = np.cumsum(p)
    place = int(np.searchsorted(total, number * total[-1], side="right"))
    return min(place, int(np.flatnonzero(p)[-1]))
