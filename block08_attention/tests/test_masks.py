"""Masks by hand, and what is no mask."""

import numpy as np
import pytest

from block08_attention.masks import causal_mask, check_mask, padding_mask


def test_a_causal_mask_shows_the_past_and_oneself():
    mask = causal_mask(4)
    assert all(mask[t, s] == (s <= t) for t in range(4) for s in range(4))
    assert causal_mask(1).tolist() == [[True]]


def test_a_padding_mask_ends_where_the_sequence_does():
    mask = padding_mask([3, 0, 1], 3)
    assert mask.shape == (3, 1, 3)
    assert mask[:, 0].tolist() == [[True] * 3, [False] * 3, [True, False, False]]


def test_masks_are_joined_by_and():
    both = causal_mask(3) & padding_mask([1, 3], 3)  # (2, 3, 3)
    assert both[0].tolist() == [[True, False, False]] * 3
    assert np.array_equal(both[1], causal_mask(3))


@pytest.mark.parametrize(("mask", "error", "says"), [
    (np.ones((3, 4)), TypeError, "the mask is float64, expected bool"),
    (np.ones((3, 4), int), TypeError, "int64"),
    (np.ones((4, 3), bool), ValueError, r"has shape \(4, 3\), the scores have \(2, 3, 4\)"),
    (np.ones((5, 3, 4), bool), ValueError, r"\(5, 3, 4\)"),
    (np.ones((1, 2, 3, 4), bool), ValueError, r"\(1, 2, 3, 4\)"),
    (np.ones(4, bool), ValueError, r"\(4,\)"),
])
def test_what_is_no_mask_is_refused(mask, error, says):
    with pytest.raises(error, match=says):
        check_mask(mask, (2, 3, 4))


@pytest.mark.parametrize(("call", "says"), [
    (lambda: causal_mask(0), "length is 0"),
    (lambda: padding_mask([1, 4], 3), r"lengths\[1\] is 4, expected 0 to 3"),
    (lambda: padding_mask([-1], 3), r"lengths\[0\] is -1"),
    (lambda: padding_mask([1.0], 3), "expected whole numbers"),
    (lambda: padding_mask([[1]], 3), "lengths has shape"),
    (lambda: padding_mask([0], 0), "size is 0"),
])
def test_sizes_that_are_none_are_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()
