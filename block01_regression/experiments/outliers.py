"""MSE and MAE: what a few wrong readings do to a line."""

import numpy as np

from block01_regression.gradient_descent import exact_mae_line
from block01_regression.losses import predict
from block01_regression.normal_equation import normal_equation
from block01_regression.problems import LINE_NOISE, SLOPE, TOO_HIGH, line_with_outliers
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream

EXAMPLES = 100
FRACTIONS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.25, 0.3)


def outliers(run):
    """With one reading in ten too high, all at one end, the MAE line's slope moves a small part of
    what the MSE line's does; with a quarter it depends on the draw, with three in ten it breaks.
    """
    seeds = run.seeds(5, quick=3)
    slopes = np.array([[both_slopes(s, f) for f in FRACTIONS] for s in seeds])  # (S, 7, 2)
    shift = np.abs(slopes - slopes[:, :1])  # from the same draw without outliers
    mean, sd = shift.mean(axis=0), shift.std(axis=0)  # (7, 2)
    run.figure(draw_outliers(run.seed, mean, sd, len(seeds)))
    run.record(
        config={"examples": EXAMPLES, "noise": LINE_NOISE, "too_high": TOO_HIGH, "slope": SLOPE},
        metrics={
            f"{100 * fraction:.0f}_percent": {
                "mse_slope_shift": {"mean": mean[i, 0], "sd": sd[i, 0]},
                "mae_slope_shift": {"mean": mean[i, 1], "sd": sd[i, 1]},
            }
            for i, fraction in enumerate(FRACTIONS)
        },
    )
    at_10 = mean[FRACTIONS.index(0.1)]
    run.headline({"mae_slope_shift_over_mse_slope_shift": at_10[1] / at_10[0]})


def both_slopes(seed, fraction):
    """The slope of the MSE line and of the MAE line on one draw of the data."""
    X, y = line_with_outliers(EXAMPLES, fraction, stream(seed, "outliers"))
    return normal_equation(X, y)[0][0], exact_mae_line(X, y)[0][0]


def draw_outliers(seed, mean, sd, count):
    """Left: one draw and its two lines. Right: how far the slopes move, over all draws."""
    title = "One wrong reading in ten drags the MSE line off; three in ten the MAE line too"
    figure, (left, right) = new_figure(title, columns=2, width=10)
    X, y = line_with_outliers(EXAMPLES, 0.1, stream(seed, "outliers"))
    left.scatter(X[:, 0], y, s=12, color="grey", label="data; 10 of 100 read 10 too high")
    lines = {"MSE line": normal_equation(X, y), "MAE line": exact_mae_line(X, y)}
    percent = 100 * np.array(FRACTIONS)
    for i, (name, line) in enumerate(lines.items()):
        style = {"color": COLOURS[3 + i], "linestyle": ("-", "--")[i], "label": name}
        left.plot(X[:, 0], predict(X, *line), **style)
        right.errorbar(percent, mean[:, i], sd[:, i], capsize=3, **style)
    label(left, "x", "y", "one draw")
    title = f"mean and standard deviation of {count} draws"
    label(right, "outliers (% of the examples)", "shift of the slope (truth: 2)", title)
    return figure
