"""Sure and wrong: what each loss does about it, and what one temperature repairs."""

from functools import partial

import numpy as np

from block02_classification import cross_entropy, softmax_regression
from block02_classification.calibration import (
    error_by_chance,
    expected_calibration_error,
    fit_temperature,
    reliability,
)
from block02_classification.experiments.spread import spread
from block02_classification.problems import CLASSES, PIXEL_MAX, digits, few_and_many
from block02_classification.train import Settings, squared_error_gradient, train
from shared import losses
from shared.data import stratified_split
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream

# --- softmax with two losses ---------------------------------------------------------------------

SURE = 15.0  # the logit by which the bad start prefers class 0
RATES = (1.0, 3.0, 10.0)
EPOCHS = 40
GAPS = np.linspace(-15, 15, 121)
STARTS = {"zero start": 0.0, "sure start": SURE}


LOSSES = {"cross-entropy": losses.cross_entropy_gradient, "squared error": squared_error_gradient}


def sure_start(run):
    """From a start that is sure that every digit is a 0, softmax with cross-entropy recovers in 40
    epochs and softmax with a squared error does not, at any of three rates; from a start at zero
    both learn (five seeds).
    """
    seeds, (X, y) = run.seeds(5, quick=2), digits()
    epochs = EPOCHS // 4 if run.quick else EPOCHS
    table = {
        loss: {
            kind: [chosen_rate(X, y, seed, gradient, sure, epochs) for seed in seeds]
            for kind, sure in STARTS.items()
        }
        for loss, gradient in LOSSES.items()
    }
    run.figure(draw_losses(table, epochs))
    run.record(
        config={"sure_logit": SURE, "learning_rates": RATES, "epochs": epochs},
        metrics={
            loss: {
                kind: {
                    "test_accuracy": spread([share for share, _ in found]),
                    "chosen_rates": [rate for _, rate in found],
                    "first_gradient": first_gradient(X, y, LOSSES[loss], STARTS[kind]),
                }
                for kind, found in kinds.items()
            }
            for loss, kinds in table.items()
        },
    )


def start(X, sure):
    """Zero weights, and an intercept that is sure of class 0."""
    return np.zeros((X.shape[1], CLASSES)), sure * np.eye(CLASSES)[0]


def chosen_rate(X, y, seed, loss_gradient, sure, epochs):
    """The test accuracy of the rate with the best validation accuracy, and that rate."""
    rows, rest = stratified_split(y, 0.4, stream(seed, "saturation split"))
    validation, test = np.array_split(rest, 2)
    settings = [Settings(rate, 128, epochs) for rate in RATES]
    models = [fit(X[rows], y[rows], seed, loss_gradient, sure, s) for s in settings]
    best = int(np.argmax([accuracy_of(model, X[validation], y[validation]) for model in models]))
    return accuracy_of(models[best], X[test], y[test]), RATES[best]


def fit(X, y, seed, loss_gradient, sure, settings):
    """Softmax regression with this loss from this start. -> (W, b)"""
    gradient = partial(softmax_regression.gradient, loss_gradient=loss_gradient)
    return train(start(X, sure), X, y, settings, stream(seed, "saturation"), gradient=gradient)


def accuracy_of(model, X, y):
    """The share of rows whose predicted class is y."""
    return losses.accuracy(softmax_regression.predict(X, *model), y)


def first_gradient(X, y, loss_gradient, sure):
    """|dW| on all digits at the start."""
    dW, _ = softmax_regression.gradient(X, y, *start(X, sure), loss_gradient=loss_gradient)
    return float(np.linalg.norm(dW))


def pulls(gradient):
    """-d loss / d z_target of two classes, for each gap z_target - z_other."""
    return np.array([-gradient([gap, 0.0], 0)[0] for gap in GAPS])


def draw_losses(table, epochs):
    """Left: the pull over the gap. Right: test accuracy from both starts."""
    title = "Sure and wrong: cross-entropy pulls hardest, the squared error lets go"
    figure, (left, right) = new_figure(title, columns=2, width=10)
    left.plot(GAPS, pulls(cross_entropy.cross_entropy_gradient), label="cross-entropy")
    left.plot(GAPS, pulls(cross_entropy.squared_error_gradient), "--", label="squared error")
    slope, gap = "-(slope of the loss in the true logit)", "logit of the true class minus the other"
    label(left, gap, slope, "one example, two classes", legend=False)
    for i, kinds in enumerate(table.values()):
        shares = np.array([[share for share, _ in found] for found in kinds.values()])
        place = np.arange(2) + 0.4 * i - 0.2
        right.bar(place, shares.mean(1), 0.38, yerr=shares.std(1), capsize=3)
    right.set_xticks(range(2), ["at zero", "sure of class 0"])
    right.set_ylim(0, 1)
    title = f"digits, mean and standard deviation of {shares.shape[1]} seeds"
    label(right, "start", f"test accuracy after {epochs} epochs", title)
    figure.legend(loc="outside lower center", ncols=2)
    return figure


# --- calibration ---------------------------------------------------------------------------------

TRAIN, VALIDATION = 150, 300  # images; the rest, 1,347, is the test set
MODELS = {  # the pixels from 0 to this, and how: 1,000 times all 150 at once, without a penalty
    "raw pixels": (PIXEL_MAX, Settings(learning_rate=0.1, batch_size=TRAIN, epochs=1000)),
    "scaled pixels": (1, Settings(learning_rate=2.0, batch_size=TRAIN, epochs=1000)),
}
FACTORS = 2.0 ** np.arange(-4, 3.1, 0.5)  # what the control multiplies the logits by


