"""reductions.py against NumPy, for every axis, with and without keepdims."""

import itertools

import numpy as np
import pytest

from block00_toolbox.reductions import (
    fit_standardiser,
    max_over,
    mean_over,
    min_over,
    standardise,
    sum_over,
)
from shared.checks import relative_error
from shared.seeding import stream

PAIRS = [(sum_over, np.sum), (mean_over, np.mean), (max_over, np.max), (min_over, np.min)]


@pytest.mark.parametrize("ours, numpys", PAIRS)
@pytest.mark.parametrize("sizes", [(4,), (1, 1), (2, 3), (3, 1), (2, 3, 4)])
def test_each_axis_is_numpys(ours, numpys, sizes):
    array = stream(0, "reductions").standard_normal(sizes)
    for axis, keepdims in itertools.product(range(-len(sizes), len(sizes)), (False, True)):
        got = np.array(ours(array.tolist(), axis, keepdims))
        want = numpys(array, axis=axis, keepdims=keepdims)
        assert got.shape == want.shape
        assert relative_error(got, want) <= 1e-14


def test_a_sum_rounds_after_each_number_on_every_python():
    """Python's own sum corrects for rounding since 3.12: there ten times 0.1 is 1."""
    assert sum_over([0.1] * 10, 0) == 0.9999999999999999
    assert mean_over([0.1] * 10, 0) == 0.09999999999999999


@pytest.mark.parametrize("axis", [2, -3])
def test_an_axis_that_is_not_there_is_named(axis):
    with pytest.raises(ValueError, match=rf"shape \(1, 2\) has no axis {axis}"):
        sum_over([[1, 2]], axis)


def test_a_single_number_has_no_axis():
    with pytest.raises(ValueError, match="has no axis 0"):
        sum_over(3, 0)


def test_standardised_columns_have_mean_0_and_variance_1():
    X = stream(0, "standardise").random((9, 3)) * [1, 10, 100] + [5, 0, -5]
    Z = np.array(standardise(X.tolist(), *fit_standardiser(X.tolist())))
    assert np.abs(Z.mean(axis=0)).max() <= 1e-14
    assert np.abs(Z.var(axis=0) - 1).max() <= 1e-13


def test_a_constant_column_becomes_zero_and_one_row_is_enough():
    assert standardise([[3.0]], *fit_standardiser([[3.0]])) == [[0.0]]


def test_a_list_that_is_no_matrix_is_named():
    with pytest.raises(ValueError, match=r"X has shape \(2,\)"):
        fit_standardiser([1.0, 2.0])
