"""The experiments of block 02, one function per claim, in the order of the README."""

from block02_classification.experiments.exactness import (
    every_metric_is_scikit_learns,
    gradients_match_finite_differences,
    newton_finds_scikit_learns_coefficients,
)
from block02_classification.experiments.file_order import (
    shuffling_hides_that_new_writers_are_harder,
)
from block02_classification.experiments.five_splits import (
    logistic_regression_reads_tumours,
    softmax_regression_reads_digits,
)
from block02_classification.experiments.overconfidence import (
    one_temperature_repairs_an_overconfident_model,
)
from block02_classification.experiments.planted import every_planted_bug_is_caught
from block02_classification.experiments.rare_class import (
    the_threshold_trades_precision_for_recall,
    weights_find_the_rare_class_and_lose_on_accuracy,
)
from block02_classification.experiments.saturation import (
    cross_entropy_recovers_where_the_squared_error_is_stuck,
)
from block02_classification.experiments.separable import (
    without_a_penalty_the_weights_grow_for_ever,
)
from block02_classification.experiments.straight_lines import (
    lines_fail_on_circles_and_the_spiral,
)

EXPERIMENTS = [
    logistic_regression_reads_tumours,
    softmax_regression_reads_digits,
    shuffling_hides_that_new_writers_are_harder,
    newton_finds_scikit_learns_coefficients,
    every_metric_is_scikit_learns,
    gradients_match_finite_differences,
    cross_entropy_recovers_where_the_squared_error_is_stuck,
    one_temperature_repairs_an_overconfident_model,
    weights_find_the_rare_class_and_lose_on_accuracy,
    the_threshold_trades_precision_for_recall,
    lines_fail_on_circles_and_the_spiral,
    without_a_penalty_the_weights_grow_for_ever,
    every_planted_bug_is_caught,
]
