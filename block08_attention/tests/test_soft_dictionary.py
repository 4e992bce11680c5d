"""One query at a time: against numbers made by hand, and against a real dictionary."""

import math

import pytest

from block08_attention.soft_dictionary import (
    dot,
    hard_look_up,
    scores,
    shares,
    soft_look_up,
    weighted_average,
)

KEYS, VALUES = [[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[10], [20], [40]]


def test_a_hard_look_up_is_that_of_a_dictionary():
    keys, values = ["a", "b", "c"], [10, 20, 40]
    held = dict(zip(keys, values))
    assert [hard_look_up(key, keys, values) for key in keys] == [held[key] for key in keys]
    with pytest.raises(KeyError, match="d"):
        hard_look_up("d", keys, values)


def test_the_shares_by_hand():
    assert shares([math.log(1), math.log(3), math.log(4)]) == pytest.approx([1 / 8, 3 / 8, 1 / 2])
    assert shares([0, 1e4]) == [0, 1]


def test_a_soft_look_up_with_long_vectors_is_a_hard_one():
    for i, key in enumerate(KEYS):
        answer, weights = soft_look_up([1000 * x for x in key], KEYS, VALUES)
        assert answer == VALUES[i] and weights[i] == 1


def test_a_query_that_fits_all_keys_alike_gets_the_mean():
    answer, weights = soft_look_up([0, 0, 0], KEYS, VALUES)
    assert weights == pytest.approx([1 / 3] * 3) and answer == pytest.approx([70 / 3])


def test_scores_are_divided_by_the_root_of_the_size():
    assert scores([3, 0, 0, 0], [[2, 5, 5, 5]]) == [3]


@pytest.mark.parametrize("call", [
    lambda: dot([1, 2], [1]), lambda: weighted_average([1], [[1], [2]]),
    lambda: weighted_average([1, 1], [[1], [2, 3]]),
])
def test_sizes_that_do_not_fit_are_refused(call):
    with pytest.raises(ValueError):
        call()
