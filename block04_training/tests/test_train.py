"""The loops learn, use every setting, and look at nothing they should not see."""

import numpy as np
import pytest

from block04_training import train
from block04_training.experiments import digits, problems
from block04_training.scalar_mlp import init_layers, loss, parameters, plain_layers
from block04_training.train import DIGITS, Network, Settings
from shared import functional, layers, optim
from shared.checks import NonFiniteError
from shared.data import BatchOrder, load_digits
from shared.seeding import stream
from shared.tests.ways import a_run, assert_every_setting_matters, poisoned, shuffled_labels

SMALL = Settings((64, 8, 10), 0.01, 20, 3, weight_decay=0.1, input_dropout=0.1, dropout=0.2)


def some(images=60):
    """A few digits: X, y, and as many others."""
    return train.digits_data(np.arange(images), np.arange(images, 2 * images))


def arrays(network):
    return {name: tensor.data.copy() for name, tensor in layers.parameters(network).items()}


def same(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one)


# --- the array loop ------------------------------------------------------------------------------


def test_it_overfits_one_batch_and_every_parameter_moves():
    X, y, *_ = some(30)
    settings = Settings((64, 32, 10), learning_rate=1e-2, batch_size=30, epochs=150)
    start = arrays(Network(settings, stream(0, "weights", *settings.sizes)))
    network = train.trained(settings, X, y, 0)
    assert train.evaluate(network, X, y)[0] < 0.01
    assert all((start[name] != array).any() for name, array in arrays(network).items())


def test_one_step_is_the_rate_times_the_gradient():
    X, y, *_ = some()
    settings = Settings((64, 10), 0.5, 60, 1, optimizer="sgd")
    before = arrays(Network(settings, stream(3, "weights", 64, 10)))
    p = np.exp(X @ before["layers.0.W"])
    error = (p / p.sum(axis=1, keepdims=True) - np.eye(10)[y]) / 60  # (N, K)
    after = arrays(train.trained(settings, X, y, 3))
    assert after["layers.0.W"] == pytest.approx(before["layers.0.W"] - 0.5 * X.T @ error)
    assert after["layers.0.b"] == pytest.approx(-0.5 * error.sum(axis=0))


def test_the_decay_is_on_the_weights_and_not_on_the_biases():
    settings = SMALL._replace(optimizer="sgd", learning_rate=0.1)
    network = Network(settings, stream(0, "decay"))
    for tensor in layers.parameters(network).values():
        tensor.data += 1.0
    before, optimizer = arrays(network), train.optimizer_of(settings, network)
    optimizer.step()  # every gradient is 0
    for name, array in arrays(network).items():
        assert array == pytest.approx(before[name] * (0.99 if name.endswith("W") else 1))


def test_dropout_is_for_training_and_each_place_has_its_own_rate():
    X, *_ = some(10)
    network = Network(Settings((64, 500, 10), 0, 1, 1, input_dropout=0.2, dropout=0.5), stream(0))
    assert np.array_equal(network(X).data, network(X).data)
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        dropout = functional.dropout

        def seen(h, rate, *rest, **more):
            out = dropout(h, rate, *rest, **more)
            asked.append((rate, np.mean(out.data[h.data != 0] == 0)))
            return out

        patch.setattr(functional, "dropout", seen)
        network(X, stream(0, "masks"))
    (first, lost), (second, hidden_lost) = asked
    assert (first, second) == (0.2, 0.5)
    assert (lost, hidden_lost) == (pytest.approx(0.2, abs=0.05), pytest.approx(0.5, abs=0.05))


@pytest.mark.parametrize(
    ("name", "factors"),
    [
        ("constant", [1, 1, 1, 1]),
        ("step", [1, 0.3, 0.09, 0.027]),
        ("cosine", [1, 0.75, 0.25, 0]),
        ("warm-up, cosine", [0.05, 1, 0.5, 0]),
    ],
)
def test_each_schedule_is_what_its_name_says(name, factors):
    assert [train.SCHEDULES[name](t, 60) for t in (0, 20, 40, 60)] == pytest.approx(factors)


