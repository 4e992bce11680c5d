"""The learning rate: too large explodes, too small stalls, and the border is known beforehand."""

import numpy as np

from block01_regression.gradient_descent import after, descend, hessian, learning_rate_limit
from block01_regression.losses import mse, predict
from block01_regression.normal_equation import normal_equation
from block01_regression.problems import PARABOLA, all_patients
from block01_regression.train import losses_along
from shared.plots import COLOURS, label, new_figure

FACTORS = (0.001, 0.1, 0.9, 1.01)  # of the predicted limit


def learning_rate(run):
    """Descent converges up to a learning rate of 2 / lambda_max, on a parabola of one weight and
    on ten columns; 1 % above it explodes, and a thousandth of it stalls.
    """
    X, y = all_patients()
    updates, shown = (300, 200) if run.quick else (2000, 200)
    predicted, observed = learning_rate_limit(X), largest_stable_rate(X, y, updates)
    best = mse(predict(X, *normal_equation(X, y)), y)
    errors = {f: parabola_errors(f, 30) for f in FACTORS}
    losses = {f: losses_along(full_batch(X, y, f * predicted), X, y, shown) for f in FACTORS}
    run.figure(draw(errors, losses, best))
    run.record(
        config={"updates": updates, "updates_drawn": shown, "factors": FACTORS},
        metrics={
            "parabola_limit": learning_rate_limit(PARABOLA[0]),
            "parabola_error_factor": {f: error[1] / error[0] for f, error in errors.items()},
            "predicted_limit": predicted,
            "observed_limit": observed,
            "best_mse": best,
            "mse_at_start": losses[0.1][0],
            "mse_after_200": {f: loss[-1] for f, loss in losses.items()},
            "lowest_above_the_limit": {
                "update": losses[1.01].argmin(),
                "mse": losses[1.01].min(),
                "factor_of_the_steepest_error": steepest_factor(X, y, 1.01 * predicted),
            },
        },
    )
    run.headline({"learning_rate_limit_ratio": observed / predicted})


def full_batch(X, y, learning_rate):
    """The path of batch gradient descent."""
    return descend(X, y, learning_rate=learning_rate, batch_size=len(y))


def parabola_errors(factor, updates):
    """w - 2 on the parabola before the first update and after each: (updates + 1,)."""
    X, y = PARABOLA
    path = full_batch(X, y, factor * learning_rate_limit(X))
    return np.array([-2.0] + [next(path)[0][0] - 2 for _ in range(updates)])


def is_stable(X, y, learning_rate, updates):
    """Whether the loss after so many updates is below where it started."""
    try:
        w, b = after(updates, full_batch(X, y, learning_rate))
    except FloatingPointError:
        return False
    return mse(predict(X, w, b), y) < np.mean(y**2)


def largest_stable_rate(X, y, updates, halvings=16):
    """Bisection between a rate that works and one that does not."""
    low, high = 1e-3, 10.0
    for _ in range(halvings):
        middle = np.sqrt(low * high)
        if is_stable(X, y, middle, updates):
            low = middle
        else:
            high = middle
    return low


def steepest_factor(X, y, learning_rate, updates=10):
    """By what the error along the steepest direction is multiplied at each of the first updates."""
    steepest = np.linalg.eigh(hessian(X))[1][:, -1]  # (D+1,)
    truth = np.append(*normal_equation(X, y))
    walked = np.append(*after(updates, full_batch(X, y, learning_rate)))
    return abs(steepest @ (walked - truth) / (steepest @ truth)) ** (1 / updates)


def draw(errors, losses, best):
    """Left: the parabola's error. Right: the loss on the diabetes columns."""
    title = "Far below the limit descent stalls, just below it swings (left), above it explodes"
    figure, (left, right) = new_figure(title, columns=2, width=11)
    for factor, colour in zip(FACTORS, COLOURS[2:]):
        left.plot(errors[factor], "o-", color=colour, markersize=3, linewidth=1.2)
        right.semilogy(losses[factor], color=colour, label=f"{factor:g} x limit")
    label(left, "update", "w minus the best w", "one weight: the parabola (w - 2)^2")
    right.axhline(best, color="black", linestyle=":", label="best possible")
    label(right, "update", "mean squared error (target units squared)", "diabetes, ten columns")
    return figure
