"""Descent against the closed form, an exact LAD line, and the theory of its step size."""

import itertools

import numpy as np
import pytest

from block01_regression.gradient_descent import (
    after,
    batches_for_ever,
    descend,
    exact_mae_line,
    gradient,
    hessian,
    learning_rate_limit,
    mae_line,
)
from block01_regression.losses import mae, mae_gradient, mse, predict
from block01_regression.normal_equation import normal_equation
from shared.checks import numerical_gradient
from shared.seeding import stream


def line(N=40, D=3):
    rng = stream(0, "descent", N, D)
    X = rng.standard_normal((N, D))
    return X, predict(X, np.arange(1.0, D + 1), -2.0) + 0.1 * rng.standard_normal(N)


@pytest.mark.parametrize("penalty", [0.0, 0.5])
def test_batch_descent_reaches_the_closed_form(penalty):
    X, y = line()
    rate = learning_rate_limit(X, penalty) / 2
    w, b = after(3000, descend(X, y, learning_rate=rate, batch_size=len(y), penalty=penalty))
    assert np.append(w, b) == pytest.approx(np.append(*normal_equation(X, y, penalty)), abs=1e-9)


@pytest.mark.parametrize("batch_size", [1, 7])
def test_small_batches_reach_the_truth_on_noise_free_data(batch_size):
    X, _ = line()
    y = predict(X, np.array([1.0, 2.0, 3.0]), -2.0)
    path = descend(X, y, learning_rate=0.03, batch_size=batch_size, rng=stream(0, "batches"))
    w, b = after(6000, path)
    assert np.append(w, b) == pytest.approx([1, 2, 3, -2], abs=1e-6)


def test_an_epoch_visits_every_row_once():
    batches = batches_for_ever(10, 3, stream(0, "epoch"))
    for _ in range(3):
        epoch = np.concatenate(list(itertools.islice(batches, 4)))
        assert sorted(epoch.tolist()) == list(range(10))


def test_first_step_by_hand():
    X, y = np.array([[1.0], [3.0]]), np.array([2.0, 4.0])
    w, b = after(1, descend(X, y, learning_rate=0.1, batch_size=2))
    # gradient at zero: dw = 2/2 (1 * -2 + 3 * -4) = -14, db = 2/2 (-2 - 4) = -6
    assert (w[0], b) == pytest.approx((1.4, 0.6))


def test_the_gradient_of_all_batches_averages_to_the_full_gradient():
    X, y = line()
    w = np.ones(3)
    full = np.append(*gradient(X, y, w, 1.0))
    single = [np.append(*gradient(X[i : i + 1], y[i : i + 1], w, 1.0)) for i in range(len(y))]
    assert np.mean(single, axis=0) == pytest.approx(full)


def test_decay_shrinks_the_step():
    X, y = np.ones((1, 1)), np.array([1.0])
    flat = {"learning_rate": 0.1, "batch_size": 1, "loss_gradient": lambda p, y: np.array([1.0])}
    path = descend(X, y, decay=1.0, **flat)
    b = [next(path)[1] for _ in range(3)]
    assert b == pytest.approx([-0.1, -0.1 - 0.05, -0.1 - 0.05 - 0.1 / 3])


def test_mae_descent_finds_the_least_absolute_line():
    X, y = line(N=25, D=1)
    y[:5] += 8
    exact = mae(predict(X, *exact_mae_line(X, y)), y)
    path = descend(
        X, y, learning_rate=0.3, decay=0.02, batch_size=25, loss_gradient=mae_gradient
    )
    assert mae(predict(X, *after(20_000, path)), y) == pytest.approx(exact, rel=1e-3)


def test_no_line_has_a_lower_mae_than_the_exact_one():
    """The MAE is convex: where no direction leads down, there is nothing lower."""
    X, y = line(N=25, D=1)
    y[:5] += 8
    w, b = exact_mae_line(X, y)
    for angle in np.linspace(0, 2 * np.pi, 360):
        nearby = w + 1e-4 * np.cos(angle), b + 1e-4 * np.sin(angle)
        assert mae(predict(X, *nearby), y) > mae(predict(X, w, b), y)


def test_points_at_one_x_have_no_slope():
    assert exact_mae_line([[0.0], [0], [1]], [1.0, 3, 3])[0] in (0, 2)  # no slope from 1 to 3
    with pytest.raises(ValueError, match="all x are the same"):
        exact_mae_line([[1.0], [1]], [1.0, 2])


