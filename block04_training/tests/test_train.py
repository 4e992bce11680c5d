"""The run as a whole: what it wrote, what it refuses, and that it holds for other seeds."""

import json
from pathlib import Path

import numpy as np
import pytest

from block04_training import train
from block04_training.experiments.adam_details import step_lengths
from block04_training.experiments.depth import DeepNetwork
from block04_training.experiments.learning_rates import LANDSCAPES, RULES, best_walk
from block04_training.experiments.network import (
    descend,
    digits,
    evaluate,
    init_network,
    logits,
    validation_part,
)
from block04_training.planted import BUGS
from shared import data, functional, optim
from shared.checks import gradient_error
from shared.planted_bugs import misfits
from shared.seeding import stream
from shared.tests.block_run import assert_within, headline_of
from shared.tests.first_edition import (
    assert_damage_is_named,
    assert_same_files,
    assert_seeds_hold,
    quick_run,
)

RESULTS = Path(__file__).resolve().parent.parent / "results"

BANDS = {  # headline key: (lowest, highest), the same on every machine
    "micrograd_example_max_abs_error": (0, 5e-5),
    "moons_accuracy": (1, 1),
    "scalar_graph_nodes": (100_000, 1_000_000),
    "tensor_vs_scalar_max_relative_error": (0, 1e-12),
    "ops_in_table": (24, 100),
    "op_gradient_max_relative_error": (0, 1e-6),
    "op_planted_bugs": (100, 10_000),
    "optimizer_golden_max_abs_error": (0, 1e-10),
    "resume_equal_bytes": (True, True),
    "resume_kills": (5, 100),
    "checkpoint_bit_flips": (1000, 100_000),
    "checkpoint_silent_changes": (0, 0),
    "digits_test_accuracy": (0.975, 1),
    "dropout_gain_small_data": (0.02, 0.15),
    "planted_bugs": (6, 100),
}
QUICK_BANDS = BANDS | {
    "op_planted_bugs": (10, 10_000),
    "resume_kills": (2, 100),
    "checkpoint_bit_flips": (100, 100_000),
    "digits_test_accuracy": (0.94, 1),
    "dropout_gain_small_data": (-1, 1),  # too few epochs to learn the noise by heart
    "planted_bugs": (1, 1),
}


def test_committed_headline_is_within_its_bands():
    headline = headline_of(RESULTS)
    assert_within(headline, BANDS)
    assert headline["dropout_gain_small_data"] >= 2 * headline["dropout_gain_small_data_sd"]


@pytest.mark.slow
def test_quick_run_writes_everything_and_learns(tmp_path):
    assert_within(quick_run(train, tmp_path / "out", 1), QUICK_BANDS)
    assert_same_files(tmp_path / "out", RESULTS, other=("bench.json",))


def test_both_trainings_are_logged_and_learn(tmp_path, monkeypatch):
    monkeypatch.setattr(train, "EXPERIMENTS", [])
    monkeypatch.setattr(train, "MOONS_EPOCHS", 8)
    headline = quick_run(train, tmp_path / "out", 1)
    assert headline["digits_test_accuracy"] > 0.94
    log = (tmp_path / "out/train_log.jsonl").read_text()
    rows = [json.loads(line) for line in log.splitlines()]
    for model in ("moons", "digits"):
        losses = [row["loss"] for row in rows if row["model"] == model and row.get("seed", 1) == 1]
        assert losses[-1] < losses[0] / 2


def test_the_moons_loop_learns_and_moves_every_weight(monkeypatch):
    class Run:
        seed, losses = 3, []

        def log(self, loss, **row):
            self.losses.append(loss)

    monkeypatch.setattr(train, "MOONS_EPOCHS", 4)
    X, y = data.moons(60, 0.1, stream(3, "few moons"))
    layers = train.train_moons(Run(), X, y)
    start = train.init_layers(train.MOONS_SIZES, stream(3, "moons", "weights"))
    for new, old in zip(train.parameters(layers), train.parameters(start)):
        assert new.data != old.data
    assert Run.losses[-1] < Run.losses[0] / 2


