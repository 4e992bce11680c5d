"""How exactly the learning rate has to be met, and how it should change while training."""

import numpy as np

from block04_training.experiments.landscapes import NAMES, RULES
from block04_training.experiments.problems import some_digits
from block04_training.train import OPTIMIZERS, SCHEDULES, Settings, evaluate, trained
from shared.checks import NonFiniteError
from shared.plots import COLOURS, label, new_figure

GUESS = np.log(10)  # nats: what a run that diverged is given, and 0.1 as its accuracy


def end(settings, data, seed):
    """(validation loss, validation accuracy) after training; of a diverged run as by guessing."""
    X, y, X_validation, y_validation = data
    try:
        network = trained(settings, X, y, seed)
        found = evaluate(network, X_validation, y_validation)
    except NonFiniteError:
        return GUESS, 0.1
    return found


# --- the range of good rates ---------------------------------------------------------------------

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

    Good is within three points of the best of all, after eight epochs.
    """
    seeds = run.seeds(3)
    settings = PLAIN._replace(epochs=1) if run.quick else PLAIN
    found = {
        (name, inputs): np.array([
            accuracies(settings._replace(optimizer=name), INPUTS[inputs], seed) for seed in seeds
        ])
        for inputs in INPUTS
        for name in run.progress(OPTIMIZERS, inputs)
    }  # (seeds, rates) each  # fmt: skip
    best = {i: np.max([found[name, i].max(axis=1) for name in OPTIMIZERS], axis=0) for i in INPUTS}
    run.figure(draw_rates(found, {i: b.mean() - NEAR for i, b in best.items()}, settings.epochs))
    run.record(
        config=settings._asdict() | {"rates": GRID, "near": NEAR},
        metrics={
            inputs: {name: summary(GRID[name], found[name, inputs], best[inputs] - NEAR)
                     for name in OPTIMIZERS}
            for inputs in INPUTS
        },
    )  # fmt: skip


def accuracies(settings, scale, seed):
    """Validation accuracy at each rate of the optimizer's grid, inputs times `scale`."""
    X, y, X_validation, y_validation = some_digits(seed)
    data = scale * X, y, scale * X_validation, y_validation
    return [end(settings._replace(learning_rate=rate), data, seed)[1]
            for rate in GRID[settings.optimizer]]  # fmt: skip


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


def draw_rates(found, thresholds, epochs):
    """Accuracy over the learning rate, one line an optimizer, one panel a scale of the inputs."""
    title = "Smaller inputs cost SGD and momentum most of their good rates, RMSProp and Adam few"
    figure, axes = new_figure(title, columns=2, width=12, height=5)
    for axis, inputs in zip(axes, INPUTS):
        for name in OPTIMIZERS:
            rows = found[name, inputs]
            axis.errorbar(GRID[name], rows.mean(axis=0), rows.std(axis=0), fmt="-o", capsize=3,
                          color=RULES[name][1], label=NAMES[name])  # fmt: skip
        axis.axhline(thresholds[inputs], color="black", linestyle=":", label="good from here on")
        axis.set(xscale="log", ylim=(0, 1))
        y = f"validation accuracy after {epochs} epochs" if axis is axes[0] else ""
        count = len(found[name, inputs])
        x = f"learning rate (bars: standard deviation over {count} seeds)"
        label(axis, x, y, inputs, legend=False)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
    return figure


# --- schedules -----------------------------------------------------------------------------------

SCHEDULED = Settings(
    sizes=(64, 64, 64, 10), learning_rate=0.0, batch_size=64, epochs=10, optimizer="momentum"
)
PEAKS = (0.03, 0.1, 0.3)  # at 1 every schedule diverges
LOOKS = {"constant": (COLOURS[7], "o"), "step": (COLOURS[4], "s"), "cosine": (COLOURS[5], "^"),
         "warm-up, cosine": (COLOURS[6], "D")}  # fmt: skip


def schedules(run):
    """A rate that falls forgives a peak three times above the best, and a constant rate does not;
    at the best peak no schedule ends at a lower validation loss than the constant rate.

    Ten epochs, momentum; cosine, steps, and a warm-up before the cosine.
    """
    seeds = run.seeds(5)
    settings = SCHEDULED._replace(epochs=1) if run.quick else SCHEDULED
    parts = [(some_digits(seed), seed) for seed in seeds]
    found = {
        name: np.array([[end(settings._replace(schedule=name, learning_rate=peak), *part)[0]
                         for part in parts] for peak in PEAKS])
        for name in run.progress(SCHEDULES, "schedules")
    }  # (peaks, seeds) each  # fmt: skip
    run.figure(draw_schedules(found, len(seeds)))
    best = {name: losses[losses.mean(axis=1).argmin()] for name, losses in found.items()}
    run.record(
        config=settings._asdict() | {"peaks": PEAKS},
        metrics={
            name: {
                "peak": PEAKS[losses.mean(axis=1).argmin()],
                "loss": best[name].mean(), "loss_sd": best[name].std(),
                "gain_over_constant": (best["constant"] - best[name]).mean(),
                "gain_over_constant_sd": (best["constant"] - best[name]).std(),
                "seeds_below_constant": np.sum(best[name] < best["constant"]),
                "loss_by_peak": losses.mean(axis=1), "sd_by_peak": losses.std(axis=1),
            }
            for name, losses in found.items()
        },
    )  # fmt: skip


def draw_schedules(found, count):
    """Left: the schedules. Right: the validation loss over the peak."""
    title = "At the highest peak a constant rate ends above every rate that falls"
    figure, (left, right) = new_figure(title, columns=2, width=11)
    total, places = 180, np.arange(len(PEAKS))
    for i, (name, losses) in enumerate(found.items()):
        colour, marker = LOOKS[name]
        left.plot([SCHEDULES[name](t, total) for t in range(total)], color=colour, label=name)
        beside = places + 0.06 * (i - 1.5)
        right.plot(beside, losses.mean(axis=1), color=colour)
        right.plot(beside, losses, marker, color=colour, markersize=4)
    right.set_xticks(places, [f"{peak:g}" for peak in PEAKS])
    right.set_yscale("log")
    label(left, "step", "learning rate / peak", legend=False)
    x = f"peak learning rate (line: mean, points: {count} seeds)"
    label(right, x, "validation loss (nats)")
    figure.legend(loc="outside lower center", ncols=4)
    return figure
