"""The data of this block: the diabetes table in four forms, and four toy sets drawn at random."""

import numpy as np

from block01_regression.losses import predict
from shared.data import fit_standardiser, load_diabetes

# Two points make the loss (w - 2)^2, a parabola of curvature 2; b has nothing to do and stays 0.
PARABOLA = np.array([[-1.0], [1.0]]), np.array([-2.0, 2.0])

# --- 442 patients --------------------------------------------------------------------------------


def all_patients():
    """X (442, 10) standardised by all rows, y (442,): to study the loss, not to predict anybody."""
    table = load_diabetes()
    return fit_standardiser(table.X)(table.X), table.y


def four_forms():
    """The diabetes columns (442, 10): each form takes away one thing that makes descent slow."""
    table = load_diabetes()
    standardised, _ = all_patients()
    U = np.linalg.svd(standardised, full_matrices=False)[0]  # the same plane, axes at right angles
    return {
        "as measured": table.X,
        "minus the mean": table.X - table.X.mean(axis=0),
        "standardised": standardised,
        "uncorrelated too": U * np.sqrt(len(U)),
    }


# --- five columns and noise ----------------------------------------------------------------------

PLANE_W, PLANE_B = np.array([3.0, -2.0, 1.0, 0.5, 0.0]), 1.0


def plane(examples, rng):
    """X (N, 5) standard normal, y = X w + b + noise of deviation 1 (N,): the best MSE is near 1."""
    X = rng.standard_normal((examples, len(PLANE_W)))
    return X, predict(X, PLANE_W, PLANE_B) + rng.standard_normal(examples)


# --- a line whose last points read too high ------------------------------------------------------

SLOPE, INTERCEPT, LINE_NOISE = 2.0, 1.0, 0.3
TOO_HIGH = 10.0  # all outliers lie above the line by this much


def line_with_outliers(examples, fraction, rng):
    """x (N, 1) in [-1, 1] and y (N,), the fraction with the largest x of which reads TOO_HIGH."""
    x = np.sort(rng.uniform(-1, 1, examples))
    y = SLOPE * x + INTERCEPT + LINE_NOISE * rng.standard_normal(examples)
    y[examples - round(fraction * examples) :] += TOO_HIGH
    return x[:, None], y


# --- a wave --------------------------------------------------------------------------------------

WAVE_NOISE = 0.3  # so the best possible MSE is 0.09
WAVE_EXAMPLES = {"training": 20, "validation": 100, "test": 500, "beyond": 500}


def wave_points(part, rng):
    """x (N,), y = sin(3 x) + noise (N,). The training points reach from -1 to 1, in equal steps;
    validation and test points lie between, and "beyond" is the tenth outside on both sides."""
    N = WAVE_EXAMPLES[part]
    if part == "training":
        x = np.linspace(-1, 1, N)
    elif part == "beyond":
        x = rng.choice([-1, 1], N) * rng.uniform(1, 1.1, N)
    else:
        x = rng.uniform(-1, 1, N)
    return x, np.sin(3 * x) + WAVE_NOISE * rng.standard_normal(N)
