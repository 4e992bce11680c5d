"""Shape bugs: twelve of them in a table, and what one of them does to a training."""

import warnings

import numpy as np

from block00_toolbox.experiments.symptoms import SYMPTOMS
from block00_toolbox.hidden_shape_bugs import BUGS
from block00_toolbox.train import LOSSES, SETTINGS, first_theta, patients, prepare, train
from shared.plots import histogram, label, new_figure
from shared.seeding import stream

# --- twelve bugs ---------------------------------------------------------------------------------


def shape_bugs(run):
    """Each of twelve functions runs without error or warning and gives a wrong number; the check
    that was written for it fails on it and passes on the repaired function.
    """
    rows = {symptom.__name__: examine(symptom, run.seed) for symptom in SYMPTOMS}
    run.file("gallery.txt", table(rows))
    run.record(config={"bugs": list(rows)}, metrics=rows)
    shown, caught = (sum(row[key] for row in rows.values()) for key in ("is_wrong", "is_caught"))
    run.headline({"shape_bugs_shown": shown, "shape_bugs_caught": caught})


def examine(symptom, seed, bugs=BUGS):
    """The number with the bug and without it, and whether the check tells the two apart.

    A bug that raises or warns ends the run here: that it comes back is its silence.
    """
    name, numbers, said = symptom.__name__, {}, {}
    for which in ("broken", "fixed"):
        function = getattr(bugs[name], which)
        with warnings.catch_warnings(), np.errstate(all="raise"):
            warnings.simplefilter("error")
            numbers[which] = float(symptom(function, stream(seed, name)))
        said[which] = complains(bugs[name].check, function)
    broken, fixed = numbers.values()
    return numbers | {
        "is_wrong": abs(broken - fixed) > 0.01 * max(abs(broken), abs(fixed)),
        "is_caught": said["broken"] and not said["fixed"],
        "meaning": symptom.__doc__,
    }


def complains(check, function):
    """Whether the check raises an error for this function."""
    try:
        check(function)
    except ValueError:
        return True
    return False


def table(rows):
    """One line a bug, for the README."""
    lines = [f"{'bug':<22}{'with it':>10}{'without':>10}   the number"]
    for name, row in rows.items():
        shown = [0 if abs(row[key]) < 1e-12 else row[key] for key in ("broken", "fixed")]
        lines.append(f"{name:<22}{shown[0]:>10.3g}{shown[1]:>10.3g}   {row['meaning']}")
    return "\n".join(lines) + "\n"


# --- one of them in a training -------------------------------------------------------------------


def wrong_loss(run):
    """Descent on the (N, N) loss converges at the variance of y, and its line says the mean of y to
    everyone; the same loop on the right loss finds the line (five seeds).
    """
    seeds = run.seeds(5)
    lines = {problem: [fit(seed, problem) for seed in seeds] for problem in LOSSES}
    run.figure(draw_loss(*(found[0] for found in lines.values())))
    metrics = {
        problem: summary([numbers(LOSSES[problem], *line) for line in found])
        for problem, found in lines.items()
    }
    run.record(config=SETTINGS._asdict(), metrics=metrics)


def fit(seed, problem):
    """The line that one loss leads to, and its data. -> theta, X, y, X_validation, y_validation"""
    X, y, *others = prepare(*patients(seed, SETTINGS), SETTINGS, stream(seed, "split"))
    rng = stream(seed, "train")
    theta = train(first_theta(SETTINGS, rng), X, y, SETTINGS, rng, loss=LOSSES[problem])
    return theta, X, y, *others


def numbers(loss, theta, X, y, X_validation, y_validation):
    """What the run prints at its end, and what became of the line."""
    return {
        "final_loss": loss(X, y, theta)[0],
        "variance_of_y": y.var(),
        "weights_norm": np.linalg.norm(theta[:2]),
        "intercept_minus_mean_y": abs(theta[2] - y.mean()),
        "true_loss_on_validation": LOSSES["without the bug"](X_validation, y_validation, theta)[0],
    }


def summary(found):
    """Mean and standard deviation of each number over the seeds."""
    columns = {key: [numbers[key] for numbers in found] for key in found[0]}
    return {key: {"mean": np.mean(x), "sd": np.std(x)} for key, x in columns.items()}


def draw_loss(right, wrong):
    """What both lines of one seed say to the training examples."""
    figure, axes = new_figure("With the bug every prediction ends at the mean of y", height=3.5)
    (theta, X, y, _, _), (wrong_theta, *_) = right, wrong
    histogram(axes[0], {"p without the bug": X @ theta, "p with the bug": X @ wrong_theta}, 20)
    axes[0].hist(y, 20, histtype="step", color="black", label="target y")
    label(axes[0], "value", "training examples", "One seed")
    return figure
