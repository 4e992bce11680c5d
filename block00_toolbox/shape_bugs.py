"""Shape bugs, part 1: an array of the wrong shape that nobody notices.

NumPy raises where two shapes cannot be stretched to one. These can. Each bug here is a function
that runs without an error and without a warning and returns a wrong number; beside it stand the
function as it was meant, and a check that fails on the first and passes on the second. The check
of this part is `check_shapes`: write down the shape you mean and hold the array against it.
"""

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from shared.checks import check_shapes

Arguments = tuple[np.ndarray, ...]


class ShapeBug(NamedTuple):
    """One bug, its repair and its check.

    broken, fixed   the same function with and without the bug
    example         arguments on which the bug is silent, from a random generator
    measure         (result, *arguments) -> the number a reader looks at
    meaning         what that number is
    why             why NumPy does not complain
    check           (function, *arguments): raises ValueError where the function has the bug
    probe           arguments for the check, where the example hides the bug even from a check
    """

    broken: Callable
    fixed: Callable
    example: Callable[[np.random.Generator], Arguments]
    measure: Callable[..., float]
    meaning: str
    why: str
    check: Callable[..., object]
    probe: Callable[[np.random.Generator], Arguments] | None = None


def outcome(function: Callable, bug: ShapeBug, rng: np.random.Generator) -> float:
    """The number that the function gives on the bug's example; every warning is an error."""
    arguments = bug.example(rng)
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        return float(bug.measure(function(*arguments), *arguments))


def complaint(function: Callable, bug: ShapeBug, rng: np.random.Generator) -> str:
    """What the bug's check says about the function; empty where it is content."""
    arguments = (bug.probe or bug.example)(rng)
    try:
        bug.check(function, *arguments)
    except ValueError as error:
        return str(error)
    return ""


# --- a column against a row ----------------------------------------------------------------------


def squared_errors_broken(X, w, y):
    prediction = X @ w  # (N, D) @ (D, 1) -> (N, 1)
    return (prediction - y) ** 2  # (N, 1) - (N,) -> (N, N)


def squared_errors(X, w, y):
    prediction = X @ w[:, 0]  # (N, D) @ (D,) -> (N,)
    return (prediction - y) ** 2  # (N,) - (N,) -> (N,)


def perfect_line(rng):
    """X (32, 2), w (2, 1) and y (32,) with y = X w exactly."""
    X, w = rng.standard_normal((32, 2)), np.array([[2.0], [-1.0]])
    return X, w, X @ w[:, 0]


COLUMN_AGAINST_ROW = ShapeBug(
    squared_errors_broken, squared_errors,
    example=perfect_line,
    measure=lambda errors, X, w, y: errors.mean(),
    meaning="mean squared error of a model that is exactly right",
    why="(N, 1) and (N,) broadcast to (N, N): every prediction meets every target",
    check=lambda f, X, w, y: check_shapes("y (N,), errors (N,)", y, f(X, w, y)),
)  # fmt: skip


# --- the mean over the wrong axis ----------------------------------------------------------------


def column_means_broken(X):
    return X.mean(axis=1, keepdims=True)  # (N, D) -> (N, 1): one mean a row


def column_means(X):
    return X.mean(axis=0, keepdims=True)  # (N, D) -> (1, D): one mean a column


def ages_and_doses(rng):
    """X (20, 2): ages about 50 years, doses about 2 grams."""
    return (np.array([50.0, 2.0]) + rng.standard_normal((20, 2)),)


MEAN_OVER_ROWS = ShapeBug(
    column_means_broken, column_means,
    example=ages_and_doses,
    measure=lambda means, X: np.abs((X - means).mean(axis=0)).max(),
    meaning="largest column mean after the means were subtracted",
    why="(N, D) - (N, 1) broadcasts as gladly as (N, D) - (1, D)",
    check=lambda f, X: check_shapes("X (N, D), means (1, D)", X, f(X)),
)  # fmt: skip


# --- one sum for the whole batch -----------------------------------------------------------------


def softmax_totals_broken(exponentials):
    return exponentials.sum()  # (N, K) -> (): one total for all examples


def softmax_totals(exponentials):
    return exponentials.sum(axis=1, keepdims=True)  # (N, K) -> (N, 1): one an example


def exponentials_of_scores(rng):
    """exp of scores (16, 3)."""
    return (np.exp(rng.standard_normal((16, 3))),)


WHOLE_BATCH_SUM = ShapeBug(
    softmax_totals_broken, softmax_totals,
    example=exponentials_of_scores,
    measure=lambda totals, exponentials: (exponentials / totals)[0].sum(),
    meaning="sum of the first example's probabilities",
    why="without an axis, sum runs over all of them; a number broadcasts against everything",
    check=lambda f, e: check_shapes("exponentials (N, K), totals (N, 1)", e, f(e)),
)  # fmt: skip


# --- the transpose of a vector -------------------------------------------------------------------


def outer_product_broken(x):
    return x @ x.T  # (D,) has one axis to swap, so x.T is x: (D,) @ (D,) -> ()


def outer_product(x):
    return x[:, None] @ x[None, :]  # (D, 1) @ (1, D) -> (D, D)


TRANSPOSED_VECTOR = ShapeBug(
    outer_product_broken, outer_product,
    example=lambda rng: (np.array([1.0, -1.0, 2.0]) + 0.1 * rng.standard_normal(3),),
    measure=lambda product, x: (np.zeros((3, 3)) + product)[0, 1],
    meaning="entry [0, 1] of x x^T, where x is about (1, -1, 2)",
    why="x.T of one axis is x, so the product is one number, and it is added to every entry",
    check=lambda f, x: check_shapes("x (D,), product (D, D)", x, f(x)),
)  # fmt: skip


# --- a mask of numbers ---------------------------------------------------------------------------


def chosen_broken(values, keep):
    return values[keep]  # keep holds 0 and 1 as whole numbers: items 0 and 1, again and again


def chosen(values, keep):
    return values[keep.astype(bool)]  # keep as true and false: the items where it is true


def ages_over_sixty(rng):
    """ages (200,) and keep (200,), 1 where the age is over 60, else 0."""
    ages = rng.uniform(20, 80, size=200)
    return ages, (ages > 60).astype(int)


MASK_OF_NUMBERS = ShapeBug(
    chosen_broken, chosen,
    example=ages_over_sixty,
    measure=lambda selection, ages, keep: selection.mean(),
    meaning="mean age of those over 60",
    why="0 and 1 are good row numbers, and an index may name a row as often as it likes",
    check=lambda f, ages, keep: check_shapes(f"selection ({keep.sum()},)", f(ages, keep)),
)  # fmt: skip


VISIBLE = {
    "column_against_row": COLUMN_AGAINST_ROW,
    "mean_over_rows": MEAN_OVER_ROWS,
    "whole_batch_sum": WHOLE_BATCH_SUM,
    "transposed_vector": TRANSPOSED_VECTOR,
    "mask_of_numbers": MASK_OF_NUMBERS,
}
