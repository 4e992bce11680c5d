"""Linear regression by walking downhill: one function, three batch sizes.

    batch_size = N           batch gradient descent: the exact gradient, one step an epoch
    1 < batch_size < N       mini-batch: a noisy gradient, N / batch_size steps an epoch
    batch_size = 1           stochastic gradient descent: the noisiest gradient, N steps an epoch
"""

import itertools

import numpy as np

from block01_regression.losses import (
    check_data,
    mae_gradient,
    mse_gradient,
    parameter_gradient,
    predict,
    ridge_gradient,
)
from shared.checks import (
    as_floats,
    check_finite,
    check_not_negative,
    check_positive,
    check_shapes,
    check_whole,
)
from shared.data import minibatches

DIVERGED = 1e100  # no data needs such a weight, and its square is still a finite number


def batches_for_ever(N, batch_size, rng):
    """Row numbers of one batch after the other, epoch after epoch.

    The whole set is one batch in its own order: there is nothing to draw, and rng may be None.
    """
    if check_whole("batch_size", batch_size) >= N:
        yield from itertools.repeat(np.arange(N))
    if rng is None:
        raise ValueError(f"batches of {batch_size} of {N} rows are drawn: give an rng")
    while True:
        yield from minibatches(N, batch_size, rng)


def gradient(X, y, w, b, *, loss_gradient=mse_gradient, penalty=0.0):
    """dw (D,) and db of loss(X w + b, y) + (penalty / 2) |w|^2."""
    dw, db = parameter_gradient(X, loss_gradient(predict(X, w, b), y))
    return dw + ridge_gradient(w, penalty), db


def descend(
    X,
    y,
    *,
    learning_rate,
    batch_size,
    rng=None,
    loss_gradient=mse_gradient,
    penalty=0.0,
    decay=0.0,
):
    """Yield (w, b) after each update, from zero on and for ever: the caller decides when to stop.

    At update t = 0, 1, ... the step is -learning_rate / (1 + decay t) times the gradient on the
    batch. X (N, D), y (N,)  ->  w (D,), b
    Raises ValueError on bad data and settings, and FloatingPointError where the weights leave all
    bounds: the learning rate is too large.
    """
    X, y = check_data(X, y)
    check_positive("learning_rate", learning_rate)
    check_not_negative("the penalty", penalty)
    check_not_negative("decay", decay)
    w, b = np.zeros(X.shape[1]), 0.0
    for t, rows in enumerate(batches_for_ever(len(y), batch_size, rng)):
        dw, db = gradient(X[rows], y[rows], w, b, loss_gradient=loss_gradient, penalty=penalty)
        step = learning_rate / (1 + decay * t)
        w = w - step * dw
        b = b - step * db
        if not max(abs(b), np.abs(w).max()) < DIVERGED:
            raise FloatingPointError(f"diverged at update {t}: learning rate {learning_rate}")
        yield w, b


def after(updates, path):
    """The (w, b) after so many updates of a `descend` path."""
    check_whole("updates", updates)
    return next(itertools.islice(path, updates - 1, None))


def mae_line(X, y, updates=2000):
    """The line of least absolute error, by descent along a subgradient. -> w (D,), b

    A subgradient does not shrink near the minimum, so the step has to: it decays like 1 / t.
    """
    path = descend(
        X,
        y,
        learning_rate=1.0,  # crosses ten units of y in ten steps
        decay=0.01,  # from update 100 on the steps shrink; the last is 1/21
        batch_size=len(y),
        loss_gradient=mae_gradient,
    )
    return after(updates, path)


def exact_mae_line(X, y):
    """The line of least absolute error on one column, exactly: the control of `mae_line`.

    Some best line goes through two of the points (as some median is one of the numbers), so every
    pair is tried, which is N^3 work. X (N, 1), y (N,)  ->  w (1,), b
    Raises ValueError where all x are the same: every slope would do.
    """
    X, y = check_data(X, y)
    check_shapes("X (N, 1), y (N,)", X, y)
    i, j = np.nonzero(X[:, 0] < X[:, [0]])  # the pairs (P,) with x_j < x_i
    if len(i) == 0:
        raise ValueError("all x are the same: every slope fits equally well. Give two different x")
    slopes = (y[i] - y[j]) / (X[i, 0] - X[j, 0])  # (P,)
    lines = np.array([slopes, y[i] - slopes * X[i, 0]]).T  # (P, 2)
    w, b = min(lines, key=lambda line: np.abs(X[:, 0] * line[0] + line[1] - y).sum())
    return np.array([w]), b


def hessian(X, penalty=0.0):
    """The second derivative of the MSE with respect to (w, b), the same everywhere: (D+1, D+1).

    2/N A'A with A = [X, 1], plus lambda on the diagonal of w.
    """
    X = as_floats("X", X)
    check_shapes("X (N, D)", X)
    check_finite("X", X)
    check_not_negative("the penalty", penalty)
    A = np.column_stack([X, np.ones(len(X))])  # (N, D+1)
    return 2 / len(X) * A.T @ A + penalty * np.diag([1.0] * X.shape[1] + [0.0])


def learning_rate_limit(X, penalty=0.0):
    """2 / lambda_max of the Hessian: a larger step overshoots by more than it corrects.

    Along the steepest eigenvector the error is multiplied by (1 - learning_rate lambda_max) at
    each step, which shrinks while learning_rate < 2 / lambda_max.
    """
    return 2 / float(np.linalg.eigvalsh(hessian(X, penalty))[-1])
