"""The n-gram over sorted arrays against exact fractions, and at the ends of its range."""

from fractions import Fraction

import numpy as np
import pytest

from shared import ngram
from shared.seeding import stream

V = 5  # the symbol 4 never occurs in training


def some_ids(length, seed=0):
    return stream(seed, "ids").choice(4, size=length, p=[0.6, 0.2, 0.15, 0.05])


def exact(ids, context, c):
    """The formula in fractions; the counts come from looking through all of the text."""
    k = len(context)
    after = [ids[t] for t in range(k, len(ids)) if list(ids[t - k : t]) == list(context)]
    shorter = exact(ids, context[1:], c) if k else Fraction(1, V)
    if not after:
        return shorter
    kinds = len(set(after))
    return (after.count(c) + kinds * shorter) / (len(after) + kinds)


# --- against fractions -------------------------------------------------------------------------


@pytest.mark.parametrize("order", [1, 2, 3, 6])
@pytest.mark.parametrize("length", [1, 2, 5, 150])
def test_probabilities_equal_exact_fractions(order, length):
    ids, other = some_ids(length).tolist(), some_ids(40, seed=1).tolist() + [4, 0, 4, 4, 1]
    model = ngram.fit(np.array(ids), order, V)
    found = ngram.probabilities(model, np.array(other))
    for t, c in enumerate(other):
        context = other[max(t - order + 1, 0) : t]
        assert found[t] == pytest.approx(float(exact(ids, context, c)), rel=1e-13)


@pytest.mark.parametrize("order", [1, 2, 4])
def test_a_distribution_is_the_probability_of_each_symbol(order):
    ids = some_ids(150)
    model = ngram.fit(ids, order, V)
    for context in ([], [0], [4], [0, 0, 1], ids[-9:].tolist(), [4, 4, 0]):
        p = ngram.distribution(model, np.array(context, int))
        single = [
            ngram.probabilities(model, np.array([*context, c], int))[len(context)] for c in range(V)
        ]
        assert p == pytest.approx(single, abs=1e-15)
        assert p.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_leaving_out_long_contexts_is_a_model_of_lower_order(order):
    ids, other = some_ids(300), some_ids(60, seed=1)
    long, short = ngram.fit(ids, 5, V), ngram.fit(ids, order, V)
    assert np.array_equal(
        ngram.probabilities(long, other, order), ngram.probabilities(short, other)
    )
    for t in range(0, 60, 7):
        whole = ngram.distribution(long, other[:t], order)
        assert np.array_equal(whole, ngram.distribution(short, other[:t]))


def test_banana_by_hand():
    model = ngram.fit(np.array([1, 0, 2, 0, 2, 0]), 2, 3)  # a 0, b 1, n 2
    assert model.order == 2 and model.vocabulary_size == 3
    unigrams, bigrams = model.levels
    assert (unigrams.totals.tolist(), unigrams.kinds.tolist()) == ([6], [3])
    assert unigrams.counts.tolist() == [3, 1, 2]
    assert (bigrams.totals.tolist(), bigrams.kinds.tolist()) == ([2, 1, 2], [1, 1, 1])  # a, b, n
    assert bigrams.counts.tolist() == [2, 1, 2]  # an, ba, na
    unigram = np.array([3 + 1, 1 + 1, 2 + 1]) / 9
    after_a = (np.array([0, 0, 2]) + unigram) / 3
    assert ngram.distribution(model, np.array([0])) == pytest.approx(after_a, abs=1e-15)


def test_more_contexts_than_32_bits_could_number():
    """Alphabet 1,000,000: keys are (number of the context, symbol) and stay below 2^63."""
    ids = stream(0, "wide").integers(1_000_000, size=3000)
    model = ngram.fit(ids, 6, 1_000_000)
    p = ngram.probabilities(model, ids)
    assert 0 < p.min() and p.max() <= 1
    assert p[-1] > 0.3  # the context occurred once, with this follower: (1 + p') / 2


# --- what it may see ---------------------------------------------------------------------------


def test_a_later_symbol_moves_no_earlier_probability():
    model, ids = ngram.fit(some_ids(200), 4, V), some_ids(30, seed=1)
    other = ids.copy()
    other[17] = 4
    moved = ngram.probabilities(model, ids) != ngram.probabilities(model, other)
    assert np.flatnonzero(moved).min() == 17
    assert np.flatnonzero(moved).max() <= 20


def test_only_the_last_order_minus_one_symbols_count():
    model, ids = ngram.fit(some_ids(200), 3, V), some_ids(30, seed=1)
    recent, whole = ngram.distribution(model, ids[-2:]), ngram.distribution(model, ids)
    assert np.array_equal(recent, whole)


# --- the ends of the range ---------------------------------------------------------------------


@pytest.mark.parametrize("order", [1, 3])
def test_no_training_text_leaves_the_uniform_distribution(order):
    model = ngram.fit(np.zeros(0, int), order, V)
    assert ngram.distribution(model, np.array([1, 2])).tolist() == [1 / V] * V
    assert ngram.probabilities(model, np.array([0, 4, 4])).tolist() == [1 / V] * 3


