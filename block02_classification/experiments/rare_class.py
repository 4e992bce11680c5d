"""One "yes" in a hundred: when accuracy lies, what weights do, and what the threshold does."""

import numpy as np

from block02_classification import curves, logistic
from block02_classification.calibration import expected_calibration_error
from block02_classification.cross_entropy import balanced_class_weights
from block02_classification.metrics import binary_scores
from shared.losses import accuracy, confusion_matrix
from shared.plots import heat_map, label, new_figure
from shared.seeding import stream

TRAIN, VALIDATION, TEST = 10_000, 10_000, 20_000
RARE = 0.01
SHIFT = np.array([1.6, 1.2])  # the rare class's centre, 2 deviations from the common one's


def rare_data(rng, examples):
    """X (N, 2) of deviation 1, y (N,): exactly one in a hundred is 1, with its mean at SHIFT."""
    y = (np.arange(examples) < RARE * examples).astype(int)
    return rng.standard_normal((examples, 2)) + SHIFT * y[:, None], y


def judge(yes, y):
    """Accuracy, and precision, recall and F1 of the rare class."""
    scores = binary_scores(confusion_matrix(yes.astype(int), y, 2))
    return {"accuracy": accuracy(yes.astype(int), y)} | scores._asdict()


def fitted(seed):
    """Plain and balanced logistic regression on one draw. -> {name: (w, b)}"""
    X, y = rare_data(stream(seed, "rare", "train"), TRAIN)
    weights = {"plain": None, "weighted": balanced_class_weights(y, 2)}
    return {name: logistic.newton(X, y, class_weights=w) for name, w in weights.items()}


def mean_and_sd(rows):
    """{measure: {mean, sd}} of a list of {measure: number}."""
    columns = {key: [row[key] for row in rows] for key in rows[0]}
    return {key: {"mean": np.mean(v), "sd": np.std(v)} for key, v in columns.items()}


# --- the loss ------------------------------------------------------------------------------------


def draw_matrices(matrices):
    """One confusion matrix per answer, each row as shares of its class."""
    figure, axes = new_figure(
        "99 in 100 are \"no\": accuracy rewards the model that finds nothing", columns=3, height=3.6
    )
    for place, (name, counts) in zip(axes, matrices.items()):
        share = np.trace(counts) / counts.sum()
        heat_map(place, counts / counts.sum(axis=1, keepdims=True), ["no", "yes"], ["no", "yes"],
                 number_format=".0%", limits=(0, 1))  # fmt: skip
        title = f"{name}\naccuracy {share:.1%}"
        label(place, "predicted (% of the row)", "true", title, legend=False)
    return figure


def weights_find_the_rare_class_and_lose_on_accuracy(run):
    """Always "no", the plain loss and the balanced loss on fresh examples, threshold 1/2."""
    seeds = list(range(run.seed, run.seed + 5))
    rows = {name: [] for name in ("always no", "plain", "weighted", "plain at 1 percent")}
    calibration = {"plain": [], "weighted": []}
    for seed in seeds:
        X, y = rare_data(stream(seed, "rare", "test"), TEST)
        p = {name: logistic.probability(X, *model) for name, model in fitted(seed).items()}
        answers = {
            "always no": np.zeros(TEST), "plain": p["plain"] >= 0.5,
            "weighted": p["weighted"] >= 0.5, "plain at 1 percent": p["plain"] >= RARE,
        }  # fmt: skip
        for name, yes in answers.items():
            rows[name].append(judge(yes, y))
        for name in calibration:
            calibration[name].append({"ece": expected_calibration_error(p[name], y)})
        if seed == run.seed:
            shown = {n: confusion_matrix(answers[n].astype(int), y, 2) for n in list(rows)[:3]}
            run.figure(draw_matrices(shown), "rare_class")
    measured = {name.replace(" ", "_"): mean_and_sd(found) for name, found in rows.items()}
    run.claim(
        "rare_class",
        "With one \"yes\" in a hundred, always saying \"no\" beats the weighted model on accuracy "
        "and finds nothing; class weights find the rare class and pay in precision, as does "
        "the plain model with its threshold moved to 1 percent",
        seeds=seeds,
        config={"train": TRAIN, "test": TEST, "rare_share": RARE, "shift": SHIFT},
        metrics=measured | {"ece": {n: mean_and_sd(c)["ece"] for n, c in calibration.items()}},
    )
    plain, weighted = measured["plain"], measured["weighted"]
    run.headline(
        {
            "rare_class_recall_plain": plain["recall"]["mean"],
            "rare_class_recall_weighted": weighted["recall"]["mean"],
            "rare_class_precision_plain": plain["precision"]["mean"],
            "rare_class_precision_weighted": weighted["precision"]["mean"],
            "always_no_accuracy": measured["always_no"]["accuracy"]["mean"],
        }
    )


