"""Logistic regression: two classes, one weight per column, over all examples at once.

    z = X w + b,  p = sigmoid(z),  loss = mean(-y log p - (1 - y) log(1 - p)) + (lambda / 2) |w|^2

There is no closed form. Gradient descent (the loop of train.py) walks down the slope; Newton's
method also knows the curvature and is exact after a handful of steps.
"""

import numpy as np

from shared.checks import (
    as_floats,
    as_labels,
    check_finite,
    check_not_negative,
    check_positive,
    check_shapes,
    check_weights,
    check_whole,
)

AT_REST = 1e-3  # at a minimum Newton's next step moves no logit by more

# --- the model, the loss and its gradient --------------------------------------------------------


def check_data(X, y, penalty):
    """X (N, D) as floats, y (N,) as int64; ValueError where they are not two classes."""
    X = as_floats("X", X)
    check_shapes("X (N, D), y (N,)", X, y)
    check_finite("X", X)
    check_not_negative("penalty", penalty)
    y = as_labels("y", y)
    classes = np.unique(y).tolist()
    if classes != [0, 1]:
        raise ValueError(f"y holds the classes {classes}, expected both 0 and 1")
    return X, y


def sigmoid(z):
    """p = 1 / (1 + exp(-z)) = exp(-log(1 + exp(-z))), which never overflows: (N,) -> (N,)."""
    z = as_floats("z", z)
    return np.exp(-np.logaddexp(0, -z))


def logit(X, w, b):
    """z = X w + b, the log odds of class 1: X (N, D), w (D,), b a number -> (N,)."""
    X, w = as_floats("X", X), as_floats("w", w)
    check_shapes("X (N, D), w (D,), b ()", X, w, b)
    return X @ w + b


def probability(X, w, b):
    """The probability of class 1: X (N, D), w (D,), b a number -> (N,)."""
    return sigmoid(logit(X, w, b))


def example_weights(y, class_weights=None):
    """How much each example counts, all of them together 1: y (N,), class_weights (2,) -> (N,)."""
    y = as_labels("y", y, 2)
    if len(y) == 0:
        raise ValueError("there are no examples to average over")
    if class_weights is None:
        return np.full(len(y), 1 / len(y))
    class_weights = check_weights("class_weights", class_weights)
    check_shapes("class_weights (2)", class_weights)
    weights = check_weights("the examples' weights", class_weights[y])  # (N,)
    return weights / weights.sum()


def loss(X, y, w, b, *, penalty=0.0, class_weights=None):
    """Weighted mean of log(1 + exp(z)) - y z, plus (lambda / 2) |w|^2; b is free. -> float

    For y = 1 that is log(1 + exp(-z)): written so, a small loss keeps its digits.
    """
    check_not_negative("penalty", penalty)
    z, w = logit(X, w, b), as_floats("w", w)
    check_shapes("z (N,), y (N,)", z, y)
    weights = example_weights(y, class_weights)  # (N,)
    losses = np.logaddexp(0, np.where(np.equal(y, 1), -z, z))  # (N,)
    return float(weights @ losses + penalty / 2 * (w @ w))


def gradient(X, y, w, b, *, penalty=0.0, class_weights=None):
    """dz = weight (p - y), and the chain rule through z = X w + b. -> dw (D,), db"""
    check_not_negative("penalty", penalty)
    X, w, y = as_floats("X", X), as_floats("w", w), as_labels("y", y, 2)
    check_shapes("X (N, D), y (N,)", X, y)
    dz = example_weights(y, class_weights) * (probability(X, w, b) - y)  # (N,)
    return X.T @ dz + penalty * w, dz.sum()


def start(X, y, penalty=0.0):
    """w (D,) and b, all zero, for data that can be fitted; raises ValueError where it cannot."""
    X, _ = check_data(X, y, penalty)
    return np.zeros(X.shape[1]), 0.0


# --- the curvature, and Newton's method ----------------------------------------------------------


def hessian(X, y, w, b, *, penalty=0.0, class_weights=None):
    """A' diag(weight p (1 - p)) A + lambda, with A = [X, 1] and lambda on w only. (D+1, D+1)

    dp / dz = p (1 - p) is what the gradient p - y changes by; it is largest where p is 1/2.
    """
    check_not_negative("penalty", penalty)
    check_shapes("X (N, D), y (N,)", X, y)
    A = np.column_stack([as_floats("X", X), np.ones(len(X))])  # (N, D+1)
    p = probability(X, w, b)  # (N,)
    curvature = example_weights(y, class_weights) * p * (1 - p)  # (N,)
    return A.T @ (curvature[:, None] * A) + penalty * np.diag([1.0] * len(w) + [0.0])


def check_minimum_exists(X, y, w, b, penalty):
    """Raise ValueError where (w, b) puts every example on its right side and nothing holds w.

    Twice such a (w, b) has a smaller loss, and so on: the minimum lies at infinity.
    """
    if penalty == 0 and np.array_equal(X @ w + b > 0, y == 1):
        raise ValueError("the classes are separable, so no w is best: give a penalty above 0")


def newton_step(X, y, w, b, **settings):
    """Where the parabola with this gradient and curvature has its minimum, from (w, b). (D+1,)"""
    H = hessian(X, y, w, b, **settings)  # (D+1, D+1)
    if not np.linalg.cond(H) <= 1 / np.finfo(float).eps:
        raise np.linalg.LinAlgError(
            "the Hessian is singular: columns of X depend on each other, or the classes are all "
            "but separable. Give a penalty above 0"
        )
    return -np.linalg.solve(H, np.append(*gradient(X, y, w, b, **settings)))


def newton(X, y, *, penalty=0.0, class_weights=None, tolerance=1e-12, most=100):
    """The minimum by Newton's method, each step halved until the loss does not rise.

    X (N, D), y (N,) of 0 and 1  ->  w (D,), b; the largest element of the gradient there is at
    most `tolerance`, and one more step would move no logit. A small gradient alone is not enough:
    where the minimum lies at infinity, each step lifts the logits by 1 and flattens the loss.
    Raises ValueError on bad data and separable classes, LinAlgError on a singular Hessian,
    FloatingPointError where `most` steps are not enough.
    Source: Hastie, Tibshirani and Friedman 2009, eq. 4.26, known as iteratively reweighted least
    squares; the penalty is added.
    """
    X, y = check_data(X, y, penalty)
    check_positive("tolerance", tolerance)
    settings = {"penalty": penalty, "class_weights": class_weights}
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(check_whole("most", most)):
        check_minimum_exists(X, y, w, b, penalty)
        step = newton_step(X, y, w, b, **settings)
        largest_slope = np.abs(np.append(*gradient(X, y, w, b, **settings))).max()
        moves = np.abs(logit(X, step[:-1], step[-1])).max()
        if largest_slope <= tolerance and moves <= AT_REST:
            return w, b
        before = loss(X, y, w, b, **settings) + tolerance  # rounding may lift it by a hair
        while loss(X, y, w + step[:-1], b + step[-1], **settings) > before:
            step = step / 2
        w, b = w + step[:-1], b + step[-1]
    raise FloatingPointError(f"Newton's method has not converged in {most} steps")


def is_separable(X, y):
    """Whether some plane puts every example on its right side, as far as Newton's method finds."""
    try:
        newton(X, y)
    except ValueError as error:
        if "separable" in str(error):
            return True
        raise
    return False
