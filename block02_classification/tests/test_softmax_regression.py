"""Softmax regression against scikit-learn, PyTorch's steps, and logistic regression."""

import itertools

import numpy as np
import pytest

from block02_classification import logistic, softmax_regression
from block02_classification.cross_entropy import mean_gradient, mean_loss
from block02_classification.tests.golden import golden
from shared import losses
from shared.checks import gradient_error, numerical_gradient
from shared.data import blobs, fit_standardiser, load_digits
from shared.seeding import stream

CENTRES = np.array([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])


def three_clouds(N=60):
    return blobs(N, CENTRES, 1.0, stream(0, "clouds"))


def test_scikit_learns_minimum_is_ours():
    """The loss is convex, so the gradient vanishes at the minimum and nowhere else."""
    g, table = golden("softmax"), load_digits()
    rows, penalty = slice(int(g["rows"])), float(g["penalty"])
    X, y = fit_standardiser(table.X[rows])(table.X[rows]), table.y[rows]
    settings = {"penalty": penalty, "loss_gradient": losses.cross_entropy_gradient}
    dW, db = softmax_regression.gradient(X, y, g["W"], g["b"], **settings)
    assert max(np.abs(dW).max(), np.abs(db).max()) <= 1e-12
    rate = softmax_regression.safe_learning_rate(X, penalty)
    path = softmax_regression.descend(
        X, y, 10, learning_rate=rate, batch_size=len(y), **settings
    )
    W, b = softmax_regression.after(1000, path)
    assert np.abs(W - g["W"]).max() <= 2e-3
    assert np.abs(b - g["b"]).max() <= 2e-3


def test_a_hundred_steps_equal_pytorchs():
    g = golden("cross_entropy")

    def weighted(logits, targets):
        return mean_gradient(logits, targets, g["step_weights"])

    path = softmax_regression.descend(
        g["step_X"], g["step_targets"], 3, learning_rate=0.5, batch_size=40, penalty=0.01,
        loss_gradient=weighted,
    )  # fmt: skip
    W, b = softmax_regression.after(100, path)
    assert np.abs(W - g["step_W"]).max() <= 1e-12
    assert np.abs(b - g["step_b"]).max() <= 1e-12


def test_two_classes_are_logistic_regression():
    """W = [0, w] and W = [-w/2, w/2] predict the same; the second has the smaller penalty."""
    X, y = blobs(50, CENTRES[:2] / 3, 1.0, stream(0, "two clouds"))
    path = softmax_regression.descend(X, y, 2, learning_rate=0.5, batch_size=50, penalty=0.2)
    W, b = softmax_regression.after(400, path)
    w, intercept = logistic.newton(X, y, penalty=0.1)  # |W|^2 = |w|^2 / 2
    assert W[:, 1] - W[:, 0] == pytest.approx(w, abs=1e-8)
    assert b[1] - b[0] == pytest.approx(intercept, abs=1e-8)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e308])
def test_a_prediction_that_is_none_is_an_error(bad):
    W, b = np.full((1, 2), 10.0), np.zeros(2)
    with pytest.raises(ValueError, match=r"logits\[0, 0\] is"), np.errstate(over="ignore"):
        softmax_regression.predict([[bad]], W, b)
    with pytest.raises(ValueError, match=r"logits\[0, 1\] is nan"):
        softmax_regression.predict([[1.0]], np.array([[0.0, np.nan]]), b)


