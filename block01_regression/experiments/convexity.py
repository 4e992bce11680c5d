"""Four losses of one weight: where 100 random starts end, and which chords run below the curve."""

import numpy as np

from block01_regression.convexity import chord_below, funnel, line, slide, walk_down, wave
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream

STARTS, UPDATES = 100, 2000
RANGE = 8.0  # starts, and ends of chords, lie between -8 and 8
LOSSES = {
    "convex, with a bottom": line,
    "convex, without a bottom": lambda x: slide(),
    "not convex, one valley": lambda x: funnel(),
    "not convex, many valleys": wave,
}


def convexity(run):
    """On a convex loss no start is caught in a false valley, but there need not be a bottom to
    arrive at; without convexity there may still be one valley, or many that catch most starts.
    """
    seeds = run.seeds(5, quick=2)
    found = {name: [explore(seed, name) for seed in seeds] for name in LOSSES}
    run.figure(draw(found))
    run.record(
        config={"starts": STARTS, "updates": UPDATES, "range": [-RANGE, RANGE]},
        metrics={
            name: {key: np.mean([f[key] for f in each]) for key in ("lowest", "chords", "moved")}
            for name, each in found.items()
        },
    )


def explore(seed, name):
    """One draw: how many of 100 starts end at the lowest place of the range ("lowest"), the share
    of chords below the curve ("chords"), and how far the second half of the walk still goes."""
    rng = stream(seed, "convexity", name)
    loss = LOSSES[name](rng.uniform(-3, 3, 30))
    halfway = walk_down(loss, rng.uniform(-RANGE, RANGE, STARTS), UPDATES // 2)
    ends = walk_down(loss, halfway, UPDATES // 2)
    grid = np.linspace(-RANGE - 2, RANGE + 2, 801)
    curve = loss.value(grid)
    return {
        "lowest": np.sum(loss.value(ends) < curve.min() + 0.01),
        "chords": np.mean(chord_below(loss, *rng.uniform(-RANGE, RANGE, (2, 1000)))),
        "moved": np.mean(np.abs(ends - halfway)),
        "curve": (grid, curve),
        "ends": (ends, loss.value(ends)),
    }


def draw(found):
    """The four losses of the first seed, and where its starts end."""
    title = "A convex loss has no false valleys; others may have many, or none"
    figure, axes = new_figure(title, rows=2, columns=2, width=10, height=7)
    for axis, (name, each) in zip(axes, found.items()):
        axis.plot(*each[0]["curve"], color="grey", label="loss")
        axis.plot(*each[0]["ends"], "o", color=COLOURS[1], label=f"ends of {STARTS} starts")
        axis.set_xlim(-RANGE - 2, RANGE + 2)
        label(axis, "w", "loss", f"{name} (one draw)", legend=axis is axes[0])
    return figure
