"""A model that is too sure of itself, and the one number that repairs it."""

import numpy as np

from block02_classification import softmax_regression
from block02_classification.calibration import (
    expected_calibration_error,
    fit_temperature,
    reliability,
)
from block02_classification.experiments.digits import CLASSES, digits
from block02_classification.experiments.seeds import several_seeds
from shared.data import stratified_split
from shared.losses import cross_entropy, cross_entropy_gradient, softmax
from shared.plots import label, new_figure
from shared.seeding import stream

TRAIN, VALIDATION = 150, 300  # few enough to learn by heart; the rest, 1,347, is the test set
UPDATES = 1000  # on all 150 at once; the training loss ends near 0.01 (gentle), 1e-4 (hasty)
HASTY, GENTLE = 30.0, 2.0  # 30 overshoots at first, and nothing pulls its large weights back
SURE = 0.9


def split(y, seed):
    """Row numbers of 150 training, 300 validation and 1,347 test images."""
    rng = stream(seed, "overconfidence split")
    rest, train = stratified_split(y, TRAIN / len(y), rng)
    test, validation = stratified_split(y[rest], VALIDATION / len(rest), rng)
    return train, rest[validation], rest[test]


def learn_by_heart(X, y, learning_rate):
    """Cross-entropy without a penalty, far longer than accuracy needs."""
    path = softmax_regression.descend(
        X, y, CLASSES, learning_rate=learning_rate, batch_size=len(y),
        loss_gradient=cross_entropy_gradient,
    )  # fmt: skip
    return softmax_regression.after(UPDATES, path)


def measure(logits, y):
    """Loss, calibration error, mean confidence, accuracy, and how many were surely wrong."""
    p = softmax(logits)  # (N, K)
    confidence, correct = p.max(axis=1), p.argmax(axis=1) == y
    return {
        "loss": cross_entropy(logits, y),
        "ece": expected_calibration_error(confidence, correct),
        "mean_confidence": confidence.mean(),
        "accuracy": correct.mean(),
        "share_of_mistakes_made_with_90_percent": np.mean(confidence[~correct] >= SURE),
    }


def one_seed(X, y, seed, learning_rate):
    """The length of W, the temperature, and the test logits and labels, for one split."""
    train, validation, test = split(y, seed)
    W, b = learn_by_heart(X[train], y[train], learning_rate)
    validation_logits = softmax_regression.logits(X[validation], W, b)
    temperature = fit_temperature(validation_logits, y[validation])
    length = float(np.linalg.norm(W))
    return length, temperature, softmax_regression.logits(X[test], W, b), y[test]


def draw(temperature, logits, y):
    """Reliability before and after, and the confidence of the wrong answers."""
    title = f"Divided by a temperature of {temperature:.1f}, the confidence comes true"
    figure, (left, right) = new_figure(title, columns=2)
    left.plot([0, 1], [0, 1], ":", color="black", label="calibrated")
    edges = np.linspace(0, 1, 11)
    for (name, scale), style in zip((("before", 1.0), ("after", temperature)), ("o-", "s--")):
        p = softmax(logits / scale)
        confidence, correct = p.max(axis=1), p.argmax(axis=1) == y
        bins = reliability(confidence, correct)
        seen = bins.counts > 0
        left.plot(bins.confidence[seen], bins.accuracy[seen], style, label=name)
        right.hist(confidence[~correct], edges, histtype="step", linewidth=2, label=name,
                   linestyle="--" if name == "after" else "-")  # fmt: skip
    label(left, "mean confidence of the bin", "share that is right")
    label(right, "confidence of a wrong answer", "wrong answers on the test set")
    return figure


def summary(rows):
    """{measure: {mean, sd}} of a list of {measure: number}."""
    columns = {key: [row[key] for row in rows] for key in rows[0]}
    return {key: {"mean": np.mean(v), "sd": np.std(v)} for key, v in columns.items()}


def before_and_after(X, y, seeds, learning_rate):
    """Lengths and temperatures, and what `measure` says before and after, over the seeds."""
    runs = [one_seed(X, y, seed, learning_rate) for seed in seeds]
    return {
        "weight_length": np.mean([length for length, _, _, _ in runs]),
        "temperature": [temperature for _, temperature, _, _ in runs],
        "before": summary([measure(logits, truth) for _, _, logits, truth in runs]),
        "after": summary([measure(logits / t, truth) for _, t, logits, truth in runs]),
    }


def one_temperature_repairs_an_overconfident_model(run):
    """150 training digits, no penalty; the temperature comes from 300 other ones."""
    seeds, (X, y) = several_seeds(run), digits()
    found = {
        "hasty": before_and_after(X, y, seeds, HASTY),
        "gentle": before_and_after(X, y, seeds, GENTLE),
    }
    run.figure(draw(*one_seed(X, y, run.seed, HASTY)[1:]), "calibration")
    run.claim(
        "calibration",
        "Trained in haste and without a penalty on 150 digits the model is surer than it is right; "
        "one temperature, fitted on validation images, more than halves the calibration error and "
        "changes no prediction. Trained gently the same model has little to repair",
        seeds=seeds,
        config={
            "train": TRAIN, "validation": VALIDATION, "test": len(y) - TRAIN - VALIDATION,
            "updates": UPDATES, "hasty_rate": HASTY, "gentle_rate": GENTLE, "bins": 10,
        },
        metrics=found,
    )  # fmt: skip
    hasty = found["hasty"]
    run.headline(
        {"ece_before": hasty["before"]["ece"]["mean"], "ece_after": hasty["after"]["ece"]["mean"]}
    )
