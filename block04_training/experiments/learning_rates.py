"""What an optimizer makes of a landscape, and how exactly its learning rate has to be met."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from block04_training.experiments.network import digits, train_plainly, validation_part
from block04_training.optimizers import adam, momentum, nesterov, rmsprop, sgd
from shared import optim
from shared.plots import label, new_figure

# --- two landscapes ------------------------------------------------------------------------------

RULES = {"sgd": sgd, "momentum": momentum, "nesterov": nesterov, "rmsprop": rmsprop, "adam": adam}
MARKS = ["o", "s", "^", "D", "v"]
RATES = 10.0 ** np.arange(-4, 0.6, 0.25)


def valley(w):
    """(x^2 + 100 y^2) / 2 and its gradient: a hundred times as steep across as along.

    w (..., 2)  ->  loss (...), gradient (..., 2)
    """
    scale = np.array([1.0, 100.0])
    return w**2 @ scale / 2, scale * w


def turned_valley(w):
    """The same valley turned by 45 degrees: no axis points along it."""
    turn = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)
    loss, gradient = valley(w @ turn)
    return loss, gradient @ turn.T


def rosenbrock(w):
    """(1 - x)^2 + 100 (y - x^2)^2 and its gradient: a bent valley, the bottom at (1, 1)."""
    x, y = w[..., 0], w[..., 1]
    off = y - x * x
    gradient = np.stack([-2 * (1 - x) - 400 * x * off, 200 * off], axis=-1)
    return (1 - x) ** 2 + 100 * off**2, gradient


class Landscape(NamedTuple):
    function: Callable
    start: tuple[float, float]
    bottom: tuple[float, float]
    steps: int
    x_limits: tuple[float, float]
    y_limits: tuple[float, float]


LANDSCAPES = {
    "valley": Landscape(valley, (-9.0, 1.5), (0, 0), 100, (-10, 4), (-2, 2)),
    "turned valley": Landscape(turned_valley, (-7.42, -5.3), (0, 0), 100, (-9, 3), (-9, 3)),
    "rosenbrock": Landscape(rosenbrock, (-1.2, 1.0), (1, 1), 1000, (-1.6, 1.6), (-0.6, 1.8)),
}


def walks(rule, land):
    """The places of one optimizer at all rates at once, (steps + 1, rates, 2), and the losses."""
    w, state = np.tile(land.start, (len(RATES), 1)), ()  # (rates, 2)
    path = [w]
    with np.errstate(over="ignore", invalid="ignore"):  # rates that are too large run away
        for _ in range(land.steps):
            gradient = land.function(w)[1]
            w, *state = rule(w, gradient, *state, learning_rate=RATES[:, None])
            path.append(w)
        path = np.array(path)
        return path, land.function(path)[0]


def best_walk(rule, land):
    """(rate, path, losses) of the learning rate whose losses are the lowest on average.

    The average and not the end: a wild path that ends low by luck is no good rate.
    """
    paths, losses = walks(rule, land)
    mean = np.where(np.isfinite(losses).all(axis=0), losses.mean(axis=0), np.inf)
    best = mean.argmin()
    return float(RATES[best]), paths[:, best], losses[:, best]


def draw_paths(above, below, name, found):
    """Above: height lines and the paths. Below: the losses on them."""
    land = LANDSCAPES[name]
    grid = np.meshgrid(np.linspace(*land.x_limits, 200), np.linspace(*land.y_limits, 200))
    heights = land.function(np.stack(grid, axis=-1))[0]
    above.contour(*grid, np.log10(heights + 1e-3), 12, colors="lightgrey", linewidths=0.8)
    above.plot(*land.start, "k*", markersize=12)
    above.plot(*land.bottom, "kx", markersize=10)
    every = max(1, land.steps // 50)
    for (rule, (rate, path, losses)), mark in zip(found.items(), MARKS):
        above.plot(*path.T, f"-{mark}", markersize=3, linewidth=1, markevery=every)
        below.semilogy(losses, label=f"{rule}, rate {rate:.2g}")
    above.set(xlim=land.x_limits, ylim=land.y_limits)
    below.set(ylim=(1e-9, None))
    label(above, "x", "y", name)
    label(below, "step", "loss")


def momentum_and_adam_cross_the_valley_that_sgd_crawls_along(run):
    """Each optimizer at its own best rate on each landscape, from the star to the cross."""
    figure, axes = new_figure(
        "Momentum outruns SGD everywhere; RMSProp needs the valley to lie along an axis",
        rows=2, columns=3, width=13, height=8,
    )  # fmt: skip
    metrics = {}
    for i, (name, land) in enumerate(LANDSCAPES.items()):
        found = {rule_name: best_walk(rule, land) for rule_name, rule in RULES.items()}
        draw_paths(axes[i], axes[3 + i], name, found)
        metrics[name.replace(" ", "_")] = {
            rule: {"rate": rate, "loss": losses[-1]} for rule, (rate, _, losses) in found.items()
        }
    run.figure(figure, "paths")
    run.claim(
        "paths",
        "Along an ill-conditioned valley, turned or not, and on Rosenbrock's, momentum ends lower "
        "than SGD after as many steps, each at its best rate; RMSProp excels only along an axis",
        seeds=[],
        config={"steps": {n: land.steps for n, land in LANDSCAPES.items()}, "rates": RATES},
        metrics=metrics,
    )


# --- the digits over a grid of rates -------------------------------------------------------------

BUILDERS = {
    "sgd": optim.SGD,
    "momentum": lambda parameters, rate: optim.SGD(parameters, rate, momentum=0.9),
    "rmsprop": optim.RMSProp,
    "adam": optim.Adam,
}
LOWEST = {"sgd": -2.0, "momentum": -3.0, "rmsprop": -4.0, "adam": -4.0}  # powers of ten
DIGIT_RATES = {name: 10.0 ** (low + 0.5 * np.arange(8)) for name, low in LOWEST.items()}
NEAR = 0.03  # a good rate: accuracy within so much of the best of any optimizer


def good_decades(rates, accuracy, threshold):
    """How many decades of the rates are good, with straight lines between the points measured.

    >>> good_decades(np.array([0.1, 1.0, 10.0]), np.array([0.5, 0.9, 0.5]), 0.8)
    0.5
    """
    fine = np.linspace(*np.log10(rates[[0, -1]]), 10_001)
    good = np.interp(fine, np.log10(rates), accuracy) >= threshold
    return round(float(np.mean(good) * (fine[-1] - fine[0])), 3)


def digit_accuracies(name, parts, seeds, epochs):
    """Validation accuracy of one optimizer: (seeds, rates)."""
    settings = {"sizes": [64, 64, 10], "epochs": epochs, "batch_size": 64}
    return np.array(
        [
            [
                train_plainly(part, BUILDERS[name], learning_rate=rate, seed=seed, **settings)[0]
                for rate in DIGIT_RATES[name]
            ]
            for part, seed in zip(parts, seeds)
        ]
    )


def the_good_learning_rates_of_each_optimizer(run):
    """Validation accuracy of each optimizer over eight rates, several seeds; widths by seed."""
    seeds = list(range(run.seed, run.seed + (1 if run.quick else 4)))
    epochs = 2 if run.quick else 8
    parts = [validation_part(digits(seed)) for seed in seeds]
    found = {
        name: digit_accuracies(name, parts, seeds, epochs)
        for name in run.progress(BUILDERS, "learning rates")
    }
    thresholds = np.max([rows.max(axis=1) for rows in found.values()], axis=0) - NEAR  # (seeds,)
    widths = {
        name: [good_decades(DIGIT_RATES[name], row, t) for row, t in zip(rows, thresholds)]
        for name, rows in found.items()
    }
    figure, (axes,) = new_figure(
        "Adam has the widest range of good learning rates; each ends in a cliff"
    )
    for (name, rows), mark in zip(found.items(), MARKS):
        text = f"{name}: {np.mean(widths[name]):.1f} decades"
        axes.semilogx(DIGIT_RATES[name], rows.mean(axis=0), f"-{mark}", label=text)
    axes.axhline(thresholds.mean(), color="black", linestyle=":", label="good from here on")
    label(axes, "learning rate", "validation accuracy (digits)")
    axes.legend(loc="center right")
    run.figure(figure, "learning_rates")
    run.claim(
        "learning_rates",
        "The decades of good learning rates of each optimizer on the digits",
        seeds=seeds,
        config={"rates": DIGIT_RATES, "epochs": epochs, "near": NEAR, "sizes": [64, 64, 10]},
        metrics={
            name: {
                "accuracy": rows.mean(axis=0),
                "good_decades": np.mean(widths[name]),
                "good_decades_sd": np.std(widths[name]),
                "widest_of_all": sum(
                    widths[name][k] == max(w[k] for w in widths.values()) for k in range(len(seeds))
                ),
                "best_accuracy": rows.max(axis=1).mean(),
                "best_rate": DIGIT_RATES[name][rows.mean(axis=0).argmax()],
            }
            for name, rows in found.items()
        },
    )
