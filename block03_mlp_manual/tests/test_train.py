"""The loop learns, uses every setting, and looks at nothing it should not see."""

import numpy as np
import pytest

from block03_mlp_manual import problems, train
from block03_mlp_manual.activations import TANH
from block03_mlp_manual.experiments import digits
from block03_mlp_manual.many_layers import forward, initialise, predict
from block03_mlp_manual.train import Settings
from shared.data import load_digits
from shared.losses import accuracy, cross_entropy
from shared.seeding import stream
from shared.tests.ways import a_run, assert_every_setting_matters, poisoned, shuffled_labels

SMALL = Settings((2, 8, 3), learning_rate=0.3, batch_size=10, epochs=3)


def spiral(seed=0):
    return problems.spiral_data(seed, train=60, fresh=30)


# --- the loop ------------------------------------------------------------------------------------


def test_it_overfits_one_batch_and_every_unit_moves():
    X, y, _, _ = spiral()
    settings = Settings((2, 50, 3), learning_rate=0.5, batch_size=12, epochs=1500)
    layers = initialise(settings.sizes, stream(0, "overfit"))
    start = [W.copy() for W, _ in layers]
    train.train(layers, X[6:18], y[6:18], settings, stream(0, "order"))
    assert cross_entropy(forward(layers, X[6:18])[0], y[6:18]) < 0.01
    for before, (W, b) in zip(start, layers):
        assert (before != W).any(axis=0).all() and (b != 0).all()


def test_one_step_is_the_rate_times_the_gradient():
    """One epoch of one batch: all rows, each once, so the order does not matter."""
    X, y, _, _ = spiral()
    layers = initialise((2, 3), stream(0, "one step"))
    W, b = layers[0][0].copy(), layers[0][1].copy()
    p = np.exp(X @ W + b)
    error = (p / p.sum(axis=1, keepdims=True) - np.eye(3)[y]) / 60  # (N, K), softmax regression
    train.train(layers, X, y, Settings((2, 3), 0.5, 60, 1), stream(0, "order"))
    assert layers[0][0] == pytest.approx(W - 0.5 * X.T @ error)
    assert layers[0][1] == pytest.approx(b - 0.5 * error.sum(axis=0))


def test_the_activation_and_the_backward_pass_are_the_ones_given():
    X, y, _, _ = spiral()
    layers = initialise(SMALL.sizes, stream(0, "given"))
    seen = []

    def backward(layers, cache, doutputs, activation):
        seen.append(activation)
        assert np.array_equal(cache[1][0], np.tanh(cache[0][1]))
        return [(0 * W, 0 * b) for W, b in layers]

    start = layers[0][0].copy()
    train.train(layers, X, y, SMALL, stream(0, "order"), activation=TANH, backward=backward)
    assert seen == [TANH] * 18  # 6 batches of 10 in each of 3 epochs
    assert np.array_equal(layers[0][0], start)


def test_a_diverging_run_is_an_error_and_not_a_warning():
    X, y, _, _ = problems.some_digits(0, train=60)
    settings = Settings((64, 30, 30, 10), learning_rate=1e6, batch_size=20, epochs=100)
    layers = initialise(settings.sizes, stream(0, "diverging"))
    with pytest.raises(FloatingPointError, match="diverged"):
        train.train(layers, X, y, settings, stream(0, "order"))
    assert all(np.isfinite(W).all() for W, _ in layers)


@pytest.mark.parametrize("value", [np.nan, np.inf, -1e31])
def test_a_single_output_out_of_bounds_is_a_divergence(value):
    X, y, _, _ = spiral()
    layers = initialise(SMALL.sizes, stream(0, "diverged"))
    layers[-1][1][1] = value
    with pytest.raises(FloatingPointError, match="diverged"):
        train.train(layers, X, y, SMALL, stream(0, "order"))


def test_every_setting_matters(tmp_path):
    def log(settings):
        run = a_run(tmp_path)
        train.learn(run, "spiral", settings, *spiral())
        return run.log_rows

    changes = {"sizes": (2, 9, 3), "learning_rate": 0.2, "batch_size": 20, "epochs": 4,
               "log_every": 2}
    assert_every_setting_matters(log, SMALL, changes)


def test_the_log_holds_the_losses_of_the_network_it_ends_with(tmp_path):
    run, (X, y, X_fresh, y_fresh) = a_run(tmp_path, seed=3), spiral()
    layers = train.learn(run, "toy", SMALL, X, y, X_fresh, y_fresh)
    for split, points, classes in (("train", X, y), ("validation", X_fresh, y_fresh)):
        steps, losses = run.logged(split=split, problem="toy")
        assert steps == [0, 1, 2, 3]
        assert losses[-1] == pytest.approx(cross_entropy(forward(layers, points)[0], classes), 1e-5)
        start = initialise(SMALL.sizes, stream(3, "toy", "train"))
        assert losses[0] == pytest.approx(cross_entropy(forward(start, points)[0], classes), 1e-5)


