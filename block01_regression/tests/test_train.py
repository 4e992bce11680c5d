"""Training on the diabetes table: what it logs, that every setting counts, what it may see."""

import numpy as np
import pytest

from block01_regression import report, train
from block01_regression.gradient_descent import after, descend
from block01_regression.losses import predict, r_squared
from block01_regression.normal_equation import normal_equation
from shared.data import load_diabetes, train_validation_split
from shared.seeding import stream
from shared.tests.ways import a_run, assert_every_setting_matters, poisoned, shuffled_labels

SMALL = train.DIABETES._replace(epochs=3)


def toy(N=40):
    rng = stream(0, "toy")
    X = rng.standard_normal((N, 2))
    return X, X @ [2.0, -1.0] + 3 + 0.1 * rng.standard_normal(N)


def learned(tmp_path, settings=SMALL):
    """w, b, the validation part, and the log of a training."""
    run = a_run(tmp_path)
    return *train.learn(run, settings), run


# --- the loop ------------------------------------------------------------------------------------


def test_it_ends_at_the_best_line(tmp_path):
    X, y = toy()
    settings = SMALL._replace(learning_rate=0.1, batch_size=40, epochs=300)
    w, b = train.train(a_run(tmp_path), X, y, X, y, settings)
    assert np.append(w, b) == pytest.approx(np.append(*normal_equation(X, y)))


def test_three_points_by_hand():
    """The README's example; two updates, and the loss before and after them."""
    X, y = np.array([[-1.0], [0.0], [1.0]]), np.array([1.0, 2.0, 6.0])
    path = descend(X, y, learning_rate=0.1, batch_size=3)
    (w, b), (w_2, b_2) = next(path), next(path)
    assert (w[0], b) == pytest.approx((1 / 3, 0.6))
    assert (w_2[0], b_2) == pytest.approx((0.622, 1.08), abs=5e-4)
    path = descend(X, y, learning_rate=0.1, batch_size=3)
    assert train.losses_along(path, X, y, 1) == pytest.approx([13.67, 9.39], abs=5e-3)
    assert np.append(*normal_equation(X, y)) == pytest.approx([2.5, 3])


def test_an_epoch_is_as_many_updates_as_there_are_batches(tmp_path):
    """40 rows in batches of 16 are three updates, the last of 8 rows."""
    X, y = toy()
    settings = SMALL._replace(batch_size=16, epochs=2, learning_rate=0.03)
    w, b = train.train(a_run(tmp_path), X, y, X, y, settings)
    rng = stream(0, "batches")
    v, c = after(6, descend(X, y, learning_rate=0.03, batch_size=16, rng=rng))
    assert np.array_equal(np.append(w, b), np.append(v, c))


def test_the_log_holds_the_losses_of_the_line_it_ends_with(tmp_path):
    run, (X, y), (X_new, y_new) = a_run(tmp_path), toy(), toy(30)
    y_new = y_new + 1
    w, b = train.train(run, X, y, X_new, y_new, SMALL)
    for split, features, targets in (("train", X, y), ("validation", X_new, y_new)):
        steps, losses = run.logged(split=split)
        assert steps == [0, 1, 2, 3]
        assert losses[0] == pytest.approx(np.mean(targets**2), 1e-5)
        assert losses[-1] == pytest.approx(np.mean((features @ w + b - targets) ** 2), 1e-5)


def test_every_setting_matters(tmp_path):
    changes = {"learning_rate": 0.01, "batch_size": 50, "epochs": 4, "penalty": 0.1,
               "validation_fraction": 0.3}
    assert_every_setting_matters(lambda s: learned(tmp_path, s)[-1].log_rows, SMALL, changes)


def test_another_seed_is_another_split_and_another_order(tmp_path):
    X, y = toy()
    ends = [train.train(a_run(tmp_path, seed=s), X, y, X, y, SMALL)[1] for s in (0, 1)]
    targets = [train.learn(a_run(tmp_path, seed=s), SMALL)[3] for s in (0, 1)]
    assert ends[0] != ends[1] and targets[0].tolist() != targets[1].tolist()
    assert report.before_after(0) != report.before_after(1)


