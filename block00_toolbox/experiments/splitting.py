"""A file sorted by class, and what a cut without a shuffle leaves for training."""

import numpy as np

from block00_toolbox.generator import named_stream
from block00_toolbox.sampling import shuffled, split
from shared.plots import decision_boundary, label, new_figure
from shared.seeding import stream

EACH = 50  # points of each of three classes
VALIDATION_FRACTION = 1 / 3  # of three equal classes: exactly one, where the file is sorted


def split_as_it_is(run):
    """A file sorted by class and cut as it is has a class in validation that training never saw:
    no point of it is predicted right (five seeds).
    """
    seeds = run.seeds(5)
    files = [sorted_file(seed) for seed in seeds]
    scores = {
        name: np.array([score(X, y, order(seed)) for seed, (X, y) in zip(seeds, files)])
        for name, order in ORDERS.items()
    }
    run.figure(draw(*files[0], seeds[0], scores))
    config = {"examples": 3 * EACH, "classes": 3, "validation_fraction": VALIDATION_FRACTION}
    found = {name: {"mean": x.mean(), "sd": x.std(), "all": x} for name, x in scores.items()}
    run.record(config=config, metrics=found)
    run.headline({"accuracy_split_without_shuffle": scores["as it is"].mean()})


def sorted_file(seed):
    """X (150, 2) and y (150,): three clouds of 50 points, class after class."""
    y = np.repeat([0, 1, 2], EACH)
    centres = np.array([[0.0, 0.0], [4.0, 1.0], [1.5, 4.0]])
    return centres[y] + stream(seed, "three clouds").standard_normal((len(y), 2)), y


ORDERS = {  # seed -> the row numbers, in the order in which the cut finds them
    "as it is": lambda seed: list(range(3 * EACH)),
    "shuffled": lambda seed: shuffled(range(3 * EACH), named_stream(seed, "split").below),
}


def score(X, y, order):
    """Accuracy on the validation rows of the classifier that the training rows make."""
    rows, validation = split(order, VALIDATION_FRACTION)
    return np.mean(nearest_mean(X[rows], y[rows])(X[validation]) == y[validation])


def nearest_mean(X, y):
    """A classifier: the class whose mean (of the rows given here) is nearest."""
    classes = np.unique(y)
    means = np.array([X[y == k].mean(axis=0) for k in classes])  # (K, 2)

    def predict(points):
        difference = points[:, None, :] - means  # (M, 1, 2) - (K, 2) -> (M, K, 2)
        return classes[np.sum(difference**2, axis=2).argmin(axis=1)]  # (M, K) -> (M,)

    return predict


def draw(X, y, seed, scores):
    """The plane as each classifier of one seed sees it; the points held out have a ring."""
    title = "A sorted file that is cut without a shuffle loses a class"
    figure, axes = new_figure(title, columns=2, width=10)
    for axis, (name, order) in zip(axes, ORDERS.items()):
        rows, validation = split(order(seed), VALIDATION_FRACTION)
        decision_boundary(axis, nearest_mean(X[rows], y[rows]), X, y)
        axis.scatter(*X[validation].T, s=60, facecolors="none", edgecolors="black",
                     linewidths=0.8, label="held out")
        title = f"{name}: {100 * scores[name][0]:.0f} % of the held-out points right, one seed"
        label(axis, "feature 1", "feature 2", title, legend=False)
    axes[0].legend(fontsize=8, loc="lower right")
    return figure
