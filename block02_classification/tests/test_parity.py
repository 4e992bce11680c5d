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


def test_both_refuse_the_same():
    logits = np.zeros((2, 3))
    for loss in (cross_entropy.mean_loss, losses.cross_entropy):
        with pytest.raises(ValueError, match="expected 0 to 2"):
            loss(logits, np.array([0, 3]))
        with pytest.raises(ValueError, match="no examples"):
            loss(logits[:0], np.zeros(0, dtype=int))
        with pytest.raises(ValueError, match="targets has shape"):
            loss(logits, np.zeros((2, 1), dtype=int))
