"""Shape bugs, part 1: an array of the wrong shape that nobody notices.

NumPy raises where two shapes cannot be stretched to one. These can. Each bug is a pair: a function
that runs without an error or a warning and returns something wrong, and the function as it was
meant. Under the pair stands its check, one line of `check_shapes`: write down the shape you mean
and hold the array against it. Each check was written for its bug.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from shared.checks import check_shapes


class Bug(NamedTuple):
    """The function with the bug, the one without, and check(function), which raises ValueError
    where the function has the bug."""

    broken: Callable
    fixed: Callable
    check: Callable


# --- a column against a row ----------------------------------------------------------------------


def squared_errors_broken(X, w, y):
    prediction = X @ w  # (N, D) @ (D, 1) -> (N, 1)
    return (prediction - y) ** 2  # (N, 1) - (N,) -> (N, N)


def squared_errors(X, w, y):
    prediction = X @ w[:, 0]  # (N, D) @ (D,) -> (N,)
    return (prediction - y) ** 2  # (N,) - (N,) -> (N,)


def check_squared_errors(function):
    """(N, 1) and (N,) are stretched to (N, N): every prediction meets every target.

    >>> X, w, y = np.ones((32, 2)), np.ones((2, 1)), np.ones(32)
    >>> squared_errors_broken(X, w, y).shape, squared_errors(X, w, y).shape
    ((32, 32), (32,))
    >>> check_squared_errors(squared_errors_broken)
    Traceback (most recent call last):
    ...
    shared.checks.ShapeError: errors has shape (32, 32), expected (N,) with N = 32 from y (32,)
    """
    X, w, y = np.ones((32, 2)), np.ones((2, 1)), np.ones(32)
    check_shapes("y (N,), errors (N,)", y, function(X, w, y))


# --- the mean over the wrong axis ----------------------------------------------------------------


def column_means_broken(X):
    return X.mean(axis=1, keepdims=True)  # (N, D) -> (N, 1): one mean a row


def column_means(X):
    return X.mean(axis=0, keepdims=True)  # (N, D) -> (1, D): one mean a column


def check_column_means(function):
    """X - means is silent for both: (N, D) - (N, 1) broadcasts as gladly as (N, D) - (1, D).

    >>> X = np.array([[50.0, 2.0], [52.0, 4.0], [54.0, 6.0]])  # ages and doses
    >>> column_means_broken(X).tolist(), column_means(X).tolist()
    ([[26.0], [28.0], [30.0]], [[52.0, 4.0]])
    >>> check_column_means(column_means_broken)
    Traceback (most recent call last):
    ...
    shared.checks.ShapeError: means has shape (20, 1), expected (1, D) with D = 2 from X (20, 2)
    """
    X = np.ones((20, 2))
    check_shapes("X (N, D), means (1, D)", X, function(X))


# --- one sum for the whole batch -----------------------------------------------------------------


def totals_broken(amounts):
    return amounts.sum()  # (N, K) -> (): one total for all rows


def totals(amounts):
    return amounts.sum(axis=1, keepdims=True)  # (N, K) -> (N, 1): one for each row


def check_totals(function):
    """Without an axis, sum runs over all of them; and a number broadcasts against everything.

    >>> amounts = np.ones((16, 4))  # amounts / totals should be the shares of each row
    >>> totals_broken(amounts).shape, totals(amounts).shape
    ((), (16, 1))
    >>> check_totals(totals_broken)
    Traceback (most recent call last):
    ...
    shared.checks.ShapeError: totals has shape (), expected (N, 1) with N = 16 from amounts (16, 4)
    """
    amounts = np.ones((16, 4))
    check_shapes("amounts (N, K), totals (N, 1)", amounts, function(amounts))


# --- the transpose of a vector -------------------------------------------------------------------


def outer_product_broken(x):
    return x @ x.T  # (D,) has one axis to swap, so x.T is x: (D,) @ (D,) -> ()


def outer_product(x):
    return x[:, None] @ x[None, :]  # (D, 1) @ (1, D) -> (D, D)


def check_outer_product(function):
    """The product is one number, and it is added to every entry of a matrix without a word.

    >>> x = np.array([1.0, -1.0, 2.0])
    >>> outer_product_broken(x).shape, outer_product(x).shape
    ((), (3, 3))
    >>> check_outer_product(outer_product_broken)
    Traceback (most recent call last):
    ...
    shared.checks.ShapeError: product has shape (), expected (D, D) with D = 3 from x (3,)
    """
    x = np.ones(3)
    check_shapes("x (D,), product (D, D)", x, function(x))


# --- a mask of numbers ---------------------------------------------------------------------------


def chosen_broken(values, keep):
    return values[keep]  # keep holds 0 and 1 as whole numbers: items 0 and 1, again and again


def chosen(values, keep):
    return values[keep.astype(bool)]  # keep as false and true: the items where it is true


def check_chosen(function):
    """0 and 1 are good row numbers, and an index may name a row as often as it likes.

    >>> ages, keep = np.array([70, 20, 80, 30]), np.array([1, 0, 1, 0])
    >>> chosen_broken(ages, keep), chosen(ages, keep)
    (array([20, 70, 20, 70]), array([70, 80]))
    >>> check_chosen(chosen_broken)
    Traceback (most recent call last):
    ...
    shared.checks.ShapeError: chosen has shape (4,), expected (2)
    """
    ages, keep = np.array([70, 20, 80, 30]), np.array([1, 0, 1, 0])
    check_shapes("chosen (2)", function(ages, keep))


VISIBLE = {
    "column_against_row": Bug(squared_errors_broken, squared_errors, check_squared_errors),
    "mean_over_rows": Bug(column_means_broken, column_means, check_column_means),
    "whole_batch_sum": Bug(totals_broken, totals, check_totals),
    "transposed_vector": Bug(outer_product_broken, outer_product, check_outer_product),
    "mask_of_numbers": Bug(chosen_broken, chosen, check_chosen),
}
