"""Every threshold at once: ROC and precision-recall curves, their areas, and how to choose one.

A model gives scores; a threshold turns them into "yes" (score >= threshold) and "no". From the
highest threshold down more and more examples are called yes, the true ones and the others.
"""

import numpy as np

from shared.checks import as_floats, check_finite, check_not_negative, check_shapes


def counts_by_threshold(scores, targets):
    """Each distinct score as a threshold, from the highest down, and what is called yes there.

    scores (N,), targets (N,) of 0 and 1  ->  thresholds (M,), true_positives (M,),
    false_positives (M,). Equal scores are one threshold: nothing can come between them.
    Raises ValueError where one of the two classes is missing.

    >>> t, tp, fp = counts_by_threshold(np.array([0.9, 0.1, 0.5, 0.5]), np.array([1, 0, 1, 0]))
    >>> t.tolist(), tp.tolist(), fp.tolist()
    ([0.9, 0.5, 0.1], [1, 2, 2], [0, 1, 2])
    """
    scores, targets = as_floats("scores", scores), np.asarray(targets)
    check_shapes("scores (N,), targets (N,)", scores, targets)
    check_finite("scores", scores)
    classes = np.unique(targets).tolist()
    if classes != [0, 1]:
        raise ValueError(f"targets hold the classes {classes}, a curve needs both 0 and 1")
    targets = targets.astype(np.int64)
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    last_of_its_score = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)  # (M,)
    true_positives = np.cumsum(targets[order])[last_of_its_score]
    called_yes = last_of_its_score + 1
    return ranked[last_of_its_score], true_positives, called_yes - true_positives


# --- curves and areas ----------------------------------------------------------------------------


def roc_curve(scores, targets):
    """False positive rate and true positive rate from (0, 0) to (1, 1): two arrays (M + 1,)."""
    _, true_positives, false_positives = counts_by_threshold(scores, targets)
    positives, negatives = true_positives[-1], false_positives[-1]  # the last calls all of them yes
    return (
        np.append(0, false_positives) / negatives,
        np.append(0, true_positives) / positives,
    )


def roc_auc(scores, targets):
    """The area under the ROC curve, by trapezoids.

    It is the probability that a random positive scores above a random negative, a tie counting
    one half. It does not change when there are a hundred times as many negatives.
    """
    x, y = roc_curve(scores, targets)
    return float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))


def precision_recall_curve(scores, targets):
    """Precision and recall at each threshold from the highest down: three arrays (M,)."""
    thresholds, true_positives, false_positives = counts_by_threshold(scores, targets)
    precision = true_positives / (true_positives + false_positives)
    return precision, true_positives / true_positives[-1], thresholds


def average_precision(scores, targets):
    """sum_m (recall_m - recall_{m-1}) precision_m: the precision, averaged over the positives.

    A score drawn at random has the share of positives; 1 is perfect.
    """
    precision, recall, _ = precision_recall_curve(scores, targets)
    return float(np.sum(np.diff(recall, prepend=0) * precision))


# --- choosing a threshold ------------------------------------------------------------------------


def best_f1_threshold(scores, targets):
    """The threshold with the largest F1 = 2 TP / (2 TP + FP + FN); on a tie the highest."""
    thresholds, true_positives, false_positives = counts_by_threshold(scores, targets)
    positives = true_positives[-1]  # = TP + FN at every threshold
    f1 = 2 * true_positives / (true_positives + false_positives + positives)
    return float(thresholds[np.argmax(f1)])


def check_costs(miss_cost, false_alarm_cost):
    """Raise ValueError where a cost is negative or NaN, or where nothing costs anything."""
    check_not_negative("miss_cost", miss_cost)
    check_not_negative("false_alarm_cost", false_alarm_cost)
    if miss_cost == false_alarm_cost == 0:
        raise ValueError("both costs are 0: every threshold is as cheap")


def cheapest_threshold(scores, targets, *, miss_cost, false_alarm_cost):
    """The threshold with the lowest total cost on these examples; on a tie the highest. "Never"
    is not among them."""
    check_costs(miss_cost, false_alarm_cost)
    thresholds, true_positives, false_positives = counts_by_threshold(scores, targets)
    misses = true_positives[-1] - true_positives
    return float(thresholds[np.argmin(miss_cost * misses + false_alarm_cost * false_positives)])


def threshold_for_costs(miss_cost, false_alarm_cost):
    """Where saying yes and saying no cost the same: p miss = (1 - p) false alarm.

    Right where the scores are calibrated probabilities; no data is needed.

    >>> threshold_for_costs(miss_cost=99, false_alarm_cost=1)
    0.01
    """
    check_costs(miss_cost, false_alarm_cost)
    miss_cost, false_alarm_cost = float(miss_cost), float(false_alarm_cost)
    return false_alarm_cost / (false_alarm_cost + miss_cost)
