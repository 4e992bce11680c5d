"""Softmax regression: K classes, one column of weights each, and the loss is an argument.

    logits = X W + b,  W (D, K), b (K,);  the class with the largest logit is predicted

Logistic regression is the case K = 2, where only the difference of the two columns matters.
"""

import numpy as np

from block02_classification.cross_entropy import mean_gradient
from shared.checks import (
    as_floats,
    as_labels,
    check_finite,
    check_not_negative,
    check_shapes,
    check_whole,
)


def check_data(X, targets, num_classes):
    """X (N, D) as floats, targets (N,) as int64; ValueError where they cannot be fitted."""
    X = as_floats("X", X)
    if check_shapes("X (N, D), targets (N,)", X, targets)["N"] == 0:
        raise ValueError("X and targets have no rows: there is nothing to fit")
    check_finite("X", X)
    return X, as_labels("targets", targets, check_whole("num_classes", num_classes))


def start(X, targets, num_classes):
    """W (D, K) and b (K,), all zero, for data that can be fitted; ValueError where it cannot."""
    X, _ = check_data(X, targets, num_classes)
    return np.zeros((X.shape[1], num_classes)), np.zeros(num_classes)


def logits(X, W, b):
    """X W + b: X (N, D), W (D, K), b (K,) -> (N, K)."""
    X, W, b = as_floats("X", X), as_floats("W", W), as_floats("b", b)
    check_shapes("X (N, D), W (D, K), b (K,)", X, W, b)
    return X @ W + b


def predict(X, W, b):
    """The class with the largest logit; the lowest of those that tie. (N, D) -> (N,) int

    Raises ValueError where a logit is not finite: the largest of NaNs would be class 0.
    """
    z = logits(X, W, b)  # (N, K)
    check_finite("logits", z)
    return np.argmax(z, axis=1)


def parameter_gradient(X, dlogits):
    """The chain rule through X W + b: dW = X' dlogits (D, K), db = column sums of dlogits (K,)."""
    X, dlogits = as_floats("X", X), as_floats("dlogits", dlogits)
    check_shapes("X (N, D), dlogits (N, K)", X, dlogits)
    return X.T @ dlogits, dlogits.sum(axis=0)


def gradient(X, targets, W, b, *, loss_gradient=mean_gradient, penalty=0.0):
    """dW, db of loss(X W + b, targets) + (penalty / 2) |W|^2; b is free.

    loss_gradient(logits (N, K), targets (N,)) -> (N, K)
    """
    check_not_negative("penalty", penalty)
    dW, db = parameter_gradient(X, loss_gradient(logits(X, W, b), targets))
    return dW + penalty * W, db


def safe_learning_rate(X, penalty=0.0):
    """1 / L, with L = lambda_max(A'A) / (2N) + penalty a bound on the curvature of cross-entropy.

    A = [X, 1]. The covariance matrix diag(p) - p p' has no eigenvalue above 1/2; half of block
    one's limit of 2 / lambda_max, so descent on all examples never overshoots.
    Source: Boehning 1992, theorem 1.
    """
    X = as_floats("X", X)
    check_shapes("X (N, D)", X)
    check_finite("X", X)
    check_not_negative("penalty", penalty)
    A = np.column_stack([X, np.ones(len(X))])  # (N, D+1)
    return 1 / (float(np.linalg.eigvalsh(A.T @ A)[-1]) / (2 * len(X)) + penalty)