# --- the threshold -------------------------------------------------------------------------------


def draw_thresholds(p, y, chosen):
    """All measures over the threshold; the ROC curve; the precision-recall curve."""
    title = "One model, every trade; the ROC curve does not show how rare the class is"
    figure, (left, middle, right) = new_figure(title, columns=3, width=11, height=4)
    thresholds = np.logspace(-3.5, -0.05, 60)
    rows = [judge(p >= t, y) for t in thresholds]
    for name, style in (("precision", "-"), ("recall", "--"), ("f1", "-."), ("accuracy", ":")):
        left.semilogx(thresholds, [row[name] for row in rows], style, label=name)
    left.axvline(chosen, color="grey", linewidth=1)
    left.set_ylim(-0.05, 1.4)
    label(left, "threshold (line: best F1 on validation)", "on the test set")
    left.legend(ncols=2, loc="upper left")
    middle.plot(*curves.roc_curve(p, y), label=f"model, area {curves.roc_auc(p, y):.2f}")
    middle.plot([0, 1], [0, 1], ":", color="black", label="coin, area 0.50")
    label(middle, "false positive rate", "true positive rate (recall)")
    precision, recall, _ = curves.precision_recall_curve(p, y)
    right.plot(recall, precision, label=f"model, area {curves.average_precision(p, y):.2f}")
    right.axhline(RARE, linestyle=":", color="black", label=f"coin, area {RARE:.2f}")
    label(right, "recall", "precision")
    return figure


def the_threshold_trades_precision_for_recall(run):
    """The plain model's probabilities, cut at 1/2, at the best F1 and at the cheapest place."""
    seeds = list(range(run.seed, run.seed + 5))
    rows = {"half": [], "best_f1": [], "cheapest": []}
    areas, chosen = [], {"best_f1": [], "cheapest": []}
    for seed in seeds:
        model = fitted(seed)["plain"]
        X, y = rare_data(stream(seed, "rare", "validation"), VALIDATION)
        p = logistic.probability(X, *model)
        chosen["best_f1"].append(curves.best_f1_threshold(p, y))
        chosen["cheapest"].append(curves.cheapest_threshold(p, y, miss_cost=99, false_alarm_cost=1))
        X, y = rare_data(stream(seed, "rare", "test"), TEST)
        p = logistic.probability(X, *model)
        rows["half"].append(judge(p >= 0.5, y))
        for name, thresholds in chosen.items():
            rows[name].append(judge(p >= thresholds[-1], y))
        areas.append({"roc": curves.roc_auc(p, y), "average_precision":
                      curves.average_precision(p, y)})  # fmt: skip
        if seed == run.seed:
            run.figure(draw_thresholds(p, y, chosen["best_f1"][0]), "threshold")
    run.claim(
        "threshold",
        "Moving the threshold trades precision for recall at no cost in training; the ROC area "
        "looks comfortable where the precision-recall area shows how rare the class is",
        seeds=seeds,
        config={"miss_cost": 99, "false_alarm_cost": 1, "validation": VALIDATION, "test": TEST},
        metrics={
            "at": {name: mean_and_sd(found) for name, found in rows.items()},
            "thresholds": {name: np.mean(found) for name, found in chosen.items()},
            "threshold_for_costs": curves.threshold_for_costs(99, 1),
            "area": mean_and_sd(areas),
        },
    )
