"""Standardising: the same line, thousands of times fewer steps."""

import numpy as np

from block01_regression.features import in_raw_units
from block01_regression.gradient_descent import descend, hessian, learning_rate_limit
from block01_regression.losses import mse, predict
from block01_regression.normal_equation import normal_equation
from shared.data import fit_standardiser, load_diabetes
from shared.plots import label, loss_curves, new_figure

TOLERANCE = 1.1  # done within 10 % of the best possible loss


def updates_needed(X, y, most):
    """Losses of batch descent at half the largest stable rate, until within TOLERANCE or `most`."""
    target = TOLERANCE * mse(predict(X, *normal_equation(X, y)), y)
    path = descend(X, y, learning_rate=learning_rate_limit(X) / 2, batch_size=len(y))
    losses = []
    for _ in range(most):
        losses.append(mse(predict(X, *next(path)), y))
        if losses[-1] <= target:
            break
    return losses


def standardising_saves_thousands_of_updates(run):
    """The diabetes columns as measured, in years and mg/dl, against mean 0 and deviation 1."""
    table = load_diabetes()
    standardiser = fit_standardiser(table.X)
    columns = {"as_measured": table.X, "standardised": standardiser(table.X)}
    most = 2_000 if run.quick else 60_000
    losses = {name: updates_needed(X, table.y, most) for name, X in columns.items()}
    updates = {name: len(curve) for name, curve in losses.items()}

    figure, (axes,) = new_figure("The same data, the same best line: only the scale differs")
    curves = {n.replace("_", " "): (np.arange(1, len(c) + 1), c) for n, c in losses.items()}
    loss_curves(axes, curves)
    axes.set_xscale("log")
    best = mse(predict(table.X, *normal_equation(table.X, table.y)), table.y)
    axes.axhline(TOLERANCE * best, color="black", linestyle=":", label="10 % above the best")
    label(axes, "update (log scale)", "mean squared error (target units squared)")
    run.figure(figure, "scaling")

    w, b = in_raw_units(*normal_equation(standardiser(table.X), table.y), standardiser)
    w_raw, b_raw = normal_equation(table.X, table.y)
    speedup = updates["as_measured"] / updates["standardised"]
    run.claim(
        "scaling",
        "Standardising divides the number of updates to 10 % above the best loss by thousands, "
        "and changes nothing about the line",
        seeds=[],
        config={"tolerance": TOLERANCE, "most_updates": most, "rate": "1 / lambda_max"},
        metrics={
            "updates": updates,
            "capped": updates["as_measured"] == most,
            "condition_of_hessian": {n: np.linalg.cond(hessian(X)) for n, X in columns.items()},
            "largest_learning_rate": {n: learning_rate_limit(X) for n, X in columns.items()},
            "same_line_max_abs_difference": max(np.max(np.abs(w - w_raw)), abs(b - b_raw)),
        },
    )
    run.headline({"standardising_speedup": speedup})