def test_the_schedule_is_followed_step_by_step():
    X, y, *_ = some()
    network = Network(SMALL, stream(0, "schedule"))
    optimizer, rates = train.optimizer_of(SMALL, network), []
    settings = SMALL._replace(schedule="cosine")
    batches = BatchOrder(60, 20, stream(0, "order"))
    train.train(network, optimizer, X, y, settings, batches,
                after_step=lambda loss: rates.append(optimizer.learning_rate))
    assert rates == [0.01 * train.SCHEDULES["cosine"](t, 9) for t in range(9)]


def test_it_goes_on_from_the_optimizers_step_and_stops_where_it_is_told():
    X, y, *_ = some()
    network, seen = Network(SMALL, stream(0, "go on")), []
    optimizer, batches = train.optimizer_of(SMALL, network), BatchOrder(60, 20, stream(0, "order"))
    train.train(network, optimizer, X, y, SMALL, batches, watch=lambda epoch: epoch == 1)
    assert optimizer.steps == 3
    train.train(network, optimizer, X, y, SMALL, batches, after_step=lambda loss: True)
    assert optimizer.steps == 4
    train.train(network, optimizer, X, y, SMALL, batches, watch=seen.append)
    assert (optimizer.steps, seen) == (9, [2, 3])


def test_a_diverging_run_is_an_error_and_not_a_warning():
    X, y, *_ = some(100)
    settings = Settings((64, 32, 32, 10), 1e150, 20, 50, optimizer="sgd")
    with pytest.raises(NonFiniteError):
        train.trained(settings, X, y, 0)


def test_a_loss_beyond_all_bounds_ends_the_run_though_it_is_finite():
    X, y, *_ = some(500)
    with pytest.raises(NonFiniteError, match="diverged: the loss is"):
        train.trained(Settings((64, 64, 10), 10.0, 64, 8, optimizer="sgd"), X, y, 0)


@pytest.mark.parametrize("name", train.OPTIMIZERS)
def test_each_optimizer_is_what_its_name_says(name):
    found = train.optimizer_of(SMALL._replace(optimizer=name), Network(SMALL, stream(0, "kind")))
    kind = {"sgd": optim.SGD, "momentum": optim.SGD, "rmsprop": optim.RMSProp, "adam": optim.Adam}
    assert type(found) is kind[name]
    if kind[name] is optim.SGD:
        assert found.momentum == (0.9 if name == "momentum" else 0)


# --- settings and logs ---------------------------------------------------------------------------

CHANGES = {"sizes": (64, 9, 10), "learning_rate": 0.02, "batch_size": 200, "epochs": 2,
           "optimizer": "sgd", "schedule": "cosine", "weight_decay": 0.5, "input_dropout": 0.3,
           "dropout": 0.5}


def test_every_setting_matters_to_the_array_loop(tmp_path):
    def log(settings):
        run = a_run(tmp_path)
        train.learn_digits(run, settings)
        return run.log_rows

    assert_every_setting_matters(log, SMALL._replace(batch_size=300), CHANGES)


def test_the_scalar_loop_uses_its_settings(tmp_path):
    def log(**changes):
        run = a_run(tmp_path)
        train.learn_moons(run, Settings((2, 3, 1), 0.1, 20, 2)._replace(**changes))
        return run.log_rows

    assert log() == log()
    changes = {"sizes": (2, 4, 1), "learning_rate": 0.2, "batch_size": 25, "epochs": 3}
    for name, value in changes.items():
        assert log(**{name: value}) != log(), name


def test_the_log_holds_the_losses_of_the_digits_network(tmp_path):
    run = a_run(tmp_path)
    network = train.learn_digits(run, SMALL)
    fit, validation, _ = train.digits_split(0)
    X, y, X_validation, y_validation = train.digits_data(fit, validation)
    start = Network(SMALL, stream(0, "weights", *SMALL.sizes))
    for split, rows, classes in (("train", X, y), ("validation", X_validation, y_validation)):
        steps, losses = run.logged(split=split, problem="digits")
        assert steps == [0, 1, 2, 3]
        assert losses[0] == pytest.approx(train.evaluate(start, rows, classes)[0], 1e-5)
        assert losses[-1] == pytest.approx(train.evaluate(network, rows, classes)[0], 1e-5)
    loss_by_hand, accuracy = train.evaluate(network, X, y)
    logits = network(X).data
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    assert loss_by_hand == pytest.approx(-np.log(p[np.arange(len(y)), y]).mean())
    assert accuracy == np.mean(p.argmax(axis=1) == y)


