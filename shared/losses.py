"""Softmax, cross-entropy with its gradient, accuracy and the confusion matrix, over batches.

Earned in block 02, which works one example at a time with loops; the same formulas, vectorised.
The largest logit is subtracted first, so that no exp overflows: for finite logits softmax and the
gradient are finite, and so is a log-probability where the difference of two logits is a float.
"""

import numpy as np

from shared.checks import as_floats, as_labels, check_shapes, check_weights


def as_logits(logits: np.ndarray) -> np.ndarray:
    """The logits as they are where they are floats, float32 too, else as float64: (..., K)."""
    logits = np.asarray(logits)
    logits = logits if logits.dtype == np.float32 else as_floats("logits", logits)
    if logits.ndim == 0 or logits.shape[-1] == 0:
        raise ValueError(f"logits have shape {logits.shape}, expected at least one class")
    return logits


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """log p_k = z_k - log sum_j exp(z_j) along the last axis, (..., K) -> (..., K).

    The largest logit is subtracted first; that shifts the log-sum by as much and changes nothing.
    """
    logits = as_logits(logits)
    shifted = logits - logits.max(axis=-1, keepdims=True)  # (..., K), the largest is 0
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def softmax(logits: np.ndarray) -> np.ndarray:
    """p_k = exp(z_k) / sum_j exp(z_j) along the last axis, without overflow: (..., K) -> (..., K).

    >>> softmax(np.array([[0.0, 0.0], [1e4, -1e4]])).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """
    logits = as_logits(logits)
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))  # (..., K)
    return powers / powers.sum(axis=-1, keepdims=True)


def check_targets(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The targets as int64; ValueError unless logits are (N, K), N >= 1, and each is in [0, K)."""
    sizes = check_shapes("logits (N, K), targets (N,)", logits, targets)
    if sizes["N"] == 0:
        raise ValueError("there are no examples to average over")
    return as_labels("targets", targets, sizes["K"])


def example_weights(targets: np.ndarray, num_classes: int, class_weights: np.ndarray) -> np.ndarray:
    """The weight of each example's class, w_n = class_weights[targets[n]]: (N,).

    Raises ValueError where a weight is negative or not finite, or all examples have the weight 0.
    """
    class_weights = check_weights("class_weights", class_weights)
    check_shapes(f"class_weights ({num_classes},)", class_weights)
    return check_weights("the examples' weights", class_weights[targets])


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
    targets = check_targets(logits, targets)
    losses = -log_softmax(logits)[np.arange(len(targets)), targets]  # (N,)
    if class_weights is None:
        return float(losses.mean(dtype=np.float64))
    weights = example_weights(targets, np.shape(logits)[1], class_weights)  # (N,)
    return float(weights @ losses / weights.sum())


def cross_entropy_gradient(
    logits: np.ndarray, targets: np.ndarray, class_weights: np.ndarray | None = None
) -> np.ndarray:
    """d cross_entropy / d logits = (softmax(logits) - one_hot(targets)) / N: (N, K).

    With class_weights each row is multiplied by w_n / sum(w_n) instead of 1 / N.
    """
    targets = check_targets(logits, targets)
    rows = np.arange(len(targets))
    dlogits = softmax(logits)  # (N, K), a new array
    dlogits[rows, targets] -= 1
    if class_weights is None:
        return dlogits / len(targets)
    weights = example_weights(targets, dlogits.shape[1], class_weights)  # (N,)
    weights = (weights / weights.max()).astype(dlogits.dtype)  # float32 can hold the largest: 1
    return dlogits * (weights / weights.sum())[:, None]


def accuracy(predicted: np.ndarray, targets: np.ndarray) -> float:
    """The share of examples whose predicted class is the target: (N,), (N,) -> float."""
    if check_shapes("predicted (N,), targets (N,)", predicted, targets)["N"] == 0:
        raise ValueError("there are no examples to average over")
    return float(np.mean(as_labels("predicted", predicted) == as_labels("targets", targets)))


def confusion_matrix(predicted: np.ndarray, targets: np.ndarray, num_classes: int) -> np.ndarray:
    """counts[i, j]: how often class i was predicted as class j. (N,), (N,) -> (K, K) int

    >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    check_shapes("predicted (N,), targets (N,)", predicted, targets)
    predicted = as_labels("predicted", predicted, num_classes)
    targets = as_labels("targets", targets, num_classes)
    counts = np.bincount(targets * num_classes + predicted, minlength=num_classes**2)
    return counts.reshape(num_classes, num_classes)
