"""The squared error by hand and against central differences."""

import numpy as np
import pytest

from block03_mlp_manual.squared_error import one_hot, squared_error, squared_error_gradient
from shared.checks import gradient_error
from shared.seeding import stream


def test_by_hand():
    outputs, targets = np.array([[1.0, 0.0, 2.0], [0.0, 0.0, 0.0]]), np.array([0, 2])
    assert one_hot(targets, 3).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert squared_error(outputs, targets) == pytest.approx((4 + 1) / 6)


def test_gradient():
    rng = stream(0, "squared error")
    outputs, targets = rng.standard_normal((6, 4)), rng.integers(0, 4, 6)
    claimed = squared_error_gradient(outputs, targets)
    assert gradient_error(lambda o: squared_error(o, targets), outputs, claimed) <= 1e-7


def test_booleans_are_the_classes_0_and_1_and_no_label_counts_from_the_end():
    assert one_hot(np.array([True, False]), 2).tolist() == [[0, 1], [1, 0]]
    assert squared_error(np.uint8([[0, 3]]), np.array([True])) == 2.0
    for wrong in (-1, 3, 0.5, np.nan):
        with pytest.raises(ValueError, match="targets"):
            one_hot([0, wrong], 3)


@pytest.mark.parametrize("function", [squared_error, squared_error_gradient])
@pytest.mark.parametrize(
    ("outputs", "targets", "says"),
    [
        (np.zeros((2, 3)), np.array([0, 3]), r"targets\[1\] is 3, expected 0 to 2"),
        (np.zeros((2, 3)), np.zeros(3, int), r"targets has shape \(3,\)"),
        (np.zeros((0, 3)), np.zeros(0, int), "no examples"),
        (np.zeros((2, 3)), np.zeros(2), "whole numbers"),
    ],
)
def test_bad_targets_are_named(function, outputs, targets, says):
    with pytest.raises(ValueError, match=says):
        function(outputs, targets)
