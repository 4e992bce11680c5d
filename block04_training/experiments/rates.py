"""How exactly the learning rate has to be met, and what the scale of the inputs does to that."""

import numpy as np

from block04_training.experiments.landscapes import NAMES, RULES
from block04_training.experiments.problems import draw_by_rate, end, some_digits
from block04_training.train import OPTIMIZERS, Settings
from shared.plots import label, new_figure

PLAIN = Settings(sizes=(64, 64, 10), learning_rate=0.0, batch_size=64, epochs=8)
GRID = {
    "sgd": 10.0 ** np.arange(-2, 1.1, 0.5),
    "momentum": 10.0 ** np.arange(-3, 0.6, 0.5),
    "rmsprop": 10.0 ** np.arange(-3.5, 1.1, 0.5),
    "adam": 10.0 ** np.arange(-3, 1.1, 0.5),
}
NEAR = 0.03  # a good rate: accuracy within so much of the best of any optimizer
INPUTS = {"inputs": 1.0, "inputs / 10": 0.1}  # of deviation 1, and the same divided by ten


def learning_rates(run):
    """At their own best rates SGD, momentum, RMSProp and Adam read the digits about as well, and
    RMSProp and Adam have more good rates; inputs divided by ten leave SGD and momentum less than
    half of theirs, RMSProp and Adam more than half.

    Good is within three points of the best of all on the same seed, after eight epochs.
    """
    seeds = run.seeds(3)
    settings = PLAIN._replace(epochs=1, batch_size=192) if run.quick else PLAIN
    found = {
        (name, inputs): np.array([
            accuracies(settings._replace(optimizer=name), INPUTS[inputs], seed) for seed in seeds
        ])
        for inputs in INPUTS
        for name in run.progress(OPTIMIZERS, inputs)
    }  # (seeds, rates) each
    best = {i: np.max([found[name, i].max(axis=1) for name in OPTIMIZERS], axis=0) for i in INPUTS}
    metrics = {
        inputs: {name: summary(GRID[name], found[name, inputs], best[inputs] - NEAR)
                 for name in OPTIMIZERS}
        for inputs in INPUTS
    }
    kept = {name: metrics["inputs / 10"][name]["good_decades"] for name in OPTIMIZERS}
    run.figure(draw_rates(found, {i: b.mean() - NEAR for i, b in best.items()}, kept))
    run.record(config=settings._asdict() | {"rates": GRID, "near": NEAR}, metrics=metrics)


def accuracies(settings, scale, seed):
    """Validation accuracy at each rate of the optimizer's grid, inputs times `scale`."""
    X, y, X_validation, y_validation = some_digits(seed)
    data = scale * X, y, scale * X_validation, y_validation
    return [end(settings._replace(learning_rate=rate), data, seed)[1]
            for rate in GRID[settings.optimizer]]


def summary(rates, accuracy, thresholds):
    """The best rate and its accuracy, and the decades of good rates, with their spreads."""
    mean = accuracy.mean(axis=0)
    widths = [good_decades(rates, row, t) for row, t in zip(accuracy, thresholds)]
    return {
        "accuracy": mean,
        "best_rate": rates[mean.argmax()],
        "best_accuracy": mean.max(),
        "best_accuracy_sd": accuracy[:, mean.argmax()].std(),
        "good_decades": np.mean(widths),
        "good_decades_sd": np.std(widths),
    }


def good_decades(rates, accuracy, threshold):
    """How many decades of the rates are good, with straight lines between the points measured.

    >>> good_decades(np.array([0.1, 1.0, 10.0]), np.array([0.5, 0.9, 0.5]), 0.8)
    0.5
    """
    fine = np.linspace(*np.log10(rates[[0, -1]]), 10_001)
    good = np.interp(fine, np.log10(rates), accuracy) >= threshold
    return round(float(np.mean(good) * (fine[-1] - fine[0])), 3)


def draw_rates(found, thresholds, kept):
    """Accuracy over the learning rate, one line an optimizer, one panel a scale of the inputs."""
    title = "Good decades of rates left to inputs / 10: "
    title += ", ".join(f"{NAMES[name]} {decades:.1f}" for name, decades in kept.items())
    figure, axes = new_figure(title, columns=2, width=12, height=5)
    for axis, inputs in zip(axes, INPUTS):
        for name in OPTIMIZERS:
            x = draw_by_rate(axis, GRID[name], found[name, inputs], "-o",
                             color=RULES[name][1], label=NAMES[name])
        axis.axhline(thresholds[inputs], color="black", linestyle=":", label="good from here on")
        axis.set_ylim(0.85, 1)
        label(axis, x, "validation accuracy (0.85 and more)", inputs, legend=False)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
    return figure
