"""Shape bugs, part 2: the shape is right and the numbers are wrong.

Where two sizes are equal by accident, a wrong axis gives the right shape. The check runs the
function once with sizes that all differ; with equal ones it sees nothing (the doctests show both).
Where the shape is right at every size, a second text must agree: the loops of arrays.py, or a
number known beforehand. Each check was written for its bug.
"""

import numpy as np

from block00_toolbox.arrays import transpose
from block00_toolbox.shape_bugs import VISIBLE, Bug
from shared.checks import check_shapes, relative_error


def must_agree(actual, expected) -> None:
    """Raises ValueError where two arrays differ by more than rounding."""
    error = relative_error(actual, expected)
    if error > 1e-12:
        raise ValueError(f"the numbers differ: relative error {error:.2g}")


# --- as many examples as classes: the bias along the wrong axis ----------------------------------


def scores_broken(W, X, bias):
    return W @ X + bias  # (K, D) @ (D, N) + (K,): the bias runs along N


def scores(W, X, bias):
    return W @ X + bias[:, None]  # (K, N) + (K, 1): the bias runs along K


def check_scores(function, num_examples=5):
    """(K, N) + (K,) is aligned at the right: K with N. Where N = K the sizes agree.

    >>> check_scores(scores_broken, num_examples=4)  # four examples of four classes: not a word
    >>> check_scores(scores_broken, num_examples=5)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: operands could not be broadcast together with shapes (4,5) (4,)...
    """
    W, X, bias = np.ones((4, 2)), np.ones((2, num_examples)), np.ones(4)
    check_shapes("W (K, D), X (D, N), scores (K, N)", W, X, function(W, X, bias))


# --- as many outputs as inputs: the weights transposed -------------------------------------------


def layer_broken(X, W):
    return X @ W.T  # (N, D) @ (D, D)


def layer(X, W):
    return X @ W  # (N, D) @ (D, K) -> (N, K)


def check_layer(function, num_outputs=3):
    """A square matrix has the shape of its transpose.

    >>> check_layer(layer_broken, num_outputs=4)
    >>> check_layer(layer_broken, num_outputs=3)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: matmul: ... mismatch ... (size 3 is different from 4)
    """
    X, W = np.ones((16, 4)), np.ones((4, num_outputs))
    check_shapes("X (N, D), W (D, K), y (N, K)", X, W, function(X, W))


# --- as many rows as columns: keepdims forgotten -------------------------------------------------


def shares_broken(amounts):
    return amounts / amounts.sum(axis=1)  # (N, K) / (N,): the totals run along K


def shares(amounts):
    return amounts / amounts.sum(axis=1, keepdims=True)  # (N, K) / (N, 1)


def check_shares(function, num_rows=5):
    """(N,) is aligned at the right, with the columns; where N = K the sizes agree.

    >>> shares_broken(np.array([[1.0, 1.0], [2.0, 6.0]])).tolist()  # rows should add up to 1
    [[0.5, 0.125], [1.0, 0.75]]
    >>> check_shares(shares_broken, num_rows=3)
    >>> check_shares(shares_broken, num_rows=5)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: operands could not be broadcast together with shapes (5,3) (5,)...
    """
    amounts = np.ones((num_rows, 3))
    check_shapes("amounts (N, K), shares (N, K)", amounts, function(amounts))


# --- as many examples as classes: the best example instead of the best class ---------------------


def predicted_broken(scores):
    return scores.argmax(axis=0)  # (N, K) -> (K,): the best example of each class


def predicted(scores):
    return scores.argmax(axis=1)  # (N, K) -> (N,): the best class of each example


def check_predicted(function, num_examples=12):
    """With ten examples of ten classes, both axes have ten places.

    >>> check_predicted(predicted_broken, num_examples=10)
    >>> check_predicted(predicted_broken, num_examples=12)
    Traceback (most recent call last):
    ...
    shared.checks.ShapeError: guess has shape (10,), expected (N,) with N = 12 from scores (12, 10)
    """
    scores = np.ones((num_examples, 10))
    check_shapes("scores (N, K), guess (N,)", scores, function(scores))


# --- reshape does not move an axis ---------------------------------------------------------------


def features_first_broken(X):
    N, D = X.shape
    return X.reshape(D, N)  # the right shape; the numbers stay in their old order


def features_first(X):
    return X.T  # (N, D) -> (D, N)


def check_features_first(function):
    """reshape asks only whether the number of numbers is right. The loops say what was meant.

    >>> features_first_broken(np.array([[1, 2, 3], [4, 5, 6]])).tolist()
    [[1, 2], [3, 4], [5, 6]]
    >>> features_first(np.array([[1, 2, 3], [4, 5, 6]])).tolist()
    [[1, 4], [2, 5], [3, 6]]
    """
    X = np.arange(60.0).reshape(20, 3)
    must_agree(function(X), np.array(transpose(X.tolist())))


# --- a slice is a window, not a copy -------------------------------------------------------------


def centred_first_broken(X):
    first = X[:, 0]  # (N,), a window on X's own numbers
    first -= first.mean()  # changes the caller's X
    return first


def centred_first(X):
    first = X[:, 0]  # (N,)
    return first - first.mean()  # a new array


def check_centred_first(function):
    """X[:, 0] shares X's memory, and -= writes into it; the shapes agree throughout.

    >>> X = np.array([[50.0, 1.0], [54.0, 1.0], [52.0, 1.0]])
    >>> centred_first(X).tolist(), X[:, 0].tolist()
    ([-2.0, 2.0, 0.0], [50.0, 54.0, 52.0])
    >>> centred_first_broken(X).tolist(), X[:, 0].tolist()
    ([-2.0, 2.0, 0.0], [-2.0, 2.0, 0.0])
    """
    X = np.array([[50.0, 1.0], [52.0, 1.0]])
    kept = X.copy()
    function(X)
    must_agree(X, kept)


# --- adding to a place twice ---------------------------------------------------------------------


def counted_broken(ids):
    counts = np.zeros(5)
    counts[ids] += 1  # counts[ids] is (N,): read, plus 1, written back, the last write wins
    return counts


def counted(ids):
    counts = np.zeros(5)
    np.add.at(counts, ids, 1)  # one addition for every id
    return counts


def check_counted(function):
    """Both sides of += have the shape (N,), though fewer places lie behind the left one.

    >>> counted_broken(np.array([3, 3, 3, 0])).tolist(), counted(np.array([3, 3, 3, 0])).tolist()
    ([1.0, 0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 3.0, 0.0])
    """
    ids = np.array([3, 3, 3, 0])
    must_agree(function(ids).sum(), len(ids))


BUGS = VISIBLE | {
    "bias_along_examples": Bug(scores_broken, scores, check_scores),
    "square_weights": Bug(layer_broken, layer, check_layer),
    "keepdims_forgotten": Bug(shares_broken, shares, check_shares),
    "best_example": Bug(predicted_broken, predicted, check_predicted),
    "reshaped": Bug(features_first_broken, features_first, check_features_first),
    "window": Bug(centred_first_broken, centred_first, check_centred_first),
    "repeated_places": Bug(counted_broken, counted, check_counted),
}
