"""Checks that turn silent mistakes into readable errors: shapes, numbers, labels, gradients.

Block 00 shows the bugs the first ones catch; block 03 writes the last out, one number at a time.
"""

import functools
import re
from collections.abc import Callable
from typing import Any

import numpy as np


class ShapeError(ValueError):
    """An array does not have the shape its formula needs."""


class NonFiniteError(ValueError):
    """An array holds a NaN or an infinity."""


@functools.cache
def _parts(pattern: str) -> list[tuple[str, str, list[str]]]:
    """("X", "N, D", ["N", "D"]) for each array of the pattern; read once, asked in every step."""
    found = re.findall(r"(\w+) \(([^)]*)\)", pattern)
    return [(name, axes, re.findall(r"\w+", axes)) for name, axes in found]


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
    parts = _parts(pattern)
    if len(parts) != len(arrays):
        raise TypeError(f"the pattern {pattern!r} names {len(parts)} arrays, got {len(arrays)}")
    sizes: dict[str, int] = {}
    source: dict[str, str] = {}  # the letter's first array, for the message
    for (name, axes, letters), array in zip(parts, arrays):
        shape = np.shape(array)
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


# --- numbers -----------------------------------------------------------------------------------


def as_floats(name: str, values: Any) -> np.ndarray:
    """The values as a float64 array, so that the caller's type does not decide the arithmetic.

    200 + 100 is 44 in uint8, and a sum of float32 keeps seven digits. Lists, whole numbers and
    booleans are taken too. Raises TypeError on anything else, complex numbers among them.

    >>> (as_floats("x", np.array([200], np.uint8)) + 100).tolist()
    [300.0]
    """
    array = np.asarray(values)
    if array.dtype == np.float64:
        return array
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} holds {array.dtype}, expected numbers")
    return array.astype(np.float64)


def as_labels(name: str, labels: Any, num_classes: int | None = None) -> np.ndarray:
    """Labels (N,) as int64, each in [0, num_classes): -1 would be the last class, True a mask.

    Whole numbers of any type and booleans (0 and 1) are labels.
    Raises ValueError that names the first one that is not.

    >>> as_labels("targets", [True, False]).tolist()
    [1, 0]
    >>> as_labels("targets", [2, -1], 3)
    Traceback (most recent call last):
    ...
    ValueError: targets[1] is -1, expected 0 to 2
    """
    array = np.asarray(labels)
    check_shapes(f"{name} (N,)", array)
    if array.size and array.dtype.kind not in "iub":
        raise ValueError(f"{name} are {array.dtype}, expected whole numbers")
    outside = array < 0 if num_classes is None else (array < 0) | (array >= num_classes)
    if outside.any():
        n = int(np.argmax(outside))
        last = "" if num_classes is None else f" to {num_classes - 1}"
        raise ValueError(f"{name}[{n}] is {array[n]}, expected 0{last or ' or more'}")
    return array.astype(np.int64)


def check_whole(name: str, value: Any, lowest: int = 1) -> int:
    """The value as an int. Raises ValueError unless it is a whole number of at least `lowest`."""
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or value < lowest:
        raise ValueError(f"{name} is {value!r}, it must be a whole number of at least {lowest}")
    return int(value)


def check_positive(name: str, value: Any) -> None:
    """Raise ValueError unless a setting is a finite number above 0."""
    if not 0 < value < np.inf:
        raise ValueError(f"{name} is {value}, it must be a finite number above 0")


def check_not_negative(name: str, value: Any) -> None:
    """Raise ValueError unless a setting is a finite number of at least 0; NaN is none."""
    if not 0 <= value < np.inf:
        raise ValueError(f"{name} is {value}, it must not be negative, NaN or infinite")


def check_weights(name: str, weights: Any) -> np.ndarray:
    """Weights of a mean as float64: finite, none below 0. Raises ValueError where not.

    The mean divides by their sum, so they must not all be 0 either.
    """
    array = as_floats(name, weights)
    check_finite(name, array)
    if (array < 0).any() or not array.any():
        raise ValueError(f"{name} must not be negative and not all be 0, they are {array}")
    return array


