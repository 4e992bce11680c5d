"""Sums, means and maxima over one axis: the axis named is the axis that disappears.

With keepdims it stays as an axis of size 1, so that the result still broadcasts against the array
it came from. Standardising at the end needs all three: a mean, a keepdims and a broadcast.
"""

import math
from collections.abc import Callable
from operator import add, mul, sub, truediv

from block00_toolbox.arrays import matrix_shape, shape
from block00_toolbox.broadcasting import elementwise


def reduce_axis(function: Callable, array, axis: int, keepdims: bool = False):
    """function([numbers]) for every line of numbers along the axis; (2, 3) over axis 1 -> (2,).

    Negative axes count from the end. Raises ValueError where the array has no such axis.

    >>> table = [[1, 2, 3], [4, 5, 6]]
    >>> reduce_axis(sum, table, axis=0), reduce_axis(sum, table, axis=1)
    ([5, 7, 9], [6, 15])
    >>> reduce_axis(sum, table, axis=1, keepdims=True)  # (2, 1): goes with the (2, 3) it came from
    [[6], [15]]
    >>> shape(reduce_axis(max, [table] * 4, axis=1)), shape(reduce_axis(max, [table] * 4, axis=-1))
    ((4, 3), (4, 2))
    """
    sizes = shape(array)
    if not -len(sizes) <= axis < len(sizes):
        raise ValueError(f"an array of shape {sizes} has no axis {axis}")
    axis %= len(sizes)
    if axis > 0:
        return [reduce_axis(function, item, axis - 1, keepdims) for item in array]
    reduced = _along_first(function, array)
    return [reduced] if keepdims else reduced


def _along_first(function: Callable, items: list):
    if not isinstance(items[0], list):
        return function(items)
    return [_along_first(function, list(line)) for line in zip(*items)]


def total(numbers: list):
    """The numbers added one after the other, each sum rounded once.

    Python's own sum carries a correction for floats since 3.12, so its digits hang on the version.
    """
    result = numbers[0]
    for number in numbers[1:]:
        result = result + number
    return result


def sum_over(array, axis: int, keepdims: bool = False):
    """The sum along an axis, the numbers added one after the other."""
    return reduce_axis(total, array, axis, keepdims)


def mean_over(array, axis: int, keepdims: bool = False):
    """The mean along an axis.

    >>> mean_over([[1, 2], [3, 6]], axis=0), mean_over([[1, 2], [3, 6]], axis=1)
    ([2.0, 4.0], [1.5, 4.5])
    """
    return reduce_axis(lambda numbers: total(numbers) / len(numbers), array, axis, keepdims)


def max_over(array, axis: int, keepdims: bool = False):
    """The largest number along an axis."""
    return reduce_axis(max, array, axis, keepdims)


def min_over(array, axis: int, keepdims: bool = False):
    """The smallest number along an axis."""
    return reduce_axis(min, array, axis, keepdims)


def range_of(low: float, high: float) -> float:
    """high - low; 0 where they are one number up to its last bit, as 0.3 and 0.1 + 0.2 are."""
    return high - low if high - low > 2**-52 * max(abs(low), abs(high)) else 0.0


def fit_standardiser(X) -> tuple[list, list]:
    """Mean and standard deviation (divided by N) of each column of X (N, D): (1, D) and (1, D).

    A column that never changes gets the scale 1, so that it becomes zero and not a division by 0.
    Each column is measured in units of its own range: (1e200)^2 is no float, (1e-200)^2 is 0.
    """
    matrix_shape("X", X)
    low = min_over(X, axis=0, keepdims=True)  # (1, D)
    spread = elementwise(range_of, low, max_over(X, axis=0, keepdims=True))  # (1, D)
    unit = elementwise(lambda s, _: s if s > 0 else 1.0, spread, 0)  # (1, D)
    share = elementwise(truediv, elementwise(sub, X, low), unit)  # (N, D), from 0 to 1
    middle = mean_over(share, axis=0, keepdims=True)  # (1, D)
    deviation = elementwise(sub, share, middle)  # (N, D)
    variance = mean_over(elementwise(mul, deviation, deviation), axis=0)  # (D,)
    mean = elementwise(add, low, elementwise(mul, middle, unit))  # (1, D)
    scale = [s * math.sqrt(v) if s > 0 else 1.0 for v, s in zip(variance, spread[0])]
    return mean, [scale]


def standardise(X, mean, scale) -> list:
    """(X - mean) / scale, column by column: (N, D) -> (N, D).

    >>> X = [[1.0, 10.0], [3.0, 10.0]]
    >>> standardise(X, *fit_standardiser(X))
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    return elementwise(truediv, elementwise(sub, X, mean), scale)
