"""Too little and too much: polynomial degree, and ridge as the brake."""

import numpy as np

from block01_regression.features import powers, with_products
from block01_regression.losses import mse, predict
from block01_regression.normal_equation import least_squares, normal_equation
from shared.data import fit_standardiser, load_diabetes
from shared.plots import label, new_figure
from shared.seeding import stream

DEGREES = list(range(1, 13))
TRAIN_EXAMPLES, NOISE = 20, 0.2
PENALTIES = np.logspace(-4, 3, 29)


# --- polynomial degree -----------------------------------------------------------------------


def wave(rng, examples):
    """x (N,) in [-1, 1] and y = sin(3 x) + noise (N,)."""
    x = rng.uniform(-1, 1, examples)
    return x, np.sin(3 * x) + NOISE * rng.standard_normal(examples)


def errors_by_degree(seed):
    """Training and validation MSE of each degree, (2, 12), and the lines fitted."""
    x, y = wave(stream(seed, "wave", "train"), TRAIN_EXAMPLES)
    x_new, y_new = wave(stream(seed, "wave", "validation"), 500)
    lines = [least_squares(powers(x, degree), y) for degree in DEGREES]
    train = [mse(predict(powers(x, d), *line), y) for d, line in zip(DEGREES, lines)]
    validation = [mse(predict(powers(x_new, d), *line), y_new) for d, line in zip(DEGREES, lines)]
    return np.array([train, validation]), lines


def draw_degrees(errors, seed):
    """Left: three of the fits on one draw. Right: both errors over the degree, all seeds."""
    title = "Training error only falls; validation error turns"
    figure, (left, right) = new_figure(title, columns=2)
    x, y = wave(stream(seed, "wave", "train"), TRAIN_EXAMPLES)
    left.scatter(x, y, s=16, color="grey", label="training data")
    grid = np.linspace(x.min(), x.max(), 300)
    lines = errors_by_degree(seed)[1]
    for degree, style in ((1, "--"), (3, "-"), (12, ":")):
        curve = predict(powers(grid, degree), *lines[DEGREES.index(degree)])
        left.plot(grid, curve, style, label=f"degree {degree}")
    left.set_ylim(-2, 2.8)
    label(left, "x", "y")
    train, validation = np.median(errors, axis=0)
    right.plot(DEGREES, train, "o-", label="training")
    right.plot(DEGREES, validation, "s--", label="validation")
    right.axhline(NOISE**2, color="black", linestyle=":", label="noise variance")
    right.set_yscale("log")
    label(right, "degree of the polynomial", "mean squared error (median of the seeds)")
    return figure


def training_error_falls_with_degree_while_validation_error_turns(run):
    """Polynomials of degree 1 to 12 on 20 noisy points of a sine."""
    seeds = list(range(run.seed, run.seed + 5))
    errors = np.array([errors_by_degree(seed)[0] for seed in seeds])  # (5, 2, 12)
    run.figure(draw_degrees(errors, run.seed), "polynomial_degree")
    train, validation = np.median(errors, axis=0)
    best = int(np.argmin(validation))
    run.claim(
        "polynomial_degree",
        "Degree 1 underfits (both errors high), degree 12 overfits (training error lowest, "
        "validation error high), and the best lies between",
        seeds=seeds,
        config={"train_examples": TRAIN_EXAMPLES, "noise": NOISE, "degrees": DEGREES},
        metrics={
            "train_mse_by_degree": train,
            "validation_mse_by_degree": validation,
            "best_degree": DEGREES[best],
            "best_validation_mse": validation[best],
        },
    )


# --- ridge -------------------------------------------------------------------------------------


def ridge_errors(seed):
    """Training, validation and test MSE for each penalty, (3, 29), and the test MSE without one.

    The ten measurements and all their products are 65 columns; 100 patients train them.
    """
    table = load_diabetes()
    order = stream(seed, "ridge split").permutation(len(table.y))
    train, validation, test = order[:100], order[100:270], order[270:]
    scaled = fit_standardiser(table.X[train])(table.X)
    wide = with_products(scaled)
    X, y = fit_standardiser(wide[train])(wide), table.y  # (442, 65), (442,)
    lines = [normal_equation(X[train], y[train], penalty) for penalty in PENALTIES]
    parts = (train, validation, test)
    errors = [[mse(predict(X[rows], *line), y[rows]) for line in lines] for rows in parts]
    free = least_squares(X[train], y[train])
    return np.array(errors), mse(predict(X[test], *free), y[test])


def draw_ridge(errors, columns, weights, chosen):
    """Left: the weights of the ten plain columns shrink. Right: the error with 65 columns."""
    title = "A penalty gives up training error and gains on new patients"
    figure, (left, right) = new_figure(title, columns=2)
    for i, (name, path) in enumerate(zip(columns, weights.T)):  # 10 columns, 8 colours
        left.semilogx(PENALTIES, path, "-" if i < 8 else "--", label=name, linewidth=1.3)
    left.legend(ncols=2, fontsize=8)
    label(left, "penalty lambda", "weight (target units per deviation)", legend=False)
    for name, curve, style in zip(("training", "validation", "test"), errors, ("-", "--", ":")):
        right.loglog(PENALTIES, curve, style, label=name)
    right.axvline(chosen, color="grey", linewidth=1, label="chosen on validation")
    label(right, "penalty lambda", "mean squared error, 65 columns")
    return figure


def a_validated_ridge_penalty_beats_none(run):
    """65 columns, 100 patients: the penalty chosen on the validation part, measured on the test."""
    seeds = list(range(run.seed, run.seed + 5))
    errors, free = zip(*(ridge_errors(seed) for seed in seeds))  # 5 x (3, 29), 5
    chosen = [int(np.argmin(e[1])) for e in errors]
    tested = [e[2][k] for e, k in zip(errors, chosen)]
    table = load_diabetes()
    X = fit_standardiser(table.X)(table.X)
    weights = np.array([normal_equation(X, table.y, penalty)[0] for penalty in PENALTIES])
    figure = draw_ridge(errors[0], table.names, weights, PENALTIES[chosen[0]])
    run.figure(figure, "ridge")
    run.claim(
        "ridge",
        "With 65 columns and 100 patients a ridge penalty chosen on validation data lowers the "
        "test error of unpenalised least squares",
        seeds=seeds,
        config={"train": 100, "validation": 170, "test": 172, "columns": 65},
        metrics={
            "chosen_penalty": PENALTIES[chosen],
            "test_mse": {"mean": np.mean(tested), "sd": np.std(tested)},
            "test_mse_without": {"mean": np.mean(free), "sd": np.std(free)},
            "seeds_improved": sum(t < f for t, f in zip(tested, free)),
            "mean_abs_weight_smallest_penalty": np.mean(np.abs(weights[0])),
            "mean_abs_weight_largest_penalty": np.mean(np.abs(weights[-1])),
        },
    )
