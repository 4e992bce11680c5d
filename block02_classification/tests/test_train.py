"""The loop learns, uses every setting, and logs what it says."""

import numpy as np
import pytest

from block02_classification import logistic, softmax_regression, train
from block02_classification.problems import digits_parts
from block02_classification.softmax_regression import logits, predict
from block02_classification.train import Settings
from shared.data import blobs
from shared.losses import cross_entropy
from shared.seeding import stream
from shared.tests.ways import a_run, assert_every_setting_matters

CENTRES = np.array([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])
SMALL = Settings(learning_rate=0.5, batch_size=10, epochs=3, penalty=0.1)


def three_clouds(N=32):
    return blobs(N, CENTRES, 1.0, stream(0, "clouds"))


def from_zero(X, y, settings, **how):
    start = softmax_regression.start(X, y, 3)
    return train.train(start, X, y, settings, stream(0, "order"), **how)


def test_every_parameter_moves_and_a_small_batch_is_learnt_by_heart():
    X, y = three_clouds(6)
    W, b = from_zero(X, y, Settings(1.0, 4, 1))
    assert (W != 0).all() and (b != 0).any()
    W, b = from_zero(X, y, Settings(1.0, 4, 1500))
    assert cross_entropy(logits(X, W, b), y) < 0.01
    assert predict(X, W, b).tolist() == y.tolist()


def test_one_step_is_the_rate_times_the_gradient():
    """One epoch of one batch, so the order does not matter; the intercept pays no penalty."""
    X, y = three_clouds()
    W, b = np.arange(6.0).reshape(2, 3) / 10, np.array([0.3, -0.2, 0.1])
    p = np.exp(X @ W + b)
    error = (p / p.sum(axis=1, keepdims=True) - np.eye(3)[y]) / 32  # (N, K)
    W_new, b_new = train.train((W, b), X, y, Settings(0.5, 32, 1, 0.4), stream(0, "order"))
    assert W_new == pytest.approx(W - 0.5 * (X.T @ error + 0.4 * W))
    assert b_new == pytest.approx(b - 0.5 * error.sum(axis=0))
    assert W[1, 2] == 0.5 and b[0] == 0.3  # what it was given is as it was


def test_an_epoch_visits_every_row_once_with_its_own_label():
    X, y = np.arange(23.0)[:, None], np.arange(23)
    seen = []

    def gradient(X, y, W, b, penalty):
        seen.append((X[:, 0].tolist(), y.tolist()))
        return 0 * W, 0 * b

    train.train((np.zeros(1), 0.0), X, y, Settings(1.0, 5, 2), stream(0, "o"), gradient=gradient)
    assert all(rows == labels for rows, labels in seen)
    epochs = [[row for rows, _ in seen[i : i + 5] for row in rows] for i in (0, 5)]
    assert [sorted(epoch) for epoch in epochs] == [list(range(23))] * 2
    assert epochs[0] != epochs[1]


def test_the_same_loop_trains_logistic_regression():
    X, y = blobs(40, CENTRES[:2], 1.0, stream(0, "two clouds"))
    settings = Settings(1.0, 40, 2000, penalty=0.1)
    found = train.train(logistic.start(X, y), X, y, settings, stream(0, "order"),
                        gradient=logistic.gradient)
    assert np.append(*found) == pytest.approx(np.append(*logistic.newton(X, y, penalty=0.1)))


def test_settings_that_cannot_be_and_divergence_are_errors():
    X, y = three_clouds()
    for name, value in (("learning_rate", 0), ("penalty", -1), ("batch_size", 0)):
        with pytest.raises(ValueError, match=f"{name} is {value}"):
            from_zero(X, y, SMALL._replace(**{name: value}))
    with pytest.raises(FloatingPointError, match="diverged at a learning rate of 1"):
        from_zero(X, y, Settings(1.0, 32, 2000, penalty=3.0))


def test_every_setting_matters(tmp_path):
    def log(settings):
        run, (X, y) = a_run(tmp_path), three_clouds()
        train.learn(run, settings, X, y, X[::2], y[::2])
        return run.log_rows

    changes = {"learning_rate": 0.4, "batch_size": 20, "epochs": 4, "penalty": 0.2, "log_every": 2}
    assert_every_setting_matters(log, SMALL, changes)


def test_the_log_holds_the_losses_of_the_model_it_ends_with(tmp_path):
    run, (X, y, X_other, y_other) = a_run(tmp_path), digits_parts(0)
    model = train.learn(run, SMALL, X, y, X_other, y_other)
    for split, points, classes in (("train", X, y), ("validation", X_other, y_other)):
        steps, found = run.logged(split=split)
        assert steps == [0, 1, 2, 3]
        assert found[0] == pytest.approx(np.log(10), 1e-5)
        assert found[-1] == pytest.approx(cross_entropy(logits(points, *model), classes), 1e-5)


def test_the_validation_part_is_not_trained_on(tmp_path):
    X, y, X_other, y_other = digits_parts(0)
    assert (len(y), len(y_other)) == (1438, 359)
    one = train.learn(a_run(tmp_path), SMALL, X, y, X_other, y_other)
    other = train.learn(a_run(tmp_path), SMALL, X, y, 0 * X_other, y_other)
    assert np.array_equal(one[0], other[0]) and np.array_equal(one[1], other[1])