def test_both_networks_learn_from_the_data_of_the_runs_seed(tmp_path, monkeypatch):
    monkeypatch.setattr(train, "learn", lambda run, name, settings, *data: (settings, data))
    fit, validation, _ = problems.digits_split(3)
    expected = {"spiral": problems.spiral_data(3), "digits": problems.digits_data(fit, validation)}
    for quick, epochs in ((True, [50, 3]), (False, [450, 20])):
        learned = train.learn_both(a_run(tmp_path, quick=quick, seed=3))
        assert [settings.epochs for settings, _ in learned.values()] == epochs
        for name, (_, given) in learned.items():
            assert all(np.array_equal(a, b) for a, b in zip(given, expected[name], strict=True))


# --- what it may see -----------------------------------------------------------------------------


def test_the_parts_of_a_split_are_disjoint_and_complete():
    parts = problems.digits_split(1)
    assert sorted(np.concatenate(parts)) == list(range(1797))
    assert [len(part) for part in parts] == [1151, 287, 359]


def test_each_stream_of_a_problem_has_the_seed_and_a_name_of_its_own(monkeypatch):
    seen = []
    monkeypatch.setattr(problems, "stream", lambda *key: seen.append(key) or stream(*key))
    problems.spiral_data(3), problems.digits_split(3), problems.some_digits(3)
    assert {seed for seed, *_ in seen} == {3} and len(set(seen)) == len(seen) == 5


def split_of(table, monkeypatch):
    """The first split with this table, and the networks that were trained for it, in order."""
    networks = []

    def recorded(*arguments):
        networks.append(trained(*arguments))
        return networks[-1]

    trained = digits.trained
    with monkeypatch.context() as patch:
        patch.setattr(problems, "load_digits", lambda: table)
        patch.setattr(digits, "trained", recorded)
        return digits.one_split(0, 0, epochs=2), networks


def same(networks, others):
    return [
        all(np.array_equal(W, V) for (W, _), (V, _) in zip(layers, more))
        for layers, more in zip(networks, others)
    ]


def test_neither_training_nor_choice_sees_the_test_side(monkeypatch):
    table, (_, _, test) = load_digits(), problems.digits_split(0)
    honest, networks = split_of(table, monkeypatch)
    blind, others = split_of(poisoned(table, test, stream(0, "poison")), monkeypatch)
    assert same(networks, others) == [True] * 5
    assert blind["validation_loss"] == honest["validation_loss"]
    assert honest["accuracy"] > 0.9 and blind["accuracy"] < 0.4


def test_the_choice_does_not_train_on_the_validation_part(monkeypatch):
    table, (_, validation, _) = load_digits(), problems.digits_split(0)
    honest, networks = split_of(table, monkeypatch)
    poison = poisoned(table, validation, stream(0, "poison"))
    other, others = split_of(poison, monkeypatch)
    assert same(networks, others) == [True, True, False, False, True]
    assert min(other["validation_loss"].values()) > 2 * max(honest["validation_loss"].values())


def test_on_shuffled_labels_the_figure_is_at_chance(monkeypatch):
    found, _ = split_of(shuffled_labels(load_digits(), stream(0, "shuffle")), monkeypatch)
    assert found["accuracy"] < 0.2 and found["linear_accuracy"] < 0.2


def test_the_digits_are_scaled_by_the_rows_that_are_trained_on():
    rows, others = np.arange(100), np.arange(100, 200)
    X, y, _, _ = problems.digits_data(rows, others)
    assert X.mean(axis=0) == pytest.approx(0, abs=1e-12)
    table = load_digits()
    assert X == pytest.approx((table.X[:100] - table.X[:100].mean(axis=0)) / table.X[:100].std())
    assert np.array_equal(y, table.y[:100])


def test_no_digit_is_both_trained_on_and_held_out(monkeypatch):
    monkeypatch.setattr(problems, "digits_data", lambda rows, others: (rows, others))
    rows, others = problems.some_digits(0)
    assert sorted([*rows, *others]) == list(range(1797)) and len(rows) == 480
    rows, others = problems.some_digits(0, train=7, held_out=5)
    assert (len(rows), len(others), len({*rows, *others})) == (7, 5, 12)


def test_some_digits_are_held_out():
    X, y, X_held_out, y_held_out = problems.some_digits(0, train=1000, held_out=500)
    assert X.shape == (1000, 64) and len(y) == 1000 and len(y_held_out) == 500
    rows = {row.tobytes() for row in X}
    assert sum(row.tobytes() in rows for row in X_held_out) < 5  # a few images are twins
    layers = train.train(initialise((64, 10), stream(0, "held out")), X, y,
                         Settings((64, 10), 0.2, 32, 5), stream(0, "order"))
    assert accuracy(predict(layers, X_held_out), y_held_out) > 0.85
