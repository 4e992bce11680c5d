"""Softmax and cross-entropy for one example at a time, each beside its derivative.

An example has one logit z_k per class, any real number. Softmax turns logits into probabilities;
cross-entropy is the surprise at the true class, -log p_target, in nats. Nothing here computes
exp of a positive number, so logits of +-1e4 are as good as any others.

shared/losses.py holds the same over whole batches.
"""

import math

import numpy as np

from shared.checks import as_floats, as_labels, check_shapes, check_weights

# --- two classes: one logit ----------------------------------------------------------------------


def sigmoid(z):
    """p = 1 / (1 + exp(-z)), the probability of class 1.

    >>> sigmoid(0.0), sigmoid(1e4), sigmoid(-1e4)
    (0.5, 1.0, 0.0)
    """
    z = float(z)  # -z of an np.uint8 would be 256 - z
    if z >= 0:
        return 1 / (1 + math.exp(-z))
    return math.exp(z) / (1 + math.exp(z))


def check_binary(z, y):
    """Raise ValueError unless the logit is finite and y is 0 or 1."""
    if not math.isfinite(z):
        raise ValueError(f"the logit is {z}, expected a finite number")
    if y not in (0, 1):
        raise ValueError(f"y is {y}, expected 0 or 1")


def binary_cross_entropy(z, y):
    """-y log p - (1 - y) log(1 - p), p = sigmoid(z), written max(z, 0) - y z + log(1 + e^-|z|).

    >>> binary_cross_entropy(1e4, 0), binary_cross_entropy(1e4, 1)
    (10000.0, 0.0)
    """
    check_binary(z, y)
    z, y = float(z), int(y)
    return max(z, 0.0) - y * z + math.log1p(math.exp(-abs(z)))


def binary_cross_entropy_gradient(z, y):
    """d loss / dz = p - y: the error of the probability, and nothing else."""
    check_binary(z, y)
    return sigmoid(z) - int(y)


# --- many classes: one logit each ----------------------------------------------------------------


def check_example(logits, target):
    """Raise ValueError unless logits are finite and the target is one of their positions."""
    if not all(math.isfinite(z) for z in logits):
        raise ValueError(f"logits hold a NaN or an infinity: {list(logits)}")
    if target not in range(len(logits)):  # 0.5 lies between two of them and is none
        raise ValueError(f"target is {target}, expected 0 to {len(logits) - 1}")


def log_sum_exp(logits):
    """log sum_k exp(z_k) = m + log sum_k exp(z_k - m) with m the largest logit."""
    logits = [float(z) for z in logits]  # NumPy's small integers would overflow
    largest = max(logits)
    return largest + math.log(sum(math.exp(z - largest) for z in logits))


def log_softmax(logits):
    """log p_k = (z_k - m) - log sum_j exp(z_j - m), with m the largest logit: K numbers."""
    logits = [float(z) for z in logits]
    largest = max(logits)
    shifted = [z - largest for z in logits]
    total = log_sum_exp(shifted)
    return [z - total for z in shifted]


def softmax(logits):
    """p_k = exp(z_k) / sum_j exp(z_j): K positive numbers that add up to 1.

    >>> softmax([0.0, 0.0, 1e4, 1e4])
    [0.0, 0.0, 0.5, 0.5]
    """
    logits = [float(z) for z in logits]
    largest = max(logits)
    powers = [math.exp(z - largest) for z in logits]
    total = sum(powers)
    return [power / total for power in powers]


def cross_entropy(logits, target):
    """-log p_target, in nats: 0 where the true class has all the probability, log K for a guess.

    >>> cross_entropy([1e4, -1e4], 1)
    20000.0
    """
    check_example(logits, target)
    return -log_softmax(logits)[int(target)]


def cross_entropy_gradient(logits, target):
    """d loss / dz_k = p_k - [k is the target]: K numbers that add up to 0."""
    check_example(logits, target)
    return [p - (k == target) for k, p in enumerate(softmax(logits))]


# --- the same softmax under a squared error, for comparison --------------------------------------


def softmax_jacobian(p):
    """dp_i / dz_j = p_i ([i is j] - p_j): K rows of K. All of it vanishes where one p is 1."""
    return [[p_i * ((i == j) - p_j) for j, p_j in enumerate(p)] for i, p_i in enumerate(p)]


def squared_error(logits, target):
    """sum_k (p_k - [k is the target])^2, at most 2 however wrong the model is."""
    check_example(logits, target)
    return sum((p - (k == target)) ** 2 for k, p in enumerate(softmax(logits)))


def squared_error_gradient(logits, target):
    """d loss / dz_j = sum_i 2 (p_i - [i is the target]) dp_i / dz_j: K numbers."""
    check_example(logits, target)
    p = softmax(logits)
    dp = [2 * (p_i - (i == target)) for i, p_i in enumerate(p)]
    jacobian = softmax_jacobian(p)
    return [sum(dp[i] * jacobian[i][j] for i in range(len(p))) for j in range(len(p))]


# --- the mean over examples ----------------------------------------------------------------------


def balanced_class_weights(targets, num_classes):
    """N / (K n_k): class weights under which each class counts the same in total. (K,)

    >>> balanced_class_weights(np.array([0, 0, 0, 1]), 2).round(3).tolist()
    [0.667, 2.0]
    """
    targets = as_labels("targets", targets, num_classes).tolist()
    sizes = [sum(1 for target in targets if target == k) for k in range(num_classes)]
    if 0 in sizes:
        raise ValueError(f"class {sizes.index(0)} has no example: it cannot be balanced")
    return np.array([len(targets) / (num_classes * size) for size in sizes])


def example_weights(targets, num_classes, class_weights=None):
    """How much each example counts, w_n / sum(w) with w_n the weight of its class: N numbers."""
    if len(targets) == 0:
        raise ValueError("there are no examples to average over")
    if class_weights is None:
        return [1 / len(targets)] * len(targets)
    class_weights = check_weights("class_weights", class_weights)
    if class_weights.shape != (num_classes,):
        raise ValueError(f"{len(class_weights)} class weights for {num_classes} classes")
    labels = as_labels("targets", targets, num_classes)
    weights = check_weights("the examples' weights", class_weights[labels]).tolist()
    return [weight / sum(weights) for weight in weights]


def weighted_rows(logits, targets, class_weights):
    """(weight, logits, target) of each example, as Python's numbers. Raises ValueError."""
    logits = as_floats("logits", logits)
    K = check_shapes("logits (N, K), targets (N,)", logits, targets)["K"]
    weights = example_weights(targets, K, class_weights)
    return zip(weights, logits.tolist(), as_labels("targets", targets, K).tolist())


def mean_loss(logits, targets, class_weights=None, *, loss=cross_entropy):
    """The weighted mean of one-example losses: logits (N, K), targets (N,) -> float."""
    rows = weighted_rows(logits, targets, class_weights)
    return sum(weight * loss(z, target) for weight, z, target in rows)


def mean_gradient(logits, targets, class_weights=None, *, gradient=cross_entropy_gradient):
    """d mean_loss / d logits: each example's gradient times its weight. (N, K) -> (N, K)"""
    rows = weighted_rows(logits, targets, class_weights)
    return np.array([[weight * g for g in gradient(z, target)] for weight, z, target in rows])
