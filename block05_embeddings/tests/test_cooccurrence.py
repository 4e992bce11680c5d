"""Counts by hand and by two loops; PPMI by hand and at independence."""

import numpy as np
import pytest

from block05_embeddings.cooccurrence import (
    cooccurrence,
    frequent_words,
    in_one_line,
    numbered,
    ppmi,
    random_pairs,
    window_pairs,
)
from block05_embeddings.proofs import pair_distance
from shared.seeding import stream


def random_ids(num_words=6):
    rng = stream(0, "texts")
    return [rng.integers(-1, num_words, size=length) for length in (1, 2, 9, 30)]


def counted_with_loops(ids, num_words, window):
    counts = np.zeros((num_words, num_words))
    for text in ids:
        for i, word in enumerate(text):
            for j, neighbour in enumerate(text):
                if i != j and abs(i - j) <= window and min(word, neighbour) >= 0:
                    counts[word, neighbour] += 1
    return counts


@pytest.mark.parametrize("window", [1, 2, 5, 40])
def test_counts_are_those_of_two_loops(window):
    ids = random_ids()
    assert np.array_equal(cooccurrence(ids, 6, window), counted_with_loops(ids, 6, window))


def test_a_count_by_hand():
    vocabulary = ["the", "cat", "sat"]
    ids = numbered([["the", "cat", "sat"], ["the", "dog", "cat"]], vocabulary)
    expected = [[0, 1, 0], [1, 0, 1], [0, 1, 0]]  # the and cat: once; across `dog` not at window 1
    assert cooccurrence(ids, 3, 1).tolist() == expected
    assert cooccurrence(ids, 3, 2).tolist() == [[0, 2, 1], [2, 0, 1], [1, 1, 0]]


