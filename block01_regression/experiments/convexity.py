"""Convex and not: where 100 random starts end."""

import numpy as np

from shared.plots import label, new_figure
from shared.seeding import stream

STARTS = 100
UPDATES = 2000
TRUTH = 3.0  # the slope of the line, and the frequency of the wave


def line_loss(w, x, y):
    """Mean of (w x - y)^2 for each w: (S,) -> (S,). A parabola in w: convex."""
    return np.mean((np.outer(w, x) - y) ** 2, axis=1)


def line_slope(w, x, y):
    """d line_loss / dw = mean of 2 (w x - y) x. (S,)"""
    return np.mean(2 * (np.outer(w, x) - y) * x, axis=1)


def wave_loss(w, x, y):
    """Mean of (sin(w x) - y)^2 for each w: (S,) -> (S,). Hills and valleys in w: not convex."""
    return np.mean((np.sin(np.outer(w, x)) - y) ** 2, axis=1)


def wave_slope(w, x, y):
    """d wave_loss / dw = mean of 2 (sin(w x) - y) cos(w x) x. (S,)"""
    angle = np.outer(w, x)  # (S, N)
    return np.mean(2 * (np.sin(angle) - y) * np.cos(angle) * x, axis=1)


def walk_down(slope, starts, x, y, learning_rate=0.02):
    """Gradient descent from every start at once: (S,) -> (S,)."""
    w = starts.copy()
    for _ in range(UPDATES):
        w -= learning_rate * slope(w, x, y)
    return w


def a_convex_loss_has_one_end_for_every_start(run):
    """The same 100 starts on a line's loss and on a sine's."""
    rng = stream(run.seed, "convexity")
    x = rng.uniform(-3, 3, 100)
    starts = rng.uniform(-10, 10, STARTS)
    problems = {
        "convex: y = w x": (line_loss, line_slope, TRUTH * x),
        "not convex: y = sin(w x)": (wave_loss, wave_slope, np.sin(TRUTH * x)),
    }
    figure, axes = new_figure("Downhill ends in one place only if the loss is convex", columns=2)
    metrics = {}
    for ax, (name, (loss, slope, y)) in zip(axes, problems.items()):
        ends = walk_down(slope, starts, x, y)
        grid = np.linspace(-10.5, 10.5, 600)
        ax.plot(grid, loss(grid, x, y), color="grey", label="loss")
        ax.plot(ends, loss(ends, x, y), "o", color="#D55E00", label="where 100 starts end")
        label(ax, "w (truth: 3)", "mean squared error", name, legend=ax is axes[0])
        metrics[name.split(":")[0].replace(" ", "_")] = {
            "different_ends": len(np.unique(np.round(ends, 2))),
            "starts_at_the_truth": int(np.sum(np.abs(ends - TRUTH) < 0.01)),
            "worst_end_loss": float(loss(ends, x, y).max()),
        }
    run.figure(figure, "convexity")
    run.claim(
        "convexity",
        "On a convex loss all of 100 starts reach the truth; on a non-convex one most do not",
        seeds=[run.seed],
        config={"starts": STARTS, "updates": UPDATES, "examples": 100},
        metrics=metrics,
    )
