"""Checks that turn silent mistakes into readable errors: shapes, finiteness, gradients.

Block 00 shows the bugs the first two catch; block 03 writes the third out, one number at a time.
"""

import re
from collections.abc import Callable

import numpy as np


class ShapeError(ValueError):
    """An array does not have the shape its formula needs."""


class NonFiniteError(ValueError):
    """An array holds a NaN or an infinity."""


def check_shapes(pattern: str, *arrays: np.ndarray) -> dict[str, int]:
    """Hold arrays against a pattern like "X (N, D), y (N,)"; returns the sizes by letter.

    Each name in the pattern belongs to one array, in order. A number stands for itself, a letter
    for any size that is the same wherever the letter occurs.
    Raises ShapeError that names both shapes.

    >>> check_shapes("X (N, D), y (N,)", np.zeros((5, 2)), np.zeros(5))
    {'N': 5, 'D': 2}
    >>> check_shapes("X (N, D), y (N,)", np.zeros((5, 2)), np.zeros((5, 1)))
    Traceback (most recent call last):
    ...
    shared.checks.ShapeError: y has shape (5, 1), expected (N,) with N = 5 from X (5, 2)
    """
    parts = re.findall(r"(\w+) \(([^)]*)\)", pattern)
    if len(parts) != len(arrays):
        raise TypeError(f"the pattern {pattern!r} names {len(parts)} arrays, got {len(arrays)}")
    sizes: dict[str, int] = {}
    source: dict[str, str] = {}  # the letter's first array, for the message
    for (name, axes), array in zip(parts, arrays):
        shape = np.shape(array)
        letters = [axis.strip() for axis in axes.split(",") if axis.strip()]
        seen = dict(sizes)  # with this array's own letters: (N, N) is square
        expected = [
            int(axis) if axis.isdigit() else seen.setdefault(axis, size)
            for axis, size in zip(letters, shape)
        ]
        if len(shape) != len(letters) or list(shape) != expected:
            known = [
                f"{x} = {sizes[x]} from {source[x]}" for x in dict.fromkeys(letters) if x in sizes
            ]
            hint = f" with {', '.join(known)}" if known else ""
            raise ShapeError(f"{name} has shape {shape}, expected ({axes}){hint}")
        source |= dict.fromkeys(seen.keys() - sizes.keys(), f"{name} {shape}")
        sizes = seen
    return sizes


def check_ids(name: str, ids: np.ndarray, size: int | None = None) -> np.ndarray:
    """The ids as int64. Raises ValueError unless they are whole numbers from 0 to size - 1.

    -1 is not the last one here, and True is no number. Where there is no id, any type will do.

    >>> check_ids("ids", np.array([0, -1]), 3)
    Traceback (most recent call last):
    ...
    ValueError: ids[1] is -1, expected 0 to 2
    """
    ids = np.asarray(ids)
    if ids.size and not np.issubdtype(ids.dtype, np.integer):
        raise ValueError(f"{name} is {ids.dtype}, expected whole numbers")
    if ids.size and (ids.min() < 0 or (size is not None and ids.max() >= size)):
        wrong = (ids < 0) if size is None else (ids < 0) | (ids >= size)
        where = np.unravel_index(np.argmax(wrong), ids.shape)
        expected = "0 or more" if size is None else f"0 to {size - 1}"
        place = f"{name}[{', '.join(map(str, where))}]" if where else name
        raise ValueError(f"{place} is {ids[where]}, expected {expected}")
    return ids.astype(np.int64, copy=False)


def check_finite(name: str, array: np.ndarray) -> None:
    """Raise NonFiniteError that names the first NaN or infinity and counts them.

    >>> check_finite("loss", np.array([[1.0, 2.0], [np.nan, 3.0]]))
    Traceback (most recent call last):
    ...
    shared.checks.NonFiniteError: loss[1, 0] is nan, the first of 1 non-finite of 4 values
    """
    array = np.asarray(array)
    finite = np.isfinite(array)
    if finite.all():
        return
    where = np.unravel_index(np.argmin(finite), array.shape)
    place = f"{name}[{', '.join(str(i) for i in where)}]" if where else name
    raise NonFiniteError(
        f"{place} is {array[where]}, the first of {np.sum(~finite)} non-finite of "
        f"{array.size} values"
    )


def relative_error(actual: np.ndarray, expected: np.ndarray) -> float:
    """Norm-wise relative error |a - e| / max(|a|, |e|); 0 where both are zero.

    Raises ShapeError where the shapes differ, and NonFiniteError on NaN or infinity: a NaN must
    not pass as a small error.

    >>> relative_error(np.array([3.0, 4.0]), np.array([3.0, 4.0]))
    0.0
    """
    actual, expected = np.asarray(actual), np.asarray(expected)
    if actual.shape != expected.shape:
        raise ShapeError(f"actual has shape {actual.shape}, expected has {expected.shape}")
    check_finite("actual", actual)
    check_finite("expected", expected)
    largest = max(np.abs(actual).max(initial=0.0), np.abs(expected).max(initial=0.0))
    if largest == 0:
        return 0.0
    exponent = np.frexp(largest)[1]  # a power of two away, exactly: squares of 1e-200 vanish
    actual, expected = np.ldexp(actual, -exponent), np.ldexp(expected, -exponent)
    scale = max(np.linalg.norm(actual), np.linalg.norm(expected))
    return float(np.linalg.norm(actual - expected) / scale)


def numerical_gradient(
    function: Callable[[np.ndarray], float], x: np.ndarray, step: float = 1e-5
) -> np.ndarray:
    """Central differences (f(x + h e_i) - f(x - h e_i)) / 2h for every element i, in float64."""
    x = np.array(x, dtype=np.float64)
    gradient = np.empty_like(x)
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + step
        above = function(x)
        x[i] = kept - step
        below = function(x)
        x[i] = kept
        gradient[i] = (above - below) / (2 * step)
    return gradient


def gradient_error(
    function: Callable[[np.ndarray], float],
    x: np.ndarray,
    gradient: np.ndarray,
    *,
    rng: np.random.Generator | None = None,
    step: float = 1e-5,
    largest: int = 2000,
    directions: int = 20,
) -> float:
    """The relative error of a claimed gradient of `function` at x, against central differences.

    Up to `largest` elements every one is differentiated. Above that, `directions` random unit
    directions v (drawn from `rng`) compare the slope (f(x + h v) - f(x - h v)) / 2h with
    gradient . v; a wrong element moves every direction, so it cannot hide. The scale is that of
    the slopes, |gradient| / sqrt(x.size) each.

    x and the gradient are float64 arrays of one shape; `function` maps such an array to a number
    and draws no random numbers of its own.
    Raises ShapeError, NonFiniteError, and TypeError where x is not float64 (float32 cannot
    resolve a step of 1e-5).
    """
    x = np.asarray(x)
    if x.dtype != np.float64:
        raise TypeError(f"gradients are checked in float64, x is {x.dtype}")
    if np.shape(gradient) != x.shape:
        raise ShapeError(f"gradient has shape {np.shape(gradient)}, x has {x.shape}")
    if x.size <= largest:
        return relative_error(gradient, numerical_gradient(function, x, step))
    if rng is None:
        raise TypeError(f"x has {x.size} elements: random directions need an rng")
    claimed, measured = np.empty(directions), np.empty(directions)
    for i in range(directions):
        v = rng.standard_normal(x.shape)
        v /= np.linalg.norm(v)
        claimed[i] = np.sum(gradient * v)
        measured[i] = (function(x + step * v) - function(x - step * v)) / (2 * step)
    return relative_error(claimed, measured)
