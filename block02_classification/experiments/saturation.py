"""Softmax with cross-entropy against softmax with a squared error."""

import numpy as np

from block02_classification import cross_entropy, softmax_regression
from block02_classification.experiments.digits import CLASSES, accuracy_of, digits, fit
from block02_classification.experiments.seeds import several_seeds
from shared.data import stratified_split
from shared.losses import cross_entropy_gradient, softmax
from shared.plots import label, new_figure
from shared.seeding import stream

SURE = 15.0  # the logit by which the bad start prefers class 0
RATES = [1.0, 3.0, 10.0]
EPOCHS = 40
GAPS = np.linspace(-15, 15, 121)


def squared_error_gradient(logits, targets):
    """The batch form of cross_entropy.squared_error_gradient: (N, K) -> (N, K)."""
    p = softmax(logits)
    dp = 2 * (p - np.eye(logits.shape[1])[targets]) / len(targets)
    return p * (dp - np.sum(p * dp, axis=1, keepdims=True))


LOSSES = {"cross-entropy": cross_entropy_gradient, "squared error": squared_error_gradient}


def pulls(gradient):
    """-d loss / d z_target of two classes, for each gap z_target - z_other."""
    return np.array([-gradient([gap, 0.0], 0)[0] for gap in GAPS])


def start(X, sure):
    """Zero weights, and an intercept that is sure of class 0."""
    return np.zeros((X.shape[1], CLASSES)), sure * np.eye(CLASSES)[0]


def accuracies(X, y, seed, loss_gradient, sure, epochs):
    """Validation accuracy for each learning rate, test accuracy of the best, and that rate."""
    train, rest = stratified_split(y, 0.4, stream(seed, "saturation split"))
    validation, test = np.array_split(rest, 2)
    settings = {"loss_gradient": loss_gradient, "start": start(X, sure), "epochs": epochs}
    models = [
        fit(X[train], y[train], stream(seed, "saturation"), learning_rate=rate, **settings)
        for rate in RATES
    ]
    best = int(np.argmax([accuracy_of(m, X[validation], y[validation]) for m in models]))
    return accuracy_of(models[best], X[test], y[test]), RATES[best]


def first_gradient(X, y, loss_gradient, sure):
    """|dW| on all digits at the start."""
    dW, _ = softmax_regression.gradient(X, y, *start(X, sure), loss_gradient=loss_gradient)
    return float(np.linalg.norm(dW))


def draw(table):
    """Left: the pull over the gap. Right: test accuracy from both starts."""
    title = "Confidently wrong: cross-entropy pulls hardest, the squared error lets go"
    figure, (left, right) = new_figure(title, columns=2)
    left.plot(GAPS, pulls(cross_entropy.cross_entropy_gradient), label="cross-entropy")
    left.plot(GAPS, pulls(cross_entropy.squared_error_gradient), "--", label="squared error")
    label(left, "logit of the true class minus the other", "pull on the true logit")
    for i, (name, found) in enumerate(table.items()):
        means, sds = np.mean(list(found.values()), axis=1), np.std(list(found.values()), axis=1)
        right.bar(np.arange(2) + 0.4 * i - 0.2, means, 0.38, yerr=sds, capsize=3, label=name)
    right.set_xticks([0, 1], ["zero", "sure of class 0"])
    right.set_ylim(0, 1.3)
    label(right, "start", f"test accuracy after {EPOCHS} epochs")
    return figure


def cross_entropy_recovers_where_the_squared_error_is_stuck(run):
    """Digits from two starts; each loss at the best of three learning rates."""
    seeds, (X, y) = several_seeds(run), digits()
    epochs = EPOCHS // 4 if run.quick else EPOCHS
    starts = {"zero_start": 0.0, "sure_start": SURE}
    table = {name: {} for name in LOSSES}
    rates = {name: {} for name in LOSSES}
    for name, gradient in LOSSES.items():
        for kind, sure in starts.items():
            found = [accuracies(X, y, seed, gradient, sure, epochs) for seed in seeds]
            table[name][kind], rates[name][kind] = zip(*found)
    run.figure(draw(table), "saturation")
    run.claim(
        "saturation",
        "From a confidently wrong start cross-entropy recovers within the epochs that leave the "
        "squared error where it was; from a neutral start both learn",
        seeds=seeds,
        config={"sure_logit": SURE, "learning_rates": RATES, "epochs": epochs},
        metrics={
            "test_accuracy": {
                name.replace(" ", "_").replace("-", "_"): {
                    kind: {"mean": np.mean(v), "sd": np.std(v)} for kind, v in kinds.items()
                }
                for name, kinds in table.items()
            },
            "chosen_rates": rates,
            "first_gradient": {
                name.replace(" ", "_").replace("-", "_"): {
                    kind: first_gradient(X, y, gradient, sure) for kind, sure in starts.items()
                }
                for name, gradient in LOSSES.items()
            },
        },
    )
