"""The experiments of block 03, one function per claim, in the order of the README."""

from block03_mlp_manual.experiments.blind_spots import (
    the_check_is_blind_to_a_wrong_forward_pass_and_to_a_vanished_gradient,
)
from block03_mlp_manual.experiments.credit import (
    backpropagation_sums_over_all_paths_without_walking_them,
    the_error_of_one_example_reaches_every_weight,
)
from block03_mlp_manual.experiments.depth import (
    the_error_vanishes_or_explodes_unless_each_layer_keeps_its_size,
)
from block03_mlp_manual.experiments.digits import a_two_layer_network_reads_digits
from block03_mlp_manual.experiments.exactness import (
    gradients_match_finite_differences,
    pytorch_finds_the_same_numbers,
    the_step_of_a_gradient_check_must_be_neither_large_nor_tiny,
)
from block03_mlp_manual.experiments.gradient_bugs import (
    wrong_gradients_train_and_only_the_check_notices,
)
from block03_mlp_manual.experiments.learning_rate import (
    a_dead_relu_gets_no_gradient_and_stays_dead,
    a_rate_ten_times_too_big_throws_the_network_away,
)
from block03_mlp_manual.experiments.planted import every_planted_bug_is_caught
from block03_mlp_manual.experiments.race import (
    tanh_keeps_up_with_relu_and_the_sigmoid_comes_late,
)
from block03_mlp_manual.experiments.spiral import (
    hidden_units_bend_the_border,
    more_hidden_units_make_more_folds,
)
from block03_mlp_manual.experiments.starts import a_bad_start_is_not_mended_by_training

EXPERIMENTS = [
    the_error_of_one_example_reaches_every_weight,
    backpropagation_sums_over_all_paths_without_walking_them,
    gradients_match_finite_differences,
    the_step_of_a_gradient_check_must_be_neither_large_nor_tiny,
    wrong_gradients_train_and_only_the_check_notices,
    the_check_is_blind_to_a_wrong_forward_pass_and_to_a_vanished_gradient,
    pytorch_finds_the_same_numbers,
    hidden_units_bend_the_border,
    more_hidden_units_make_more_folds,
    a_two_layer_network_reads_digits,
    a_bad_start_is_not_mended_by_training,
    the_error_vanishes_or_explodes_unless_each_layer_keeps_its_size,
    tanh_keeps_up_with_relu_and_the_sigmoid_comes_late,
    a_rate_ten_times_too_big_throws_the_network_away,
    a_dead_relu_gets_no_gradient_and_stays_dead,
    every_planted_bug_is_caught,
]
