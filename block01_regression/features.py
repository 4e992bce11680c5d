"""What the model is given: columns on one scale, and powers of a column.

Standardising itself was built in block 00 (shared.data.fit_standardiser); here is the way back, so
that the weights can be read in the units of the measurements.
"""

import numpy as np

from shared.checks import as_floats, check_shapes, check_whole


def in_raw_units(w, b, standardiser):
    """The same line for raw columns: w_raw = w / scale, b_raw = b - mean . w_raw.

    Because  (x - mean) / scale . w + b  =  x . (w / scale) + b - mean . (w / scale).
    w (D,), b  ->  w (D,), b
    """
    w = as_floats("w", w)
    check_shapes("w (D,), scale (D,), b ()", w, standardiser.scale, b)
    w_raw = w / standardiser.scale
    return w_raw, b - standardiser.mean @ w_raw


def powers(x, degree):
    """The columns x, x^2, ... x^degree: (N,) -> (N, degree). The power 0 is the intercept's work.

    >>> powers(np.array([2.0, 3.0]), 3).tolist()
    [[2.0, 4.0, 8.0], [3.0, 9.0, 27.0]]
    """
    x = as_floats("x", x)
    check_shapes("x (N,)", x)
    check_whole("degree", degree)
    return x[:, None] ** np.arange(1, degree + 1)


def with_products(X):
    """X and the product of every pair of its columns, squares too: (N, D) -> (N, D + D(D+1)/2).

    >>> with_products(np.array([[2.0, 3.0]])).tolist()
    [[2.0, 3.0, 4.0, 6.0, 9.0]]
    """
    X = as_floats("X", X)
    check_shapes("X (N, D)", X)
    first, second = np.triu_indices(X.shape[1])
    return np.column_stack([X, X[:, first] * X[:, second]])
