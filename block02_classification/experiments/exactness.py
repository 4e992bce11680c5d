"""Are the numbers right? Against scikit-learn, and against finite differences."""

import numpy as np

from block02_classification import cross_entropy, logistic, softmax_regression
from block02_classification.calibration import temperature_slope
from block02_classification.tests.golden import golden, logistic_errors, metric_mismatches
from shared.checks import gradient_error
from shared.seeding import stream

PENALTY = 0.3
CLASS_WEIGHTS = np.array([0.5, 4.0])


def newton_finds_scikit_learns_coefficients(run):
    """Breast cancer, all rows standardised, three penalties, plain and with balanced classes."""
    errors = logistic_errors()
    largest = {name: max(found) for name, found in errors.items()}
    run.claim(
        "golden_logistic",
        "Newton's method ends at the coefficients of scikit-learn's newton-cholesky",
        seeds=[run.seed],
        config={"penalties": golden("logistic")["penalties"], "C": "1 / (lambda N)"},
        metrics={"max_abs_error": largest},
    )
    run.headline({"logistic_golden_max_abs_error": max(largest.values())})


def every_metric_is_scikit_learns(run):
    """200 random label pairs and 12 degenerate ones: every score and every matrix cell."""
    pairs, compared, wrong = metric_mismatches()
    run.claim(
        "golden_metrics",
        "Accuracy, precision, recall, F1 (binary, macro, weighted, micro) and the confusion "
        "matrix are scikit-learn's, the zero divisions included",
        seeds=[0],
        config={"random_pairs": 200, "degenerate_pairs": pairs - 200},
        metrics={"numbers_compared": compared, "mismatches": wrong},
    )
    run.headline({"metric_mismatches": wrong})


# --- gradients -----------------------------------------------------------------------------------


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


def gradients_match_finite_differences(run):
    """Every gradient of the block on random data."""
    rng = stream(run.seed, "gradient check")
    both = {"penalty": PENALTY, "class_weights": CLASS_WEIGHTS}
    errors = {
        "logistic": logistic_gradient_error(rng),
        "logistic_penalised_weighted": logistic_gradient_error(rng, **both),
        "softmax_cross_entropy": softmax_gradient_error(
            rng, cross_entropy.cross_entropy, cross_entropy.cross_entropy_gradient
        ),
        "softmax_squared_error": softmax_gradient_error(
            rng, cross_entropy.squared_error, cross_entropy.squared_error_gradient
        ),
        "temperature": temperature_error(rng),
    }
    run.claim(
        "gradient_check",
        "The gradients of both regressions, both losses and the temperature are right",
        seeds=[run.seed],
        config={"examples": 40, "step": 1e-5, "penalty": PENALTY, "class_weights": CLASS_WEIGHTS},
        metrics={"relative_error": errors},
    )
    run.headline({"gradient_check_max_relative_error": max(errors.values())})
