"""Closed forms, descent and gradients agree; and where the normal equation loses its digits."""

import numpy as np

from block01_regression.gradient_descent import after, descend, gradient, learning_rate_limit
from block01_regression.losses import (
    mae,
    mae_gradient,
    mse,
    mse_gradient,
    predict,
    r_squared,
    ridge_penalty,
)
from block01_regression.normal_equation import least_squares, normal_equation, qr_solution
from shared.checks import gradient_error, relative_error
from shared.data import fit_standardiser, load_diabetes
from shared.plots import label, new_figure
from shared.seeding import stream

PENALTY = 0.5  # large enough to move every weight


def every_way_finds_the_same_line(run):
    """Normal equation, QR, SVD, NumPy and descent on the diabetes data."""
    table = load_diabetes()
    X, y = fit_standardiser(table.X)(table.X), table.y  # (442, 10), (442,)
    A = np.column_stack([X, np.ones(len(X))])  # (442, 11)
    numpys = np.linalg.lstsq(A, y, rcond=None)[0]  # (11,)
    errors = {
        solve.__name__: float(np.max(np.abs(np.append(*solve(X, y)) - numpys)))
        for solve in (normal_equation, qr_solution, least_squares)
    }
    updates = 10_000  # the flattest direction needs 8,000 to lose six digits
    rate = learning_rate_limit(X) / 2
    descent = {}
    for name, penalty in (("plain", 0.0), ("ridge", PENALTY)):
        path = descend(X, y, learning_rate=rate, batch_size=len(y), penalty=penalty)
        walked = np.append(*after(updates, path))
        descent[name] = relative_error(walked, np.append(*normal_equation(X, y, penalty)))
    r2 = r_squared(predict(X, *normal_equation(X, y)), y)
    run.claim(
        "exactness",
        "The normal equation, QR, the SVD and gradient descent find the line NumPy finds",
        seeds=[],
        config={"updates": updates, "learning_rate": rate, "ridge_penalty": PENALTY},
        metrics={"max_abs_error": errors, "descent_relative_error": descent, "r2": r2},
    )
    run.headline(
        {
            "diabetes_r2": r2,
            "normal_equation_max_abs_error": errors["normal_equation"],
            "descent_relative_error": max(descent.values()),
        }
    )


def gradients_match_finite_differences(run):
    """dw and db of MSE, MAE and ridge against central differences, on random data."""
    errors = {}
    for name, loss, loss_gradient, penalty in (
        ("mse", mse, mse_gradient, 0.0),
        ("mae", mae, mae_gradient, 0.0),
        ("ridge", mse, mse_gradient, PENALTY),
    ):
        rng = stream(run.seed, "gradient check", name)
        X, w = rng.standard_normal((40, 5)), rng.standard_normal(5)
        # Residuals of at least 0.1: central differences across MAE's kink measure nothing.
        y = predict(X, w, 0.0) + rng.choice([-1, 1], 40) * rng.uniform(0.1, 2.0, 40)

        def objective(parameters, X=X, y=y, loss=loss, penalty=penalty):
            w, b = parameters[:-1], parameters[-1]
            return loss(predict(X, w, b), y) + ridge_penalty(w, penalty)

        dw, db = gradient(X, y, w, 0.0, loss_gradient=loss_gradient, penalty=penalty)
        errors[name] = gradient_error(objective, np.append(w, 0.0), np.append(dw, db))
    run.claim(
        "gradient_check",
        "The gradients of MSE, MAE (off its kink) and ridge are right",
        seeds=[run.seed],
        config={"examples": 40, "columns": 5, "step": 1e-5},
        metrics={"relative_error": errors},
    )
    run.headline({"gradient_check_max_relative_error": max(errors.values())})


def weight_errors(solve, gap, seeds):
    """Largest weight error on y = X [1.3, -0.7] where column 2 is column 1 plus gap * noise.

    The median over the seeds; None where the solver refuses.
    """
    truth, errors = np.array([1.3, -0.7]), []
    for seed in seeds:
        rng = stream(seed, "near singular")
        first, noise = rng.standard_normal(100), rng.standard_normal(100)
        X = np.column_stack([first, first + gap * noise])  # (100, 2)
        try:
            errors.append(np.max(np.abs(solve(X, X @ truth)[0] - truth)))
        except np.linalg.LinAlgError:
            return None
    return float(np.median(errors))


def the_normal_equation_loses_digits_twice_as_fast(run):
    """Two columns that differ by less and less; the true weights are known, the data noise-free."""
    solvers = {"normal_equation": normal_equation, "QR": qr_solution, "SVD": least_squares}
    seeds = list(range(run.seed, run.seed + 5))
    gaps = 10.0 ** -np.arange(16)
    errors = {n: [weight_errors(solve, gap, seeds) for gap in gaps] for n, solve in solvers.items()}

    figure, (axes,) = new_figure("X'X loses digits twice as fast as X")
    for (name, found), marker in zip(errors.items(), ("o-", "s--", "^:")):
        drawn = [np.nan if error is None else error for error in found]
        axes.loglog(gaps, drawn, marker, label=name.replace("_", " "))
    axes.invert_xaxis()
    label(axes, "distance between the two columns (their size: 1)", "largest error of a weight")
    run.figure(figure, "near_singular")
    column = stream(run.seed, "near singular").standard_normal(100)
    shared_out, _ = least_squares(np.column_stack([column, column]), 3 * column)
    run.claim(
        "near_singular",
        "As two columns come together the normal equation loses digits twice as fast as QR; then "
        "it has no answer, and the SVD shares the weight out",
        seeds=seeds,
        config={"examples": 100, "true_weights": [1.3, -0.7], "gaps": gaps},
        metrics={
            "errors": errors,
            "at_gap_1e-5": {name: errors[name][5] for name in solvers},
            "normal_equation_refuses_from_gap": gaps[errors["normal_equation"].index(None)],
            "svd_weights_of_3_times_a_doubled_column": shared_out,
        },
    )
