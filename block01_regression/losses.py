"""Linear regression's prediction, its losses, and their derivatives.

The model is yhat = X w + b. Each loss stands beside its derivative with respect to the prediction;
`parameter_gradient` carries that derivative on to w and b.
"""

import numpy as np

from shared.checks import as_floats, check_finite, check_not_negative, check_shapes, is_constant


def predict(X, w, b):
    """yhat = X w + b: X (N, D), w (D,), b a number -> (N,)."""
    X, w = as_floats("X", X), as_floats("w", w)
    check_shapes("X (N, D), w (D,), b ()", X, w, b)
    return X @ w + b


def check_data(X, y):
    """X (N, D) and y (N,) as floats; ValueError with a readable line where they are no data."""
    X, y = as_floats("X", X), as_floats("y", y)
    check_shapes("X (N, D), y (N,)", X, y)
    if X.size == 0:
        raise ValueError(f"X {X.shape} has no rows or no columns: there is nothing to fit")
    check_finite("X", X)
    check_finite("y", y)
    return X, y


def as_pair(prediction, y):
    """prediction (N,) and y (N,) as floats. A column (N, 1) would pair each of both with each."""
    prediction, y = as_floats("prediction", prediction), as_floats("y", y)
    if check_shapes("prediction (N,), y (N,)", prediction, y)["N"] == 0:
        raise ValueError("there are no examples to average over")
    return prediction, y


# --- mean squared error --------------------------------------------------------------------------


def mse(prediction, y):
    """Mean squared error, mean((yhat - y)^2): (N,), (N,) -> float, in squared units of y.

    >>> mse(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    2.0
    """
    prediction, y = as_pair(prediction, y)
    return float(np.mean((prediction - y) ** 2))


def mse_gradient(prediction, y):
    """d mse / d yhat = 2 (yhat - y) / N: twice as far off pulls twice as hard. (N,)

    >>> mse_gradient(np.array([1.0, 2.0]), np.array([1.0, 4.0])).tolist()
    [0.0, -2.0]
    """
    prediction, y = as_pair(prediction, y)
    return 2 * (prediction - y) / len(y)


# --- mean absolute error -------------------------------------------------------------------------


def mae(prediction, y):
    """Mean absolute error, mean(|yhat - y|): (N,), (N,) -> float, in units of y.

    >>> mae(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    1.0
    """
    prediction, y = as_pair(prediction, y)
    return float(np.mean(np.abs(prediction - y)))


def mae_gradient(prediction, y):
    """A subgradient of mae: sign(yhat - y) / N. Every point pulls equally hard, near or far. (N,)

    At yhat = y the loss has a kink; any slope between -1/N and 1/N is a subgradient there, and
    sign(0) = 0 is one of them.

    >>> mae_gradient(np.array([1.0, 2.0]), np.array([1.0, 4.0])).tolist()
    [0.0, -0.5]
    """
    prediction, y = as_pair(prediction, y)
    return np.sign(prediction - y) / len(y)


# --- from the prediction to the parameters -------------------------------------------------------


def parameter_gradient(X, dprediction):
    """The chain rule through yhat = X w + b: dw = X' dyhat, db = sum(dyhat).

    X (N, D), dprediction (N,)  ->  dw (D,), db a number
    """
    X, dprediction = as_floats("X", X), as_floats("dprediction", dprediction)
    check_shapes("X (N, D), dprediction (N,)", X, dprediction)
    return X.T @ dprediction, dprediction.sum()


# --- ridge ---------------------------------------------------------------------------------------


def ridge_penalty(w, strength):
    """(lambda / 2) |w|^2, added to a loss; the intercept b is not in it."""
    check_not_negative("the penalty", strength)
    w = as_floats("w", w)
    return float(strength / 2 * (w @ w))


def ridge_gradient(w, strength):
    """d penalty / dw = lambda w: a pull to zero that grows with the weight. (D,)"""
    check_not_negative("the penalty", strength)
    w = as_floats("w", w)
    return strength * w


# --- how good is a fit? --------------------------------------------------------------------------


def r_squared(prediction, y):
    """R^2 = 1 - mse / variance(y): 1 is perfect, 0 is as good as always saying the mean.

    Raises ValueError where y is constant: there is no variance to explain.
    """
    prediction, y = as_pair(prediction, y)
    check_finite("prediction", prediction)
    check_finite("y", y)
    if is_constant(y):
        raise ValueError("y is constant, so R^2 is not defined")
    exponent = -np.frexp(np.abs(y).max())[1]  # a power of two away: no square overflows or is 0
    prediction, y = np.ldexp(prediction, exponent), np.ldexp(y, exponent)
    return 1 - mse(prediction, y) / float(np.var(y))
