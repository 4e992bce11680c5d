"""In the plane: what a straight border can do, and what it does when nothing holds it."""

import numpy as np

from block02_classification import logistic, softmax_regression
from block02_classification.experiments.spread import spread
from block02_classification.problems import PLANE, two_islands
from block02_classification.train import Settings, train
from shared.data import fit_standardiser, load_breast_cancer
from shared.losses import accuracy
from shared.plots import decision_boundary, label, new_figure
from shared.seeding import stream

# --- straight borders ----------------------------------------------------------------------------

EXAMPLES, FRESH, UPDATES = 300, 3000, 500


def with_squares(X):
    """x1, x2, x1^2, x2^2: a circle around the origin is a flat border in these four columns."""
    return np.column_stack([X, X**2])  # (N, 4)


CASES = {name: (name, np.asarray) for name in PLANE} | {
    "circles + squares": ("circles", with_squares), "spiral + squares": ("spiral", with_squares),
}


def straight_lines(run):
    """With straight borders nearly all fresh points of three blobs are right, a part of the moons
    is wrong, circles are a coin toss and a spiral of three arms is half right; with squared columns
    the circles are right and the spiral is not (five seeds).
    """
    seeds = run.seeds(5)
    fitted = {name: [one_seed(*case, seed) for seed in seeds] for name, case in CASES.items()}
    found = {name: spread([share for *_, share in runs]) for name, runs in fitted.items()}
    run.figure(draw_borders({name: runs[0] for name, runs in fitted.items()}, found, len(seeds)))
    run.record(
        config={"examples": EXAMPLES, "updates": UPDATES, "fresh_points": FRESH},
        metrics={"accuracy": found},
    )


def one_seed(name, columns, seed):
    """The training data, the predictor, and its accuracy on fresh points."""
    X, y = PLANE[name](EXAMPLES, stream(seed, name, "train"))
    model = fit(columns(X), y, stream(seed, name, "order"))
    predict = lambda points: softmax_regression.predict(columns(points), *model)  # noqa: E731
    X_new, y_new = PLANE[name](FRESH, stream(seed, name, "fresh"))
    return X, y, predict, accuracy(predict(X_new), y_new)


def fit(X, y, rng):
    """Softmax regression by descent on all examples, at a rate that cannot overshoot."""
    settings = Settings(softmax_regression.safe_learning_rate(X), len(y), UPDATES)
    return train(softmax_regression.start(X, y, int(y.max()) + 1), X, y, settings, rng)


def draw_borders(shown, found, seeds):
    """One panel a case: the regions of one seed's predictor under its training points."""
    title = "Straight borders suit blobs; circles need the two squares as columns\nDots: training "
    title += f"points of one seed; %: of fresh points, mean of {seeds} seeds"
    figure, axes = new_figure(title, rows=2, columns=3, width=9, height=6.8)
    for place, (name, (X, y, predict, _)) in zip(axes, shown.items()):
        decision_boundary(place, predict, X, y)
        label(place, "x1", "x2", f"{name}: {found[name]['mean']:.1%}", legend=False)
    return figure


# --- separable classes ---------------------------------------------------------------------------

RATE, PENALTY = 1.0, 0.01


def separable(run):
    """If a line divides the classes the weights still grow between 1,000 and 10,000 updates; with a
    penalty they end where Newton's method does (three seeds). Breast-cancer data is separable too.
    """
    seeds = run.seeds(3, quick=2)
    marks = [10**k for k in range(1, 4 if run.quick else 5)]
    data = [two_islands(stream(seed, "islands")) for seed in seeds]
    free = np.array([lengths(X, y, 0.0, marks) for X, y in data])  # (seeds, marks)
    held = np.array([lengths(X, y, PENALTY, marks) for X, y in data])
    best = [np.linalg.norm(logistic.newton(X, y, penalty=PENALTY)[0]) for X, y in data]

    run.figure(draw_lengths(marks, {"no penalty": free, f"penalty {PENALTY}": held}))
    run.record(
        config={"learning_rate": RATE, "penalty": PENALTY, "updates": marks},
        metrics={
            "length": {"no_penalty": free.mean(axis=0), "penalty": held.mean(axis=0)},
            "length_sd": {"no_penalty": free.std(axis=0), "penalty": held.std(axis=0)},
            "growth_per_tenfold_updates": np.diff(free.mean(axis=0)),
            "distance_from_the_minimum": np.abs(held[:, -1] - best).max(),
            "breast_cancer_is_separable": logistic.is_separable(*standardised_tumours()),
        },
    )


def lengths(X, y, penalty, marks):
    """|w| of logistic regression after each of the numbers of updates in `marks`."""
    found = {}

    def watch(updates, w, b):
        if updates in marks:
            found[updates] = float(np.linalg.norm(w))

    settings = Settings(RATE, len(y), marks[-1], penalty)  # an epoch of one batch is one update
    train(logistic.start(X, y), X, y, settings, stream(0, "order"), gradient=logistic.gradient,
          watch=watch)
    return [found[mark] for mark in marks]


def standardised_tumours():
    """All 569 of them: X (569, 30), y (569,)."""
    table = load_breast_cancer()
    return fit_standardiser(table.X)(table.X), table.y


def draw_lengths(marks, lengths):
    """|w| over the updates, mean and deviation over the seeds."""
    seeds = len(next(iter(lengths.values())))
    title = "Without a penalty |w| still grows between {:,} and {:,} updates"
    figure, (axes,) = new_figure(title.format(*marks[-2:]))
    axes.set_xscale("log")
    for (name, rows), style in zip(lengths.items(), ("o-", "s--")):
        axes.errorbar(marks, rows.mean(0), rows.std(0), fmt=style, capsize=3, label=name)
    axes.set_ylim(0)
    label(axes, "updates", f"|w|, mean and standard deviation of {seeds} seeds")
    return figure
