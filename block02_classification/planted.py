"""Bugs that people really write; each must make an ordinary test of the block fail."""

from shared.planted_bugs import PlantedBug

HERE = "block02_classification"
ENTROPY, TEST_ENTROPY = f"{HERE}/cross_entropy.py", f"{HERE}/tests/test_cross_entropy.py"
LOGISTIC, TEST_LOGISTIC = f"{HERE}/logistic.py", f"{HERE}/tests/test_logistic.py"
SOFTMAX, TRAIN = f"{HERE}/softmax_regression.py", f"{HERE}/train.py"
TEST_STEP = f"{HERE}/tests/test_train.py::test_one_step_is_the_rate_times_the_gradient"
METRICS, TEST_METRICS = f"{HERE}/metrics.py", f"{HERE}/tests/test_metrics.py"
CURVES, TEST_CURVES = f"{HERE}/curves.py", f"{HERE}/tests/test_curves.py"
CALIBRATION, TEST_CALIBRATION = f"{HERE}/calibration.py", f"{HERE}/tests/test_calibration.py"
TABLES = f"{HERE}/experiments/tables.py"
TEST_LEAKS = f"{HERE}/tests/test_experiments.py::test_neither_"
SHARED, TEST_PARITY = "shared/losses.py", f"{HERE}/tests/test_parity.py"

BUGS = [
    PlantedBug(
        "the gradient is y - p",
        ENTROPY, "return [p - (k == target) for", "return [(k == target) - p for", TEST_ENTROPY,
    ),
    PlantedBug(
        "the largest logit is not subtracted before exp",
        ENTROPY, "powers = [math.exp(z - largest)", "powers = [math.exp(z)", TEST_ENTROPY,
    ),
    PlantedBug(
        "the weighted mean divides by N and not by the sum of the weights",
        ENTROPY, "[weight / sum(weights) for", "[weight / len(weights) for", TEST_ENTROPY,
    ),
    PlantedBug(
        "the L2 penalty also pulls at the intercept",
        LOGISTIC, "return X.T @ dz + penalty * w, dz.sum()",
        "return X.T @ dz + penalty * w, dz.sum() + penalty * b", TEST_LOGISTIC,
    ),
    PlantedBug(
        "Newton's curvature forgets 1 - p",
        LOGISTIC, "example_weights(y, class_weights) * p * (1 - p)",
        "example_weights(y, class_weights) * p", TEST_LOGISTIC,
    ),
    PlantedBug(
        "the penalty is dropped from the descent",
        SOFTMAX, "return dW + penalty * W, db", "return dW, db", TEST_STEP,
    ),
    PlantedBug(
        "the intercept is never updated",
        TRAIN, "b = b - settings.learning_rate * db", "b = b - 0 * db", TEST_STEP,
    ),
    PlantedBug(
        "the confusion matrix is transposed: precision is recall",
        METRICS, "counts[truth, guess] += 1", "counts[guess, truth] += 1", TEST_METRICS,
    ),
    PlantedBug(
        "classes that do not occur pull the macro average down",
        METRICS, "np.flatnonzero(occurs + counts.sum(axis=0))", "np.arange(len(counts))",
        TEST_METRICS,
    ),
    PlantedBug(
        "tied scores are split into several thresholds",
        CURVES, "np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)",
        "np.arange(len(ranked))", TEST_CURVES,
    ),
    PlantedBug(
        "the temperature's slope has the wrong sign",
        CALIBRATION, "slope += z[target] - sum(", "slope += -z[target] + sum(", TEST_CALIBRATION,
    ),
    PlantedBug(
        "every bin counts the same in the calibration error",
        CALIBRATION, "np.sum(counts / counts.sum() *", "np.mean(1.0 *", TEST_CALIBRATION,
    ),
    PlantedBug(
        "the tumours are standardised by all rows, test rows too",
        TABLES, "fit_standardiser(table.X[rows])", "fit_standardiser(table.X)",
        TEST_LEAKS + "tumour_model_scale_nor_penalty_sees_the_test_side",
    ),
    PlantedBug(
        "the final model is fitted on the test rows too",
        TABLES, "fit_digits(X[training], y[training],", "fit_digits(X[:], y[:],",
        TEST_LEAKS + "the_digits_model_nor_its_penalty_sees_the_test_side",
    ),
    PlantedBug(
        "shared/losses.py: the class weights are normalised by N",
        SHARED, "return dlogits * (weights / weights.sum())[:, None]",
        "return dlogits * (weights / len(weights))[:, None]", TEST_PARITY,
    ),
    PlantedBug(
        "shared/losses.py: the confusion matrix is transposed",
        SHARED, "np.bincount(targets * num_classes + predicted,",
        "np.bincount(predicted * num_classes + targets,", TEST_PARITY,
    ),
]
