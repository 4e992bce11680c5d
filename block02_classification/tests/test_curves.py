"""Curves against scikit-learn's points, and the area against counting pairs."""

import numpy as np
import pytest

from block02_classification.curves import (
    average_precision,
    best_f1_threshold,
    cheapest_threshold,
    counts_by_threshold,
    precision_recall_curve,
    roc_auc,
    roc_curve,
    threshold_for_costs,
)
from block02_classification.metrics import binary_scores, confusion_matrix
from block02_classification.proofs import golden
from shared.seeding import stream


@pytest.mark.parametrize("i", range(3))
def test_points_and_areas_equal_scikit_learns(i):
    g = golden("curves")
    scores, targets = g[f"scores_{i}"], g[f"targets_{i}"]
    assert np.abs(np.array(roc_curve(scores, targets)) - g[f"roc_{i}"]).max() <= 1e-15
    ours = np.array(precision_recall_curve(scores, targets))
    expected = g[f"precision_recall_{i}"]
    assert np.abs(ours - expected).max() <= 1e-15
    areas = [roc_auc(scores, targets), average_precision(scores, targets)]
    assert areas == pytest.approx(g[f"areas_{i}"], abs=1e-12)


def noisy(N=80, decimals=2):
    rng = stream(0, "scores", N, decimals)
    targets = (np.arange(N) % 5 == 0).astype(int)
    return np.round(0.3 * targets + rng.random(N), decimals), targets


@pytest.mark.parametrize("decimals", [1, 9])
def test_auc_is_the_chance_that_a_positive_outranks_a_negative(decimals):
    scores, targets = noisy(decimals=decimals)
    gap = scores[targets == 1][:, None] - scores[targets == 0]  # every pair
    assert roc_auc(scores, targets) == pytest.approx(np.mean(gap > 0) + np.mean(gap == 0) / 2)


def test_perfect_reversed_and_constant_scores():
    targets = np.array([0, 0, 1, 1])
    assert roc_auc(targets * 1.0, targets) == 1
    assert roc_auc(-targets * 1.0, targets) == 0
    assert roc_auc(np.ones(4), targets) == 0.5
    assert average_precision(targets * 1.0, targets) == 1
    assert average_precision(np.ones(4), targets) == 0.5


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, list, np.float32])
@pytest.mark.parametrize("labels", [np.uint8, np.int8, list, np.array, lambda y: np.array(y) > 0])
def test_the_types_of_scores_and_targets_do_not_matter(dtype, labels):
    scores, targets = [0, 1, 2, 1] * 40, [0, 0, 1, 1] * 40
    assert roc_auc(dtype(scores), labels(targets)) == 7 / 8
    assert average_precision(dtype(scores), labels(targets)) == pytest.approx(5 / 6)


def test_bad_costs_are_named():
    for costs in ((-1, 1), (1, np.nan), (0, 0)):
        with pytest.raises(ValueError, match="cost"):
            threshold_for_costs(*costs)
        with pytest.raises(ValueError, match="cost"):
            cheapest_threshold(*noisy(), miss_cost=costs[0], false_alarm_cost=costs[1])
    assert threshold_for_costs(np.uint8(200), np.uint8(100)) == pytest.approx(1 / 3)


def test_counts_are_those_of_the_thresholded_predictions():
    scores, targets = noisy(decimals=1)
    for threshold, tp, fp in zip(*counts_by_threshold(scores, targets)):
        counts = confusion_matrix((scores >= threshold).astype(int), targets, 2)
        assert (tp, fp) == (counts[1, 1], counts[0, 1])


def test_best_f1_by_trying_all():
    scores, targets = noisy()

    def f1(threshold):
        return binary_scores(confusion_matrix((scores >= threshold).astype(int), targets, 2)).f1

    assert f1(best_f1_threshold(scores, targets)) == max(f1(t) for t in scores)


def test_of_equally_good_thresholds_the_highest_is_taken():
    """F1 is 2/3 with one of two found and no false alarm, and 4/6 with both and two; one miss
    costs what one false alarm does."""
    assert best_f1_threshold([4.0, 3, 2, 1], [1, 0, 0, 1]) == 4
    assert cheapest_threshold([3.0, 2, 1], [1, 0, 1], miss_cost=1, false_alarm_cost=1) == 3


@pytest.mark.parametrize("scores", [[0.5 + 1e-12, 0.5], [1e-300, 0], [-1e-9, -2e-9], [2, 1e-9]])
def test_scores_that_differ_by_a_hair_are_in_order(scores):
    assert roc_auc(scores, [1, 0]) == 1 and roc_auc(scores, [0, 1]) == 0
    assert best_f1_threshold(scores, [1, 0]) == scores[0]


def test_cheapest_by_trying_all():
    scores, targets = noisy()

    def cost(threshold):
        yes = scores >= threshold
        return 9 * np.sum(~yes & (targets == 1)) + np.sum(yes & (targets == 0))

    chosen = cheapest_threshold(scores, targets, miss_cost=9, false_alarm_cost=1)
    assert cost(chosen) == min(cost(t) for t in scores)


def test_the_threshold_for_costs_is_the_cheapest_where_probabilities_are_true():
    rng = stream(0, "true probabilities")
    p = rng.random(200_000)
    targets = (rng.random(200_000) < p).astype(int)
    chosen = cheapest_threshold(p, targets, miss_cost=4, false_alarm_cost=1)
    assert chosen == pytest.approx(threshold_for_costs(4, 1), abs=0.02)


@pytest.mark.parametrize(
    ("scores", "targets", "says"),
    [
        (np.ones(3), np.ones(3, int), r"classes \[1\], a curve needs both"),
        (np.ones(1), np.zeros(1, int), r"classes \[0\]"),
        (np.ones(0), np.ones(0, int), r"classes \[\]"),
        (np.array([0.1, np.nan]), np.array([0, 1]), r"scores\[1\] is nan"),
        (np.ones(3), np.array([0, 1, -1]), r"classes \[-1, 0, 1\]"),
        (np.ones(3), np.array([0, 1, np.nan]), r"classes \[0.0, 1.0, nan\]"),
        (np.ones((2, 1)), np.array([0, 1]), r"scores has shape \(2, 1\)"),
    ],
)
def test_bad_scores_are_named(scores, targets, says):
    with pytest.raises(ValueError, match=says):
        roc_curve(scores, targets)
