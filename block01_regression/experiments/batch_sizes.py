"""Batch, mini-batch and stochastic descent: what a step costs, and how noisy it is."""

import numpy as np

from block01_regression.gradient_descent import descend
from block01_regression.losses import mse, predict
from block01_regression.normal_equation import normal_equation
from block01_regression.problems import plane
from block01_regression.train import losses_along
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream

EXAMPLES = 512
LEARNING_RATE = 0.02  # a single example's own limit, 2 / (2 |x|^2 + 2), is about 0.17
NEAR = 0.5  # above the best possible MSE
RUNS = {  # name: batch size, learning rate, colour
    "batch": (EXAMPLES, LEARNING_RATE, COLOURS[5]),
    "mini-batch": (32, LEARNING_RATE, COLOURS[2]),
    "stochastic": (1, LEARNING_RATE, COLOURS[3]),
    "stochastic, half the rate": (1, LEARNING_RATE / 2, COLOURS[4]),
}


def batch_sizes(run):
    """At one learning rate the smaller batch comes near the best loss on fewer examples and ends
    on a higher noise floor; half the rate lowers the floor of single examples.
    """
    seeds = run.seeds(5, quick=2)
    updates = 600 if run.quick else 3000
    excess = {
        name: np.array([excess_losses(seed, name, updates) for seed in seeds]) for name in RUNS
    }  # (seeds, updates + 1) each
    floors = {name: noise_floors(losses) for name, losses in excess.items()}
    updates_near = {name: updates_to_come_near(losses) for name, losses in excess.items()}
    seen = {name: RUNS[name][0] * near for name, near in updates_near.items()}
    run.figure(draw(excess))
    run.record(
        config={"examples": EXAMPLES, "updates": updates, "near": NEAR,
                "batch_size_and_rate": {name: setting[:2] for name, setting in RUNS.items()}},
        metrics={
            key: {name: {"mean": row.mean(), "sd": row.std()} for name, row in found.items()}
            for key, found in (("floor", floors), ("examples_to_come_near", seen),
                               ("updates_to_come_near", updates_near))
        },
    )


def excess_losses(seed, name, updates):
    """The MSE on all 512 above the best possible, at zero and after each update."""
    X, y = plane(EXAMPLES, stream(seed, "line"))
    batch_size, rate, _ = RUNS[name]
    rng = stream(seed, "order", name)
    path = descend(X, y, learning_rate=rate, batch_size=batch_size, rng=rng)
    return losses_along(path, X, y, updates) - mse(predict(X, *normal_equation(X, y)), y)


def noise_floors(losses):
    """The mean excess loss over the second half of each run, when progress has stopped: (S,)."""
    return losses[:, losses.shape[1] // 2 :].mean(axis=1)


def updates_to_come_near(losses):
    """After how many updates the loss of each run is first NEAR: (S,)."""
    return (losses < NEAR).argmax(axis=1)


def draw(excess):
    """The same runs over updates and over examples; means over windows that widen like 1.2^k."""
    title = "A small batch learns from fewer examples, then stays noisy"
    figure, axes = new_figure(title, columns=2, width=11)
    seeds, length = next(iter(excess.values())).shape
    edges = np.unique(np.geomspace(1, length, int(np.log(length) / np.log(1.2))).astype(int))
    for name, (batch_size, _, colour) in RUNS.items():
        windows = np.add.reduceat(excess[name].mean(axis=0), edges[:-1]) / np.diff(edges)
        middles = (edges[:-1] + edges[1:] - 1) / 2
        style = "--" if "half" in name else "-"
        for axis, x in zip(axes, (middles, middles * batch_size)):
            axis.loglog(x, windows, style, color=colour, label=f"{name} ({batch_size})")
            axis.set_ylim(1e-5, 30)
    y = "MSE above the best possible (units of y squared)"
    label(axes[0], "updates", y, f"mean of {seeds} seeds", legend=False)
    label(axes[1], "examples seen", "", "the same runs; 512 falls on to rounding", legend=False)
    axes[1].set_xlim(None, 1e6)
    axes[0].legend(loc="lower left")
    return figure
