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
