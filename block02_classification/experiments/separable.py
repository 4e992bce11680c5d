"""Separable classes without a penalty: the weights grow for ever."""

import numpy as np

from block02_classification import logistic
from block02_classification.experiments.seeds import several_seeds
from shared.data import blobs, fit_standardiser, load_breast_cancer
from shared.plots import label, new_figure
from shared.seeding import stream

CENTRES = np.array([[-2.0, 0.0], [2.0, 0.0]])
SPREAD, EXAMPLES = 0.5, 60
LEARNING_RATE = 1.0
PENALTY = 0.01


def two_islands(rng):
    """Two clouds far apart: X (60, 2), y (60,)."""
    return blobs(EXAMPLES, CENTRES, SPREAD, rng)


def lengths(X, y, penalty, marks):
    """|w| after each of the numbers of updates in `marks`."""
    path = logistic.descend(X, y, learning_rate=LEARNING_RATE, penalty=penalty)
    found, done = [], 0
    for mark in marks:
        for _ in range(mark - done):
            w, _ = next(path)
        done = mark
        found.append(float(np.linalg.norm(w)))
    return found


def breast_cancer_is_separable():
    """Whether some plane puts all 569 tumours on their right sides: Newton's method looks."""
    table = load_breast_cancer()
    try:
        logistic.newton(fit_standardiser(table.X)(table.X), table.y)
    except ValueError:
        return True
    return False


def without_a_penalty_the_weights_grow_for_ever(run):
    """|w| after 10, 100, ... updates on two islands, with and without L2."""
    seeds = several_seeds(run)
    marks = [10**k for k in range(1, 4 if run.quick else 5)]
    free, held, best = [], [], []
    for seed in seeds:
        X, y = two_islands(stream(seed, "islands"))
        free.append(lengths(X, y, 0.0, marks))
        held.append(lengths(X, y, PENALTY, marks))
        best.append(np.linalg.norm(logistic.newton(X, y, penalty=PENALTY)[0]))
    figure, (axes,) = new_figure("Without a penalty |w| grows for as long as one trains")
    axes.set_xscale("log")
    for name, rows, style in (("no penalty", free, "o-"), (f"L2 {PENALTY}", held, "s--")):
        axes.errorbar(marks, np.mean(rows, 0), np.std(rows, 0), fmt=style, capsize=3, label=name)
    label(axes, "updates", "|w|, mean and deviation over seeds")
    run.figure(figure, "separable")
    growth = np.diff(np.mean(free, axis=0))
    run.claim(
        "separable",
        "On separable classes every longer w has a smaller loss: each tenfold of the updates adds "
        "to |w| and it never settles; L2 gives it an end. The breast-cancer data is separable",
        seeds=seeds,
        config={"learning_rate": LEARNING_RATE, "penalty": PENALTY, "updates": marks},
        metrics={
            "length": {"no_penalty": np.mean(free, axis=0), "l2": np.mean(held, axis=0)},
            "growth_per_tenfold_updates": growth,
            "last_growth_over_previous": growth[-1] / growth[-2],
            "distance_from_l2_minimum": np.max(np.abs(np.array(held)[:, -1] - best)),
            "breast_cancer_is_separable": breast_cancer_is_separable(),
        },
    )
