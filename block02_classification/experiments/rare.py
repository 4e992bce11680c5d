"""One "yes" in a hundred: when accuracy misleads, what weights do, and what the threshold does."""

import numpy as np

from block02_classification import curves, logistic
from block02_classification.calibration import expected_calibration_error
from block02_classification.cross_entropy import balanced_class_weights
from block02_classification.experiments.spread import spread
from block02_classification.metrics import binary_scores
from block02_classification.problems import RARE, SHIFT, SIZES, rare_data
from shared.losses import accuracy, confusion_matrix
from shared.plots import COLOURS, heat_map, label, new_figure


def fitted(seed):
    """Plain and balanced logistic regression on one draw. -> {name: (w, b)}"""
    X, y = rare_data(seed, "train")
    weights = {"plain": None, "weighted": balanced_class_weights(y, 2)}
    return {name: logistic.newton(X, y, class_weights=w) for name, w in weights.items()}


def judge(yes, y):
    """Accuracy, and precision, recall and F1 of the rare class."""
    scores = binary_scores(counts(yes, y))
    return {"accuracy": accuracy(yes.astype(int), y)} | scores._asdict()


# --- the loss ------------------------------------------------------------------------------------


def rare_class(run):
    """With one "yes" in a hundred, always saying "no" has 99 % accuracy and finds nothing; class
    weights find most of the rare class and pay in precision and calibration, and the plain model
    with its threshold at 1/100 finds as many (five seeds).
    """
    seeds = run.seeds(5, quick=2)
    found = [answers(seed) for seed in seeds]
    rows = {name: [judge(yes[name], y) for yes, _, y in found] for name in found[0][0]}
    measured = {name: spread(row) for name, row in rows.items()}
    errors = [calibration_errors(p, y) for _, p, y in found]
    matrices = {k: np.mean([counts(yes[k], y) for yes, _, y in found], axis=0) for k in rows}
    run.figure(draw_matrices(matrices, measured, len(seeds)))
    run.record(
        config=SIZES | {"rare_share": RARE, "shift": SHIFT},
        metrics=measured | {"ece": spread(errors)},
    )
    headline = {f"rare_class_{score}_{name}": measured[name][score]["mean"]
                for score in ("recall", "precision") for name in ("plain", "weighted")}
    run.headline(headline | {"always_no_accuracy": measured["always no"]["accuracy"]["mean"]})


def answers(seed):
    """{who: yes or no (N,)}, {model: probability (N,)} and the truth of one test set."""
    X, y = rare_data(seed, "test")
    p = {name: logistic.probability(X, *model) for name, model in fitted(seed).items()}
    yes = {
        "always no": np.zeros(len(y), bool), "plain": p["plain"] >= 0.5,
        "weighted": p["weighted"] >= 0.5, "plain, threshold 1/100": p["plain"] >= RARE,
    }
    return yes, p, y


def calibration_errors(p, y):
    """Binned by the probability of "yes": plain, balanced, and balanced with the weights undone
    (log 99 taken off the logit). Binned by the confidence of the answer: balanced again.
    """
    balanced = p["weighted"]
    odds = balanced / (1 - balanced) * RARE / (1 - RARE)
    answer = np.maximum(balanced, 1 - balanced), (balanced >= 0.5) == y
    cases = {"plain": (p["plain"], y), "weighted": (balanced, y), "weighted answer": answer,
             "weighted undone": (odds / (1 + odds), y)}
    return {name: expected_calibration_error(*case) for name, case in cases.items()}


def counts(yes, y):
    """The confusion matrix (2, 2) of these answers."""
    return confusion_matrix(yes.astype(int), y, 2)


def draw_matrices(matrices, measured, seeds):
    """Mean confusion matrices, one for each way of answering, coloured by the share of the row."""
    title = "99 % accuracy by finding nothing; higher recall is paid for with false alarms\nTest "
    title += f"examples, means of {seeds} seeds; threshold 1/2 if not named; colour: share of row"
    figure, axes = new_figure(title, columns=4, width=12, height=4.2)
    for place, (name, matrix) in zip(axes, matrices.items()):
        shares = matrix / matrix.sum(axis=1, keepdims=True)
        heat_map(place, shares, ["no", "yes"], ["no", "yes"], number_format=".0%", limits=(0, 1))
        for text, count in zip(place.texts, matrix.ravel()):
            text.set_text(f"{count:,.0f}")
        means = {score: spread["mean"] for score, spread in measured[name].items()}
        subtitle = "{}\naccuracy {accuracy:.1%}\nrecall {recall:.0%}, precision {precision:.0%}"
        label(place, "predicted", "", subtitle.format(name, **means), legend=False)
    axes[0].set_ylabel("true")
    return figure


