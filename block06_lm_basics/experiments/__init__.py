"""The experiments of block 06, one function per claim, in the order of the README."""

from block06_lm_basics.experiments.calibration import (
    a_model_learns_the_average_over_what_looks_the_same,
)
from block06_lm_basics.experiments.compression import a_models_bits_can_be_written_to_a_file
from block06_lm_basics.experiments.context_length import (
    longer_windows_help_until_they_cost_more_than_they_teach,
)
from block06_lm_basics.experiments.exactness import (
    dictionaries_and_arrays_agree,
    gradients_match_finite_differences,
    probabilities_add_up_to_one,
    the_corpus_is_as_probable_as_it_says,
)
from block06_lm_basics.experiments.ladder import each_rung_needs_fewer_bits_than_the_one_below
from block06_lm_basics.experiments.orders import (
    validation_bits_turn_where_contexts_become_too_rare,
)
from block06_lm_basics.experiments.planted import every_planted_bug_is_caught
from block06_lm_basics.experiments.slots import (
    words_that_follow_from_the_story_cost_what_a_guess_costs,
)
from block06_lm_basics.experiments.smoothing import (
    what_add_one_writes_is_noise,
    without_smoothing_a_new_text_is_impossible,
)

EXPERIMENTS = [
    each_rung_needs_fewer_bits_than_the_one_below,
    the_corpus_is_as_probable_as_it_says,
    validation_bits_turn_where_contexts_become_too_rare,
    without_smoothing_a_new_text_is_impossible,
    what_add_one_writes_is_noise,
    longer_windows_help_until_they_cost_more_than_they_teach,
    a_model_learns_the_average_over_what_looks_the_same,
    words_that_follow_from_the_story_cost_what_a_guess_costs,
    a_models_bits_can_be_written_to_a_file,
    gradients_match_finite_differences,
    probabilities_add_up_to_one,
    dictionaries_and_arrays_agree,
    every_planted_bug_is_caught,
]
