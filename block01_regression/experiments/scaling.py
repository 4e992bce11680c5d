"""Standardising: the same line in thousands of times fewer steps, and what it leaves undone."""

import numpy as np

from block01_regression.gradient_descent import descend, hessian, learning_rate_limit
from block01_regression.losses import mse, predict
from block01_regression.normal_equation import normal_equation
from block01_regression.problems import all_patients, four_forms
from shared.plots import COLOURS, label, new_figure

NEAR, THERE = 1.1, 1 + 1e-6  # the loss over the best possible one: within 10 %, within a millionth
PATIENCE = 3_000  # updates after NEAR, in which to get THERE


def scaling(run):
    """Standardising divides the updates to within 10 % of the best loss by thousands; what is left
    of the condition number is the columns' correlation, and the last digits still take long.
    """
    most = 2_000 if run.quick else 60_000
    columns = four_forms()
    X, y = all_patients()
    best = mse(predict(X, *normal_equation(X, y)), y)
    losses = {name: losses_to_the_end(X, y, best, most) for name, X in columns.items()}
    found = {name: summary(X, losses[name], best) for name, X in columns.items()}
    run.file("scaling.txt", as_table(found))
    run.figure(draw(losses, best))
    run.record(
        config={"near": NEAR, "there": THERE, "most_updates": most, "rate": "1 / lambda_max"},
        metrics=found,
    )
    near = {name: row["updates_near"] or most for name, row in found.items()}
    run.headline({"standardising_speedup": near["as measured"] / near["standardised"]})


def losses_to_the_end(X, y, best, most):
    """The MSE at zero and after each update of full-batch descent at half the limit, until it is
    THERE, or PATIENCE updates after NEAR, or after `most` updates that were not even NEAR."""
    path = descend(X, y, learning_rate=learning_rate_limit(X) / 2, batch_size=len(y))
    truth, H = np.append(*normal_equation(X, y)), hessian(X)  # (D+1,), (D+1, D+1)
    losses, near = [np.mean(y**2)], None
    while losses[-1] > THERE * best:
        updates = len(losses) - 1
        if near is None and losses[-1] <= NEAR * best:
            near = updates
        if updates == (most if near is None else near + PATIENCE):
            break
        error = np.append(*next(path)) - truth  # (D+1,)
        losses.append(best + error @ H @ error / 2)  # exact: the MSE is a parabola everywhere
    return np.array(losses)


def first_at_most(losses, bound):
    """The update after which the loss is first at most the bound; None where it never is."""
    reached = losses <= bound
    return int(reached.argmax()) if reached.any() else None


def summary(X, losses, best):
    """What one form of the columns does to descent."""
    return {
        "condition_number": np.linalg.cond(hessian(X)),
        "largest_learning_rate": learning_rate_limit(X),
        "updates_near": first_at_most(losses, NEAR * best),
        "updates_there": first_at_most(losses, THERE * best),
        "updates_made": len(losses) - 1,
    }


def as_table(found):
    """A line for each form, as text."""
    head = ("columns", "condition number", "largest rate", "within 10 %", "within 0.0001 %")
    lines = [f"{head[0]:<17}" + "".join(f"{name:>18}" for name in head[1:])]
    for name, row in found.items():
        asked = (row["updates_near"], row["updates_there"])
        counts = [f"> {row['updates_made']:,}" if n is None else f"{n:,}" for n in asked]
        cells = [f"{row['condition_number']:,.0f}", f"{row['largest_learning_rate']:.2g}", *counts]
        lines.append(f"{name:<17}" + "".join(f"{cell:>18}" for cell in cells))
    return "\n".join(lines) + "\n"


def draw(losses, best):
    """The loss over the updates, all from the same start."""
    title = "The same patients and the same best line, in four forms of the columns"
    figure, (axes,) = new_figure(title)
    for (name, curve), colour in zip(losses.items(), COLOURS[1:]):
        axes.plot(curve, label=name, color=colour)
    axes.set_xscale("symlog", linthresh=1)
    axes.set(yscale="log", xlim=(0, None))
    axes.axhline(NEAR * best, color="black", linestyle=":", label="10 % above the best")
    label(axes, "update (0, then logarithmic)", "mean squared error (target units squared)")
    return figure
