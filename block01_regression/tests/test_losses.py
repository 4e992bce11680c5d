"""Losses against hand-made numbers and finite differences."""

import numpy as np
import pytest

from block01_regression.losses import (
    check_data,
    mae,
    mae_gradient,
    mse,
    mse_gradient,
    parameter_gradient,
    predict,
    r_squared,
    ridge_gradient,
    ridge_penalty,
)
from shared.checks import gradient_error
from shared.seeding import stream


@pytest.fixture
def problem():
    rng = stream(0, "losses")
    X, w = rng.standard_normal((30, 4)), rng.standard_normal(4)
    y = predict(X, w, 0.7) + rng.choice([-1, 1], 30) * rng.uniform(0.1, 2.0, 30)
    return X, y, w, 0.7


def test_losses_by_hand():
    prediction, y = np.array([1.0, 3.0, 5.0]), np.array([1.0, 1.0, 8.0])
    assert mse(prediction, y) == pytest.approx((0 + 4 + 9) / 3)
    assert mae(prediction, y) == pytest.approx((0 + 2 + 3) / 3)


@pytest.mark.parametrize(("loss", "derivative"), [(mse, mse_gradient), (mae, mae_gradient)])
def test_gradient_in_the_prediction(loss, derivative, problem):
    X, y, w, b = problem
    prediction = predict(X, w, b)
    assert gradient_error(lambda p: loss(p, y), prediction, derivative(prediction, y)) <= 1e-7


@pytest.mark.parametrize(("loss", "derivative"), [(mse, mse_gradient), (mae, mae_gradient)])
def test_gradient_in_the_parameters(loss, derivative, problem):
    X, y, w, b = problem
    dw, db = parameter_gradient(X, derivative(predict(X, w, b), y))
    at = np.append(w, b)
    error = gradient_error(lambda p: loss(predict(X, p[:-1], p[-1]), y), at, np.append(dw, db))
    assert error <= 1e-7


def test_mae_subgradient_at_the_kink_supports_the_loss_from_below():
    y = np.array([2.0, -1.0])
    at = np.array([2.0, 0.5])  # the first prediction is exact
    slope = mae_gradient(at, y)
    for step in stream(0, "kink").standard_normal((200, 2)):
        assert mae(at + step, y) >= mae(at, y) + slope @ step - 1e-12


def test_ridge_gradient(problem):
    w = problem[2]
    assert gradient_error(lambda v: ridge_penalty(v, 0.3), w, ridge_gradient(w, 0.3)) <= 1e-7


def test_r_squared_of_the_mean_is_zero_and_of_the_truth_one():
    y = np.array([1.0, 2.0, 6.0])
    assert r_squared(np.full(3, 3.0), y) == 0
    assert r_squared(y, y) == 1
    with pytest.raises(ValueError, match="constant"):
        r_squared(y, np.ones(3))


@pytest.mark.parametrize("unit", [1.0, 1e-200, 1e200])
def test_r_squared_does_not_depend_on_the_unit(unit):
    y = np.array([1.0, 2.0, 6.0])
    assert r_squared(unit * np.array([2.0, 2, 5]), unit * y) == pytest.approx(1 - 2 / 14, rel=1e-14)


@pytest.mark.parametrize("y", [[0.1] * 3, [0.3, 0.1 + 0.2, 0.3], [1e16] * 7])
def test_rounding_is_no_variance_to_explain(y):
    with pytest.raises(ValueError, match="constant"):
        r_squared(np.zeros(len(y)), np.array(y))


PAIRS = [mse, mae, mse_gradient, mae_gradient, r_squared]


@pytest.mark.parametrize("function", PAIRS)
def test_a_column_of_targets_is_refused(function):
    """(N, 1) against (N,) would broadcast to (N, N) and give a mean over all pairs."""
    for prediction, y in ((np.ones(3), np.ones((3, 1))), (np.ones((3, 1)), np.ones(3))):
        with pytest.raises(ValueError, match=r"(y|prediction) has shape \(3, 1\), expected \(N,\)"):
            function(prediction, y)
    with pytest.raises(ValueError, match="no examples"):
        function(np.zeros(0), np.zeros(0))


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.float16, list])
@pytest.mark.parametrize("function", PAIRS)
def test_the_type_of_the_numbers_does_not_decide_their_difference(function, dtype):
    prediction, y = [3, 120, 7], [100, 2, 90]
    expected = function(np.array(prediction, float), np.array(y, float))
    assert np.array_equal(function(dtype(prediction), dtype(y)), expected)


def test_small_whole_numbers_do_not_overflow_in_the_model():
    X, w = np.uint8([[200, 100]]), np.uint8([2, 3])
    assert predict(X, w, 1).tolist() == [701]
    assert parameter_gradient(X.T, np.uint8([2, 3]))[0].tolist() == [700]
    assert ridge_penalty(np.uint8([20, 30]), 2) == 1300
    assert ridge_gradient([20, 30], 2).tolist() == [40, 60]


def test_a_model_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"w has shape \(2, 1\)"):
        predict(np.ones((3, 2)), np.ones((2, 1)), 0.0)
    with pytest.raises(ValueError, match=r"dprediction has shape \(3, 1\)"):
        parameter_gradient(np.ones((3, 2)), np.ones((3, 1)))
    for strength in (-0.1, np.nan):
        with pytest.raises(ValueError, match="the penalty is"):
            ridge_penalty(np.ones(2), strength)
        with pytest.raises(ValueError, match="the penalty is"):
            ridge_gradient(np.ones(2), strength)


@pytest.mark.parametrize(
    ("X", "y", "says"),
    [
        (np.zeros((3, 2)), np.zeros(4), r"y has shape \(4,\)"),
        (np.zeros(3), np.zeros(3), r"X has shape \(3,\)"),
        (np.zeros((0, 2)), np.zeros(0), "no rows"),
        (np.zeros((2, 0)), np.zeros(2), "no columns"),
        (np.array([[1.0, np.nan]]), np.zeros(1), r"X\[0, 1\] is nan"),
        (np.zeros((2, 1)), np.array([0.0, np.inf]), r"y\[1\] is inf"),
    ],
)
def test_bad_data_is_named(X, y, says):
    with pytest.raises(ValueError, match=says):
        check_data(X, y)