def test_the_log_holds_the_losses_of_the_moons_network_and_every_weight_moves(tmp_path):
    run = a_run(tmp_path, seed=3)
    network = train.learn_moons(run, train.MOONS._replace(epochs=4))
    X, y, X_fresh, y_fresh = train.moons_data(3)
    start = init_layers(train.MOONS.sizes, stream(3, "moons", "weights"))
    for split, points, classes in (("train", X, y), ("validation", X_fresh, y_fresh)):
        _, losses = run.logged(split=split, problem="moons")
        assert losses[0] == pytest.approx(loss(plain_layers(start), points, classes), 1e-5)
        assert losses[-1] == pytest.approx(loss(plain_layers(network), points, classes), 1e-5)
        assert losses[-1] < losses[0] / 2
    for new, old in zip(parameters(network), parameters(start)):
        assert new.data != old.data


# --- what may be seen ----------------------------------------------------------------------------


def test_the_parts_of_a_split_are_disjoint_and_complete():
    parts = train.digits_split(1)
    assert sorted(np.concatenate(parts)) == list(range(1797))
    assert [len(part) for part in parts] == [1151, 287, 359]


def test_the_digits_are_scaled_by_the_rows_that_are_trained_on():
    X, y, X_others, y_others = train.digits_data(np.arange(100), np.arange(100, 200))
    table = load_digits()
    mean, scale = table.X[:100].mean(axis=0), table.X[:100].std()
    assert X == pytest.approx((table.X[:100] - mean) / scale)
    assert X_others == pytest.approx((table.X[100:200] - mean) / scale)
    assert np.array_equal(y, table.y[:100]) and np.array_equal(y_others, table.y[100:200])


VARIANTS = {"all of it": DIGITS, "without dropout": digits.MLP}


def split_of(table, monkeypatch):
    """The first split with this table, and what was trained for it, in order."""
    networks = []

    def recorded(settings, X, y, seed):
        networks.append(trained(settings._replace(epochs=2), X, y, seed))
        return networks[-1]

    trained = problems.trained
    with monkeypatch.context() as patch:
        patch.setattr(train, "load_digits", lambda: table)
        patch.setattr(problems, "trained", recorded)
        patch.setattr(digits, "VARIANTS", VARIANTS)
        return digits.one_split(0, 0, quick=False), [arrays(network) for network in networks]


def test_neither_training_nor_choice_sees_the_test_side(monkeypatch):
    table, (_, _, test) = load_digits(), train.digits_split(0)
    honest, networks = split_of(table, monkeypatch)
    blind, others = split_of(poisoned(table, test, stream(0, "poison")), monkeypatch)
    assert len(networks) == 5 and all(map(same, networks, others))
    assert (blind["validation"], blind["chosen"]) == (honest["validation"], honest["chosen"])
    for name in ("softmax", "mlp", "recipe"):
        assert honest[name] > 0.9 and blind[name] < 0.4


def test_the_choice_does_not_train_on_the_validation_part_and_the_final_networks_do(monkeypatch):
    table, (_, validation, _) = load_digits(), train.digits_split(0)
    honest, networks = split_of(table, monkeypatch)
    other, others = split_of(poisoned(table, validation, stream(0, "poison")), monkeypatch)
    assert list(map(same, networks, others)) == [True, True, False, False, False]
    assert min(other["validation"].values()) > 2 * max(honest["validation"].values())
    assert honest["chosen"] == min(honest["validation"], key=honest["validation"].get)


def test_on_shuffled_labels_every_figure_is_at_chance(monkeypatch):
    found, _ = split_of(shuffled_labels(load_digits(), stream(0, "shuffle")), monkeypatch)
    assert max(found["softmax"], found["mlp"], found["recipe"]) < 0.2
