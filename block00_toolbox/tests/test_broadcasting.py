"""broadcasting.py against NumPy, over every pair of small shapes."""

import itertools
import operator

import numpy as np
import pytest

from block00_toolbox.broadcasting import broadcast_shapes, broadcast_to, elementwise

SHAPES = [sizes for axes in range(4) for sizes in itertools.product((1, 2, 3), repeat=axes)]


def numpys_answer(a, b):
    try:
        return np.broadcast_shapes(a, b)
    except ValueError:
        return None


def our_answer(a, b):
    try:
        return broadcast_shapes(a, b)
    except ValueError:
        return None


def test_the_rule_is_numpys_on_all_1600_pairs_of_shapes():
    pairs = list(itertools.product(SHAPES, SHAPES))
    assert len(pairs) == 1600
    assert [our_answer(a, b) for a, b in pairs] == [numpys_answer(a, b) for a, b in pairs]


@pytest.mark.parametrize("a, b", [((), (2,)), ((3,), (2, 3)), ((2, 1), (2,)), ((2, 1, 3), (4, 1))])
@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul])
def test_elementwise_is_numpys(a, b, operation):
    x = np.arange(1, 1 + np.prod(a, dtype=int)).reshape(a)
    y = 10 * np.arange(1, 1 + np.prod(b, dtype=int)).reshape(b)
    assert elementwise(operation, x.tolist(), y.tolist()) == operation(x, y).tolist()


def test_repeated_rows_are_not_one_list():
    table = broadcast_to([1, 2, 3], (2, 3))
    table[0][0] = 100
    assert table[1] == [1, 2, 3]


@pytest.mark.parametrize("target", [(2,), (3, 2), (2, 1), ()])
def test_what_cannot_be_stretched_is_named(target):
    with pytest.raises(ValueError, match=r"\(2, 3\)"):
        broadcast_to([[1, 2, 3], [4, 5, 6]], target)


def test_the_axis_that_disagrees_is_named():
    with pytest.raises(ValueError, match=r"\(4, 3\) and \(2, 1\) do not .* 4 against 2 on axis -2"):
        broadcast_shapes((4, 3), (2, 1))