def test_one_batch_of_digits_is_learned_by_heart():
    part = digits(0, images=30)
    parameters = init_network([64, 32, 10], stream(0, "heart"))
    before = {name: tensor.data.copy() for name, tensor in parameters.items()}
    model = lambda x: logits(parameters, x)  # noqa: E731
    rng = stream(0, "order")
    path = descend(
        model, optim.Adam(parameters, 1e-2), part.X, part.y, epochs=150, batch_size=30, rng=rng
    )
    assert [loss for _, loss in path][-1] < 0.01
    assert evaluate(model, part.X, part.y)[1] == 1
    assert all((tensor.data != before[name]).any() for name, tensor in parameters.items())


def test_the_parts_of_the_digits_do_not_overlap():
    whole, few = digits(2), digits(2, images=200, random_labels=0.2)
    assert (len(whole.y), len(whole.y_test)) == (1438, 359)
    assert (len(few.y), len(few.y_test)) == (200, 1597)
    assert 20 <= np.sum(few.y != whole.y[:200]) <= 40  # a tenth of the 40 new labels is right
    part = validation_part(whole)
    assert len(part.y) + len(part.y_test) == len(whole.y)
    rows = {row.tobytes() for row in part.X}
    assert sum(row.tobytes() in rows for row in part.X_test) == 0


def test_a_run_that_diverges_ends_early():
    part = digits(0, images=100)
    parameters = init_network([64, 32, 32, 10], stream(0, "diverge"))
    path = descend(
        lambda x: logits(parameters, x), optim.SGD(parameters, 1e150), part.X, part.y,
        epochs=50, batch_size=20, rng=stream(0, "order"),
    )  # fmt: skip
    assert len(list(path)) < 50


@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
def test_gradients_of_the_deep_network(norm):
    network = DeepNetwork(3, 6, norm, stream(0, "deep", norm))
    rng = stream(0, "deep data")
    x, y = rng.standard_normal((5, 64)), rng.integers(0, 10, 5)

    def loss():
        return functional.cross_entropy(network(x), y)

    loss().backward()
    for name, tensor in network.parameters.items():
        at, claimed = tensor.data, np.zeros(tensor.shape) if tensor.grad is None else tensor.grad

        def value(w, tensor=tensor):
            tensor.data = w
            return loss().item()

        if norm == "batch" and name in ("b0", "b1"):
            assert np.abs(claimed).max() < 1e-12  # the batch mean takes every bias off again
        else:
            assert gradient_error(value, at, claimed) <= 1e-6, name
        tensor.data = at


def test_adams_two_mistakes_have_the_lengths_of_theory():
    assert step_lengths("", steps=50) == pytest.approx(1)
    assert step_lengths("no correction")[0] == pytest.approx(0.1 / np.sqrt(0.001))
    t_6 = (0.1 / (1 - 0.9**6)) / np.sqrt(0.001 / (1 - 0.999**6))
    assert step_lengths("t in the loop")[0] == pytest.approx(t_6)


@pytest.mark.parametrize("name", LANDSCAPES)
def test_gradients_of_the_landscapes(name):
    land = LANDSCAPES[name]
    place = np.array(land.start)
    gradient = land.function(place)[1]
    assert gradient_error(lambda w: float(land.function(w)[0]), place, gradient) <= 1e-6
    assert land.function(np.array(land.bottom))[0] == pytest.approx(0)


def test_turning_the_valley_is_nothing_to_momentum_and_much_to_rmsprop():
    ends = {
        (rule, name): best_walk(RULES[rule], LANDSCAPES[name])[2][-1]
        for rule in ("momentum", "rmsprop")
        for name in ("valley", "turned valley")
    }
    assert ends["momentum", "turned valley"] == pytest.approx(ends["momentum", "valley"], rel=0.01)
    assert ends["rmsprop", "turned valley"] > 1e6 * ends["rmsprop", "valley"]


def test_every_planted_bug_fits_the_code():
    assert misfits(BUGS) == []


def test_damaged_data_ends_the_run_with_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(train, "MOONS_EPOCHS", 1)
    assert_damage_is_named(train, "digits.csv.gz", tmp_path, monkeypatch, capsys)


@pytest.mark.slow
def test_headline_claims_hold_for_nine_of_ten_seeds(tmp_path):
    assert_seeds_hold(train, tmp_path, lambda headline: assert_within(headline, QUICK_BANDS))
