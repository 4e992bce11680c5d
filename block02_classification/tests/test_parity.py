"""shared/losses.py against its twin: values, gradients, ten steps. Two texts, one result."""

import numpy as np
import pytest

from block02_classification import cross_entropy, metrics
from block02_classification.proofs import parity_errors, step_parity_error
from shared import losses
from shared.seeding import stream


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


def test_accuracy_and_confusion_matrix_agree():
    rng = stream(0, "parity labels")
    predicted, targets = rng.integers(0, 5, 200), rng.integers(0, 5, 200)
    assert losses.accuracy(predicted, targets) == metrics.accuracy(predicted, targets)
    ours = metrics.confusion_matrix(predicted, targets, 5)
    assert np.array_equal(losses.confusion_matrix(predicted, targets, 5), ours)


@pytest.mark.parametrize("loss", [cross_entropy.mean_loss, losses.cross_entropy])
def test_both_refuse_the_same(loss):
    logits = np.zeros((2, 3))
    with pytest.raises(ValueError, match="expected 0 to 2"):
        loss(logits, np.array([0, 3]))
    with pytest.raises(ValueError, match="no examples"):
        loss(logits[:0], np.zeros(0, dtype=int))
    with pytest.raises(ValueError, match="targets has shape"):
        loss(logits, np.zeros((2, 1), dtype=int))
