"""Softmax regression: K classes, one column of weights each, and the loss is an argument.

    logits = X W + b,  W (D, K), b (K,);  the class with the largest logit is predicted

Logistic regression is the case K = 2, where only the difference of the two columns matters.
"""

import numpy as np

from block02_classification.cross_entropy import mean_gradient
from shared.checks import check_finite, check_shapes


def check_data(X, targets, num_classes):
    """Raise ValueError with a readable line where X (N, D), targets (N,) cannot be fitted."""
    if check_shapes("X (N, D), targets (N,)", X, targets)["N"] == 0:
        raise ValueError("X and targets have no rows: there is nothing to fit")
    check_finite("X", X)
    if not np.issubdtype(targets.dtype, np.integer):
        raise ValueError(f"targets are {targets.dtype}, expected whole numbers")
    if not 0 <= targets.min() <= targets.max() < num_classes:
        raise ValueError(f"targets must lie in 0 to {num_classes - 1}")


def start(X, targets, num_classes):
    """W (D, K) and b (K,), all zero, for data that can be fitted; ValueError where it cannot."""
    check_data(X, targets, num_classes)
    return np.zeros((X.shape[1], num_classes)), np.zeros(num_classes)


def logits(X, W, b):
    """X W + b: X (N, D), W (D, K), b (K,) -> (N, K)."""
    return X @ W + b


def predict(X, W, b):
    """The class with the largest logit; the lowest of those that tie. (N, D) -> (N,) int"""
    return np.argmax(logits(X, W, b), axis=1)


def parameter_gradient(X, dlogits):
    """The chain rule through X W + b: dW = X' dlogits (D, K), db = column sums of dlogits (K,)."""
    return X.T @ dlogits, dlogits.sum(axis=0)


def gradient(X, targets, W, b, *, loss_gradient=mean_gradient, penalty=0.0):
    """dW, db of loss(X W + b, targets) + (penalty / 2) |W|^2; b is free.

    loss_gradient(logits (N, K), targets (N,)) -> (N, K)
    """
    dW, db = parameter_gradient(X, loss_gradient(logits(X, W, b), targets))
    return dW + penalty * W, db


def safe_learning_rate(X, penalty=0.0):
    """1 / L, with L = lambda_max(A'A) / (2N) + penalty a bound on the curvature of cross-entropy.

    A = [X, 1]. The covariance matrix diag(p) - p p' has no eigenvalue above 1/2; half of block
    one's limit of 2 / lambda_max, so descent on all examples never overshoots.
    Source: Boehning 1992, theorem 1.
    """
    A = np.column_stack([X, np.ones(len(X))])  # (N, D+1)
    return 1 / (float(np.linalg.eigvalsh(A.T @ A)[-1]) / (2 * len(X)) + penalty)
