"""Bugs that people really write; each must make an ordinary test of the block fail."""

from shared.planted_bugs import PlantedBug

LOSSES = "block01_regression/losses.py"
DESCENT = "block01_regression/gradient_descent.py"
EQUATION = "block01_regression/normal_equation.py"
FEATURES = "block01_regression/features.py"
TRAIN = "block01_regression/train.py"
CAPACITY = "block01_regression/experiments/capacity.py"
TEST_TRAIN = "block01_regression/tests/test_train.py"
TEST_EXPERIMENTS = "block01_regression/tests/test_experiments.py"
TEST_LOSSES = "block01_regression/tests/test_losses.py"
TEST_DESCENT = (
    "block01_regression/tests/test_gradient_descent.py::test_batch_descent_reaches_the_closed_form"
)
TEST_EQUATION = "block01_regression/tests/test_normal_equation.py"
TEST_FEATURES = "block01_regression/tests/test_features.py"

BUGS = [
    PlantedBug(
        "the sign of the MSE gradient",
        LOSSES, "return 2 * (prediction - y)", "return 2 * (y - prediction)", TEST_LOSSES,
    ),
    PlantedBug(
        "the factor 2 of the square is forgotten",
        LOSSES, "return 2 * (prediction - y)", "return (prediction - y)", TEST_LOSSES,
    ),
    PlantedBug(
        "missing 1/n in the MAE gradient",
        LOSSES, "np.sign(prediction - y) / len(y)", "np.sign(prediction - y)", TEST_LOSSES,
    ),
    PlantedBug(
        "db takes the mean of a gradient that is already divided by n",
        LOSSES, "dprediction.sum()", "dprediction.mean()", TEST_LOSSES,
    ),
    PlantedBug(
        "the ridge gradient without lambda's own half cancelled",
        LOSSES, "return strength * w", "return strength / 2 * w", TEST_LOSSES,
    ),
    PlantedBug(
        "the intercept is never updated",
        DESCENT, "b = b - step * db", "b = b - 0 * db", TEST_DESCENT,
    ),
    PlantedBug(
        "descent climbs",
        DESCENT, "w = w - step * dw", "w = w + step * dw", TEST_DESCENT,
    ),
    PlantedBug(
        "the penalty is dropped from the descent",
        DESCENT, "return dw + ridge_gradient(w, penalty), db", "return dw, db", TEST_DESCENT,
    ),
    PlantedBug(
        "the gradient of one batch is applied to the same batch for ever",
        DESCENT, "y[rows], w, b, loss", "y[rows], 0 * w, b, loss", TEST_DESCENT,
    ),
    PlantedBug(
        "the normal equation's penalty misses its N",
        EQUATION, "N * penalty / 2", "penalty / 2", TEST_EQUATION,
    ),
    PlantedBug(
        "back substitution stops one column early",
        EQUATION, "R[i, i + 1 :] @ w[i + 1 :]", "R[i, i + 1 : -1] @ w[i + 1 : -1]", TEST_EQUATION,
    ),
    PlantedBug(
        "the way back to raw units keeps the scaled weights in the intercept",
        FEATURES, "b - standardiser.mean @ w_raw", "b - standardiser.mean @ w", TEST_FEATURES,
    ),
    PlantedBug(
        "the standardiser is fitted on all patients",
        TRAIN, "fit_standardiser(table.X[train_rows])", "fit_standardiser(table.X)",
        TEST_TRAIN + "::test_both_parts_are_scaled_by_the_rows_that_are_trained_on",
    ),
    PlantedBug(
        "the penalty is chosen on the test patients",
        CAPACITY, "np.argmin(errors[1])", "np.argmin(errors[2])",
        TEST_EXPERIMENTS + "::test_the_validation_patients_choose_and_are_not_fitted",
    ),
]
