"""arrays.py against NumPy, against hand-made examples, and on what is not an array."""

import numpy as np
import pytest

from block00_toolbox.arrays import flatten, matmul, reshape, shape, transpose
from shared.checks import relative_error
from shared.seeding import stream

SHAPES = [(1,), (4,), (2, 3), (3, 1), (1, 1), (2, 3, 4), (2, 1, 3, 2)]


@pytest.mark.parametrize("sizes", SHAPES)
def test_shape_and_order_are_numpys(sizes):
    array = stream(0, "arrays", *sizes).random(sizes)
    assert shape(array.tolist()) == sizes
    assert flatten(array.tolist()) == array.ravel().tolist()


@pytest.mark.parametrize("old, new", [((6,), (2, 3)), ((2, 3), (3, 2)), ((2, 3, 4), (4, 1, 6))])
def test_reshape_is_numpys(old, new):
    array = np.arange(np.prod(old)).reshape(old)
    assert reshape(array.tolist(), new) == array.reshape(new).tolist()


@pytest.mark.parametrize("N, D, K", [(1, 1, 1), (2, 3, 4), (5, 1, 2), (1, 6, 1), (7, 7, 7)])
def test_matmul_and_transpose_are_numpys(N, D, K):
    rng = stream(0, "matmul", N, D, K)
    A, B = rng.standard_normal((N, D)), rng.standard_normal((D, K))
    assert relative_error(np.array(matmul(A.tolist(), B.tolist())), A @ B) <= 1e-14
    assert transpose(A.tolist()) == A.T.tolist()


def test_a_product_by_hand():
    # Two orders of apples and pears, at the prices of two shops.
    assert matmul([[2, 3], [1, 0]], [[5, 4], [1, 2]]) == [[13, 14], [5, 4]]


def test_the_transpose_of_a_product():
    A, B = [[1, 2, 3], [4, 5, 6]], [[1, 0], [2, 1], [0, 3]]
    assert transpose(matmul(A, B)) == matmul(transpose(B), transpose(A))


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: shape([[1, 2], [3]]), ValueError, r"item 0 has shape \(2,\), item 1 has \(1,\)"),
        (lambda: shape([]), ValueError, "an empty list"),
        (lambda: shape([[1], []]), ValueError, "an empty list"),
        (lambda: shape(np.zeros(3)), TypeError, "not a ndarray"),
        (lambda: shape("12"), TypeError, "not a str"),
        (
            lambda: reshape([1, 2, 3], (2, 2)),
            ValueError,
            r"3 numbers do not fill the shape \(2, 2\)",
        ),
        (lambda: reshape([1, 2], (-1, -2)), ValueError, "do not fill"),
        (lambda: reshape([1], ()), ValueError, "do not fill"),
        (lambda: transpose([1, 2]), ValueError, r"A has shape \(2,\), a matrix has two axes"),
        (lambda: matmul([[1, 2]], [1, 2]), ValueError, r"B has shape \(2,\)"),
        (lambda: matmul([[1, 2]], [[1, 2]]), ValueError, "inner sizes 2 and 1 differ"),
    ],
)
def test_what_is_not_an_array_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
