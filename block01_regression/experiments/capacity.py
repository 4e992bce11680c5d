"""Too little and too much: polynomial degree, and ridge as the brake.

Choices are made on validation data; the test data are looked at once, after them.
"""

import numpy as np

from block01_regression.features import powers, with_products
from block01_regression.losses import mse, predict
from block01_regression.normal_equation import least_squares, normal_equation
from block01_regression.problems import WAVE_EXAMPLES, WAVE_NOISE, all_patients, wave_points
from shared.data import fit_standardiser, load_diabetes
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream

STYLES = dict(zip(("training", "validation", "test"), zip(COLOURS, ("-", "--", ":"))))

# --- polynomial degree -----------------------------------------------------------------------

DEGREES = range(1, 16)


def polynomial_degree(run):
    """Between the training points degree 1 underfits (training and test error are high) and degree
    15 overfits (the lowest training error, a high test error); validation finds what lies between.
    """
    seeds = run.seeds(20, quick=3)
    found = [errors_by_degree(seed) for seed in seeds]
    errors = {part: np.median([f[part] for f in found], axis=0) for part in found[0]}  # (15,)
    chosen = [int(np.argmin(f["validation"])) for f in found]
    at_choice = [f["test"][k] for f, k in zip(found, chosen)]
    run.figure(draw_degrees(errors, run.seed, DEGREES[chosen[0]], len(seeds)))
    run.record(
        config={"noise": WAVE_NOISE, "examples": WAVE_EXAMPLES, "range_of_x": [-1, 1]},
        metrics={
            "median_mse": {
                part: {f"degree {d}": e for d, e in zip(DEGREES, row)}
                for part, row in errors.items()
            },
            "chosen_degree_median": np.median([DEGREES[k] for k in chosen]),
            "chosen_degree_range": [DEGREES[min(chosen)], DEGREES[max(chosen)]],
            "test_mse_at_the_choice": np.median(at_choice),
        },
    )


def fitted(seed):
    """The polynomials of every degree fitted to the training points: [(w, b), ...]."""
    x, y = wave_points("training", stream(seed, "wave", "training"))
    return [least_squares(powers(x, degree), y) for degree in DEGREES]


def errors_by_degree(seed):
    """The MSE of each degree on each part: {part: (15,)}."""
    lines, errors = fitted(seed), {}
    for part in WAVE_EXAMPLES:
        x, y = wave_points(part, stream(seed, "wave", part))
        errors[part] = [mse(predict(powers(x, d), *line), y) for d, line in zip(DEGREES, lines)]
    return errors


def draw_degrees(errors, seed, chosen, count):
    """Left: three of the fits on one draw. Right: the errors over the degree, all draws."""
    title = "Too low a degree misses the curve, one too high swings between the points"
    figure, (left, right) = new_figure(title, columns=2, width=11)
    points = wave_points("training", stream(seed, "wave", "training"))
    left.scatter(*points, s=22, color="grey", label="training points")
    grid, lines = np.linspace(-1, 1, 401), fitted(seed)
    left.plot(grid, np.sin(3 * grid), ":", color="black", label="truth")
    for degree, colour in zip((1, chosen, DEGREES[-1]), COLOURS[3:]):
        curve = predict(powers(grid, degree), *lines[DEGREES.index(degree)])
        left.plot(grid, curve, color=colour, label=f"degree {degree}")
    label(left, "x", "y", f"one draw; validation chose degree {chosen}")
    for part, (colour, style) in STYLES.items():
        right.semilogy(DEGREES, errors[part], "o" + style, color=colour, label=part, markersize=4)
    right.axhline(WAVE_NOISE**2, color="black", linestyle=":", label="noise alone")
    right.set_xticks(DEGREES)
    right.set_yticks(ticks := [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1], [f"{t:g}" for t in ticks])
    right.minorticks_off()
    label(right, "degree", "mean squared error, x from -1 to 1", f"median of {count} draws",
          legend=False)
    right.legend(loc="lower left")
    return figure


# --- ridge -------------------------------------------------------------------------------------

PENALTIES = np.logspace(-4, 3, 29)
TRAIN, VALIDATION = 100, 170  # patients; the other 172 are the test


