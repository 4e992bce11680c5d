"""How far from the truth: scikit-learn's numbers, finite differences, and the twin in shared/.

Each function returns errors; the tests assert on them and the run records them.
"""

from pathlib import Path

import numpy as np

from block02_classification import cross_entropy, logistic, metrics, softmax_regression
from block02_classification.calibration import temperature_slope
from block02_classification.train import Settings, train
from shared import losses
from shared.checks import gradient_error
from shared.data import fit_standardiser, load_breast_cancer
from shared.seeding import stream

TOLERANCE = 1e-12  # between two ratios of small whole numbers, or two means of such ratios
PENALTY = 0.3
CLASS_WEIGHTS = np.array([0.5, 4.0])


def golden(name):
    """The arrays of tests/golden_<name>.npz; tests/make_golden.py wrote it."""
    file = Path(__file__).parent / f"tests/golden_{name}.npz"
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


# --- scikit-learn's coefficients and metrics -----------------------------------------------------


def logistic_errors():
    """The largest error of a coefficient or intercept, for each penalty: plain, balanced (3,)."""
    expected, table = golden("logistic"), load_breast_cancer()
    X = fit_standardiser(table.X)(table.X)
    weights = {"plain": None, "balanced": cross_entropy.balanced_class_weights(table.y, 2)}
    errors = {name: [] for name in weights}
    for i, penalty in enumerate(expected["penalties"]):
        for name, class_weights in weights.items():
            fit = logistic.newton(X, table.y, penalty=penalty, class_weights=class_weights)
            errors[name].append(float(np.abs(np.append(*fit) - expected[name][i]).max()))
    return errors


def label_pairs():
    """(num_classes, predicted, targets, confusion matrix, 13 expected numbers) of each pair."""
    g = golden("metrics")
    ends = np.cumsum(g["lengths"])[:-1]
    cells = np.cumsum(g["num_classes"].astype(int) ** 2)[:-1]
    parts = (np.split(g["predicted"], ends), np.split(g["targets"], ends))
    matrices = np.split(g["matrices"], cells)
    for k, p, t, matrix, row in zip(g["num_classes"].tolist(), *parts, matrices, g["expected"]):
        yield k, p.astype(int), t.astype(int), matrix.reshape(k, k), row


def our_metrics(num_classes, predicted, targets):
    """The same 13 numbers, in make_golden.py's order, after the confusion matrix."""
    counts = metrics.confusion_matrix(predicted, targets, num_classes)
    binary = metrics.binary_scores(counts) if num_classes == 2 else (0.0, 0.0, 0.0)
    row = [metrics.accuracy(predicted, targets), *binary]
    for average in ("macro", "weighted", "micro"):
        row += metrics.averaged_scores(counts, average)
    return counts, row


def metric_mismatches():
    """(pairs, numbers compared, numbers that differ), the cells of each matrix among them."""
    pairs = compared = wrong = 0
    for num_classes, predicted, targets, matrix, expected in label_pairs():
        counts, row = our_metrics(num_classes, predicted, targets)
        differ = ~(np.abs(row - expected) <= TOLERANCE)  # a NaN differs
        pairs += 1
        compared += differ.size + matrix.size
        wrong += int(differ.sum() + np.sum(counts != matrix))
    return pairs, compared, wrong


# --- gradients against central differences -------------------------------------------------------


def logistic_gradient_error(rng, **settings):
    """The error of dw and db together, on 40 random examples of 5 columns."""
    X, y = rng.standard_normal((40, 5)), np.arange(40) % 2
    at = rng.standard_normal(6)
    gradient = np.append(*logistic.gradient(X, y, at[:-1], at[-1], **settings))
    return gradient_error(lambda p: logistic.loss(X, y, p[:-1], p[-1], **settings), at, gradient)


def softmax_gradient_error(rng, loss, one_gradient):
    """The error of dW and db together, penalty included, for a one-example loss of 4 classes."""
    X, targets = rng.standard_normal((40, 5)), rng.integers(0, 4, 40)
    at = rng.standard_normal((6, 4))  # W above, b in the last row

    def objective(p):
        logits = softmax_regression.logits(X, p[:-1], p[-1])
        penalty = PENALTY / 2 * np.sum(p[:-1] ** 2)
        return cross_entropy.mean_loss(logits, targets, loss=loss) + penalty

    def loss_gradient(logits, targets):
        return cross_entropy.mean_gradient(logits, targets, gradient=one_gradient)

    dW, db = softmax_regression.gradient(
        X, targets, at[:-1], at[-1], loss_gradient=loss_gradient, penalty=PENALTY
    )
    return gradient_error(objective, at, np.vstack([dW, db]))


