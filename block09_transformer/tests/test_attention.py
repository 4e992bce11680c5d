"""Attention by hand: the mask, the scale, the heads."""

import numpy as np
import pytest

from block09_transformer.attention import Head, MultiHead, attend, causal_mask
from shared.tensor import Tensor


def test_the_mask_lets_each_token_see_itself_and_what_came_before():
    assert causal_mask(3).tolist() == [[True, False, False], [True, True, False], [True] * 3]


def test_attention_by_hand():
    queries = keys = Tensor(np.array([[2.0, 0, 0, 0], [0, 2.0, 0, 0]]))
    values = Tensor(np.array([[1.0, 0], [0, 1.0]]))
    out, weights = attend(queries, keys, values)
    second = np.array([1, np.e**2]) / (1 + np.e**2)  # scores 0 and 4, divided by sqrt(4)
    np.testing.assert_allclose(weights.data, [[1, 0], second])
    np.testing.assert_allclose(out.data, [[1, 0], second])
    free = attend(queries, keys, values, causal=False)[1].data
    np.testing.assert_allclose(free[0], second[::-1])


def test_what_comes_later_changes_nothing_before_it():
    rng = np.random.default_rng(0)
    heads = MultiHead(8, 2, rng, 1.0, np.float64)
    x = rng.standard_normal((5, 8))
    before = heads(Tensor(x), True)[0].data
    x[3] += 1
    after = heads(Tensor(x), True)[0].data
    assert np.array_equal(before[:3], after[:3]) and not np.allclose(before[3:], after[3:])


def test_two_heads_ask_by_themselves_and_are_mixed_by_one_matrix():
    rng = np.random.default_rng(0)
    both = MultiHead(6, 2, rng, 1.0, np.float64)
    x = Tensor(rng.standard_normal((4, 6)))
    mixed, weights = both(x, rotary=False)
    answers = np.concatenate([head(x, rotary=False)[0].data for head in both.heads], axis=1)
    np.testing.assert_allclose(mixed.data, answers @ both.out.W.data)
    assert len(weights) == 2 and not np.allclose(weights[0].data, weights[1].data)


def test_a_head_has_its_share_of_the_channels():
    head = Head(6, 2, np.random.default_rng(0), 1.0, np.float64)
    assert head.query.W.shape == head.key.W.shape == head.value.W.shape == (6, 2)
    with pytest.raises(ValueError, match="3 heads do not divide 8 channels"):
        MultiHead(8, 3, np.random.default_rng(0), 1.0, np.float64)
