"""The two data sets: test accuracy over five splits, the penalty chosen on the training side."""

import numpy as np

from block02_classification import logistic, softmax_regression
from block02_classification.experiments.digits import CLASSES, EPOCHS, digits, fit
from block02_classification.experiments.seeds import several_seeds
from block02_classification.metrics import averaged_scores, binary_scores
from shared.data import fit_standardiser, load_breast_cancer, stratified_split
from shared.losses import confusion_matrix, cross_entropy
from shared.plots import heat_map, label, new_figure
from shared.seeding import stream

TEST_FRACTION = VALIDATION_FRACTION = 0.2  # the second of what the first leaves
TUMOUR_PENALTIES = [1e-4, 1e-3, 1e-2, 1e-1, 1.0]
DIGIT_PENALTIES = [0.0, 1e-4, 1e-3, 1e-2]


def splits(y, seed):
    """Row numbers: fitting, validation, both of them (the training side), test."""
    train, test = stratified_split(y, TEST_FRACTION, stream(seed, "test split"))
    rng = stream(seed, "validation split")
    fitting, validation = stratified_split(y[train], VALIDATION_FRACTION, rng)
    return train[fitting], train[validation], train, test


def mean_and_sd(values):
    return {"mean": np.mean(values), "sd": np.std(values), "each": values}


# --- breast cancer -------------------------------------------------------------------------------


def fit_tumours(table, rows, penalty):
    """Standardise by these rows and fit them. -> probability(X)"""
    standardise = fit_standardiser(table.X[rows])
    w, b = logistic.newton(standardise(table.X[rows]), table.y[rows], penalty=penalty)
    return lambda X: logistic.probability(standardise(X), w, b)


def tumour_split(table, seed):
    """The chosen penalty, and the test side's confusion matrix with malignant as class 1."""
    fitting, validation, train, test = splits(table.y, seed)

    def validation_loss(penalty):
        p = fit_tumours(table, fitting, penalty)(table.X[validation])
        return -np.mean(np.log(np.where(table.y[validation] == 1, p, 1 - p)))

    penalty = min(TUMOUR_PENALTIES, key=validation_loss)
    benign = fit_tumours(table, train, penalty)(table.X[test]) > 0.5
    return penalty, confusion_matrix(1 - benign, 1 - table.y[test], 2)


def logistic_regression_reads_tumours(run):
    """Five stratified 80/20 splits; class 1 of the scores is malignant."""
    seeds, table = list(range(run.seed, run.seed + 5)), load_breast_cancer()
    penalties, counts = zip(*(tumour_split(table, seed) for seed in seeds))
    accuracies = [np.trace(c) / c.sum() for c in counts]
    malignant = [binary_scores(c) for c in counts]
    run.claim(
        "breast_cancer",
        "Logistic regression tells malignant from benign tumours; a wrong answer costs more on "
        "one side than on the other, so recall and precision stand beside accuracy",
        seeds=seeds,
        config={"test_fraction": TEST_FRACTION, "penalties": TUMOUR_PENALTIES},
        metrics={
            "accuracy": mean_and_sd(accuracies),
            "chosen_penalty": penalties,
            "malignant_recall": mean_and_sd([s.recall for s in malignant]),
            "malignant_precision": mean_and_sd([s.precision for s in malignant]),
            "always_benign_accuracy": np.mean(table.y),
        },
    )
    run.headline({"breast_cancer_test_accuracy": np.mean(accuracies)})


# --- digits --------------------------------------------------------------------------------------


def digit_split(X, y, seed, epochs):
    """The chosen penalty, and the test side's confusion matrix (10, 10)."""
    fitting, validation, train, test = splits(y, seed)

    def validation_loss(penalty):
        rng = stream(seed, "choosing", str(penalty))
        model = fit(X[fitting], y[fitting], rng, penalty=penalty, epochs=epochs)
        return cross_entropy(softmax_regression.logits(X[validation], *model), y[validation])

    penalty = min(DIGIT_PENALTIES, key=validation_loss)
    model = fit(X[train], y[train], stream(seed, "fitting"), penalty=penalty, epochs=epochs)
    predicted = softmax_regression.predict(X[test], *model)
    return penalty, confusion_matrix(predicted, y[test], CLASSES)


def draw_mistakes(mistakes, true, called):
    """The confusion matrix without its diagonal of right answers."""
    title = f"Mistakes on all test sides: most often {true} is read as {called}"
    figure, (axes,) = new_figure(title, height=5.5)
    heat_map(axes, mistakes, range(10), range(10), number_format="d")
    label(axes, "predicted digit", "true digit", legend=False)
    return figure


def softmax_regression_reads_digits(run):
    """Five stratified 80/20 splits of the 1,797 digits."""
    seeds, (X, y) = several_seeds(run), digits()
    epochs = EPOCHS // 4 if run.quick else EPOCHS
    found = [digit_split(X, y, seed, epochs) for seed in run.progress(seeds, "digits")]
    penalties, counts = zip(*found)
    accuracies = [np.trace(c) / c.sum() for c in counts]
    total = np.sum(counts, axis=0)
    mistakes = total - np.diag(np.diag(total))
    true, called = np.unravel_index(np.argmax(mistakes), mistakes.shape)
    run.figure(draw_mistakes(mistakes, true, called), "digits")
    run.claim(
        "digits",
        "Ten weight pictures, one for each digit, read 19 of 20 digits",
        seeds=seeds,
        config={"test_fraction": TEST_FRACTION, "penalties": DIGIT_PENALTIES, "epochs": epochs},
        metrics={
            "accuracy": mean_and_sd(accuracies),
            "chosen_penalty": penalties,
            "macro_f1": mean_and_sd([averaged_scores(c, "macro").f1 for c in counts]),
            "recall_by_digit": np.diag(total) / total.sum(axis=1),
            "most_frequent_mistake": {"true": true, "called": called, "count": mistakes.max()},
        },
    )
    run.headline({"digits_test_accuracy": np.mean(accuracies)})
