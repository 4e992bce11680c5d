"""What an optimizer makes of a valley, along the axes and turned."""

import numpy as np

from block04_training.optimizers import START, adam, momentum, rmsprop, sgd
from shared.plots import COLOURS, label, new_figure

RULES = {  # name: rule, its colour in every picture of the block
    "sgd": (sgd, COLOURS[0]),
    "momentum": (momentum, COLOURS[1]),
    "rmsprop": (rmsprop, COLOURS[2]),
    "adam": (adam, COLOURS[3]),
}
NAMES = {"sgd": "SGD", "momentum": "momentum", "rmsprop": "RMSProp", "adam": "Adam"}
RATES = 10.0 ** np.arange(-4, 0.6, 0.25)
STEPS = 100


def valley(w):
    """(x^2 + 100 y^2) / 2 and its gradient: a hundred times as steep across as along.

    w (..., 2)  ->  loss (...), gradient (..., 2)
    """
    scale = np.array([1.0, 100.0])
    return w**2 @ scale / 2, scale * w


TURN = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)  # 45 degrees


def turned_valley(w):
    """The same valley turned: no axis points along it."""
    loss, gradient = valley(w @ TURN)
    return loss, gradient @ TURN.T


START_AT = np.array([-9.0, 1.5])
LANDSCAPES = {
    "valley": (valley, START_AT),
    "turned valley": (turned_valley, TURN @ START_AT),
}


def paths(run):
    """Down a valley a hundred times as steep across as along, momentum and Adam end far below SGD
    after as many steps, along an axis or turned by 45 degrees; RMSProp does along an axis alone.

    Each at the best of 19 rates, by the mean loss along the path.
    """
    found = {(land, rule): best_walk(rule, land) for land in LANDSCAPES for rule in RULES}
    run.figure(draw(found))
    run.record(
        config={"steps": STEPS, "rates": RATES},
        metrics={
            land: {rule: {"rate": found[land, rule][0], "loss": found[land, rule][2][-1]}
                   for rule in RULES}
            for land in LANDSCAPES
        },
    )


def walks(rule, land):
    """The places of one optimizer at all rates at once, (steps + 1, rates, 2), and the losses."""
    (function, start), rule = LANDSCAPES[land], RULES[rule][0]
    w, state = np.tile(start, (len(RATES), 1)), START[rule]  # (rates, 2)
    places = [w]
    with np.errstate(over="ignore", invalid="ignore"):  # rates that are too large run away
        for _ in range(STEPS):
            w, state = rule(w, function(w)[1], state, learning_rate=RATES[:, None])
            places.append(w)
        return np.array(places), function(np.array(places))[0]


def best_walk(rule, land):
    """(rate, places, losses) of the learning rate whose losses are the lowest on average.

    The average and not the end: a wild path that ends low by luck is no good rate.
    """
    places, losses = walks(rule, land)
    mean = np.where(np.isfinite(losses).all(axis=0), losses.mean(axis=0), np.inf)
    best = mean.argmin()
    return float(RATES[best]), places[:, best], losses[:, best]


def draw(found):
    """One panel for each landscape and optimizer: height lines, the path, start and bottom."""
    title = "100 steps from the star towards the cross, each optimizer at its best of 19 rates"
    figure, axes = new_figure(title, rows=2, columns=4, width=13, height=6.2)
    grid = np.meshgrid(np.linspace(-11, 5, 160), np.linspace(-9, 7, 160))
    for axis, ((land, rule), (rate, places, losses)) in zip(axes, found.items()):
        function, start = LANDSCAPES[land]
        heights = function(np.stack(grid, axis=-1))[0]
        axis.contour(*grid, np.log10(heights + 1e-3), 12, colors="0.8", linewidths=0.8, zorder=0)
        axis.plot(*places.T, "-o", color=RULES[rule][1], markersize=3, linewidth=1)
        axis.plot(*start, "k*", markersize=12)
        axis.plot(0, 0, "kx", markersize=10, markeredgewidth=2)
        axis.set(xlim=(-11, 5), ylim=(-9, 7), aspect="equal")
        label(axis, "x", "y", f"{land}, {NAMES[rule]}\nrate {rate:.2g}, ends at {losses[-1]:.1e}")
        axis.title.set_fontsize(10)
    return figure