@pytest.mark.parametrize("penalty", [0.5, 3.0])
def test_the_safe_rate_counts_the_penalty(penalty):
    X = np.array([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    rate = softmax_regression.safe_learning_rate(X, penalty)
    assert rate == pytest.approx(1 / (8 / (2 * 4) + penalty))


SETTINGS = [("learning_rate", [0, -0.1, np.nan]), ("penalty", [-1, np.nan]),
            ("batch_size", [0, -1, 2.5]), ("num_classes", [0, -3])]  # fmt: skip


@pytest.mark.parametrize("name, values", SETTINGS)
def test_bad_settings_are_named(name, values):
    X, y = three_clouds()
    good = {"num_classes": 3, "learning_rate": 0.1, "batch_size": 4, "rng": stream(0, "x")}
    for value in values:
        with pytest.raises(ValueError, match=f"{name} is {value}"):
            next(softmax_regression.descend(X, y, **good | {name: value}))
    with pytest.raises(ValueError, match="penalty is"):
        softmax_regression.safe_learning_rate(X, -1)
    with pytest.raises(ValueError, match="give an rng"):
        next(softmax_regression.descend(X, y, **good | {"rng": None}))
    with pytest.raises(ValueError, match="updates is 0"):
        softmax_regression.after(0, iter([]))


@pytest.mark.parametrize("descend", [
    lambda X, y: softmax_regression.descend(X, y, 2, learning_rate=1, penalty=3.0, batch_size=9),
    lambda X, y: logistic.descend(X, y, learning_rate=1, penalty=3.0),
])  # fmt: skip
def test_divergence_is_an_error_and_not_a_nan(descend):
    X, y = blobs(9, CENTRES[:2], 1.0, stream(0, "diverge"))
    with pytest.raises(FloatingPointError, match="diverged: learning rate 1"):
        softmax_regression.after(2000, descend(X, y))


def test_gradient_by_differences():
    X, y = three_clouds()
    at = stream(0, "weights").standard_normal((3, 3))  # W above, b below

    def objective(p):
        logits = softmax_regression.logits(X, p[:2], p[2])
        return mean_loss(logits, y) + 0.3 / 2 * np.sum(p[:2] ** 2)

    dW, db = softmax_regression.gradient(X, y, at[:2], at[2], penalty=0.3)
    assert gradient_error(objective, at, np.vstack([dW, db])) <= 1e-7


def test_the_safe_rate_bounds_the_curvature():
    X, y = three_clouds()

    def slope(p):
        return np.vstack(softmax_regression.gradient(X, y, p[:2], p[2]))

    rng = stream(0, "curvature")
    for at in [np.zeros((3, 3)), *rng.standard_normal((3, 3, 3))]:
        columns = [
            numerical_gradient(lambda p, i=i: slope(p)[i], at).ravel()
            for i in np.ndindex(3, 3)
        ]  # fmt: skip
        largest = np.linalg.eigvalsh(np.array(columns))[-1]
        assert largest <= 1 / softmax_regression.safe_learning_rate(X)


def test_every_parameter_moves_and_a_small_batch_is_learnt_by_heart():
    X, y = three_clouds(6)
    path = softmax_regression.descend(
        X, y, 3, learning_rate=1.0, batch_size=4, rng=stream(0, "batches")
    )
    W, b = next(path)
    assert (W != 0).all()
    assert (b != 0).any()
    W, b = softmax_regression.after(3000, path)
    assert mean_loss(softmax_regression.logits(X, W, b), y) < 0.01
    assert softmax_regression.predict(X, W, b).tolist() == y.tolist()


def test_an_epoch_visits_every_row_once():
    batches = softmax_regression.batches_for_ever(10, 3, stream(0, "epoch"))
    epoch = np.concatenate(list(itertools.islice(batches, 4)))
    assert sorted(epoch.tolist()) == list(range(10))


def test_descent_starts_where_it_is_told():
    X, y = three_clouds()
    start = np.ones((2, 3)), np.array([5.0, 0.0, 0.0])
    path = softmax_regression.descend(
        X, y, 3, learning_rate=1e-9, batch_size=60, start=start
    )
    W, b = next(path)
    assert W == pytest.approx(start[0], abs=1e-6)
    assert b == pytest.approx(start[1], abs=1e-6)


@pytest.mark.parametrize(
    ("X", "y", "says"),
    [
        (np.zeros((3, 2)), np.zeros(2, dtype=int), r"targets has shape \(2,\)"),
        (np.zeros((0, 2)), np.zeros(0, dtype=int), "no rows"),
        (np.zeros((2, 2)), np.array([0.0, 1.0]), "targets are float64"),
        (np.zeros((2, 2)), np.array([0, 3]), r"targets\[\d\] is -?\d, expected 0 to 2"),
        (np.array([[0.0], [np.inf]]), np.array([0, 1]), r"X\[1, 0\] is inf"),
    ],
)
def test_bad_data_is_named(X, y, says):
    with pytest.raises(ValueError, match=says):
        next(softmax_regression.descend(X, y, 3, learning_rate=0.1, batch_size=2))
