"""Metrics against scikit-learn on 212 label pairs, and against counts one can check by hand."""

import numpy as np
import pytest

from block02_classification import proofs
from block02_classification.metrics import (
    Scores,
    accuracy,
    averaged_scores,
    binary_scores,
    confusion_matrix,
    scores_of_class,
)
from block02_classification.proofs import metric_mismatches
from shared.seeding import stream


def test_every_number_equals_scikit_learns():
    pairs, compared, wrong = metric_mismatches()
    assert pairs == 212
    assert compared > 6000
    assert wrong == 0


def test_a_cell_or_a_number_that_is_off_is_counted(monkeypatch):
    right = proofs.our_metrics
    changes = {  # what is off in each of 212 pairs; the number of mismatches
        (1, 0): 212, (0, 0.01): 212, (0, np.nan): 212, (1, 0.01): 424,
    }
    for (cell, number), mismatches in changes.items():
        def fake(*pair, cell=cell, number=number):
            counts, row = right(*pair)
            counts, row = counts.copy(), np.array(row)
            counts[0, 0] += cell
            row[0] += number
            return counts, row

        monkeypatch.setattr(proofs, "our_metrics", fake)
        assert metric_mismatches()[2] == mismatches


COUNTS = np.array([[50, 10], [4, 6]])  # 6 of 10 found, 10 false alarms


def test_by_hand():
    assert binary_scores(COUNTS) == pytest.approx((6 / 16, 6 / 10, 12 / 26))
    assert scores_of_class(COUNTS, 0) == pytest.approx((50 / 54, 50 / 60, 100 / 114))
    macro = averaged_scores(COUNTS, "macro")
    assert macro.recall == pytest.approx((50 / 60 + 6 / 10) / 2)
    assert averaged_scores(COUNTS, "weighted").recall == pytest.approx(56 / 70)
    assert averaged_scores(COUNTS, "micro") == pytest.approx((56 / 70,) * 3)


def test_always_no_is_accurate_and_finds_nothing():
    predicted, targets = np.zeros(100, int), (np.arange(100) == 0).astype(int)
    assert accuracy(predicted, targets) == 0.99
    assert binary_scores(confusion_matrix(predicted, targets, 2)) == Scores(0, 0, 0)


def test_swapping_predictions_and_targets_swaps_precision_and_recall():
    rng = stream(0, "swap")
    predicted, targets = rng.integers(0, 2, 50), rng.integers(0, 2, 50)
    one = binary_scores(confusion_matrix(predicted, targets, 2))
    other = binary_scores(confusion_matrix(targets, predicted, 2))
    assert (one.precision, one.recall, one.f1) == (other.recall, other.precision, other.f1)


def test_f1_is_the_harmonic_mean():
    precision, recall, f1 = binary_scores(COUNTS)
    assert f1 == pytest.approx(2 / (1 / precision + 1 / recall))


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, list])
def test_the_type_of_labels_and_counts_does_not_matter(dtype):
    predicted, targets = np.array([1, 0, 1], dtype if dtype is not list else int), [1, 1, 0]
    assert confusion_matrix(predicted, targets, 2).tolist() == [[0, 1], [1, 1]]
    assert accuracy(predicted, targets) == pytest.approx(1 / 3)
    small = np.uint8([[200, 100], [100, 200]])
    assert binary_scores(small) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert averaged_scores(small, "micro") == pytest.approx((2 / 3, 2 / 3, 2 / 3))


def test_bad_labels_are_named():
    for k in (-1, 2):
        with pytest.raises(ValueError, match=f"k is {k}, expected 0 to 1"):
            scores_of_class(COUNTS, k)
    for wrong in (-COUNTS, COUNTS / 7):
        with pytest.raises(ValueError, match="counts"):
            averaged_scores(wrong, "macro")
    for label in (-1, 0.5):
        with pytest.raises(ValueError, match="predicted"):
            accuracy([label], [0])
    with pytest.raises(ValueError, match=r"predicted\[0\] is 2, expected 0 to 1"):
        confusion_matrix(np.array([2]), np.array([0]), 2)
    with pytest.raises(ValueError, match=r"targets has shape \(1,\)"):
        confusion_matrix(np.array([0, 1]), np.array([0]), 2)
    with pytest.raises(ValueError, match="no examples"):
        accuracy(np.zeros(0, int), np.zeros(0, int))
    with pytest.raises(ValueError, match="macro, micro or weighted"):
        averaged_scores(COUNTS, "samples")
    with pytest.raises(ValueError, match=r"counts has shape \(3, 3\)"):
        binary_scores(np.eye(3))
