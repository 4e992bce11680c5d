"""Softmax regression against scikit-learn, PyTorch's steps, and logistic regression."""

import numpy as np
import pytest

from block02_classification import logistic, softmax_regression
from block02_classification.cross_entropy import mean_gradient
from block02_classification.proofs import golden
from block02_classification.train import Settings, train
from shared import losses
from shared.checks import numerical_gradient
from shared.data import blobs, fit_standardiser, load_digits
from shared.seeding import stream

CENTRES = np.array([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])


def three_clouds(N=60):
    return blobs(N, CENTRES, 1.0, stream(0, "clouds"))


def descend(X, y, num_classes, settings, **how):
    """Training from zero."""
    start = softmax_regression.start(X, y, num_classes)
    return train(start, X, y, settings, stream(0, "order"), **how)


def test_scikit_learns_minimum_is_ours():
    """The loss is convex, so the gradient vanishes at the minimum and nowhere else."""
    g, table = golden("softmax"), load_digits()
    rows, penalty = slice(int(g["rows"])), float(g["penalty"])
    X, y = fit_standardiser(table.X[rows])(table.X[rows]), table.y[rows]
    settings = {"penalty": penalty, "loss_gradient": losses.cross_entropy_gradient}
    dW, db = softmax_regression.gradient(X, y, g["W"], g["b"], **settings)
    assert max(np.abs(dW).max(), np.abs(db).max()) <= 1e-12
    rate = softmax_regression.safe_learning_rate(X, penalty)
    W, b = descend(X, y, 10, Settings(rate, len(y), 1000, penalty))
    assert np.abs(W - g["W"]).max() <= 2e-3
    assert np.abs(b - g["b"]).max() <= 2e-3


def test_a_hundred_steps_equal_pytorchs():
    def weighted(logits, targets):
        return mean_gradient(logits, targets, weights)

    def gradient(X, y, W, b, penalty):
        return softmax_regression.gradient(X, y, W, b, loss_gradient=weighted, penalty=penalty)

    g = golden("cross_entropy")
    weights = g["step_weights"]
    settings = Settings(learning_rate=0.5, batch_size=40, epochs=100, penalty=0.01)
    W, b = descend(g["step_X"], g["step_targets"], 3, settings, gradient=gradient)
    assert np.abs(W - g["step_W"]).max() <= 1e-12
    assert np.abs(b - g["step_b"]).max() <= 1e-12


def test_two_classes_are_logistic_regression():
    """W = [0, w] and W = [-w/2, w/2] predict the same; the second has the smaller penalty."""
    X, y = blobs(50, CENTRES[:2] / 3, 1.0, stream(0, "two clouds"))
    W, b = descend(X, y, 2, Settings(0.5, 50, 400, penalty=0.2))
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


def test_the_safe_rate_bounds_the_curvature():
    X, y = three_clouds()

    def slope(p):
        return np.vstack(softmax_regression.gradient(X, y, p[:2], p[2]))

    rng = stream(0, "curvature")
    for at in [np.zeros((3, 3)), *rng.standard_normal((3, 3, 3))]:
        columns = [
            numerical_gradient(lambda p, i=i: slope(p)[i], at).ravel()
            for i in np.ndindex(3, 3)
        ]
        largest = np.linalg.eigvalsh(np.array(columns))[-1]
        assert largest <= 1 / softmax_regression.safe_learning_rate(X)


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
        softmax_regression.start(X, y, 3)
