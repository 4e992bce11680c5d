"""MSE and MAE when some measurements are wrong."""

import numpy as np

from block01_regression.gradient_descent import after, descend
from block01_regression.losses import mae_gradient, predict
from block01_regression.normal_equation import normal_equation
from shared.plots import label, new_figure
from shared.seeding import stream

SLOPE, INTERCEPT, NOISE = 2.0, 1.0, 0.3  # the truth
EXAMPLES = 100
OUTLIER = 10.0  # all outliers lie above the line by this much
FRACTIONS = [0.0, 0.02, 0.05, 0.1, 0.2, 0.3]


def line_with_outliers(rng, fraction):
    """x (100, 1) in [-1, 1] and y (100,), the largest x of which read OUTLIER too high."""
    x = np.sort(rng.uniform(-1, 1, EXAMPLES))
    y = SLOPE * x + INTERCEPT + NOISE * rng.standard_normal(EXAMPLES)
    y[EXAMPLES - round(fraction * EXAMPLES) :] += OUTLIER
    return x[:, None], y


def mae_line(X, y, updates=4000):
    """The line of least absolute error by subgradient descent.

    A subgradient does not shrink near the minimum, so the step has to: it decays like 1 / t.
    """
    path = descend(
        X,
        y,
        learning_rate=1.0,  # crosses the range of y in ten steps
        decay=0.01,  # from update 100 on the steps shrink; the last is 1/41
        batch_size=len(y),
        loss_gradient=mae_gradient,
    )
    return after(updates, path)


def slopes(seed, fraction):
    """The slope of the MSE line and of the MAE line on one draw of the data."""
    X, y = line_with_outliers(stream(seed, "outliers"), fraction)
    return normal_equation(X, y)[0][0], mae_line(X, y)[0][0]


def the_mae_line_stays_where_the_mse_line_is_dragged_off(run):
    """More and more outliers at one end; how far does each line's slope move from its clean one?"""
    seeds = range(run.seed, run.seed + (3 if run.quick else 5))
    found = np.array([[slopes(s, f) for f in FRACTIONS] for s in seeds])  # (seeds, 6, 2)
    shift = np.abs(found - found[:, :1])  # from the same draw without outliers
    at = FRACTIONS.index(0.1)
    ratio = np.median(shift[:, at, 1] / shift[:, at, 0])

    figure, (left, right) = new_figure("One wrong reading in ten drags the MSE line", columns=2)
    X, y = line_with_outliers(stream(run.seed, "outliers"), 0.1)
    left.scatter(X[:, 0], y, s=12, color="grey", label="data, 10 % too high")
    left.plot(X[:, 0], predict(X, *normal_equation(X, y)), label="MSE line")
    left.plot(X[:, 0], predict(X, *mae_line(X, y)), "--", label="MAE line")
    label(left, "x", "y")
    mean, sd = shift.mean(axis=0), shift.std(axis=0)  # (6, 2)
    percent = 100 * np.array(FRACTIONS)
    right.errorbar(percent, mean[:, 0], sd[:, 0], fmt="-", capsize=3, label="MSE line")
    right.errorbar(percent, mean[:, 1], sd[:, 1], fmt="--", capsize=3, label="MAE line")
    label(right, "outliers (% of the examples)", "shift of the slope (truth: 2)")
    run.figure(figure, "outliers")
    run.claim(
        "outliers",
        "With 10 % outliers on one side the MAE line's slope moves a small part of what the MSE "
        "line's does; with 30 % at one end the MAE line breaks too",
        seeds=seeds,
        config={"examples": EXAMPLES, "noise": NOISE, "outlier": OUTLIER, "slope": SLOPE},
        metrics={
            "fractions": FRACTIONS,
            "mse_slope_shift": {"mean": mean[:, 0], "sd": sd[:, 0]},
            "mae_slope_shift": {"mean": mean[:, 1], "sd": sd[:, 1]},
            "ratio_at_10_percent": ratio,
        },
    )
    run.headline({"mae_slope_shift_over_mse_slope_shift": ratio})
