"""Softmax, cross-entropy with its gradient, accuracy and the confusion matrix, over batches.

Earned in block 02, which works one example at a time with loops; the same formulas, vectorised.
All of them are finite for finite logits however large: the largest logit is subtracted first.
"""

import numpy as np

from shared.checks import check_shapes


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """log p_k = z_k - log sum_j exp(z_j) along the last axis, (..., K) -> (..., K).

    The largest logit is subtracted first; that shifts the log-sum by as much and changes nothing.
    """
    shifted = logits - logits.max(axis=-1, keepdims=True)  # (..., K), the largest is 0
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def softmax(logits: np.ndarray) -> np.ndarray:
    """p_k = exp(z_k) / sum_j exp(z_j) along the last axis, without overflow: (..., K) -> (..., K).

    >>> softmax(np.array([[0.0, 0.0], [1e4, -1e4]])).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))  # (..., K)
    return powers / powers.sum(axis=-1, keepdims=True)


def check_targets(logits: np.ndarray, targets: np.ndarray) -> None:
    """Raise ValueError unless logits are (N, K), N >= 1, and targets (N,) integers in [0, K)."""
    sizes = check_shapes("logits (N, K), targets (N,)", logits, targets)
    if sizes["N"] == 0:
        raise ValueError("there are no examples to average over")
    if not np.issubdtype(np.asarray(targets).dtype, np.integer):
        raise ValueError(f"targets are {np.asarray(targets).dtype}, expected whole numbers")
    outside = np.flatnonzero((targets < 0) | (targets >= sizes["K"]))
    if len(outside):
        n = outside[0]
        raise ValueError(f"targets[{n}] is {targets[n]}, expected 0 to {sizes['K'] - 1}")


def cross_entropy(
    logits: np.ndarray, targets: np.ndarray, class_weights: np.ndarray | None = None
) -> float:
    """Mean negative log-likelihood of the targets: -mean(log softmax(logits)[n, targets[n]]), nats.

    With class_weights (K,) it is the weighted mean, sum(w_n loss_n) / sum(w_n) with
    w_n = class_weights[targets[n]].
    logits (N, K) float, targets (N,) int in [0, K)  ->  float
    Raises ValueError where shapes do not fit or a target is out of range.
    Source: Bishop 2006, eq. 4.108, with the mean instead of the sum.
    """
    check_targets(logits, targets)
    losses = -log_softmax(logits)[np.arange(len(targets)), targets]  # (N,)
    if class_weights is None:
        return float(losses.mean())
    weights = class_weights[targets]  # (N,)
    return float(weights @ losses / weights.sum())


def cross_entropy_gradient(
    logits: np.ndarray, targets: np.ndarray, class_weights: np.ndarray | None = None
) -> np.ndarray:
    """d cross_entropy / d logits = (softmax(logits) - one_hot(targets)) / N: (N, K).

    With class_weights each row is multiplied by w_n / sum(w_n) instead of 1 / N.
    """
    check_targets(logits, targets)
    rows = np.arange(len(targets))
    dlogits = softmax(logits)  # (N, K), a new array
    dlogits[rows, targets] -= 1
    if class_weights is None:
        return dlogits / len(targets)
    weights = class_weights[targets]  # (N,)
    return dlogits * (weights / weights.sum())[:, None]


def accuracy(predicted: np.ndarray, targets: np.ndarray) -> float:
    """The share of examples whose predicted class is the target: (N,), (N,) -> float."""
    if check_shapes("predicted (N,), targets (N,)", predicted, targets)["N"] == 0:
        raise ValueError("there are no examples to average over")
    return float(np.mean(predicted == targets))


def confusion_matrix(predicted: np.ndarray, targets: np.ndarray, num_classes: int) -> np.ndarray:
    """counts[i, j]: how often class i was predicted as class j. (N,), (N,) -> (K, K) int

    >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    check_shapes("predicted (N,), targets (N,)", predicted, targets)
    for name, classes in (("predicted", predicted), ("targets", targets)):
        if len(classes) and not 0 <= classes.min() <= classes.max() < num_classes:
            raise ValueError(f"{name} must lie in 0 to {num_classes - 1}")
    counts = np.bincount(targets * num_classes + predicted, minlength=num_classes**2)
    return counts.reshape(num_classes, num_classes)
