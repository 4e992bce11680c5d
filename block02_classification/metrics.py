"""What a list of predicted classes is worth: counts first, then ratios of counts.

Three decisions, the same as scikit-learn's defaults and without its warnings:
0 / 0 is 0 (a class that is never predicted has precision 0, one that never occurs recall 0);
a class that neither occurs nor is predicted takes no part in an average;
the F1 score is 2 TP / (2 TP + FP + FN), so it is 0 and not undefined where TP is 0.
"""

from typing import NamedTuple

import numpy as np

from shared.checks import as_labels, check_shapes

# --- counts --------------------------------------------------------------------------------------


def confusion_matrix(predicted, targets, num_classes):
    """counts[i, j]: how often class i was predicted as class j. (N,), (N,) -> (K, K) int

    >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    check_shapes("predicted (N,), targets (N,)", predicted, targets)
    predicted = as_labels("predicted", predicted, num_classes)
    targets = as_labels("targets", targets, num_classes)
    counts = np.zeros((num_classes, num_classes), dtype=int)
    for guess, truth in zip(predicted, targets):
        counts[truth, guess] += 1
    return counts


def accuracy(predicted, targets):
    """The share of examples whose predicted class is the target: (N,), (N,) -> float."""
    if check_shapes("predicted (N,), targets (N,)", predicted, targets)["N"] == 0:
        raise ValueError("there are no examples to average over")
    predicted, targets = as_labels("predicted", predicted), as_labels("targets", targets)
    right = sum(1 for guess, truth in zip(predicted, targets) if guess == truth)
    return right / len(targets)


# --- precision, recall, F1 -----------------------------------------------------------------------


class Scores(NamedTuple):
    """precision = TP / (TP + FP), recall = TP / (TP + FN), f1 = 2 TP / (2 TP + FP + FN)."""

    precision: float
    recall: float
    f1: float


def ratio(part, whole):
    """part / whole, and 0 where both are 0."""
    return float(part / whole) if whole else 0.0


def scores(true_positives, false_positives, false_negatives):
    """Precision, recall and F1 from three counts.

    >>> scores(6, 2, 4)
    Scores(precision=0.75, recall=0.6, f1=0.6666666666666666)
    """
    return Scores(
        ratio(true_positives, true_positives + false_positives),
        ratio(true_positives, true_positives + false_negatives),
        ratio(2 * true_positives, 2 * true_positives + false_positives + false_negatives),
    )


def as_counts(counts):
    """A confusion matrix (K, K) as int64; ValueError where it is none."""
    counts = np.asarray(counts)
    check_shapes("counts (K, K)", counts)
    as_labels("counts", counts.ravel())  # whole numbers, none below 0
    return counts.astype(np.int64)


def scores_of_class(counts, k):
    """Precision, recall and F1 of class k against all others: counts (K, K) -> Scores.

    The column k holds what was called k, the row k what is k.
    """
    counts = as_counts(counts)
    if k not in range(len(counts)):
        raise ValueError(f"k is {k}, expected 0 to {len(counts) - 1}")
    right = counts[k, k]
    return scores(right, counts[:, k].sum() - right, counts[k, :].sum() - right)


def binary_scores(counts):
    """The scores of class 1 in a (2, 2) confusion matrix."""
    check_shapes("counts (2, 2)", counts)
    return scores_of_class(counts, 1)


def accuracy_of(counts):
    """The share on the diagonal of a confusion matrix (K, K)."""
    return np.trace(counts) / counts.sum()


def most_frequent_mistake(counts):
    """The largest count off the diagonal: {true class, the class it was called, how often}."""
    counts = as_counts(counts)
    mistakes = counts - np.diag(np.diag(counts))
    true, called = np.unravel_index(np.argmax(mistakes), mistakes.shape)
    return {"true": int(true), "called": int(called), "count": int(mistakes.max())}


# --- one number for many classes -----------------------------------------------------------------


def weighted_mean(rows, weights):
    """The mean of Scores, each by its weight."""
    return Scores(*(ratio(np.dot(weights, column), np.sum(weights)) for column in zip(*rows)))


def averaged_scores(counts, average):
    """Precision, recall and F1 of all classes together: counts (K, K) -> Scores.

    "macro"     every class counts the same
    "weighted"  every class counts by how often it occurs
    "micro"     every example counts the same: TP, FP and FN are added up over the classes; each
                mistake is one FP and one FN, so all three scores equal the accuracy
    Raises ValueError on another word.
    """
    counts = as_counts(counts)
    occurs = counts.sum(axis=1)  # (K,)
    present = np.flatnonzero(occurs + counts.sum(axis=0))
    rows = [scores_of_class(counts, k) for k in present]
    if average == "macro":
        return weighted_mean(rows, np.ones(len(present)))
    if average == "weighted":
        return weighted_mean(rows, occurs[present])
    if average == "micro":
        wrong = counts.sum() - np.trace(counts)
        return scores(np.trace(counts), wrong, wrong)
    raise ValueError(f"average is {average!r}, expected macro, micro or weighted")