def ridge(run):
    """With 65 columns and 100 patients the ridge penalty that validation chose has a lower test
    error than no penalty; a larger one shortens the weights, and none is zero at any that is tried.
    """
    seeds = run.seeds(5, quick=2)
    splits = [one_split(load_diabetes(), seed) for seed in seeds]
    X, y = all_patients()
    weights = np.array([normal_equation(X, y, penalty)[0] for penalty in PENALTIES])  # (29, 10)
    run.figure(draw_ridge(splits, weights))
    tested = {k: np.array([split[k] for split in splits]) for k in ("ridge", "free", "ten")}
    run.record(
        config={"train": TRAIN, "validation": VALIDATION, "test": len(y) - TRAIN - VALIDATION,
                "columns": 65, "penalties": PENALTIES},
        metrics={
            "test_mse": {k: {"mean": e.mean(), "sd": e.std()} for k, e in tested.items()},
            "seeds_improved": sum(tested["ridge"] < tested["free"]),
            "chosen_penalty": [split["penalty"] for split in splits],
            "weights_that_are_zero": np.sum(weights == 0),
            "penalties_that_shorten": np.sum(np.diff(np.linalg.norm(weights, axis=1)) < 0),
            "correlation_s1_s2": np.corrcoef(X[:, 4], X[:, 5])[0, 1],
            "weights_of_s1_and_s2": {"smallest_penalty": weights[0, 4:6],
                                     "penalty_10": weights[PENALTIES.searchsorted(9.9), 4:6]},
        },
    )


def one_split(table, seed):
    """Choose a penalty on the validation part and look at the test part once.

    The ten measurements and all their products are 65 columns; everything about them is fitted on
    the 100 training patients. -> the test MSE with the penalty, without one ("free"), and of the
    ten plain columns without one; the penalty; the errors by penalty and part (3, 29).
    """
    order = stream(seed, "ridge split").permutation(len(table.y))
    train, validation, test = np.split(order, [TRAIN, TRAIN + VALIDATION])
    ten = fit_standardiser(table.X[train])(table.X)  # (442, 10)
    wide = with_products(ten)
    X, y = fit_standardiser(wide[train])(wide), table.y  # (442, 65), (442,)
    lines = [normal_equation(X[train], y[train], penalty) for penalty in PENALTIES]
    errors = np.array([
        [mse(predict(X[rows], *line), y[rows]) for line in lines]
        for rows in (train, validation, test)
    ])
    chosen = int(np.argmin(errors[1]))
    free, plain = least_squares(X[train], y[train]), least_squares(ten[train], y[train])
    return {
        "ridge": errors[2, chosen],
        "free": mse(predict(X[test], *free), y[test]),
        "ten": mse(predict(ten[test], *plain), y[test]),
        "penalty": PENALTIES[chosen],
        "errors": errors,
    }


def draw_ridge(splits, weights):
    """Left: the weights of the ten plain columns. Right: the errors with 65 columns."""
    title = "The right penalty loses training fit, gains on new patients; one too large loses both"
    figure, (left, right) = new_figure(title, columns=2, width=11)
    left.semilogx(PENALTIES, weights, color="0.75", linewidth=1)
    for column, name, colour in ((4, "s1", COLOURS[3]), (5, "s2", COLOURS[4])):
        left.semilogx(PENALTIES, weights[:, column], color=colour, label=f"{name}, correlated")
    left.plot([], color="0.75", label="the other eight")
    label(left, "penalty", "weight (target units per deviation)", "ten columns, all 442 patients")
    errors = np.array([split["errors"] for split in splits])  # (S, 3, 29)
    for i, (part, (colour, style)) in enumerate(STYLES.items()):
        right.loglog(PENALTIES, errors[:, i].mean(axis=0), style, color=colour, label=part)
    chosen = [split["penalty"] for split in splits]
    at_choice = [split["ridge"] for split in splits]
    right.plot(chosen, at_choice, "o", color="black", fillstyle="none", label="test at the choice")
    label(right, "penalty", "mean squared error (target units squared)",
          f"65 columns, 100 patients, mean of {len(splits)} splits")
    return figure
