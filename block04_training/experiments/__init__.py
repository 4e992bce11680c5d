"""The experiments of block 04, one function per claim, in the order of the README."""

from block04_training.experiments.adam_details import (
    adam_with_a_wrong_t_still_trains,
    l2_in_adam_is_not_weight_decay,
)
from block04_training.experiments.agreement import (
    a_hundred_steps_of_every_optimizer_are_pytorchs,
    one_number_a_node_and_one_array_a_node_agree,
    the_scalar_engine_is_right_and_does_not_recurse,
)
from block04_training.experiments.checkpoints import no_bit_flip_passes_silently
from block04_training.experiments.depth import (
    batch_norm_fails_on_batches_of_two,
    normalised_layers_train_at_learning_rates_that_break_plain_ones,
)
from block04_training.experiments.drawings import a_diamond_adds_the_gradients_of_its_paths
from block04_training.experiments.learning_rates import (
    momentum_and_adam_cross_the_valley_that_sgd_crawls_along,
    the_good_learning_rates_of_each_optimizer,
)
from block04_training.experiments.ops import (
    every_operation_is_checked_and_every_planted_bug_in_it_caught,
)
from block04_training.experiments.overfitting import (
    dropout_helps_against_noise_and_not_without,
    early_stopping_saves_a_run_that_overfits,
)
from block04_training.experiments.planted import every_planted_bug_is_caught
from block04_training.experiments.resume import a_killed_run_resumes_to_the_same_bytes
from block04_training.experiments.schedule_comparison import schedules_compared_at_equal_steps

EXPERIMENTS = [
    the_scalar_engine_is_right_and_does_not_recurse,
    a_diamond_adds_the_gradients_of_its_paths,
    one_number_a_node_and_one_array_a_node_agree,
    a_hundred_steps_of_every_optimizer_are_pytorchs,
    momentum_and_adam_cross_the_valley_that_sgd_crawls_along,
    the_good_learning_rates_of_each_optimizer,
    adam_with_a_wrong_t_still_trains,
    l2_in_adam_is_not_weight_decay,
    dropout_helps_against_noise_and_not_without,
    early_stopping_saves_a_run_that_overfits,
    normalised_layers_train_at_learning_rates_that_break_plain_ones,
    batch_norm_fails_on_batches_of_two,
    schedules_compared_at_equal_steps,
    every_operation_is_checked_and_every_planted_bug_in_it_caught,
    a_killed_run_resumes_to_the_same_bytes,
    no_bit_flip_passes_silently,
    every_planted_bug_is_caught,
]
