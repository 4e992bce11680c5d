"""Linear regression in closed form: three ways to the same w, and where the first one breaks.

Setting the gradient of mean((X w + b - y)^2) + (lambda / 2) |w|^2 to zero gives, on centred data,

    (X'X + (N lambda / 2) I) w = X'y        the normal equation

X'X squares the condition number of X: with nearly dependent columns half of the digits are lost,
and with dependent ones there is no single answer. QR works on X itself; the SVD also picks one
answer among many, the shortest.
"""

import numpy as np

from block01_regression.losses import check_data


def centre(X, y):
    """X and y minus their means; the intercept of centred data is zero. -> X, y, means"""
    return X - X.mean(axis=0), y - y.mean(), X.mean(axis=0), y.mean()


def normal_equation(X, y, penalty=0.0):
    """Solve (X'X + (N lambda / 2) I) w = X'y on centred data; b = mean(y) - mean(X) w.

    X (N, D), y (N,), penalty lambda >= 0  ->  w (D,), b
    Raises ValueError on bad data, LinAlgError where rounding in X'X leaves w without a digit.
    Source: Hastie, Tibshirani and Friedman 2009, eq. 3.6; with the penalty eq. 3.44.
    """
    check_data(X, y)
    if penalty < 0:
        raise ValueError(f"the penalty is {penalty}, it must not be negative")
    X, y, X_mean, y_mean = centre(X, y)
    N, D = X.shape
    gram = X.T @ X + N * penalty / 2 * np.eye(D)  # (D, D)
    if np.linalg.cond(gram) > 1 / (max(N, D) * np.finfo(float).eps):
        raise np.linalg.LinAlgError(
            "X'X is singular: some column of X is nearly a combination of the others. Drop it, "
            "add a penalty, or use least_squares"
        )
    w = np.linalg.solve(gram, X.T @ y)
    return w, y_mean - X_mean @ w


def back_substitution(R, z):
    """Solve R w = z for an upper triangular R (D, D), from the last row up. -> (D,)

    >>> back_substitution(np.array([[2.0, 1.0], [0.0, 4.0]]), np.array([4.0, 8.0])).tolist()
    [1.0, 2.0]
    """
    w = np.zeros_like(z)
    for i in reversed(range(len(z))):
        w[i] = (z[i] - R[i, i + 1 :] @ w[i + 1 :]) / R[i, i]
    return w


def qr_solution(X, y):
    """Least squares by X = Q R: |X w - y| is smallest where R w = Q'y, and X'X is never formed.

    X (N, D) with N > D, y (N,)  ->  w (D,), b
    Raises LinAlgError where a diagonal element of R vanishes: the columns are dependent.
    Source: Trefethen and Bau 1997, algorithm 11.2.
    """
    check_data(X, y)
    X, y, X_mean, y_mean = centre(X, y)
    Q, R = np.linalg.qr(X)  # (N, D), (D, D)
    diagonal = np.abs(np.diag(R))
    if len(X) <= X.shape[1] or diagonal.min() <= len(X) * np.finfo(float).eps * diagonal.max():
        raise np.linalg.LinAlgError("the columns of X are dependent: use least_squares")
    w = back_substitution(R, Q.T @ y)
    return w, y_mean - X_mean @ w


def least_squares(X, y):
    """The shortest w among all that minimise |X w - y|, by the SVD X = U S V'.

    Directions whose singular value is rounding noise (below N eps times the largest) are left
    out; so dependent columns share a weight, and no answer explodes.
    X (N, D), y (N,)  ->  w (D,), b
    Source: Golub and Van Loan 2013, section 5.5.2.
    """
    check_data(X, y)
    X, y, X_mean, y_mean = centre(X, y)
    U, S, Vt = np.linalg.svd(X, full_matrices=False)  # (N, K), (K,), (K, D)
    kept = S > max(X.shape) * np.finfo(float).eps * S.max()
    w = Vt[kept].T @ ((U.T @ y)[kept] / S[kept])
    return w, y_mean - X_mean @ w
