"""An array as lists in lists: its shape, its elements in order, and the matrix product.

An array here is a number or a list of arrays of one shape. Later blocks and other books call an
array of any number of axes a tensor. NumPy keeps the same numbers in one block of memory and loops
in C. Left out: number types, and arrays with an axis of size 0.
"""

import math
from numbers import Number


def shape(array) -> tuple[int, ...]:
    """How many items the array holds, and how many each of those holds, and so on.

    A number has the shape (), a list of 3 numbers (3,), a table of 2 rows and 3 columns (2, 3), a
    batch of 4 such tables (4, 2, 3).
    Raises ValueError where the items differ in shape, or where a list is empty.

    >>> shape(7), shape([1, 2, 3]), shape([[1, 2, 3], [4, 5, 6]]), shape([[1], [2], [3]])
    ((), (3,), (2, 3), (3, 1))
    >>> shape([[[1, 2, 3], [4, 5, 6]]] * 4)
    (4, 2, 3)
    """
    if isinstance(array, Number):
        return ()
    if not isinstance(array, list):
        raise TypeError(f"an array here is a number or a list, not a {type(array).__name__}")
    if not array:
        raise ValueError("an empty list has no shape here: every axis needs a size of at least 1")
    inner = [shape(item) for item in array]
    for i, other in enumerate(inner):
        if other != inner[0]:
            raise ValueError(f"item 0 has shape {inner[0]}, item {i} has {other}: not an array")
    return (len(array), *inner[0])


def flatten(array) -> list:
    """All numbers in order, the last axis running fastest (NumPy's order "C").

    >>> flatten([[1, 2, 3], [4, 5, 6]])
    [1, 2, 3, 4, 5, 6]
    """
    if shape(array) == ():
        return [array]
    return [number for item in array for number in flatten(item)]


def reshape(array, new_shape: tuple[int, ...]) -> list:
    """The same numbers in the same order, cut into other lengths: nothing changes its place.

    Raises ValueError where the new shape holds another number of numbers.

    >>> reshape([[1, 2, 3], [4, 5, 6]], (3, 2))
    [[1, 2], [3, 4], [5, 6]]
    """
    numbers = flatten(array)
    if not new_shape or min(new_shape) < 1 or math.prod(new_shape) != len(numbers):
        raise ValueError(f"{len(numbers)} numbers do not fill the shape {new_shape}")
    for size in reversed(new_shape[1:]):
        numbers = [numbers[i : i + size] for i in range(0, len(numbers), size)]
    return numbers


def transpose(A) -> list:
    """Rows become columns, (N, D) -> (D, N): the number at [i][j] moves to [j][i].

    >>> transpose([[1, 2, 3], [4, 5, 6]])
    [[1, 4], [2, 5], [3, 6]]
    """
    N, D = matrix_shape("A", A)
    return [[A[i][j] for i in range(N)] for j in range(D)]


def matrix_shape(name: str, A) -> tuple[int, int]:
    """The two sizes of a matrix. Raises ValueError where it has not two axes."""
    sizes = shape(A)
    if len(sizes) != 2:
        raise ValueError(f"{name} has shape {sizes}, a matrix has two axes")
    return sizes


def matmul(A, B) -> list:
    """C[n][k] = sum over d of A[n][d] * B[d][k]: (N, D) times (D, K) gives (N, K).

    The inner sizes must agree, and vanish; the outer two remain. Raises ValueError where not.

    >>> matmul([[1, 2, 3]], [[1], [10], [100]])
    [[321]]
    >>> matmul([[1, 2]], [[1, 2]])
    Traceback (most recent call last):
    ...
    ValueError: A (1, 2) times B (1, 2): the inner sizes 2 and 1 differ
    """
    N, D = matrix_shape("A", A)
    rows, K = matrix_shape("B", B)
    if D != rows:
        raise ValueError(f"A {(N, D)} times B {(rows, K)}: the inner sizes {D} and {rows} differ")
    return [[sum(A[n][d] * B[d][k] for d in range(D)) for k in range(K)] for n in range(N)]
