"""Linear regression's prediction, its losses, and their derivatives.

The model is yhat = X w + b. Each loss stands beside its derivative with respect to the prediction;
`parameter_gradient` carries that derivative on to w and b.
"""

import numpy as np

from shared.checks import check_finite, check_shapes


def predict(X, w, b):
    """yhat = X w + b: X (N, D), w (D,), b a number -> (N,)."""
    return X @ w + b


def check_data(X, y):
    """Raise ValueError with a readable line where X (N, D), y (N,) are no data to fit."""
    check_shapes("X (N, D), y (N,)", X, y)
    if len(y) == 0:
        raise ValueError("X and y have no rows: there is nothing to fit")
    check_finite("X", X)
    check_finite("y", y)


# --- mean squared error --------------------------------------------------------------------------


def mse(prediction, y):
    """Mean squared error, mean((yhat - y)^2): (N,), (N,) -> float, in squared units of y.

    >>> mse(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    2.0
    """
    check_shapes("prediction (N,), y (N,)", prediction, y)
    return float(np.mean((prediction - y) ** 2))


def mse_gradient(prediction, y):
    """d mse / d yhat = 2 (yhat - y) / N: twice as far off pulls twice as hard. (N,)

    >>> mse_gradient(np.array([1.0, 2.0]), np.array([1.0, 4.0])).tolist()
    [0.0, -2.0]
    """
    return 2 * (prediction - y) / len(y)


# --- mean absolute error -------------------------------------------------------------------------


def mae(prediction, y):
    """Mean absolute error, mean(|yhat - y|): (N,), (N,) -> float, in units of y.

    >>> mae(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    1.0
    """
    check_shapes("prediction (N,), y (N,)", prediction, y)
    return float(np.mean(np.abs(prediction - y)))


def mae_gradient(prediction, y):
    """A subgradient of mae: sign(yhat - y) / N. Every point pulls equally hard, near or far. (N,)

    At yhat = y the loss has a kink; any slope between -1/N and 1/N is a subgradient there, and
    sign(0) = 0 is one of them.

    >>> mae_gradient(np.array([1.0, 2.0]), np.array([1.0, 4.0])).tolist()
    [0.0, -0.5]
    """
    return np.sign(prediction - y) / len(y)


# --- from the prediction to the parameters -------------------------------------------------------


def parameter_gradient(X, dprediction):
    """The chain rule through yhat = X w + b: dw = X' dyhat, db = sum(dyhat).

    X (N, D), dprediction (N,)  ->  dw (D,), db a number
    """
    return X.T @ dprediction, dprediction.sum()


# --- ridge ---------------------------------------------------------------------------------------


def ridge_penalty(w, strength):
    """(lambda / 2) |w|^2, added to a loss; the intercept b is not in it."""
    return float(strength / 2 * (w @ w))


def ridge_gradient(w, strength):
    """d penalty / dw = lambda w: a pull to zero that grows with the weight. (D,)"""
    return strength * w


# --- how good is a fit? --------------------------------------------------------------------------


def r_squared(prediction, y):
    """R^2 = 1 - mse / variance(y): 1 is perfect, 0 is as good as always saying the mean.

    Raises ValueError where y is constant: there is no variance to explain.
    """
    variance = float(np.var(y))
    if variance == 0:
        raise ValueError("y is constant, so R^2 is not defined")
    return 1 - mse(prediction, y) / variance
