"""The digits in file order: whose handwriting is in the test set?"""

import numpy as np

from block02_classification.experiments.digits import EPOCHS, accuracy_of, digits, fit
from block02_classification.experiments.seeds import several_seeds
from shared.plots import label, new_figure
from shared.seeding import stream

FOLDS, PENALTY = 5, 1e-4


def fold_accuracies(X, y, order, rng, epochs):
    """Hold out each fifth of this order in turn: five test accuracies."""
    folds = np.array_split(order, FOLDS)
    accuracies = []
    for held_out in folds:
        rest = np.setdiff1d(order, held_out)
        model = fit(X[rest], y[rest], rng, penalty=PENALTY, epochs=epochs)
        accuracies.append(accuracy_of(model, X[held_out], y[held_out]))
    return accuracies


def draw_folds(in_order, shuffled):
    """One point for each held-out fifth."""
    figure, (axes,) = new_figure("A new writer's digits are harder than a known writer's")
    place = np.arange(1, FOLDS + 1)
    axes.plot(place, in_order, "o", markersize=9, label="cut from the file as it is: new writers")
    for i, accuracies in enumerate(shuffled):
        name = "cut after shuffling, three times: known writers" if i == 0 else None
        axes.plot(place + 0.1 * (i - 1), accuracies, "s", color="C1", label=name)
    axes.set_ylim(0.88, 1.0)
    axes.set_xticks(place)
    label(axes, "held-out fifth", "test accuracy")
    return figure


def shuffling_hides_that_new_writers_are_harder(run):
    """Five consecutive fifths of the file against fifths of three shuffled files."""
    seeds, (X, y) = several_seeds(run, 3), digits()
    epochs = EPOCHS // 4 if run.quick else EPOCHS
    rng = stream(run.seed, "file order")
    in_order = fold_accuracies(X, y, np.arange(len(y)), rng, epochs)
    shuffled = []
    for seed in run.progress(seeds, "shuffled files"):
        rng = stream(seed, "shuffled file")
        shuffled.append(fold_accuracies(X, y, rng.permutation(len(y)), rng, epochs))
    run.figure(draw_folds(in_order, np.array(shuffled)), "file_order")
    run.claim(
        "file_order",
        "The file is sorted by writer: fifths held out in file order are read worse than fifths "
        "held out after shuffling",
        seeds=seeds,
        config={"folds": FOLDS, "penalty": PENALTY, "epochs": epochs},
        metrics={
            "file_order": {
                "mean": np.mean(in_order), "sd": np.std(in_order), "each": in_order,
                "last_fifth": in_order[-1],
            },
            "shuffled": {"mean": np.mean(shuffled), "sd": np.std(shuffled)},
            "mistakes_ratio": (1 - np.mean(in_order)) / (1 - np.mean(shuffled)),
        },
    )  # fmt: skip
