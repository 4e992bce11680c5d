"""How far from the truth: closed forms against NumPy, descent against them, gradients against
central differences, and where the normal equation loses its digits.

Each function returns errors; the tests assert on them and the run records them.
"""

import numpy as np

from block01_regression.features import in_raw_units
from block01_regression.gradient_descent import (
    after,
    descend,
    gradient,
    learning_rate_limit,
    mae_line,
)
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
from block01_regression.problems import all_patients
from shared.checks import gradient_error, relative_error
from shared.data import fit_standardiser, load_diabetes
from shared.seeding import stream

SOLVERS = {"normal equation": normal_equation, "QR": qr_solution, "SVD": least_squares}
PENALTY = 0.5  # of the ridge that is checked
UPDATES = 10_000  # the flattest direction needs 8,000 to lose six digits

# --- one line, every way -------------------------------------------------------------------------


def best_r_squared():
    """The R^2 of the best line on all 442 patients."""
    table = load_diabetes()
    return r_squared(predict(table.X, *normal_equation(table.X, table.y)), table.y)


def solver_errors():
    """{solver: largest absolute difference of w, b to NumPy's lstsq}, standardised diabetes."""
    X, y = all_patients()
    A = np.column_stack([X, np.ones(len(X))])  # (442, 11)
    numpys = np.linalg.lstsq(A, y, rcond=None)[0]  # (11,)
    return {
        name: float(np.max(np.abs(np.append(*solve(X, y)) - numpys)))
        for name, solve in SOLVERS.items()
    }


def descent_error(penalty):
    """The relative difference of full-batch descent to the closed form after UPDATES updates."""
    X, y = all_patients()
    rate = learning_rate_limit(X, penalty) / 2
    path = descend(X, y, learning_rate=rate, batch_size=len(y), penalty=penalty)
    walked = np.append(*after(UPDATES, path))
    return relative_error(walked, np.append(*normal_equation(X, y, penalty)))


def same_line_error():
    """The largest difference of w, b between the line of the raw columns, and the line of the
    standardised ones carried back to raw units."""
    table = load_diabetes()
    standardise = fit_standardiser(table.X)
    back = in_raw_units(*normal_equation(standardise(table.X), table.y), standardise)
    raw = normal_equation(table.X, table.y)
    return float(np.max(np.abs(np.append(*back) - np.append(*raw))))


# --- gradients -----------------------------------------------------------------------------------

CASES = {  # what descend walks down: loss, its gradient, penalty
    "mse": (mse, mse_gradient, 0.0),
    "mae": (mae, mae_gradient, 0.0),
    "ridge": (mse, mse_gradient, PENALTY),
}


def gradient_check(seed, name):
    """The relative error of dw and db against central differences, on random data."""
    loss, loss_gradient, penalty = CASES[name]
    rng = stream(seed, "gradient check", name)
    X, w, b = rng.standard_normal((40, 5)), rng.standard_normal(5), 0.7
    # Residuals of at least 0.1: central differences across MAE's kink measure nothing.
    y = predict(X, w, b) + rng.choice([-1, 1], 40) * rng.uniform(0.1, 2.0, 40)

    def objective(parameters):
        w, b = parameters[:-1], parameters[-1]
        return loss(predict(X, w, b), y) + ridge_penalty(w, penalty)

    dw, db = gradient(X, y, w, b, loss_gradient=loss_gradient, penalty=penalty)
    return gradient_error(objective, np.append(w, b), np.append(dw, db))


# --- the mean and the median ---------------------------------------------------------------------

READINGS = {"right": np.array([1.0, 2, 3, 4, 5]), "one wrong": np.array([1.0, 2, 3, 4, 100])}


def constants(y):
    """Where descent on the MSE and on the MAE ends if only the intercept can move: the one column
    is all zero. Theory says mean(y) and median(y)."""
    X = np.zeros((len(y), 1))
    path = descend(X, y, learning_rate=0.1, batch_size=len(y))
    return {"mse": after(200, path)[1], "mae": mae_line(X, y)[1]}


def constant_errors(seed):
    """The distance of both from the mean and the median of 101 skewed numbers."""
    y = np.exp(stream(seed, "skewed").standard_normal(101))
    found = constants(y)
    return {"mse": abs(found["mse"] - np.mean(y)), "mae": abs(found["mae"] - np.median(y))}


# --- two columns that are nearly one -------------------------------------------------------------

GAPS = (1e-1, 1e-3, 1e-5, 1e-7, 1e-9)
TRUTH = np.array([1.3, -0.7])  # with whole numbers the rounding happens to cancel


def weight_error(solve, gap, seeds):
    """The largest error of a weight on noise-free y where column 2 is column 1 plus gap * noise.

    The median over the seeds; None where the solver refuses.
    """
    errors = []
    for seed in seeds:
        rng = stream(seed, "near singular")
        first, noise = rng.standard_normal(100), rng.standard_normal(100)
        X = np.column_stack([first, first + gap * noise])  # (100, 2)
        try:
            errors.append(np.max(np.abs(solve(X, X @ TRUTH)[0] - TRUTH)))
        except np.linalg.LinAlgError:
            return None
    return float(np.median(errors))


def near_singular_table(errors):
    """The errors, a line for each distance, as text."""
    lines = [f"{'distance':>9}" + "".join(f"{name:>17}" for name in SOLVERS)]
    for i, gap in enumerate(GAPS):
        row = [errors[name][i] for name in SOLVERS]
        cells = ["refused" if error is None else f"{error:.1e}" for error in row]
        lines.append(f"{gap:>9.0e}" + "".join(f"{cell:>17}" for cell in cells))
    return "\n".join(lines) + "\n"


# --- what the run records ------------------------------------------------------------------------


def record(run):
    """Every proof, for results/proofs.json, results/near_singular.txt and the headline."""
    solved, r2 = solver_errors(), best_r_squared()
    walked = {"plain": descent_error(0.0), "ridge": descent_error(PENALTY)}
    gradients = {name: gradient_check(run.seed, name) for name in CASES}
    seeds = list(range(run.seed, run.seed + 5))
    nearly = {n: [weight_error(solve, gap, seeds) for gap in GAPS] for n, solve in SOLVERS.items()}
    run.file("near_singular.txt", near_singular_table(nearly))
    run.claim(
        "proofs",
        "Three closed forms and descent find NumPy's line, and every gradient is right",
        seeds=seeds,
        config={"ridge_penalty": PENALTY, "updates": UPDATES, "gaps": GAPS},
        metrics={
            "r2": r2,
            "solver_max_abs_error": {n.replace(" ", "_"): error for n, error in solved.items()},
            "descent_relative_error": walked,
            "same_line_max_abs_difference": same_line_error(),
            "gradient_relative_error": gradients,
            "constants": {n.replace(" ", "_"): constants(y) for n, y in READINGS.items()},
            "constant_errors": constant_errors(run.seed),
            "near_singular": {n.replace(" ", "_"): errors for n, errors in nearly.items()},
        },
    )
    run.headline({
        "diabetes_r2": r2,
        "normal_equation_max_abs_error": solved["normal equation"],
        "descent_relative_error": max(walked.values()),
        "gradient_check_max_relative_error": max(gradients.values()),
    })
