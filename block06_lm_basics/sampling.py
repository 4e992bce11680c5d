"""Let a model write: draw a character from its distribution, append it, ask again.

A model is a function from the ids so far to the probabilities of the next one, (T,) -> (V,); a
table of counts and a network look the same from here. The drawn numbers are arguments, one for
each character: the same numbers write the same text, and a test can choose them.

Left out: temperature, top-k and other ways to bend the distribution. What is drawn here is what
the model believes.
"""

from collections.abc import Callable, Sequence

import numpy as np

from shared.checks import check_ids

Model = Callable[[np.ndarray], np.ndarray]


def draw(p: np.ndarray, number: float) -> int:
    """The symbol on whose part of the line the number falls: p (V,), number in [0, 1)  ->  id.

    The probabilities are laid end to end on a line of length sum(p); symbol c covers p[c] of it,
    so one of probability 0 is never drawn.
    Raises ValueError where the number lies outside, or p is not a distribution to draw from.

    >>> [draw(np.array([0.5, 0.0, 0.5]), number) for number in (0.0, 0.49, 0.5, 0.99)]
    [0, 0, 2, 2]
    """
    if not 0 <= number < 1:
        raise ValueError(f"the drawn number is {number}, expected 0 <= number < 1")
    p = np.asarray(p, dtype=np.float64)
    ends = np.cumsum(p)  # (V,)
    if p.ndim != 1 or not (len(p) and np.min(p) >= 0 and 0 < ends[-1] < np.inf):
        raise ValueError("there is nothing to draw from: probabilities are >= 0, some above 0")
    drawn = int(np.searchsorted(ends, number * ends[-1], side="right"))
    return min(drawn, int(np.flatnonzero(p)[-1]))  # rounding may carry number * sum up to the sum


def write_on(model: Model, ids: np.ndarray, numbers: Sequence[float]) -> np.ndarray:
    """One more symbol for each drawn number: ids (T,), numbers (M,)  ->  (M,) int."""
    text = list(check_ids("ids", ids))
    for number in numbers:
        text.append(draw(model(np.array(text, dtype=np.int64)), number))
    return np.array(text[len(ids) :], dtype=np.int64)
