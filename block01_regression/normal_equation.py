"""Linear regression in closed form: three ways to the same w, and where the first one breaks.

Setting the gradient of mean((X w + b - y)^2) + (lambda / 2) |w|^2 to zero gives, on centred data,

    (X'X + (N lambda / 2) I) w = X'y        the normal equation

X'X squares the condition number of X: with nearly dependent columns half of the digits are lost,
and with dependent ones there is no single answer. QR works on X itself; the SVD also picks one
answer among many, the shortest.
"""

import numpy as np

from block01_regression.losses import check_data
from shared.checks import as_floats, check_not_negative, check_shapes


def centre(X, y):
    """X and y minus their means; the intercept of centred data is zero. -> X, y, means"""
    return X - X.mean(axis=0), y - y.mean(), X.mean(axis=0), y.mean()


def above_rounding(S, Vt, lengths, N):
    """Which singular directions of the centred X hold more than rounding: (K,) of true and false.

    The SVD itself rounds by eps S_max. And a column holds its numbers to eps times their size, of
    which centring takes nothing away: the temperatures c and 1.8 c + 32 are not dependent to the
    last digit, though no digit tells them apart.
    S (K,), Vt (K, D), lengths (D,) of the columns before centring
    """
    carried = np.linalg.norm(Vt * lengths, axis=1)  # (K,) how much of the columns makes direction k
    return S > max(N, len(lengths)) * np.finfo(float).eps * np.maximum(S.max(), carried)


def normal_equation(X, y, penalty=0.0):
    """Solve (X'X + (N lambda / 2) I) w = X'y on centred data; b = mean(y) - mean(X) w.

    X (N, D), y (N,), penalty lambda >= 0  ->  w (D,), b
    Raises ValueError on bad data, LinAlgError where rounding in X'X leaves w without a digit.
    Source: Hastie, Tibshirani and Friedman 2009, eq. 3.6; with the penalty eq. 3.44.
    """
    X, y = check_data(X, y)
    check_not_negative("the penalty", penalty)
    lengths = np.linalg.norm(X, axis=0)  # (D,)
    X, y, X_mean, y_mean = centre(X, y)
    N, D = X.shape
    gram = X.T @ X + N * penalty / 2 * np.eye(D)  # (D, D)
    squares, V = np.linalg.eigh(gram)  # (D,) the squares of X's singular values, (D, D)
    if not (
        squares.min() > max(N, D) * np.finfo(float).eps * squares.max()
        and above_rounding(np.sqrt(squares), V.T, lengths, N).all()
    ):
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
    R, z = as_floats("R", R), as_floats("z", z)
    check_shapes("R (D, D), z (D,)", R, z)
    if np.tril(R, -1).any():
        raise ValueError("R is not upper triangular: back substitution would not read all of it")
    if not np.diag(R).all():
        raise np.linalg.LinAlgError("a diagonal element of R is 0: no w, or more than one")
    w = np.zeros(len(z))
    for i in reversed(range(len(z))):
        w[i] = (z[i] - R[i, i + 1 :] @ w[i + 1 :]) / R[i, i]
    return w


def qr_solution(X, y):
    """Least squares by X = Q R: |X w - y| is smallest where R w = Q'y, and X'X is never formed.

    X (N, D) with N > D, y (N,)  ->  w (D,), b
    Raises LinAlgError where the columns are dependent, up to rounding.
    Source: Trefethen and Bau 1997, algorithm 11.2.
    """
    X, y = check_data(X, y)
    lengths = np.linalg.norm(X, axis=0)  # (D,)
    X, y, X_mean, y_mean = centre(X, y)
    Q, R = np.linalg.qr(X)  # (N, D), (D, D)
    _, S, Vt = np.linalg.svd(R)  # X = Q R has the singular values of R
    if len(X) <= X.shape[1] or not above_rounding(S, Vt, lengths, len(X)).all():
        raise np.linalg.LinAlgError("the columns of X are dependent: use least_squares")
    w = back_substitution(R, Q.T @ y)
    return w, y_mean - X_mean @ w


def least_squares(X, y):
    """The shortest w among all that minimise |X w - y|, by the SVD X = U S V'.

    Directions whose singular value is rounding (`above_rounding`) are left out; so dependent
    columns share a weight, and no answer explodes.
    X (N, D), y (N,)  ->  w (D,), b
    Source: Golub and Van Loan 2013, section 5.5.2.
    """
    X, y = check_data(X, y)
    lengths = np.linalg.norm(X, axis=0)  # (D,)
    X, y, X_mean, y_mean = centre(X, y)
    U, S, Vt = np.linalg.svd(X, full_matrices=False)  # (N, K), (K,), (K, D)
    kept = above_rounding(S, Vt, lengths, len(X))  # (K,)
    w = Vt[kept].T @ ((U.T @ y)[kept] / S[kept])
    return w, y_mean - X_mean @ w