def test_hessian_is_the_derivative_of_the_gradient():
    X, y = line()
    columns = [
        numerical_gradient(lambda p, i=i: np.append(*gradient(X, y, p[:-1], p[-1], penalty=0.3))[i],
                           np.zeros(4))
        for i in range(4)
    ]
    assert hessian(X, penalty=0.3) == pytest.approx(np.array(columns), abs=1e-7)


@pytest.mark.parametrize(("factor", "grows"), [(0.98, False), (1.02, True)])
def test_the_limit_divides_stable_from_unstable(factor, grows):
    X, y = line()
    path = descend(X, y, learning_rate=factor * learning_rate_limit(X), batch_size=len(y))
    w, b = after(1000, path)
    assert (mse(predict(X, w, b), y) > np.mean(y**2)) == grows


def test_divergence_is_an_error_and_not_a_nan():
    X, y = line()
    with pytest.raises(FloatingPointError, match=r"diverged at update \d+: learning rate 5"):
        after(10_000, descend(X, y, learning_rate=5.0, batch_size=len(y)))


@pytest.mark.parametrize("column", [[0.0, 0, 0, 0], [-1.0, 1, -1, 1]])
def test_the_intercept_alone_or_the_weight_alone_can_diverge(column):
    """On a column of zeros only b moves; on a centred one and a centred y only w."""
    X = np.array([column]).T
    y = X[:, 0] if X.any() else np.full(4, -3.0)
    path = descend(X, y, learning_rate=5.0, batch_size=4)
    ends = []
    with pytest.raises(FloatingPointError, match="diverged at update"):
        ends.extend(itertools.islice(path, 1000))
    assert max(max(abs(w[0]), abs(b)) for w, b in ends) < 1e100


@pytest.mark.parametrize("sign", [1, -1])
def test_a_weight_is_too_large_on_either_side_of_zero(sign):
    push = {"loss_gradient": lambda p, y: np.array([sign * 3e99]), "batch_size": 1}
    for x in (0.0, 1.0):  # the intercept alone, and both
        path = descend(np.array([[x]]), np.ones(1), learning_rate=1.0, **push)
        assert [abs(next(path)[1]) for _ in range(3)] == pytest.approx([3e99, 6e99, 9e99])
        with pytest.raises(FloatingPointError, match="diverged at update 3"):
            next(path)


def test_the_mae_line_takes_as_many_steps_as_it_is_told():
    """On one reading of 9 at x = 0 each step raises b: by 1, then 1 / 1.01, then 1 / 1.02."""
    steps = np.cumsum([1, 1 / 1.01, 1 / 1.02])
    ends = [mae_line(np.zeros((1, 1)), np.array([9.0]), updates)[1] for updates in (1, 2, 3)]
    assert ends == pytest.approx(steps)


SETTINGS = [("learning_rate", [0, -0.1, np.nan]), ("penalty", [-1, np.nan]),
            ("decay", [-1, np.nan, np.inf]), ("batch_size", [0, -1, 2.5])]


@pytest.mark.parametrize("name, values", SETTINGS)
def test_bad_settings_are_named(name, values):
    X, y = line()
    for value in values:
        settings = {"learning_rate": 0.1, "batch_size": 4, "rng": stream(0, "x")} | {name: value}
        with pytest.raises(ValueError, match=f"{name} is {value}"):
            next(descend(X, y, **settings))
    for penalty in (-1, np.nan):
        with pytest.raises(ValueError, match="the penalty is"):
            learning_rate_limit(X, penalty)
    with pytest.raises(ValueError, match="batches of 4 of 40 rows are drawn: give an rng"):
        next(descend(X, y, learning_rate=0.1, batch_size=4))
    with pytest.raises(ValueError, match="updates is 0"):
        after(0, iter([]))


def test_whole_numbers_are_fitted_as_floats_are():
    X, y = np.uint8([[1], [2], [250]]), np.uint8([3, 5, 255])
    ends = [
        after(3, descend(X.astype(t), y.astype(t), learning_rate=1e-5, batch_size=3))
        for t in (np.uint8, float)
    ]
    assert ends[0] == ends[1]
    assert learning_rate_limit(X) == learning_rate_limit(X.astype(float))


@pytest.mark.parametrize("penalty", [0.5, 3.0])
def test_the_limit_counts_the_penalty(penalty):
    """Along the steepest direction the curvature is that of the loss and of the penalty."""
    X = np.array([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    assert learning_rate_limit(X, penalty) == pytest.approx(2 / (2 / 4 * 8 + penalty))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_bad_data_is_refused_before_the_first_step(value):
    X, y = line()
    X[3, 1] = value
    with pytest.raises(ValueError, match=r"X\[3, 1\]"):
        next(descend(X, y, learning_rate=0.1, batch_size=4, rng=stream(0, "x")))