@pytest.mark.parametrize("length", range(1, 9))
def test_a_training_text_shorter_than_the_order(length):
    ids = some_ids(length)
    longest = ngram.probabilities(ngram.fit(ids, 20, V), ids)
    assert np.array_equal(longest, ngram.probabilities(ngram.fit(ids, length, V), ids))


def test_nothing_to_predict():
    assert ngram.probabilities(ngram.fit(some_ids(50), 3, V), np.zeros(0, int)).shape == (0,)


def test_a_text_of_one_symbol():
    model = ngram.fit(np.zeros(1000, int), 4, 1)
    assert ngram.probabilities(model, np.zeros(5, int)).tolist() == [1.0] * 5
    almost = ngram.fit(np.zeros(1000, int), 4, 2)
    assert 0.998 < ngram.probabilities(almost, np.zeros(5, int))[-1] < 1


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8])
def test_any_integers_give_the_same(dtype):
    ids = some_ids(400)
    expected = ngram.probabilities(ngram.fit(ids, 5, V), ids)
    found = ngram.probabilities(ngram.fit(ids.astype(dtype), 5, V), ids.astype(dtype))
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("order", [0, -1, np.nan, 4])
def test_an_order_that_the_model_does_not_have_is_refused(order):
    model, ids = ngram.fit(some_ids(9), 3, V), np.array([0, 1])
    for ask in (ngram.probabilities, ngram.distribution):
        with pytest.raises(ValueError, match=f"the order is {order}"):
            ask(model, ids, order)
    if order != 4:
        with pytest.raises(ValueError, match=f"the order is {order}"):
            ngram.fit(ids, order, V)


@pytest.mark.parametrize("size", [0, -1, np.nan, 2**62])  # 2^62: keys would wrap around
def test_a_vocabulary_without_room_is_refused(size):
    with pytest.raises(ValueError, match=f"a vocabulary of {size}"):
        ngram.fit(np.zeros(3, int), 2, size)


@pytest.mark.parametrize("bad", [[0, -1], [0, V], [0.0], [True], [[1]], 3, [np.nan]])
def test_what_are_no_ids_of_the_vocabulary_is_refused_everywhere(bad):
    model, ids = ngram.fit(some_ids(9), 2, V), np.array(bad)
    for call in (
        lambda: ngram.fit(ids, 2, V),
        lambda: ngram.probabilities(model, ids),
        lambda: ngram.distribution(model, ids),
        lambda: ngram.sample(model, ids, 1, stream(0, "sample")),
    ):
        with pytest.raises(ValueError, match=r"ids.* (expected|are \(T,\))"):
            call()


# --- sampling ----------------------------------------------------------------------------------


def test_samples_are_as_frequent_as_they_are_probable():
    model = ngram.fit(some_ids(500), 1, V)
    drawn = np.bincount(ngram.sample(model, np.zeros(0, int), 4000, stream(0, "s")), minlength=V)
    expected = 4000 * ngram.distribution(model, np.zeros(0, int))
    assert np.sum((drawn - expected) ** 2 / expected) < 18.5  # 4 degrees, once in 1000


def test_a_certain_cycle_is_continued():
    ids = np.tile([0, 1, 2, 3], 5000)
    written = ngram.sample(ngram.fit(ids, 3, V), np.array([2, 3]), 40, stream(0, "s"))
    assert np.mean(written == np.tile([0, 1, 2, 3], 10)) > 0.9


def test_one_stream_one_text_and_no_length_no_text():
    model = ngram.fit(some_ids(500), 3, V)
    first = ngram.sample(model, np.array([0]), 50, stream(0, "s"))
    assert np.array_equal(first, ngram.sample(model, np.array([0]), 50, stream(0, "s")))
    assert ngram.sample(model, np.array([0]), 0, stream(0, "s")).shape == (0,)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_each_symbol_is_drawn_from_the_distribution_after_all_that_was_written(order):
    model, text = ngram.fit(some_ids(500), order, V), [3, 0]
    for number in stream(0, "s").random(60):
        text.append(int(np.argmax(np.cumsum(ngram.distribution(model, np.array(text))) > number)))
    written = ngram.sample(model, np.array([3, 0]), 60, stream(0, "s"))
    assert written.tolist() == text[2:]


class Fixed:
    def __init__(self, number):
        self.number = number

    def random(self):
        return self.number


def test_the_drawn_number_is_a_share_of_the_sum_and_what_is_impossible_is_not_drawn(monkeypatch):
    model = ngram.fit(np.array([0, 1]), 1, 2)
    monkeypatch.setattr(ngram, "distribution", lambda *arguments: np.array([0.1, 0.1]))
    assert ngram.sample(model, np.array([0]), 3, Fixed(0.4)).tolist() == [0, 0, 0]
    monkeypatch.setattr(ngram, "distribution", lambda *arguments: np.array([0.1] * 10 + [0]))
    assert ngram.sample(model, np.array([0]), 1, Fixed(1 - 2**-53)).tolist() == [9]
    with pytest.raises(ValueError, match="-1 symbols"):
        ngram.sample(model, np.array([0]), -1, Fixed(0.5))
