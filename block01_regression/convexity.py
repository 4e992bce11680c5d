"""Convex and not: four losses of one weight, and downhill from many starts at once.

A loss is convex where no chord runs below its curve: L((u + v) / 2) <= (L(u) + L(v)) / 2 for any
two points; where there is a second derivative, it is nowhere negative. Then every valley is the
lowest one. Whether there is a lowest point at all is another question.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Loss(NamedTuple):
    """A loss of w and its derivative, for many w at once: (S,) -> (S,) each."""

    value: Callable
    slope: Callable
    learning_rate: float  # below the limit of the steepest place between -8 and 8


def line(x, truth=3.0):
    """Mean of (w x - truth x)^2, the MSE of a line: a parabola, convex, with a bottom."""
    curvature = 2 * np.mean(x**2)
    return Loss(
        lambda w: curvature / 2 * (w - truth) ** 2, lambda w: curvature * (w - truth), 0.02
    )


def slide():
    """ln(1 + exp(-w)): convex, and it falls for ever, so there is no bottom to arrive at."""
    return Loss(lambda w: np.log1p(np.exp(-w)), lambda w: -1 / (1 + np.exp(w)), 1.0)


def funnel():
    """w^2 / (1 + w^2): one valley, though it is not convex: it bends the other way further out."""
    return Loss(lambda w: w**2 / (1 + w**2), lambda w: 2 * w / (1 + w**2) ** 2, 0.9)


def wave(x, truth=3.0):
    """Mean of (sin(w x) - sin(truth x))^2: hills and many valleys, not convex."""

    def error(w):
        return np.sin(np.outer(w, x)) - np.sin(truth * x)  # (S, N)

    return Loss(
        lambda w: np.mean(error(w) ** 2, axis=1),
        lambda w: np.mean(2 * error(w) * np.cos(np.outer(w, x)) * x, axis=1),
        0.02,
    )


def walk_down(loss, starts, updates):
    """Gradient descent from every start at once: (S,) -> (S,)."""
    w = starts.copy()
    for _ in range(updates):
        w -= loss.learning_rate * loss.slope(w)
    return w


def chord_below(loss, u, v):
    """Whether the chord from u to v runs below the curve at its middle: (S,), (S,) -> (S,) bool."""
    return loss.value((u + v) / 2) > (loss.value(u) + loss.value(v)) / 2 + 1e-12
