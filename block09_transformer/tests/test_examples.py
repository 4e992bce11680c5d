"""Texts as examples, and tokens back to characters."""

import numpy as np
import pytest

from block09_transformer.examples import (
    by_character,
    characters,
    in_bits_per_character,
    pairs,
    whole,
    windows,
)
from shared.data import DataError


def encode(text):
    return np.array([ord(letter) for letter in text])


def test_a_story_is_the_begin_token_and_its_tokens():
    assert [e.tolist() for e in whole(["ab", "c"], encode, 7)] == [[7, 97, 98], [7, 99]]


def test_the_model_is_asked_for_the_next_token():
    inputs, targets = pairs([np.array([7, 1, 2, 3])])
    assert inputs[0].tolist() == [7, 1, 2] and targets[0].tolist() == [1, 2, 3]


def test_a_text_is_cut_into_windows_and_nothing_is_lost():
    parts = windows("abcdefg", encode, 0, 3)
    assert [len(part) for part in parts] == [4, 4, 2] and all(part[0] == 0 for part in parts)
    assert "".join(chr(n) for part in parts for n in part[1:]) == "abcdefg"
    with pytest.raises(DataError, match="the text has 2 tokens, fewer than one example of 3"):
        windows("ab", encode, 0, 3)


def test_a_token_is_paid_at_the_character_it_ends_in():
    tokens = [b"The", b" dog", "\u00e9".encode(), b"\xc3", b"\xa9"]
    assert characters([0, 1, 2], tokens).tolist() == [2, 6, 7]
    assert characters([0, 3, 4], tokens).tolist() == [2, 3, 3]  # half a character each
    log_p = by_character(np.array([1.0, 0.5, 0.25]), [0, 3, 4], tokens)
    assert log_p.tolist() == [0, 0, -1, -0.75]


def test_nats_of_tokens_become_bits_of_characters():
    assert in_bits_per_character([np.log([2.0, 4.0]), np.log([2.0])], 8) == pytest.approx(0.5)
