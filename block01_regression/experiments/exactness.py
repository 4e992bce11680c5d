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


def the_normal_equation_loses_half_the_digits(run):
    """Two columns that differ by less and less; the true weights are known, the data noise-free."""
    solvers = {"normal equation": normal_equation, "QR": qr_solution, "SVD": least_squares}
    rng = stream(run.seed, "near singular")
    base, nudge = rng.standard_normal(100), rng.standard_normal(100)
    truth = np.array([1.0, 2.0])
    gaps = 10.0 ** -np.arange(0, 16)  # how far the second column is from the first
    errors = {name: [] for name in solvers}  # None where the solver refuses
    conditions = []
    for gap in gaps:
        X = np.column_stack([base, base + gap * nudge])  # (100, 2)
        conditions.append(float(np.linalg.cond(X - X.mean(axis=0))))
        for name, solve in solvers.items():
            try:
                w, _ = solve(X, X @ truth)
                errors[name].append(float(np.max(np.abs(w - truth))))
            except np.linalg.LinAlgError:
                errors[name].append(None)

    figure, (axes,) = new_figure("X'X loses digits twice as fast as X")
    for name, marker in zip(solvers, "os^"):
        found = [(c, e) for c, e in zip(conditions, errors[name]) if e]
        axes.loglog(*zip(*found), marker + "-", label=name)
    label(axes, "condition number of X", "largest error of a weight (truth: 1 and 2)")
    run.figure("near_singular", figure)
    at = 6  # a gap of a millionth
    refused = [c for c, e in zip(conditions, errors["normal equation"]) if e is None]
    run.claim(
        "near_singular",
        "With nearly dependent columns the normal equation loses twice the digits QR loses, and "
        "with dependent ones it has no answer",
        seeds=[run.seed],
        config={"examples": 100, "gaps": gaps},
        metrics={
            "condition_of_X": conditions,
            "errors": errors,
            "at_gap_1e-6": {name: errors[name][at] for name in solvers},
            "condition_at_gap_1e-6": conditions[at],
            "refused_from_condition": refused[0],
            "svd_weights_of_equal_columns": least_squares(
                np.column_stack([base, base]), 3 * base
            )[0],
        },
    )
