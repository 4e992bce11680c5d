"""The learning rate: too large explodes, too small stalls, and the border is known beforehand."""

import numpy as np

from block01_regression.gradient_descent import after, descend, learning_rate_limit
from block01_regression.losses import mse, predict
from block01_regression.normal_equation import normal_equation
from shared.data import fit_standardiser, load_diabetes
from shared.plots import label, loss_curves, new_figure


def standardised_diabetes():
    """X (442, 10) with mean 0 and deviation 1 in every column, y (442,)."""
    table = load_diabetes()
    return fit_standardiser(table.X)(table.X), table.y


def loss_path(X, y, learning_rate, updates):
    """The MSE before the first update and after each, (updates + 1,); stops where it diverges."""
    losses = [mse(np.zeros(len(y)), y)]
    path = descend(X, y, learning_rate=learning_rate, batch_size=len(y))
    try:
        for _ in range(updates):
            losses.append(mse(predict(X, *next(path)), y))
    except FloatingPointError:
        pass
    return losses


def is_stable(X, y, learning_rate, updates):
    """Whether the loss after so many updates is below where it started."""
    path = descend(X, y, learning_rate=learning_rate, batch_size=len(y))
    try:
        w, b = after(updates, path)
    except FloatingPointError:
        return False
    return mse(predict(X, w, b), y) < np.mean(y**2)


def largest_stable_rate(X, y, updates, halvings=20):
    """Bisection between a rate that works and one that does not."""
    low, high = 1e-6, 10.0
    for _ in range(halvings):
        middle = np.sqrt(low * high)
        if is_stable(X, y, middle, updates):
            low = middle
        else:
            high = middle
    return low


def the_largest_stable_rate_is_two_over_lambda_max(run):
    """Bisect for the border and compare it with the Hessian's largest eigenvalue."""
    X, y = standardised_diabetes()
    updates = 300 if run.quick else 3000
    predicted = learning_rate_limit(X)
    observed = largest_stable_rate(X, y, updates)
    best = mse(predict(X, *normal_equation(X, y)), y)

    factors = [0.001, 0.1, 0.9, 1.01]  # of the predicted limit
    curves = {f: loss_path(X, y, f * predicted, 200) for f in factors}
    figure, (axes,) = new_figure("Too small stalls, too large explodes, and 2 / lambda_max divides")
    named = {f"{f:g} x limit": (np.arange(len(c)), c) for f, c in curves.items()}
    loss_curves(axes, named)
    axes.axhline(best, color="black", linestyle=":", label="best possible")
    label(axes, "update", "mean squared error (target units squared)")
    run.figure(figure, "learning_rate")

    run.claim(
        "learning_rate",
        "Descent is stable up to a learning rate of 2 / lambda_max; far below it stalls, a little "
        "above it explodes",
        seeds=[],
        config={"updates": updates, "curve_updates": 200, "factors": factors},
        metrics={
            "predicted_limit": predicted,
            "observed_limit": observed,
            "best_mse": best,
            "mse_at_start": curves[0.1][0],
            "mse_after_200": {f"factor_{f:g}".replace(".", "_"): c[-1] for f, c in curves.items()},
        },
    )
    run.headline({"learning_rate_limit_ratio": observed / predicted})
