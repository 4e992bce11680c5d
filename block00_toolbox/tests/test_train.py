"""The loop learns, uses every setting, and looks at nothing it should not see."""

import numpy as np
import pytest

from block00_toolbox import train
from block00_toolbox.train import LOSSES, SETTINGS, patients, prepare, right_loss, wrong_loss
from shared.checks import gradient_error
from shared.seeding import stream
from shared.tests.ways import a_run, assert_every_setting_matters

SMALL = SETTINGS._replace(examples=60, batch_size=16, epochs=4, log_every=1)


def data(seed=0, settings=SMALL):
    return prepare(*patients(seed, settings), settings, stream(seed, "split"))


# --- the losses ----------------------------------------------------------------------------------


def test_both_losses_by_hand():
    """p = (1, 3), y = (1, 2): right (0 + 1) / 2, wrong (0 + 1 + 4 + 1) / 4."""
    X, y, theta = np.eye(2), np.array([1.0, 2.0]), np.array([1.0, 3.0])
    assert right_loss(X, y, theta)[0] == 0.5
    assert wrong_loss(X, y, theta)[0] == 1.5


def test_the_wrong_loss_is_the_right_one_against_the_mean_plus_the_variance():
    p, y = stream(0, "p").standard_normal((2, 30))
    expected = np.mean((p - y.mean()) ** 2) + y.var()
    assert wrong_loss(np.eye(30), y, p)[0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("loss", [right_loss, wrong_loss])
def test_the_gradient_of_both_losses(loss):
    rng = stream(0, "derivative")
    X, y, theta = rng.standard_normal((12, 3)), rng.standard_normal(12), rng.standard_normal(3)
    assert gradient_error(lambda t: loss(X, y, t)[0], theta, loss(X, y, theta)[1]) <= 1e-8


# --- the data ------------------------------------------------------------------------------------


def test_the_true_line_leaves_the_noise():
    X, y = patients(0, SETTINGS._replace(examples=20_000))
    assert X.mean(axis=0) == pytest.approx([50, 2], rel=0.01)
    assert X.std(axis=0) == pytest.approx([10, 0.5], rel=0.02)
    left = y - 1 - (X - [50, 2]) / [10, 0.5] @ [2, -1]
    assert left.mean() == pytest.approx(0, abs=0.02)
    assert left.std() == pytest.approx(SETTINGS.noise, rel=0.02)


def test_the_parts_are_disjoint_and_standardised_by_the_training_rows_alone():
    X, y = patients(0, SMALL)
    X_train, y_train, X_validation, y_validation = data()
    assert sorted([*y_train, *y_validation]) == sorted(y) and len(y_validation) == 12
    assert X_train[:, :2].mean(axis=0) == pytest.approx(0, abs=1e-12)
    assert X_train[:, :2].std(axis=0) == pytest.approx(1, abs=1e-12)
    assert (X_train[:, 2] == 1).all() and (X_validation[:, 2] == 1).all()
    rows = [int(np.flatnonzero(y == value)[0]) for value in y_train]
    held_out = [int(np.flatnonzero(y == value)[0]) for value in y_validation]
    expected = (X[held_out] - X[rows].mean(axis=0)) / X[rows].std(axis=0)
    assert X_validation[:, :2] == pytest.approx(expected)


def test_poison_in_the_validation_rows_changes_nothing_that_is_fitted():
    X, y = patients(0, SMALL)
    held_out = np.isin(y, data()[3])
    X[held_out], y[held_out] = 1e6, np.nan
    clean, poisoned = data(), prepare(X, y, SMALL, stream(0, "split"))
    for part, other in zip(clean[:2], poisoned[:2]):
        assert np.array_equal(part, other)
    assert np.isnan(poisoned[3]).all() and (poisoned[2] > 1e3)[:, :2].all()


# --- the loop ------------------------------------------------------------------------------------


def test_one_step_is_the_rate_times_the_gradient():
    """One epoch of one batch: all rows, each once, so the order does not matter."""
    X, y, _, _ = data()
    theta = np.array([1.0, -2.0, 0.5])
    settings = SMALL._replace(batch_size=48, epochs=1, learning_rate=0.3)
    end = train.train(theta, X, y, settings, stream(0, "order"))
    assert end == pytest.approx(theta - 0.3 * 2 / 48 * X.T @ (X @ theta - y))
    assert theta.tolist() == [1.0, -2.0, 0.5]


def test_the_line_found_is_least_squares():
    X, y, _, _ = data()
    settings = SMALL._replace(batch_size=48, epochs=300)
    end = train.train(np.zeros(3), X, y, settings, stream(0, "order"))
    assert end == pytest.approx(np.linalg.lstsq(X, y)[0], abs=1e-10)


def test_every_row_is_seen_once_an_epoch_in_batches_of_the_size():
    X, y, _, _ = data()
    seen = []

    def loss(rows, targets, theta):
        seen.append((rows, targets))
        return 0.0, 0 * theta

    train.train(np.zeros(3), X, y, SMALL._replace(epochs=2), stream(0, "order"), loss=loss)
    assert [len(targets) for _, targets in seen] == [16, 16, 16] * 2
    pairs = {(*row, target) for row, target in zip(X, y)}
    for epoch in (seen[:3], seen[3:]):
        assert {(*row, t) for rows, targets in epoch for row, t in zip(rows, targets)} == pairs
    assert not np.array_equal(seen[0][1], seen[3][1])  # each epoch has an order of its own


def test_every_setting_matters(tmp_path):
    def log(settings):
        run = a_run(tmp_path)
        train.learn_both(run, settings)
        return run.log_rows

    changes = {
        "examples": 61, "noise": 0.6, "validation_fraction": 0.3, "start": 2.0,
        "learning_rate": 0.2, "batch_size": 20, "epochs": 5, "log_every": 2,
    }
    assert_every_setting_matters(log, SMALL, changes)


@pytest.mark.parametrize("problem", LOSSES)
def test_the_log_holds_the_losses_of_the_line_it_ends_with(problem, tmp_path):
    run = a_run(tmp_path, seed=3)
    lines, parts = train.learn_both(run, SMALL)
    assert all(np.array_equal(part, expected) for part, expected in zip(parts, data(3)))
    for split, X, y in (("train", *parts[:2]), ("validation", *parts[2:])):
        steps, losses = run.logged(problem=problem, split=split)
        assert steps == [0, 1, 2, 3, 4]
        assert losses[-1] == pytest.approx(LOSSES[problem](X, y, lines[problem])[0], rel=1e-5)
        start = train.first_theta(SMALL, stream(3, "train"))
        assert losses[0] == pytest.approx(LOSSES[problem](X, y, start)[0], rel=1e-5)
