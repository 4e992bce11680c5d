"""shared/losses.py against its twin: values, gradients, ten steps. Two texts, one result."""

import json

import numpy as np
import pytest

from block02_classification import cross_entropy, metrics, proofs, softmax_regression
from block02_classification.proofs import parity_errors, step_parity_error
from shared import losses
from shared.seeding import stream
from shared.tests.ways import a_run


@pytest.mark.parametrize("size", [1.0, 100.0, 1e4])
@pytest.mark.parametrize("weighted", [False, True])
def test_values_and_gradients_agree(size, weighted):
    assert max(parity_errors(size, weighted=weighted).values()) <= 1e-12
    assert parity_errors(size, weighted=weighted)["gradient"] <= 1e-15


@pytest.mark.parametrize(("N", "K"), [(1, 2), (2, 1)])
def test_one_example_and_one_class_agree(N, K):
    assert max(parity_errors(1.0, weighted=False, N=N, K=K).values()) <= 1e-15


@pytest.mark.parametrize("penalty", [0.0, 0.1])
def test_ten_steps_agree(penalty):
    assert step_parity_error(penalty) <= 1e-13


@pytest.mark.parametrize("name", ["softmax", "log-softmax", "cross-entropy", "gradient"])
def test_a_twin_that_is_off_in_one_place_is_seen(name, monkeypatch):
    function = {"gradient": "cross_entropy_gradient"}.get(name, name.replace("-", "_"))
    right = getattr(losses, function)

    def off(*arguments):
        found = np.array(right(*arguments))
        found.flat[-1] += 0.01
        return found

    monkeypatch.setattr(losses, function, off)
    assert parity_errors(1.0, weighted=True)[name] == pytest.approx(0.01)


@pytest.mark.parametrize("name", ["cross_entropy", "cross_entropy_gradient"])
def test_a_twin_that_forgets_the_class_weights_is_seen(name, monkeypatch):
    right = getattr(losses, name)
    monkeypatch.setattr(losses, name, lambda logits, targets, weights=None: right(logits, targets))
    assert max(parity_errors(1.0, weighted=False).values()) <= 1e-15
    assert max(parity_errors(1.0, weighted=True).values()) > 1e-3


def test_steps_without_the_penalty_are_seen(monkeypatch):
    right = softmax_regression.gradient
    monkeypatch.setattr(softmax_regression, "gradient", lambda *data, penalty: right(*data))
    assert step_parity_error(0.0) <= 1e-13 and step_parity_error(0.1) > 1e-3


def test_a_step_that_is_off_is_seen_in_b_alone(monkeypatch):
    """As much on every logit changes no probability, so W stays the same: ten steps of 1."""
    def off(*data, **how):
        dW, db = right(*data, **how)
        return dW, db + 1

    right = softmax_regression.gradient
    monkeypatch.setattr(softmax_regression, "gradient", off)
    assert step_parity_error(0.0) == pytest.approx(10)


def test_the_record_tells_the_worst_of_each_proof(tmp_path, monkeypatch):
    """Right proofs find rounding alone, and of that no quick run tells one number from another."""
    found = {
        "logistic_errors": lambda: {"plain": [1.0, 2.0, 1.0], "balanced": [1.0, 5.0, 1.0]},
        "metric_mismatches": lambda: (212, 6000, 9),
        "gradient_errors": lambda seed: {"a": 3.0, "b": 7.0, "c": 3.0},
        "parity_errors": lambda size, weighted: {"a": 0.0, "b": size + weighted, "c": 0.0},
        "step_parity_error": lambda penalty: penalty,
    }
    for name, proof in found.items():
        monkeypatch.setattr(proofs, name, proof)
    proofs.record(run := a_run(tmp_path))
    told = json.loads(run.files["proofs.json"])["metrics"]
    assert list(run.headline_numbers.values()) == [5, 9, 7]
    assert told["coefficient_max_abs_error"] == {"plain": 2, "balanced": 5}
    assert told["parity_max_error"] == 10_001  # the largest logits, weighted
    assert told["parity_max_error_after_ten_steps"] == 0.1


def test_accuracy_and_confusion_matrix_agree():
    rng = stream(0, "parity labels")
    predicted, targets = rng.integers(0, 5, 200), rng.integers(0, 5, 200)
    assert losses.accuracy(predicted, targets) == metrics.accuracy(predicted, targets)
    ours = metrics.confusion_matrix(predicted, targets, 5)
    assert np.array_equal(losses.confusion_matrix(predicted, targets, 5), ours)


def test_labels_of_any_type_are_counted_alike():
    last = np.uint8([19])
    for text in (losses, metrics):
        assert text.confusion_matrix(last, last, 20)[19, 19] == 1
        mixed = text.confusion_matrix(np.array([True, False]), [1, 1], 2)
        assert mixed.tolist() == [[0, 0], [1, 1]]
        assert text.accuracy([0, 1, 1], [0, 1, 0]) == pytest.approx(2 / 3)
        for wrong in (-1, 2, 0.5):
            with pytest.raises(ValueError, match="predicted"):
                text.confusion_matrix([wrong], [0], 2)


LOSSES = [cross_entropy.mean_loss, losses.cross_entropy]
GRADIENTS = [cross_entropy.mean_gradient, losses.cross_entropy_gradient]


def test_lists_small_numbers_and_booleans_are_calculated_alike():
    logits, targets, weights = [[200, 0], [1, 201]], [True, False], [1, 3]
    for function in LOSSES + GRADIENTS:
        expected = function(np.array(logits, float), np.array([1, 0]), np.array([1.0, 3.0]))
        got = function(np.uint8(logits), np.array(targets), np.uint8(weights))
        assert np.array_equal(got, expected)
        assert np.array_equal(function(logits, targets, weights), expected)
    assert losses.log_softmax([[1, 201]]).tolist() == [[-200, 0]]


def test_float32_stays_and_its_mean_keeps_its_digits():
    rng = stream(0, "float32")
    small, targets = rng.standard_normal((100_000, 2), np.float32), rng.integers(0, 2, 100_000)
    assert losses.cross_entropy_gradient(small, targets).dtype == np.float32
    exact = -losses.log_softmax(small)[np.arange(100_000), targets].astype(float).mean()
    assert losses.cross_entropy(small, targets) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("weights", [[1, -1, 1], [1, np.nan, 1], [0, 0, 1], [0, 0, 0], [1, 1]])
def test_weights_that_weigh_nothing_are_named(weights):
    for function in LOSSES + GRADIENTS:
        with pytest.raises(ValueError, match="weights"):
            function(np.zeros((2, 3)), np.array([0, 1]), np.array(weights, float))


def test_both_refuse_the_same():
    logits = np.zeros((2, 3))
    for loss in LOSSES + GRADIENTS:
        for wrong in (-1, 0.5, np.nan):
            with pytest.raises(ValueError, match="targets"):
                loss(logits, np.array([0, wrong]))
        with pytest.raises(ValueError, match="expected 0 to 2"):
            loss(logits, np.array([0, 3]))
        with pytest.raises(ValueError, match="no examples"):
            loss(logits[:0], np.zeros(0, dtype=int))
        with pytest.raises(ValueError, match="targets has shape"):
            loss(logits, np.zeros((2, 1), dtype=int))
