"""shared/losses.py against its twin: values, gradients, ten steps. Two texts, one result."""

import numpy as np
import pytest

from block02_classification import cross_entropy, metrics, softmax_regression
from shared import losses
from shared.seeding import stream


def problem(size, N=30, K=5):
    """Logits (N, K), targets (N,) and class weights (K,)."""
    rng = stream(0, "parity", N, K)
    return size * rng.standard_normal((N, K)), rng.integers(0, K, N), rng.uniform(0.1, 9, K)


@pytest.mark.parametrize("size", [1.0, 100.0, 1e4])
def test_softmax_agrees(size):
    logits = problem(size)[0]
    for ours, theirs in (
        (cross_entropy.softmax, losses.softmax),
        (cross_entropy.log_softmax, losses.log_softmax),
    ):
        rows = np.array([ours(z) for z in logits.tolist()])
        assert np.abs(rows - theirs(logits)).max() <= 1e-12 * max(1, size)


@pytest.mark.parametrize("size", [1.0, 100.0, 1e4])
@pytest.mark.parametrize("weighted", [False, True])
def test_cross_entropy_and_its_gradient_agree(size, weighted):
    logits, targets, weights = problem(size)
    weights = weights if weighted else None
    expected = cross_entropy.mean_loss(logits, targets, weights)
    assert losses.cross_entropy(logits, targets, weights) == pytest.approx(expected, rel=1e-12)
    gradient = cross_entropy.mean_gradient(logits, targets, weights)
    assert np.abs(losses.cross_entropy_gradient(logits, targets, weights) - gradient).max() <= 1e-15


def test_one_example_and_two_agree():
    for N, K in ((1, 2), (2, 1)):
        logits, targets, _ = problem(1.0, N, K)
        expected = cross_entropy.mean_loss(logits, targets)
        assert losses.cross_entropy(logits, targets) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("penalty", [0.0, 0.1])
def test_ten_steps_agree(penalty):
    rng = stream(0, "parity steps")
    X, targets = rng.standard_normal((40, 6)), rng.integers(0, 4, 40)
    gradients = (cross_entropy.mean_gradient, losses.cross_entropy_gradient)
    ends = [
        softmax_regression.after(10, softmax_regression.descend(
            X, targets, 4, learning_rate=1.0, batch_size=16, rng=stream(0, "parity batches"),
            loss_gradient=gradient, penalty=penalty,
        ))
        for gradient in gradients
    ]  # fmt: skip
    for one, other in zip(*ends):
        assert np.abs(one - other).max() <= 1e-13


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
    logits, targets, _ = problem(1.0, 100_000, 2)
    small = logits.astype(np.float32)
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
