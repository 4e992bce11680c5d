"""Witten-Bell by hand in exact fractions, as a distribution, and at the ends of its range."""

from fractions import Fraction

import pytest

from block06_lm_basics.witten_bell import distribution, fit, probabilities, probability
from shared.seeding import stream

SYMBOLS = list("abcde")  # e never occurs


def random_text(length, seed=0):
    return "".join(stream(seed, "text").choice(SYMBOLS[:4], length, p=[0.6, 0.2, 0.15, 0.05]))


def exact(text, context, c, V):
    """The formula once more, in fractions, and counting by looking through the text each time."""
    after = [text[t] for t in range(len(context), len(text)) if text[:t].endswith(context)]
    shorter = exact(text, context[1:], c, V) if context else Fraction(1, V)
    if not after:
        return shorter
    kinds = len(set(after))
    return (after.count(c) + kinds * shorter) / (len(after) + kinds)


@pytest.mark.parametrize("context", ["", "a", "ba", "dca", "ddddd"])
def test_equals_exact_fractions(context):
    text = random_text(120)
    tables = fit(text, order=6)
    for c in SYMBOLS:
        expected = float(exact(text, context, c, 5))
        assert probability(tables, context, c, 5) == pytest.approx(expected, rel=1e-13)


def test_banana_by_hand():
    tables = fit("banana", order=3)
    unigram = (2 + 3 * 1 / 3) / (6 + 3)  # n: 2 of 6, 3 kinds, V = 3
    bigram = (2 + 1 * unigram) / (2 + 1)  # after a: n, n
    trigram = (1 + 1 * bigram) / (1 + 1)  # after ba: n
    assert probability(tables, "ba", "n", 3) == pytest.approx(trigram)


@pytest.mark.parametrize("order", [1, 2, 3, 6])
@pytest.mark.parametrize("context", ["", "a", "abcd", "eeee"])
def test_the_probabilities_of_all_symbols_add_up_to_one(order, context):
    p = distribution(fit(random_text(200), order), context, SYMBOLS)
    assert sum(p) == pytest.approx(1, abs=1e-12)
    assert min(p) > 0


def test_only_the_last_order_minus_one_characters_count():
    tables = fit(random_text(200), order=3)
    assert probability(tables, "abcdab", "c", 5) == probability(tables, "ab", "c", 5)


def test_a_context_never_seen_leaves_it_to_the_shorter_one():
    tables = fit(random_text(200), order=4)
    assert probability(tables, "eab", "c", 5) == probability(tables, "ab", "c", 5)


def test_each_character_is_predicted_from_those_before_it_alone():
    tables, text = fit(random_text(200), order=4), random_text(30, seed=1)
    whole = probabilities(tables, text, 5)
    assert probabilities(tables, text[:12], 5) == whole[:12]
    changed = text[:12] + "e" + text[13:]
    assert probabilities(tables, changed, 5)[:12] == whole[:12]
    assert whole[20] == probability(tables, text[17:20], text[20], 5)


def test_without_any_training_text_everything_is_equally_probable():
    assert distribution(fit("", order=3), "ab", SYMBOLS) == [1 / 5] * 5


def test_a_text_of_one_symbol_becomes_almost_certain():
    tables = fit("a" * 1000, order=5)
    assert 0.99 < probability(tables, "aaaa", "a", 2) < 1


def test_an_order_below_one_is_refused():
    with pytest.raises(ValueError, match="the order is 0"):
        fit("abc", 0)


@pytest.mark.parametrize("size", [0, -1, 2, float("nan")])
def test_a_vocabulary_smaller_than_what_was_seen_is_refused(size):
    with pytest.raises(ValueError, match=f"a vocabulary of {size}"):
        probability(fit("banana", 2), "a", "n", size)
