"""Shape bugs, part 2: the shape is right and the numbers are wrong.

Where two sizes are equal by accident, a wrong axis gives the right shape. The check is to run the
function once with sizes that all differ (the probe). Where the shape is right at every size, a
second text must agree: the loops of arrays.py, or a number known beforehand.
"""

import numpy as np

from block00_toolbox.arrays import transpose
from block00_toolbox.shape_bugs import VISIBLE, ShapeBug
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


def columns_as_examples(num_examples):
    """W (4, 2), X (2, num_examples) and a bias (4,) that makes class 3 the best everywhere."""

    def example(rng):
        X = rng.standard_normal((2, num_examples))
        return 0.1 * rng.standard_normal((4, 2)), X, np.array([0.0, 0.0, 0.0, 10.0])

    return example


BIAS_ALONG_EXAMPLES = ShapeBug(
    scores_broken, scores,
    example=columns_as_examples(4),
    probe=columns_as_examples(5),
    measure=lambda result, W, X, bias: np.mean(result.argmax(axis=0) == 3),
    meaning="share of examples given the class that the bias favours",
    why="(K, N) + (K,) aligns K with N; where N = K both have the same size",
    check=lambda f, W, X, bias: check_shapes(
        "W (K, D), X (D, N), scores (K, N)", W, X, f(W, X, bias)
    ),
)  # fmt: skip


# --- as many outputs as inputs: the weights transposed -------------------------------------------


def layer_broken(X, W):
    return X @ W.T  # (N, D) @ (D, D)


def layer(X, W):
    return X @ W  # (N, D) @ (D, K) -> (N, K)


def inputs_and_weights(num_outputs):
    """X (16, 4) and W (4, num_outputs)."""
    return lambda rng: (rng.standard_normal((16, 4)), rng.standard_normal((4, num_outputs)))


SQUARE_WEIGHTS = ShapeBug(
    layer_broken, layer,
    example=inputs_and_weights(4),
    probe=inputs_and_weights(3),
    measure=lambda y, X, W: np.mean((y - X @ W) ** 2),
    meaning="mean squared difference from y = X W",
    why="a square matrix has the shape of its transpose",
    check=lambda f, X, W: check_shapes("X (N, D), W (D, K), y (N, K)", X, W, f(X, W)),
)  # fmt: skip


# --- as many examples as classes: keepdims forgotten ---------------------------------------------


def softmax_broken(logits):
    exponentials = np.exp(logits)  # (N, K)
    return exponentials / exponentials.sum(axis=1)  # (N, K) / (N,): the totals run along K


def softmax(logits):
    exponentials = np.exp(logits)  # (N, K)
    return exponentials / exponentials.sum(axis=1, keepdims=True)  # (N, K) / (N, 1)


def scores_of(num_examples, num_classes):
    """Scores (num_examples, num_classes)."""
    return lambda rng: (rng.standard_normal((num_examples, num_classes)),)


KEEPDIMS_FORGOTTEN = ShapeBug(
    softmax_broken, softmax,
    example=scores_of(3, 3),
    probe=scores_of(5, 3),
    measure=lambda p, logits: np.abs(p.sum(axis=1) - 1).max(),
    meaning="largest distance of a row of probabilities from the sum 1",
    why="(N,) is aligned at the right, with the classes; where N = K the sizes agree",
    check=lambda f, logits: check_shapes("logits (N, K), p (N, K)", logits, f(logits)),
)  # fmt: skip


# --- as many examples as classes: the best example instead of the best class ---------------------


def predicted_broken(scores, labels):
    return scores.argmax(axis=0)  # (N, K) -> (K,): the best example of each class


def predicted(scores, labels):
    return scores.argmax(axis=1)  # (N, K) -> (N,): the best class of each example


def perfect_scores(num_examples):
    """Scores (num_examples, 10) that are highest at the labels (num_examples,)."""

    def example(rng):
        labels = rng.integers(10, size=num_examples)
        return np.eye(10)[labels] + 0.1 * rng.random((num_examples, 10)), labels

    return example


BEST_EXAMPLE = ShapeBug(
    predicted_broken, predicted,
    example=perfect_scores(10),
    probe=perfect_scores(12),
    measure=lambda guess, scores, labels: np.mean(guess == labels),
    meaning="accuracy of scores that are highest at the right class",
    why="with ten examples of ten classes, both axes have ten places",
    check=lambda f, scores, labels: check_shapes(
        "scores (N, K), guess (N,)", scores, f(scores, labels)
    ),
)  # fmt: skip


# --- reshape does not move an axis ---------------------------------------------------------------


def features_first_broken(X):
    N, D = X.shape
    return X.reshape(D, N)  # the right shape; the numbers stay in their old order


def features_first(X):
    return X.T  # (N, D) -> (D, N)


RESHAPED = ShapeBug(
    features_first_broken, features_first,
    example=lambda rng: (np.array([50.0, 2.0, 0.0]) + rng.standard_normal((20, 3)),),
    measure=lambda rows, X: rows[0].mean(),
    meaning="mean of the first feature, which is about 50",
    why="reshape asks only whether the number of numbers is right",
    check=lambda f, X: must_agree(f(X), np.array(transpose(X.tolist()))),
)  # fmt: skip


# --- a slice is a window, not a copy -------------------------------------------------------------


def centred_first_broken(X):
    first = X[:, 0]  # (N,), a window on X's own numbers
    first -= first.mean()  # changes the caller's X
    return first


def centred_first(X):
    first = X[:, 0]  # (N,)
    return first - first.mean()  # a new array


def check_argument_is_kept(function, X):
    kept = X.copy()
    function(X)
    must_agree(X, kept)


WINDOW = ShapeBug(
    centred_first_broken, centred_first,
    example=lambda rng: (50 + rng.standard_normal((20, 2)),),
    measure=lambda first, X: X[:, 0].mean(),
    meaning="mean of the caller's first column after the call, about 50",
    why="X[:, 0] shares X's memory, and -= writes into it; the shapes agree throughout",
    check=check_argument_is_kept,
)  # fmt: skip


# --- adding to a place twice ---------------------------------------------------------------------


def counted_broken(ids):
    counts = np.zeros(5)
    counts[ids] += 1  # counts[ids] is (N,): read, plus 1, written back, the last write wins
    return counts


def counted(ids):
    counts = np.zeros(5)
    np.add.at(counts, ids, 1)  # one addition for every id
    return counts


REPEATED_PLACES = ShapeBug(
    counted_broken, counted,
    example=lambda rng: (rng.integers(5, size=100),),
    measure=lambda counts, ids: counts.sum(),
    meaning="how many of 100 ids were counted",
    why="both sides have the shape (N,), though only five places lie behind the left one",
    check=lambda f, ids: must_agree(f(ids).sum(), len(ids)),
)  # fmt: skip


BUGS = VISIBLE | {
    "bias_along_examples": BIAS_ALONG_EXAMPLES,
    "square_weights": SQUARE_WEIGHTS,
    "keepdims_forgotten": KEEPDIMS_FORGOTTEN,
    "best_example": BEST_EXAMPLE,
    "reshaped": RESHAPED,
    "window": WINDOW,
    "repeated_places": REPEATED_PLACES,
}
