"""Our numbers against the golden files: the tests assert them, the experiments count them."""

from pathlib import Path

import numpy as np

from block02_classification import logistic, metrics
from block02_classification.cross_entropy import balanced_class_weights
from shared.data import fit_standardiser, load_breast_cancer

HERE = Path(__file__).resolve().parent
TOLERANCE = 1e-12  # between two ratios of small whole numbers, or two means of such ratios


def golden(name):
    """The arrays of golden_<name>.npz."""
    with np.load(HERE / f"golden_{name}.npz", allow_pickle=False) as arrays:
        return dict(arrays)


# --- logistic regression -------------------------------------------------------------------------


def logistic_errors():
    """The largest error of a coefficient or intercept, for each penalty: plain, balanced (3,)."""
    expected, table = golden("logistic"), load_breast_cancer()
    X = fit_standardiser(table.X)(table.X)
    weights = {"plain": None, "balanced": balanced_class_weights(table.y, 2)}
    errors = {name: [] for name in weights}
    for i, penalty in enumerate(expected["penalties"]):
        for name, class_weights in weights.items():
            fit = logistic.newton(X, table.y, penalty=penalty, class_weights=class_weights)
            errors[name].append(float(np.abs(np.append(*fit) - expected[name][i]).max()))
    return errors


# --- metrics -------------------------------------------------------------------------------------


def label_pairs():
    """(num_classes, predicted, targets, confusion matrix, 13 expected numbers) of each pair."""
    g = golden("metrics")
    ends = np.cumsum(g["lengths"])[:-1]
    cells = np.cumsum(g["num_classes"].astype(int) ** 2)[:-1]
    parts = (np.split(g["predicted"], ends), np.split(g["targets"], ends))
    matrices = np.split(g["matrices"], cells)
    for k, p, t, matrix, row in zip(g["num_classes"].tolist(), *parts, matrices, g["expected"]):
        yield k, p.astype(int), t.astype(int), matrix.reshape(k, k), row


def our_metrics(num_classes, predicted, targets):
    """The same 13 numbers, in make_golden.py's order."""
    counts = metrics.confusion_matrix(predicted, targets, num_classes)
    binary = metrics.binary_scores(counts) if num_classes == 2 else (0.0, 0.0, 0.0)
    row = [metrics.accuracy(predicted, targets), *binary]
    for average in ("macro", "weighted", "micro"):
        row += metrics.averaged_scores(counts, average)
    return counts, row


def metric_mismatches():
    """(pairs, numbers compared, numbers that differ), the cells of each matrix among them."""
    pairs = compared = wrong = 0
    for num_classes, predicted, targets, matrix, expected in label_pairs():
        counts, row = our_metrics(num_classes, predicted, targets)
        differ = np.abs(row - expected) > TOLERANCE
        pairs += 1
        compared += differ.size + matrix.size
        wrong += int(differ.sum() + np.sum(counts != matrix))
    return pairs, compared, wrong
