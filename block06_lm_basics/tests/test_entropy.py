"""Entropy: coins and dice, the two inequalities, and a text whose floor is known."""

import math

import numpy as np
import pytest

from block06_lm_basics.entropy import (
    cross_entropy,
    divergence,
    entropy,
    entropy_rate,
    long_run,
    perplexity,
    surprise,
    to_bits,
)
from block06_lm_basics.witten_bell import fit, probabilities
from shared.seeding import stream


def random_distribution(V, *name):
    return stream(0, "p", *name).dirichlet(np.ones(V))


def test_a_coin_a_die_and_a_certainty():
    assert to_bits(surprise(0.5)) == 1
    assert perplexity(surprise(1 / 6)) == pytest.approx(6)
    assert to_bits(entropy(np.full(8, 1 / 8))) == pytest.approx(3)
    assert entropy(np.array([0.0, 1.0])) == 0
    assert to_bits(entropy(np.array([0.11, 0.89]))) == pytest.approx(0.5, abs=1e-3)  # MacKay 2003


def test_perplexity_of_a_uniform_choice_is_the_number_of_choices():
    for V in (1, 2, 26, 1000):
        assert perplexity(entropy(np.full(V, 1 / V))) == pytest.approx(V)


@pytest.mark.parametrize("i", range(5))
def test_no_model_beats_the_truth_and_the_rest_is_the_divergence(i):
    p, q = random_distribution(7, i), random_distribution(7, i, "q")
    assert cross_entropy(p, q) > entropy(p)
    assert divergence(p, q) == pytest.approx(float(np.sum(p * np.log(p / q))))
    assert divergence(p, p) == 0
    assert entropy(p) <= math.log(7)


def test_descent_on_the_cross_entropy_ends_at_the_truth():
    """Along a line from any q to p the loss falls, and its lowest point is p itself."""
    p, q = random_distribution(5, "p"), random_distribution(5, "q")
    losses = [cross_entropy(p, (1 - s) * q + s * p) for s in np.linspace(0, 1, 11)]
    assert np.all(np.diff(losses) < 0)
    assert cross_entropy(p, 1.05 * p - 0.05 * q) > losses[-1]


def test_what_never_happens_costs_nothing():
    assert cross_entropy(np.array([1.0, 0.0]), np.array([0.5, 0.5])) == pytest.approx(math.log(2))


def test_calling_the_possible_impossible_is_refused():
    with pytest.raises(ValueError, match="its cost is infinite"):
        cross_entropy(np.array([0.5, 0.5]), np.array([1.0, 0.0]))


@pytest.mark.parametrize("p", [[0.5, 0.6], [1.5, -0.5], [np.nan, 1.0], []])
def test_what_is_no_distribution_is_refused(p):
    with pytest.raises(ValueError, match="true"):
        entropy(np.array(p))


def test_distributions_over_different_symbols_are_refused():
    with pytest.raises(ValueError, match="model has shape"):
        cross_entropy(np.array([0.5, 0.5]), np.array([0.2, 0.3, 0.5]))


@pytest.mark.parametrize("p", [0.0, -0.1, 1.1, np.nan])
def test_a_probability_outside_is_refused(p):
    with pytest.raises(ValueError, match="no probability"):
        surprise(p)


def test_the_rate_of_a_chain_in_closed_form():
    """Two states, left with probabilities a and b, are visited b : a."""
    a, b = 0.1, 0.3
    coin = lambda p: entropy(np.array([p, 1 - p]))  # noqa: E731
    expected = (b * coin(a) + a * coin(b)) / (a + b)
    assert entropy_rate(np.array([[1 - a, a], [b, 1 - b]])) == pytest.approx(expected)


def test_a_bigram_reaches_the_floor_of_a_chain_and_no_order_passes_it():
    transitions = stream(0, "chain").dirichlet(np.full(4, 0.5), size=4)
    numbers, state, text = stream(0, "walk").random(60_000), 0, ""
    ends = np.cumsum(transitions, axis=1)
    for number in numbers:
        state = min(int(np.searchsorted(ends[state], number)), 3)
        text += "abcd"[state]
    floor = entropy_rate(transitions)
    for order in (2, 3):
        p = probabilities(fit(text[:50_000], order), text[50_000:], 4)
        loss = float(-np.mean(np.log(p)))
        assert floor - 0.02 < loss < floor + 0.02  # 10,000 characters: deviation about 0.008
    unigram = probabilities(fit(text[:50_000], 1), text[50_000:], 4)
    assert float(-np.mean(np.log(unigram))) > floor + 0.05


@pytest.mark.parametrize("q", [[0.5, 0.6], [1.5, -0.5], [np.nan, 1.0], [0.5, 0.5 + 1e-8]])
def test_a_model_that_is_no_distribution_is_refused(q):
    with pytest.raises(ValueError, match="model"):
        cross_entropy(np.array([0.5, 0.5]), np.array(q))


def test_a_loss_too_large_for_a_float_is_an_infinite_perplexity():
    assert perplexity(800.0) == np.inf


@pytest.mark.parametrize("nats", [np.nan, -1.0])
def test_what_is_no_loss_has_no_perplexity(nats):
    with pytest.raises(ValueError, match="nats is none"):
        perplexity(nats)


@pytest.mark.parametrize("kind", [list, np.uint8, bool, np.float32])
def test_distributions_of_any_type_are_computed_with_in_float64(kind):
    certain = [0, 1] if kind is list else np.array([0, 1], dtype=kind)
    half = [0.25, 0.75] if kind is not np.float32 else np.array([0.25, 0.75], kind)
    assert entropy(certain) == divergence(certain, certain) == 0
    assert cross_entropy(certain, half) == -np.log(0.75)
    assert entropy_rate([[0.25, 0.75], [0.25, 0.75]]) == pytest.approx(entropy(half), rel=1e-15)


def test_a_divergence_is_never_below_zero():
    for i in range(200):
        p = random_distribution(9, "near", i)
        assert divergence(p, p * (1 + 1e-12)) >= 0


def test_the_long_run_is_the_fixed_point_that_only_one_closed_part_has():
    P = stream(0, "chain").dirichlet(np.full(6, 0.3), size=6)
    pi = long_run(P)
    assert pi.sum() == pytest.approx(1) and pi @ P == pytest.approx(pi, abs=1e-14)
    assert long_run(np.array([[0, 1.0], [1, 0]])) == pytest.approx([0.5, 0.5])  # it never settles
    leaves = np.array([[0.5, 0.25, 0.25], [0, 0, 1], [0, 1, 0]])
    assert long_run(leaves).tolist() == [0, 0.5, 0.5]
    assert entropy_rate(leaves) == 0
    rare = np.array([[1, 1e-18], [2e-18, 1]])  # each row adds up to 1 as a float
    assert long_run(rare) == pytest.approx([2 / 3, 1 / 3], rel=1e-15)


@pytest.mark.parametrize(
    ("transitions", "message"),
    [
        (np.eye(2), "two closed parts"),
        (np.kron(np.eye(2), np.full((2, 2), 0.5)), "two closed parts"),
        ([[0.2, 0.4, 0.4], [0, 1, 0], [0, 0, 1]], "two closed parts"),
        (np.zeros((0, 0)), "closed"),
        ([[0.5, 0.5], [0.5, 0.6]], "row 1 has the sum"),
        ([[0.5, 0.5], [np.nan, 1]], "row 1"),
        (np.full((2, 3), 1 / 3), r"expected \(V, V\)"),
    ],
)
def test_a_chain_without_one_long_run_has_no_rate(transitions, message):
    with pytest.raises(ValueError, match=message):
        entropy_rate(transitions)