def temperature_error(rng):
    """The error of the loss's slope in the temperature."""
    logits, targets = 3 * rng.standard_normal((40, 4)), rng.integers(0, 4, 40)
    slope = np.array(temperature_slope(logits, targets, 1.7))
    return gradient_error(
        lambda t: cross_entropy.mean_loss(logits / t, targets), np.array(1.7), slope
    )


def gradient_errors(seed):
    """The relative error of every gradient of the block on random data, by name."""
    rng = stream(seed, "gradient check")
    both = {"penalty": PENALTY, "class_weights": CLASS_WEIGHTS}
    return {
        "logistic": logistic_gradient_error(rng),
        "logistic penalised weighted": logistic_gradient_error(rng, **both),
        "softmax cross-entropy": softmax_gradient_error(
            rng, cross_entropy.cross_entropy, cross_entropy.cross_entropy_gradient
        ),
        "softmax squared error": softmax_gradient_error(
            rng, cross_entropy.squared_error, cross_entropy.squared_error_gradient
        ),
        "temperature": temperature_error(rng),
    }


# --- the textbook against shared/losses.py -------------------------------------------------------


def parity_errors(size, *, weighted, N=30, K=5):
    """The largest difference between the two texts for logits of this size, relative to it."""
    rng = stream(0, "parity", N, K)
    logits, targets = size * rng.standard_normal((N, K)), rng.integers(0, K, N)
    weights = rng.uniform(0.1, 9, K) if weighted else None
    pairs = {
        "softmax": ([cross_entropy.softmax(z) for z in logits.tolist()], losses.softmax(logits)),
        "log-softmax": (
            np.array([cross_entropy.log_softmax(z) for z in logits.tolist()]) / size,
            losses.log_softmax(logits) / size,
        ),
        "cross-entropy": (
            cross_entropy.mean_loss(logits, targets, weights) / size,
            losses.cross_entropy(logits, targets, weights) / size,
        ),
        "gradient": (
            cross_entropy.mean_gradient(logits, targets, weights),
            losses.cross_entropy_gradient(logits, targets, weights),
        ),
    }
    return {name: float(np.abs(np.subtract(*pair)).max()) for name, pair in pairs.items()}


def step_parity_error(penalty):
    """The largest difference in W and b after ten steps of training by the two texts."""
    rng = stream(0, "parity steps")
    X, targets = rng.standard_normal((40, 6)), rng.integers(0, 4, 40)
    settings = Settings(learning_rate=1.0, batch_size=8, epochs=2, penalty=penalty)
    start = softmax_regression.start(X, targets, 4)
    by_loops, by_arrays = (
        train(start, X, targets, settings, stream(0, "parity batches"), **gradient)
        for gradient in ({"gradient": softmax_regression.gradient}, {})
    )
    return max(float(np.abs(one - other).max()) for one, other in zip(by_loops, by_arrays))


# --- what the run records ------------------------------------------------------------------------


def record(run):
    """Every proof, for results/proofs.json and the headline."""
    coefficients, gradients = logistic_errors(), gradient_errors(run.seed)
    pairs, compared, wrong = metric_mismatches()
    parity = [parity_errors(s, weighted=w) for s in (1.0, 100.0, 1e4) for w in (False, True)]
    run.claim(
        "proofs",
        "Coefficients and metrics are scikit-learn's, gradients are the central differences', and "
        "the textbook and shared/losses.py agree",
        seeds=[run.seed],
        config={"penalties": golden("logistic")["penalties"], "gradient_step": 1e-5},
        metrics={
            "coefficient_max_abs_error": {k: max(errors) for k, errors in coefficients.items()},
            "label_pairs": pairs,
            "metrics_compared": compared,
            "metrics_that_differ": wrong,
            "gradient_relative_error": {k.replace(" ", "_"): e for k, e in gradients.items()},
            "parity_max_error": max(max(errors.values()) for errors in parity),
            "parity_max_error_after_ten_steps": max(map(step_parity_error, (0.0, 0.1))),
        },
    )
    run.headline({
        "logistic_golden_max_abs_error": max(map(max, coefficients.values())),
        "metric_mismatches": wrong,
        "gradient_check_max_relative_error": max(gradients.values()),
    })