# --- the threshold -------------------------------------------------------------------------------

COSTS = {"miss_cost": 99, "false_alarm_cost": 1}
AREAS = {"roc": curves.roc_auc, "average_precision": curves.average_precision}


def threshold(run):
    """Moving the threshold of a trained model trades precision for recall; chosen on validation
    data, the one with the best F1 lifts F1 on test data and the cheapest lies where the formula
    says. The area under the ROC curve is 0.9 where the average precision is 0.3 (five seeds).
    """
    seeds = run.seeds(5, quick=2)
    found = [one_seed(seed) for seed in seeds]
    rows = [{name: judge(p >= t, y) for name, t in cuts.items()} for cuts, p, y in found]
    areas = spread([{name: area(p, y) for name, area in AREAS.items()} for _, p, y in found])
    run.figure(draw_thresholds(found, areas))
    run.record(
        config=SIZES | COSTS,
        metrics={
            "at": spread(rows),
            "thresholds": spread([cuts for cuts, _, _ in found]),
            "threshold_for_costs": curves.threshold_for_costs(**COSTS),
            "area": areas,
        },
    )


def one_seed(seed):
    """The thresholds chosen on validation data; the test set's probabilities and truth."""
    model = fitted(seed)["plain"]
    X, y = rare_data(seed, "validation")
    thresholds = chosen_thresholds(logistic.probability(X, *model), y)
    X, y = rare_data(seed, "test")
    return thresholds, logistic.probability(X, *model), y


def chosen_thresholds(p, y):
    """One half, the best F1 and the lowest cost on these examples: {name: threshold}."""
    cheapest = curves.cheapest_threshold(p, y, **COSTS)
    return {"half": 0.5, "best_f1": curves.best_f1_threshold(p, y), "cheapest": cheapest}


def draw_thresholds(found, areas):
    """Mean measures over the threshold; each seed's ROC curve and precision-recall curve."""
    title = "Every threshold is a trade; the ROC curve does not show how rare the class is"
    figure, (left, middle, right) = new_figure(title, columns=3, width=12, height=4.4)
    draw_measures(left, found)
    for i, (_, p, y) in enumerate(found):
        names = [f"model, mean area {areas[a]['mean']:.2f}" for a in ("roc", "average_precision")]
        style = {"color": COLOURS[0], "linewidth": 1}
        middle.plot(*curves.roc_curve(p, y), label=names[0] if i == 0 else None, **style)
        precision, recall, _ = curves.precision_recall_curve(p, y)
        right.plot(recall, precision, label=names[1] if i == 0 else None, **style)
    middle.plot([0, 1], [0, 1], ":", color="black", label="coin, area 0.50")
    right.axhline(RARE, linestyle=":", color="black", label=f"coin, area {RARE:.2f}")
    for axes in (middle, right):
        axes.set(xlim=(0, 1), ylim=(0, 1))
    seeds = f"{len(found)} seeds, a line each"
    label(middle, "false positive rate", "true positive rate (recall)", f"ROC: {seeds}")
    label(right, "recall", "precision", f"precision-recall: {seeds}")
    return figure


def draw_measures(axes, found):
    """Accuracy, precision, recall and F1 on the test set over the threshold, mean of the seeds."""
    thresholds = np.logspace(-3.5, -0.05, 60)
    rows = [spread([judge(p >= t, y) for _, p, y in found]) for t in thresholds]
    styles = {"precision": "-", "recall": "--", "f1": "-.", "accuracy": ":"}
    for i, (name, style) in enumerate(styles.items()):
        values = [row[name]["mean"] for row in rows]
        axes.semilogx(thresholds, values, style, color=COLOURS[i + 1], label=name)
    for name, cut in spread([cuts for cuts, _, _ in found]).items():
        axes.axvline(cut["mean"], color="0.6", linewidth=1)
        side = "left" if name == "half" else "right"  # best F1 lies close to it
        axes.annotate(name.replace("_", " "), (cut["mean"], 1), ha=side, va="bottom")
    axes.set_ylim(0, 1)
    label(axes, "threshold", f"on test data, mean of {len(found)} seeds", legend=False)
    axes.figure.legend(loc="outside lower left", ncols=4)  # nothing else has a label yet