def is_constant(columns: np.ndarray) -> np.ndarray:
    """Along the first axis: is it one number all the way, up to its last bit? (N, ...) -> (...)

    The rounded variance of 0.1, 0.1, 0.1 is not 0. And between two neighbouring floats (0.3 and
    0.1 + 0.2) lies no mean that could be taken off.
    """
    low, high = columns.min(axis=0), columns.max(axis=0)
    one_bit = np.finfo(np.float64).eps * np.maximum(np.abs(low), np.abs(high))
    with np.errstate(over="ignore"):  # the range of all floats is no float
        return high - low <= one_bit


def relative_error(actual: np.ndarray, expected: np.ndarray) -> float:
    """Norm-wise relative error |a - e| / max(|a|, |e|); 0 where both are zero.

    Raises ShapeError where the shapes differ, and NonFiniteError on NaN or infinity: a NaN must
    not pass as a small error.

    >>> relative_error(np.array([3.0, 4.0]), np.array([3.0, 4.0]))
    0.0
    """
    actual, expected = as_floats("actual", actual), as_floats("expected", expected)
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


# --- gradients ---------------------------------------------------------------------------------


def check_step(x: Any, step: float) -> None:
    """Raise ValueError where x + h is x, rounded: every slope there would be 0.

    A float64 keeps 16 digits, so beside 1e12 a step of 1e-5 is nothing.
    """
    lost = np.atleast_1d((x + step == x) | (x - step == x))
    if lost.any():
        value = np.atleast_1d(x)[lost][0]
        raise ValueError(f"the step {step:g} is lost beside {value:g}: take a larger one")


def numerical_gradient(
    function: Callable[[np.ndarray], float], x: np.ndarray, step: float = 1e-5
) -> np.ndarray:
    """Central differences (f(x + h e_i) - f(x - h e_i)) / 2h for every element i, in float64.

    2h is the distance really gone, after rounding.
    Raises ValueError where x is so large that the step is lost.
    """
    check_positive("step", step)
    x = np.array(as_floats("x", x))
    gradient = np.empty_like(x)
    for i in np.ndindex(x.shape):
        kept = x[i]
        check_step(kept, step)
        up, down = kept + step, kept - step
        x[i] = up
        above = function(x)
        x[i] = down
        below = function(x)
        x[i] = kept
        gradient[i] = (above - below) / (up - down)
    return gradient


def slopes(function, x, gradient, rng, step) -> tuple[float, float]:
    """The slope along one random unit direction v: gradient . v, and as a central difference."""
    v = rng.standard_normal(x.shape)
    v /= np.linalg.norm(v)
    above, below = x + step * v, x - step * v
    claimed = np.sum(gradient * (above - below)) / (2 * step)  # v as the rounding left it
    return claimed, (function(above) - function(below)) / (2 * step)


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

    Up to `largest` elements every one is differentiated; above that `slopes` are compared along
    `directions` random directions drawn from `rng`. A wrong element moves every one of them, so
    it cannot hide. The scale is that of the slopes, |gradient| / sqrt(x.size) each.

    x and the gradient are float64 arrays of one shape; `function` maps such an array to a number
    and draws no random numbers of its own.
    Raises ShapeError, NonFiniteError, ValueError where x is so large that the step is lost, and
    TypeError where x is not float64 (float32 cannot resolve a step of 1e-5).
    """
    x = np.asarray(x)
    if x.dtype != np.float64:
        raise TypeError(f"gradients are checked in float64, x is {x.dtype}")
    gradient = as_floats("gradient", gradient)
    if gradient.shape != x.shape:
        raise ShapeError(f"gradient has shape {gradient.shape}, x has {x.shape}")
    if x.size <= largest:
        return relative_error(gradient, numerical_gradient(function, x, step))
    if rng is None:
        raise TypeError(f"x has {x.size} elements: random directions need an rng")
    check_positive("step", step)
    check_step(x, step / np.sqrt(x.size))  # as far as one element moves
    pairs = [
        slopes(function, x, gradient, rng, step)
        for _ in range(check_whole("directions", directions))
    ]
    claimed, measured = np.array(pairs).T
    return relative_error(claimed, measured)
