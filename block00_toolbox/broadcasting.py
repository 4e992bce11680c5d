"""The broadcasting rule: how two arrays of different shapes are added, written out.

1. Write the two shapes below each other, aligned at the right; fill the left with 1.
2. On each axis the sizes must be equal, or one of them must be 1.
3. The array with the 1 is repeated along that axis until the sizes are equal.

The rule never looks at what an axis means. Most silent shape bugs are this rule at work.
"""

from collections.abc import Callable

from block00_toolbox.arrays import shape


def broadcast_shapes(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that two shapes are stretched to. Raises ValueError where a size disagrees.

    >>> broadcast_shapes((4, 3), (3,)), broadcast_shapes((4, 1), (4,))
    ((4, 3), (4, 4))
    >>> broadcast_shapes((5, 4, 3), (4, 1))  # one number for each of 4 rows, in each of 5 tables
    (5, 4, 3)
    >>> broadcast_shapes((4, 3), (4,))
    Traceback (most recent call last):
    ...
    ValueError: shapes (4, 3) and (4,) do not broadcast: 3 against 4 on axis -1
    """
    length = max(len(a), len(b))
    left = (1,) * (length - len(a)) + a
    right = (1,) * (length - len(b)) + b
    for axis, (p, q) in enumerate(zip(left, right)):
        if p != q and 1 not in (p, q):
            raise ValueError(
                f"shapes {a} and {b} do not broadcast: {p} against {q} on axis {axis - length}"
            )
    return tuple(q if p == 1 else p for p, q in zip(left, right))


def broadcast_to(array, target: tuple[int, ...]):
    """The array repeated along its axes of size 1 until it has the target shape.

    Raises ValueError where the rule cannot reach the target.

    >>> broadcast_to([1, 2, 3], (2, 3))
    [[1, 2, 3], [1, 2, 3]]
    >>> broadcast_to([[1], [2]], (2, 3))
    [[1, 1, 1], [2, 2, 2]]
    """
    own = shape(array)
    if len(own) > len(target) or broadcast_shapes(own, target) != target:
        raise ValueError(f"shape {own} cannot be stretched to {target}")
    for _ in range(len(target) - len(own)):
        array = [array]  # a new axis of size 1 on the left
    return _repeat(array, target)


def _repeat(array, target: tuple[int, ...]):
    """Step 3 of the rule, axis by axis; the array has as many axes as the target."""
    if not target:
        return array
    items = array * target[0] if len(array) == 1 else array
    return [_repeat(item, target[1:]) for item in items]


def elementwise(operation: Callable, a, b):
    """operation(a, b), number by number, after both are stretched to one shape.

    >>> from operator import add, sub
    >>> elementwise(add, [[1, 2, 3], [4, 5, 6]], [10, 20, 30])
    [[11, 22, 33], [14, 25, 36]]
    >>> elementwise(sub, [[1], [2]], [1, 2])  # (2, 1) against (2,): a table nobody asked for
    [[0, -1], [1, 0]]
    """
    target = broadcast_shapes(shape(a), shape(b))
    return _pair(operation, broadcast_to(a, target), broadcast_to(b, target))


def _pair(operation: Callable, a, b):
    if not isinstance(a, list):
        return operation(a, b)
    return [_pair(operation, p, q) for p, q in zip(a, b)]
