"""What a linear model can and cannot draw."""

import numpy as np

from block02_classification import softmax_regression
from block02_classification.experiments.seeds import several_seeds
from shared.data import blobs, circles, moons, spiral
from shared.losses import cross_entropy_gradient
from shared.plots import decision_boundary, label, new_figure
from shared.seeding import stream

EXAMPLES, UPDATES = 300, 500
CENTRES = np.array([[0.0, 1.2], [1.2, -0.8], [-1.2, -0.8]])
SETS = {
    "blobs": lambda n, rng: blobs(n, CENTRES, 0.4, rng),
    "moons": lambda n, rng: moons(n, 0.1, rng),
    "circles": lambda n, rng: circles(n, 0.08, rng),
    "spiral": lambda n, rng: spiral(n, 0.2, rng),
}


def as_they_are(X):
    return X


def with_squares(X):
    """x1, x2, x1^2, x2^2: a circle around the origin is a straight line in these columns."""
    return np.column_stack([X, X**2])  # (N, 4)


CASES = [(name, as_they_are) for name in SETS] + [
    ("circles", with_squares), ("spiral", with_squares),
]  # fmt: skip


def fit(X, y):
    """Softmax regression by descent on all examples, at a rate that cannot overshoot."""
    path = softmax_regression.descend(
        X, y, int(y.max()) + 1, learning_rate=softmax_regression.safe_learning_rate(X),
        batch_size=len(y), loss_gradient=cross_entropy_gradient,
    )  # fmt: skip
    return softmax_regression.after(UPDATES, path)


def one_seed(name, columns, seed):
    """The training data, the predictor, and its accuracy on fresh points."""
    X, y = SETS[name](EXAMPLES, stream(seed, name, "train"))
    model = fit(columns(X), y)
    predict = lambda points: softmax_regression.predict(columns(points), *model)  # noqa: E731
    X_new, y_new = SETS[name](3000, stream(seed, name, "fresh"))
    return X, y, predict, float(np.mean(predict(X_new) == y_new))


def lines_fail_on_circles_and_the_spiral(run):
    """Four plane sets as they are, and two of them with squares as extra columns."""
    seeds = several_seeds(run)
    figure, axes = new_figure(
        "Straight borders suit blobs; circles need a new column, the spiral more than that",
        rows=2, columns=3, width=9, height=6.5,
    )  # fmt: skip
    accuracies = {}
    for place, (name, columns) in zip(axes, CASES):
        title = name + (" + squares" if columns is with_squares else "")
        runs = [one_seed(name, columns, seed) for seed in seeds]
        X, y, predict, _ = runs[0]
        decision_boundary(place, predict, X, y)
        found = [r[3] for r in runs]
        label(place, "x1", "x2", f"{title}: {np.mean(found):.0%}", legend=False)
        key = title.replace(" + ", "_with_")
        accuracies[key] = {"mean": np.mean(found), "sd": np.std(found)}
    run.figure(figure, "straight_lines")
    run.claim(
        "straight_lines",
        "A linear model separates blobs, misses a part of the moons, is a coin toss on circles "
        "and little more than a guess on the spiral; with squared columns the circles are easy",
        seeds=seeds,
        config={"examples": EXAMPLES, "updates": UPDATES, "fresh_points": 3000},
        metrics={"accuracy": accuracies},
    )
