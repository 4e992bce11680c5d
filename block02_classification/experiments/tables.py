"""The two data sets: five splits, the penalty chosen on a part of the training side, one look."""

import numpy as np

from block02_classification import logistic, softmax_regression
from block02_classification.experiments.spread import spread
from block02_classification.metrics import accuracy_of, binary_scores, most_frequent_mistake
from block02_classification.problems import CLASSES, PART, digits, splits
from block02_classification.train import DIGITS, train
from shared.data import fit_standardiser, load_breast_cancer
from shared.losses import confusion_matrix, cross_entropy
from shared.plots import heat_map, label, new_figure
from shared.seeding import stream

TUMOUR_PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
DIGIT_PENALTIES = (0.0, 1e-4, 1e-3, 1e-2)


def five_splits(run):
    """Logistic regression tells 96 of 100 tumours right and softmax regression 97 of 100 digits, on
    test sides that neither the fit nor the choice of its penalty has seen; recall says what share
    of the malignant tumours was found.
    """
    seeds = run.seeds(5, quick=2)
    settings = DIGITS._replace(epochs=20) if run.quick else DIGITS
    table, (X, y) = load_breast_cancer(), digits()
    tumours = [tumour_split(table, seed) for seed in seeds]
    numerals = [digit_split(X, y, seed, settings) for seed in run.progress(seeds, "digits")]

    mistakes = np.sum([counts for _, counts in numerals], axis=0)
    run.figure(draw(mistakes, len(seeds)))
    run.record(
        config={
            "test_fraction": PART, "epochs": settings.epochs,
            "tumour_penalties": TUMOUR_PENALTIES, "digit_penalties": DIGIT_PENALTIES,
        },
        metrics={
            "tumours": tumour_metrics(tumours, table.y),
            "digits": digit_metrics(numerals, mistakes),
        },
    )
    run.headline({
        "breast_cancer_test_accuracy": np.mean([accuracy_of(counts) for _, counts in tumours]),
        "digits_test_accuracy": np.mean([accuracy_of(counts) for _, counts in numerals]),
    })


# --- tumours -------------------------------------------------------------------------------------


def tumour_split(table, seed):
    """The chosen penalty, and the test side's confusion matrix with malignant as class 1."""
    fitting, validation, training, test = splits(table.y, seed)

    def validation_loss(penalty):
        standardise, w, b = fit_tumours(table, fitting, penalty)
        return logistic.loss(standardise(table.X[validation]), table.y[validation], w, b)

    penalty = min(TUMOUR_PENALTIES, key=validation_loss)
    standardise, w, b = fit_tumours(table, training, penalty)
    benign = logistic.probability(standardise(table.X[test]), w, b) > 0.5
    return penalty, confusion_matrix(1 - benign, 1 - table.y[test], 2)


def fit_tumours(table, rows, penalty):
    """Standardise by these rows and fit them. -> the standardiser, w (30,), b"""
    standardise = fit_standardiser(table.X[rows])
    return standardise, *logistic.newton(standardise(table.X[rows]), table.y[rows], penalty=penalty)


def tumour_metrics(found, y):
    """What the five splits say: accuracy, and recall and precision of malignant."""
    penalties, matrices = zip(*found)
    accuracies = [accuracy_of(counts) for counts in matrices]
    scores = [binary_scores(counts)._asdict() for counts in matrices]
    return {
        "accuracy": spread(accuracies) | {"all": accuracies},
        "malignant": spread(scores),
        "malignant_recall": [score["recall"] for score in scores],
        "chosen_penalty": penalties,
        "always_benign_accuracy": np.mean(y),
    }


# --- digits --------------------------------------------------------------------------------------


def digit_split(X, y, seed, settings):
    """The chosen penalty, and the test side's confusion matrix (10, 10)."""
    fitting, validation, training, test = splits(y, seed)

    def validation_loss(penalty):
        rng = stream(seed, "choosing", str(penalty))
        model = fit_digits(X[fitting], y[fitting], settings._replace(penalty=penalty), rng)
        return cross_entropy(softmax_regression.logits(X[validation], *model), y[validation])

    penalty = min(DIGIT_PENALTIES, key=validation_loss)
    settings = settings._replace(penalty=penalty)
    model = fit_digits(X[training], y[training], settings, stream(seed, "fitting"))
    predicted = softmax_regression.predict(X[test], *model)
    return penalty, confusion_matrix(predicted, y[test], CLASSES)


def fit_digits(X, y, settings, rng):
    """Softmax regression on these digits, from zero. -> (W, b)"""
    return train(softmax_regression.start(X, y, CLASSES), X, y, settings, rng)


def digit_metrics(found, total):
    """What the five splits say, and the most frequent mistake on all test sides."""
    penalties, matrices = zip(*found)
    accuracies = [accuracy_of(counts) for counts in matrices]
    return {
        "accuracy": spread(accuracies) | {"all": accuracies},
        "chosen_penalty": penalties,
        "most_frequent_mistake": most_frequent_mistake(total),
    }


def draw(counts, splits):
    """The confusion matrix without its diagonal of right answers."""
    mistakes = counts.astype(float)
    np.fill_diagonal(mistakes, np.nan)
    title = "{true} read as {called} is the most frequent mistake: {count} times"
    title = title.format(**most_frequent_mistake(counts))
    title += f"\nAll mistakes on {splits} test sides; the diagonal of right answers is left out"
    figure, (axes,) = new_figure(title, height=5.5)
    limits = (0, np.nanmax(mistakes))
    heat_map(axes, mistakes, range(10), range(10), number_format=".0f", limits=limits)
    for text in axes.texts[:: CLASSES + 1]:
        text.set_text("")
    label(axes, "predicted digit", "true digit", legend=False)
    return figure
