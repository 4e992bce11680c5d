"""Counts against a second way to count; probabilities by hand and as whole distributions."""

from fractions import Fraction

import pytest

from block06_lm_basics.counts import add_k, contexts_before, count, maximum_likelihood
from shared.seeding import stream


def random_text(length, symbols="abc", seed=0):
    return "".join(stream(seed, "text").choice(list(symbols), length))


@pytest.mark.parametrize("length", [0, 1, 2, 5])
def test_counts_are_the_occurrences_in_the_text(length):
    text = random_text(300)
    for context, followers in count(text, length).items():
        for c, times in followers.items():
            found = sum(text.startswith(context + c, t) for t in range(len(text)))
            assert found == times


@pytest.mark.parametrize("length", [0, 1, 3, 10])
def test_every_character_with_a_whole_context_is_counted_once(length):
    text = random_text(50)
    total = sum(sum(followers.values()) for followers in count(text, length).values())
    assert total == 50 - length


@pytest.mark.parametrize("text", ["", "a", "ab"])
def test_a_text_shorter_than_the_context_has_no_counts(text):
    assert count(text, 2) == {}


@pytest.mark.parametrize("read", [count, contexts_before])
def test_a_negative_length_is_refused(read):
    with pytest.raises(ValueError, match="0 characters or more, not -1"):
        read("abc", -1)


def test_maximum_likelihood_is_the_most_probable_table():
    """Moving any of its probability elsewhere makes the training text less probable."""
    counts = count("abaababbbab", 1)
    p = maximum_likelihood(counts, "a", "b")
    a, b = counts["a"]["a"], counts["a"]["b"]
    assert p == pytest.approx(b / (a + b))
    likelihood = lambda q: (1 - q) ** a * q**b  # noqa: E731
    assert all(likelihood(p) > likelihood(p + shift) for shift in (-0.1, -0.01, 0.01, 0.1))


def test_what_was_not_seen_is_impossible_for_maximum_likelihood():
    counts = count("banana", 1)
    assert maximum_likelihood(counts, "a", "b") == 0
    assert maximum_likelihood(counts, "x", "a") == 0


@pytest.mark.parametrize("k", [1, 0.5, 1e-3])
@pytest.mark.parametrize("context", ["ab", "bb", "zz"])
def test_add_k_is_a_distribution(k, context):
    counts = count(random_text(40), 2)
    assert sum(add_k(counts, context, c, k, 3) for c in "abc") == pytest.approx(1, abs=1e-12)


def test_add_one_is_laplaces_rule_of_succession():
    """The chance of a sunrise after n of n: (n + 1) / (n + 2)."""
    counts = count("1" * 10, 0)
    assert add_k(counts, "", "1", 1, 2) == float(Fraction(11, 12))


def test_add_k_goes_to_maximum_likelihood_as_k_goes_to_zero_and_to_uniform_as_it_grows():
    counts = count("abaababbbab", 1)
    assert add_k(counts, "a", "b", 1e-9, 2) == pytest.approx(maximum_likelihood(counts, "a", "b"))
    assert add_k(counts, "a", "b", 1e9, 2) == pytest.approx(0.5)


@pytest.mark.parametrize("k", [0, -1, float("nan"), float("inf")])
def test_a_k_that_is_not_above_zero_is_refused(k):
    with pytest.raises(ValueError, match="must be above 0"):
        add_k({}, "", "a", k, 2)


def test_contexts_are_what_stands_before():
    assert contexts_before("abc", 0) == ["", "", ""]
    assert contexts_before("", 3) == []
    assert contexts_before("abc", 9) == ["", "a", "ab"]


@pytest.mark.parametrize("size", [0, -1, 2, float("nan")])
def test_a_vocabulary_smaller_than_what_was_seen_is_refused(size):
    with pytest.raises(ValueError, match=f"3 characters of a vocabulary of {size}"):
        add_k(count("banana", 0), "", "a", 1, size)