def test_sides_are_counted_apart():
    counts = cooccurrence([np.array([0, 1, 0, 2])], 3, 1, sided=True)
    at_the_left, at_the_right = counts[:, :3], counts[:, 3:]
    assert at_the_left.tolist() == [[0, 1, 0], [1, 0, 0], [1, 0, 0]]
    assert at_the_right.tolist() == [[0, 1, 1], [1, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("window", [1, 2, 5, 40])
def test_both_sides_together_are_the_whole(window):
    counts = cooccurrence(random_ids(), 6, window, sided=True)
    assert np.array_equal(counts[:, :6] + counts[:, 6:], cooccurrence(random_ids(), 6, window))
    assert np.array_equal(counts[:, :6], counts[:, 6:].T)


def test_pairs_are_drawn_with_equal_chances():
    assert pair_distance(0) < 0.01  # sampling alone leaves about 0.004


def test_no_drawn_pair_reaches_across_texts_or_has_an_absent_word():
    line = in_one_line([np.array([0, 1]), np.array([2, -1, 3])], 3)
    words, neighbours = random_pairs(line, 3, 5000, stream(0, "pairs"))
    pairs = {*zip(words.tolist(), neighbours.tolist())}
    assert pairs == {(0, 1), (1, 0), (2, 3), (3, 2)}
    assert len(words) < 5000  # pairs that are none are left out, not drawn again


def test_no_window_reaches_into_the_next_text():
    words, _ = window_pairs([np.array([0, 1]), np.array([2]), np.array([3, 4])], 3)
    assert sorted(words.tolist()) == [0, 1, 3, 4]


def test_the_vocabulary_is_sorted_by_count_and_then_by_the_alphabet():
    assert frequent_words([["b", "a", "c", "c"]]) == ["c", "a", "b"]
    assert frequent_words([["b", "a", "c", "c"]], at_least=2) == ["c"]


def test_ppmi_by_hand():
    counts = np.array([[0.0, 3.0], [3.0, 2.0]])
    found = ppmi(counts, smoothing=1.0)
    assert found[0, 1] == pytest.approx(np.log((3 / 8) / (3 / 8 * 5 / 8)))
    assert found[0, 0] == 0  # never met
    assert found[1, 1] == 0  # ln(2/8 / (5/8 5/8)) < 0: met less often than chance


def test_the_example_of_the_page():
    told = ["the king wore a crown", "the queen wore a crown", "the dog ate a bone"]
    texts = [text.split() for text in told]
    words = frequent_words(texts)
    table = ppmi(cooccurrence(numbered(texts, words), len(words), 1), smoothing=1.0)
    rows = {name: dict(zip(words, row)) for name, row in zip(words, table)}
    king, dog = rows["king"], rows["dog"]
    for row, expected in ((king, {"the": 4, "wore": 3}), (dog, {"the": 4, "ate": 6})):
        met = {word: np.exp(surprise) for word, surprise in row.items() if surprise}
        assert met == pytest.approx(expected)
    assert rows["queen"] == king
    lengths = np.hypot(king["the"], king["wore"]), np.hypot(dog["the"], dog["ate"])
    assert king["the"] * dog["the"] / np.prod(lengths) == pytest.approx(0.48, abs=0.005)


def test_smoothed_ppmi_by_hand():
    found = ppmi(np.array([[0, 3], [3, 2]]))  # integers
    share = 5**0.75 / (3**0.75 + 5**0.75)  # P(c) of the second word
    assert found[0, 1] == pytest.approx(np.log((3 / 8) / (3 / 8 * share)))
    assert found[1, 0] == pytest.approx(np.log((3 / 8) / (5 / 8 * (1 - share))))


def test_ppmi_of_independent_words_is_zero():
    share = np.array([0.5, 0.3, 0.2])
    assert ppmi(1000 * np.outer(share, share), smoothing=1.0) == pytest.approx(np.zeros((3, 3)))


def test_smoothing_lowers_the_surprise_of_rare_neighbours():
    counts = cooccurrence(random_ids(), 6, 2)
    counts[:, 0] *= 20
    rare = counts.sum(axis=0).argmin()
    plain, smoothed = ppmi(counts, smoothing=1.0), ppmi(counts)
    met = plain[:, rare] > 0
    assert met.any()
    assert (smoothed[met, rare] < plain[met, rare]).all()


def test_a_word_without_neighbours_has_a_row_of_zeros():
    counts = np.zeros((3, 3))
    counts[0, 1] = counts[1, 0] = 4
    assert not ppmi(counts)[2].any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: window_pairs([np.array([0])], 0), "at least 1"),
        (lambda: window_pairs([np.array([0, -2])], 1), "is -2, expected 0 or more"),
        (lambda: window_pairs([np.array([True, False])], 1), "bool"),
        (lambda: window_pairs([np.array([0.0, np.nan])], 1), "whole numbers"),
        (lambda: cooccurrence([np.array([0, 2])], 2, 1), "is 2, expected 0 to 1"),
        (lambda: numbered([["a"]], ["a", "b", "a"]), "1 words are in the vocabulary twice"),
        (lambda: ppmi(np.ones((2, 2)), smoothing=-0.5), "smoothing is -0.5"),
        (lambda: ppmi(np.ones((2, 2)), smoothing=np.nan), "smoothing is nan"),
        (lambda: ppmi(np.ones(2)), "counts has shape"),
        (lambda: frequent_words([["a"]], at_least=2), "no word occurs 2 times"),
        (lambda: frequent_words([]), "no word"),
        (lambda: ppmi(np.zeros((2, 2))), "not all of them zero"),
        (lambda: ppmi(np.array([[1.0, -1.0], [0.0, 1.0]])), ">= 0"),
        (lambda: ppmi(np.array([[1.0, np.nan], [0.0, 1.0]])), "finite"),
        (lambda: ppmi(np.array([[1.0, np.inf], [0.0, 1.0]])), "finite"),
    ],
)
def test_what_cannot_be_counted_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_texts_without_pairs_count_nothing():
    assert not cooccurrence([np.array([0]), np.array([], dtype=int)], 2, 3).any()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint64, np.int32, list])
def test_numbers_of_any_type_are_counted_alike(dtype):
    text = [0, 3, 255, 0] if dtype is list else np.array([0, 3, 255, 0], dtype=dtype)
    expected = counted_with_loops([np.array([0, 3, 255, 0])], 256, 2)
    assert np.array_equal(cooccurrence([text], 256, 2), expected)
    counts = np.array([[200, 100], [100, 0]], dtype=np.uint8)
    assert np.array_equal(ppmi(counts), ppmi(counts.astype(float)))


def test_no_text_has_no_pairs():
    assert window_pairs([], 2)[0].shape == (0,)
