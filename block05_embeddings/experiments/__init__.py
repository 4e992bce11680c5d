"""The experiments of block 05, one function per claim, in the order of the README."""

from block05_embeddings.experiments.analogies import (
    allowing_the_words_of_the_question_costs_answers,
    an_analogy_fails_where_no_window_tells_its_pairs_apart,
    analogies_hold_on_relations_that_chose_nothing,
)
from block05_embeddings.experiments.broken import two_bugs_that_raise_no_error
from block05_embeddings.experiments.clusters import (
    a_good_start_decides_where_k_means_ends,
    most_neighbours_share_the_category,
)
from block05_embeddings.experiments.counting import (
    raw_counts_lose_neighbours_and_a_logarithm_brings_them_back,
    roles_need_less_text_than_analogies,
)
from block05_embeddings.experiments.dimensions import (
    roles_need_ten_dimensions_and_analogies_eighty,
)
from block05_embeddings.experiments.exactness import (
    gradients_match_finite_differences,
    skip_gram_learns_the_table_that_was_counted,
    the_short_ways_agree_with_the_long_ones,
)
from block05_embeddings.experiments.lengths import (
    the_dot_product_prefers_long_vectors,
)
from block05_embeddings.experiments.planted import every_planted_bug_is_caught
from block05_embeddings.experiments.retrieving import vectors_find_what_is_asked_in_other_words
from block05_embeddings.experiments.swapping import near_words_can_stand_in_each_others_place
from block05_embeddings.experiments.windows import (
    windows_within_a_sentence_find_roles_and_across_it_topics,
)

EXPERIMENTS = [
    gradients_match_finite_differences,
    the_short_ways_agree_with_the_long_ones,
    skip_gram_learns_the_table_that_was_counted,
    most_neighbours_share_the_category,
    a_good_start_decides_where_k_means_ends,
    analogies_hold_on_relations_that_chose_nothing,
    allowing_the_words_of_the_question_costs_answers,
    an_analogy_fails_where_no_window_tells_its_pairs_apart,
    windows_within_a_sentence_find_roles_and_across_it_topics,
    roles_need_ten_dimensions_and_analogies_eighty,
    raw_counts_lose_neighbours_and_a_logarithm_brings_them_back,
    roles_need_less_text_than_analogies,
    near_words_can_stand_in_each_others_place,
    the_dot_product_prefers_long_vectors,
    vectors_find_what_is_asked_in_other_words,
    two_bugs_that_raise_no_error,
    every_planted_bug_is_caught,
]
