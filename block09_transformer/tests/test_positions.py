"""Positions: numbers by hand, and what rotary positions promise."""

import numpy as np
import pytest

from block09_transformer.attention import Head
from block09_transformer.positions import frequencies, rotate, sinusoidal
from shared import gpt
from shared.tensor import Tensor


def test_frequencies_go_from_one_radian_to_a_small_part_of_it():
    np.testing.assert_allclose(frequencies(4), [1, 0.01])
    np.testing.assert_allclose(frequencies(8), [1, 0.1, 0.01, 0.001])


def test_sinusoidal_rows_are_sines_and_cosines_in_turn():
    row = sinusoidal(6, 4)[5]
    np.testing.assert_allclose(row, [np.sin(5), np.cos(5), np.sin(0.05), np.cos(0.05)])
    np.testing.assert_allclose(gpt.sinusoids(6, 4), sinusoidal(6, 4))


def test_rotating_turns_each_pair_by_its_own_angle():
    x = Tensor(np.tile([1.0, 0.0, 0.0, 1.0], (4, 1)))
    expected = [np.cos(3), np.sin(3), -np.sin(0.03), np.cos(0.03)]
    np.testing.assert_allclose(rotate(x).data[3], expected)
    np.testing.assert_allclose(rotate(x, start=3).data[0], expected)


def test_queries_and_keys_meet_at_their_distance_alone():
    rng = np.random.default_rng(0)
    q, k = Tensor(rng.standard_normal((5, 6))), Tensor(rng.standard_normal((5, 6)))
    here = rotate(q).data @ rotate(k).data.T
    there = rotate(q, start=90).data @ rotate(k, start=90).data.T
    np.testing.assert_allclose(here, there, atol=1e-12)
    assert np.abs(here - q.data @ k.data.T).max() > 0.1


def test_a_rotary_head_gives_the_same_answer_wherever_a_text_stands():
    """Of equal tokens only the distance matters: a story moved by some tokens looks the same."""
    rng = np.random.default_rng(1)
    head = Head(8, 4, rng, 1.0, np.float64)
    x = np.tile(rng.standard_normal(8), (6, 1))
    weights = head(Tensor(x), rotary=True)[1].data
    scores = np.log(weights[5]) - np.log(weights[5, 5])  # by distance 5, 4, ..., 0
    other = np.log(weights[3, :4]) - np.log(weights[3, 3])
    np.testing.assert_allclose(scores[2:], other, atol=1e-9)
    assert np.ptp(scores) > 0.01


def test_an_odd_head_has_no_pairs():
    with pytest.raises(ValueError, match="a head has 3"):
        rotate(Tensor(np.ones((2, 3))))
    with pytest.raises(ValueError, match="a head has 3"):
        gpt.sizes(gpt.Shape(9, channels=6, heads=2))
