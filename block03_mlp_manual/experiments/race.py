"""ReLU, tanh and sigmoid: updates to a fixed loss, each at its own best learning rate."""

import numpy as np

from block03_mlp_manual.activations import RELU, SIGMOID, TANH
from block03_mlp_manual.experiments.starts import some_digits
from block03_mlp_manual.experiments.training import sgd
from block03_mlp_manual.initialisation import he, xavier
from block03_mlp_manual.many_layers import forward, initialise
from shared.losses import cross_entropy
from shared.plots import COLOURS, MARKERS, label, new_figure
from shared.seeding import stream

WIDTH, CLASSES, BATCH_SIZE = 32, 10, 32
DEPTHS = (2, 5)
RATES = (0.1, 0.3, 1.0, 3.0, 10.0)
TARGET = 0.1  # nats on all 600 rows: about 98 % of them right
EVERY = 10  # updates between two looks at the loss
TUNING = 1000  # added to the run's seed: rates are chosen on other draws than they are tested


def xavier_times_four(fan_in, fan_out, rng):
    """Xavier's weights times 4, against the sigmoid's slope of 1/4."""
    return 4 * xavier(fan_in, fan_out, rng)


RACERS = {
    "ReLU": (RELU, he),
    "tanh": (TANH, xavier),
    "sigmoid": (SIGMOID, xavier),
    "sigmoid, 4 x Xavier": (SIGMOID, xavier_times_four),
}
KEYS = dict(zip(RACERS, ("relu", "tanh", "sigmoid", "sigmoid_times_four")))  # in results/


def updates_to_target(seed, name, depth, learning_rate, most):
    """Updates until the loss on all rows is at most TARGET; `most` where it is not reached."""
    X, y = some_digits(stream(seed, "race"))
    rng = stream(seed, "race", name, depth, learning_rate)
    sizes = [X.shape[1], *[WIDTH] * (depth - 1), CLASSES]
    activation, start = RACERS[name]
    layers = initialise(sizes, rng, start)
    settings = {"batch_size": BATCH_SIZE, "rng": rng, "activation": activation}
    try:
        for update, _ in enumerate(sgd(layers, X, y, learning_rate=learning_rate, **settings)):
            if update == most:
                break
            if update % EVERY:
                continue
            if cross_entropy(forward(layers, X, activation)[0], y) <= TARGET:
                return update
    except FloatingPointError:
        pass
    return most


def best_rate(counts):
    """The rate with the fewest updates: {rate: updates} -> rate."""
    return min(counts, key=counts.get)


def draw_race(tuned, most):
    """Updates to the target over the learning rate, one panel a depth."""
    title = "tanh keeps up with ReLU; the sigmoid needs a larger rate, and with 5 layers none helps"
    figure, axes = new_figure(title, columns=2, width=10)
    for axis, depth in zip(axes, DEPTHS):
        for name, colour, marker in zip(RACERS, COLOURS, MARKERS):
            updates = list(tuned[name, depth].values())
            axis.loglog(RATES, updates, marker + "-", color=colour, label=name)
        axis.axhline(most, color="0.7", linewidth=1, zorder=0)
        axis.text(RATES[0], most * 1.07, "not reached", fontsize=9)
        axis.set_ylim(10, most * 1.5)
        y = f"updates to a loss of {TARGET} nats"
        label(axis, "learning rate", y, f"{depth} layers", legend=depth == DEPTHS[0])
    return figure


def tanh_keeps_up_with_relu_and_the_sigmoid_comes_late(run):
    """Rates chosen on one draw, counted on five others; 2 and 5 layers."""
    seeds = list(range(run.seed, run.seed + (1 if run.quick else 5)))
    most = 60 if run.quick else 250
    tuned, metrics = {}, {}
    for depth in DEPTHS:
        for name in RACERS:
            tuning = run.seed + TUNING
            counts = {r: updates_to_target(tuning, name, depth, r, most) for r in RATES}
            rate = best_rate(counts)
            found = [updates_to_target(seed, name, depth, rate, most) for seed in seeds]
            tuned[name, depth] = counts
            metrics.setdefault(f"{depth}_layers", {})[KEYS[name]] = {
                "best_rate": rate,
                "updates": found,
                "updates_mean": np.mean(found),
                "updates_sd": np.std(found),
                "reached": sum(updates < most for updates in found),
                "tuning_updates": list(counts.values()),
            }
    run.figure(draw_race(tuned, most), "race")
    run.claim(
        "race",
        "Each at its best rate, tanh reaches the loss as soon as ReLU; the sigmoid keeps up at a "
        "larger rate with two layers, and with five it needs weights four times Xavier's",
        seeds=seeds,
        config={
            "target": TARGET, "rates": RATES, "width": WIDTH, "batch_size": BATCH_SIZE,
            "most": most, "looked_every": EVERY, "tuning_seed": run.seed + TUNING,
        },
        metrics=metrics,
    )  # fmt: skip