def calibration(run):
    """Trained without a penalty on 150 digits whose pixels were left at 0 to 16, the model is surer
    than it is right; a temperature from 300 other images more than halves the calibration error.
    The logits of a calibrated model times 4 have a large calibration error, those of the sure one
    divided by 4 a small one, and no answer changes (five seeds).
    """
    seeds, (X, y) = run.seeds(5, quick=2), digits()
    found = {name: [one_seed(X, y, seed, *how) for seed in seeds] for name, how in MODELS.items()}
    control = {name: times_factors(models) for name, models in found.items()}
    summary = {name: before_and_after(models) for name, models in found.items()}
    run.figure(draw_sureness(found["raw pixels"], control))
    run.record(
        config={
            "train": TRAIN, "validation": VALIDATION, "test": len(y) - TRAIN - VALIDATION,
            "bins": 10, **{name: how._asdict() for name, (_, how) in MODELS.items()},
        },
        metrics=summary | {
            "ece_of_logits_times": {
                name: dict(zip((f"{factor:g}" for factor in FACTORS), curve.mean(axis=0)))
                for name, curve in control.items()
            },
        },
    )
    raw = summary["raw pixels"]
    run.headline({f"ece_{when}": raw[when]["ece"]["mean"] for when in ("before", "after")})


def one_seed(X, y, seed, largest_pixel, settings):
    """The temperature from the validation images, and the test logits and labels."""
    rows, validation, test = few_and_many(y, TRAIN, VALIDATION, seed)
    X = largest_pixel * X
    start = softmax_regression.start(X[rows], y[rows], CLASSES)
    model = train(start, X[rows], y[rows], settings, stream(seed, "calibration"))
    temperature = fit_temperature(softmax_regression.logits(X[validation], *model), y[validation])
    return temperature, softmax_regression.logits(X[test], *model), y[test]


def answers(logits, y):
    """The confidence of each answer, and whether it is right: (N,), (N,)."""
    p = losses.softmax(logits)
    return p.max(axis=1), p.argmax(axis=1) == y


def measure(logits, y):
    """Loss, calibration error, mean confidence, accuracy, and how many were surely wrong."""
    confidence, correct = answers(logits, y)
    return {
        "loss": losses.cross_entropy(logits, y),
        "ece": expected_calibration_error(confidence, correct),
        "mean_confidence": confidence.mean(),
        "accuracy": correct.mean(),
        "mistakes_made_with_90_percent": np.mean(confidence[~correct] >= 0.9),
    }


def before_and_after(models):
    """What `measure` says before and after the temperature, over the seeds; what chance does."""
    noise = [error_by_chance(answers(z / t, y)[0], stream(0, "chance")) for t, z, y in models]
    return {
        "temperature": spread([temperature for temperature, _, _ in models]),
        "chance": spread(noise),
        "before": spread([measure(logits, y) for _, logits, y in models]),
        "after": spread([measure(logits / t, y) for t, logits, y in models]),
    }


def times_factors(models):
    """The control: the calibration error with the logits times each factor, (seeds, factors)."""
    error = lambda logits, y: expected_calibration_error(*answers(logits, y))  # noqa: E731
    return np.array([[error(factor * z, y) for factor in FACTORS] for _, z, y in models])


def draw_sureness(models, control):
    """Reliability before and after with the number of answers in each bin; the control."""
    title = "Surer than right; a temperature for each model mends most of it"
    title += "\nRight: only the size of the logits changes"
    figure, (left, middle, right) = new_figure(title, columns=3, width=12, height=4.4)
    left.plot([0, 1], [0, 1], ":", color="black", label="calibrated")
    for name, colour, style in (("before", COLOURS[3], "o-"), ("after", COLOURS[2], "s--")):
        scale = [t if name == "after" else 1.0 for t, _, _ in models]
        rows = [answers(logits / t, y) for t, (_, logits, y) in zip(scale, models)]
        bins = reliability(*map(np.concatenate, zip(*rows)))
        seen = bins.counts > 0
        left.plot(bins.confidence[seen], bins.accuracy[seen], style, color=colour, label=name)
        middle.stairs(bins.counts, np.linspace(0, 1, 11), color=colour, linewidth=2, label=name,
                      linestyle=style[1:])
    left.set(xlim=(0, 1), ylim=(0, 1))
    label(left, "mean confidence of the bin", "share that is right", "raw pixels, seeds together")
    middle.set(xlim=(0, 1), yscale="log")
    label(middle, "confidence", "test answers in the bin", f"raw pixels, {len(models)} seeds")
    draw_control(right, control)
    return figure


def draw_control(axes, control):
    """The calibration error over the factor, mean and deviation over the seeds."""
    for (name, curve), colour, style in zip(control.items(), (COLOURS[3], COLOURS[0]), ("o", "^")):
        axes.errorbar(FACTORS, curve.mean(0), curve.std(0), fmt=f"{style}-", color=colour,
                      markersize=4, capsize=2, label=name)
    axes.axvline(1, color="0.6", linewidth=1, label="as trained")
    axes.set_xscale("log", base=2)
    axes.set_xticks([1 / 16, 1 / 4, 1, 4], ["1/16", "1/4", "1", "4"])
    axes.set_ylim(0)
    label(axes, "logits multiplied by", "calibration error", f"mean and sd of {len(curve)} seeds")