def test_losses_along_a_path_begin_at_zero_weights():
    X, y = np.array([[1.0], [-1.0]]), np.array([2.0, -2.0])
    path = descend(X, y, learning_rate=0.25, batch_size=2)
    assert train.losses_along(path, X, y, 2) == pytest.approx([4, 1, 0.25])  # halves its error


# --- what it may see -----------------------------------------------------------------------------


def parts():
    """The rows of the split of seed 0."""
    return train_validation_split(442, SMALL.validation_fraction, stream(0, "split"))


def test_the_validation_patients_change_nothing_that_is_fitted(tmp_path, monkeypatch):
    w, b, X, _, run = learned(tmp_path)
    table = poisoned(load_diabetes(), parts()[1], stream(0, "poison"))
    monkeypatch.setattr(train, "load_diabetes", lambda: table)
    blind_w, blind_b, blind_X, _, blind = learned(tmp_path)
    assert np.array_equal(w, blind_w) and b == blind_b
    assert run.logged(split="train") == blind.logged(split="train")
    assert (X != blind_X).all()
    assert run.logged(split="validation") != blind.logged(split="validation")


def test_both_parts_are_scaled_by_the_rows_that_are_trained_on():
    table, (rows, others) = load_diabetes(), parts()
    X, y, X_new, y_new = train.split_and_scale(table, 0.2, stream(0, "split"))
    assert X.mean(axis=0) == pytest.approx(0, abs=1e-12) and X.std(axis=0) == pytest.approx(1)
    mean, deviation = table.X[rows].mean(axis=0), table.X[rows].std(axis=0)
    assert X_new == pytest.approx((table.X[others] - mean) / deviation)
    assert np.array_equal(y, table.y[rows]) and np.array_equal(y_new, table.y[others])
    assert len(y) == 354 and len(y_new) == 88


def test_on_shuffled_labels_nothing_is_explained(tmp_path, monkeypatch):
    honest_w, honest_b, X, y, _ = learned(tmp_path, train.DIABETES)
    assert r_squared(predict(X, honest_w, honest_b), y) > 0.4
    table = shuffled_labels(load_diabetes(), stream(0, "shuffle"))
    monkeypatch.setattr(train, "load_diabetes", lambda: table)
    w, b, X, y, _ = learned(tmp_path, train.DIABETES)
    assert r_squared(predict(X, w, b), y) < 0.1


# --- what is shown -------------------------------------------------------------------------------


def test_before_and_after_differ_in_the_columns_alone(tmp_path):
    """Update 0 is the mean square of the training targets, for both; then one of them explodes."""
    rows = [line.split() for line in report.before_after(0).splitlines()[1:]]
    y = load_diabetes().y[parts()[0]]
    assert float(rows[0][1]) == pytest.approx(np.mean(y**2), rel=5e-3)
    assert float(rows[0][2]) == pytest.approx(np.mean(y**2), rel=1e-4)
    assert float(rows[7][1]) > 1e50 and float(rows[7][2]) < float(rows[0][2])
    run = a_run(tmp_path)
    train.learn(run, SMALL._replace(epochs=1))  # 12 updates: an epoch of the same path
    after_12 = report.before_after(0, updates=12).splitlines()[-1].split()
    assert float(after_12[2]) == pytest.approx(run.logged(split="train")[1][1], rel=1e-4)


def test_the_outputs_are_predictions_of_the_validation_patients(tmp_path):
    w, b, X, y, run = learned(tmp_path)
    report.write_outputs(run, w, b, X, y)
    row = run.files["outputs.md"].decode().splitlines()[4].split("|")
    assert [float(cell) for cell in row[1:3]] == [round(X[0] @ w + b), y[0]]
    assert float(row[3]) == pytest.approx(X[0] @ w + b - y[0], abs=0.51)


def test_the_loss_curve_shows_both_logs(tmp_path, monkeypatch):
    run, drawn = learned(tmp_path)[-1], []
    monkeypatch.setattr(run, "figure", lambda figure, name: drawn.append(figure))
    report.draw_losses(run)
    for line in drawn[0].axes[0].lines:
        steps, losses = run.logged(split=line.get_label())
        assert list(line.get_xdata()) == steps and list(line.get_ydata()) == losses
