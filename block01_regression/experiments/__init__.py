"""The experiments of block 01, one function per claim, in the order of the README."""

from block01_regression.experiments.batch_sizes import (
    smaller_batches_go_further_on_fewer_examples_but_end_noisier,
)
from block01_regression.experiments.capacity import (
    a_validated_ridge_penalty_beats_none,
    training_error_falls_with_degree_while_validation_error_turns,
)
from block01_regression.experiments.convexity import a_convex_loss_has_one_end_for_every_start
from block01_regression.experiments.exactness import (
    every_way_finds_the_same_line,
    gradients_match_finite_differences,
    the_normal_equation_loses_digits_twice_as_fast,
)
from block01_regression.experiments.learning_rate import (
    the_largest_stable_rate_is_two_over_lambda_max,
)
from block01_regression.experiments.planted import every_planted_bug_is_caught
from block01_regression.experiments.robustness import (
    the_mae_line_stays_where_the_mse_line_is_dragged_off,
)
from block01_regression.experiments.scaling import standardising_saves_thousands_of_updates

EXPERIMENTS = [
    every_way_finds_the_same_line,
    the_normal_equation_loses_digits_twice_as_fast,
    gradients_match_finite_differences,
    the_largest_stable_rate_is_two_over_lambda_max,
    standardising_saves_thousands_of_updates,
    the_mae_line_stays_where_the_mse_line_is_dragged_off,
    smaller_batches_go_further_on_fewer_examples_but_end_noisier,
    a_validated_ridge_penalty_beats_none,
    training_error_falls_with_degree_while_validation_error_turns,
    a_convex_loss_has_one_end_for_every_start,
    every_planted_bug_is_caught,
]
