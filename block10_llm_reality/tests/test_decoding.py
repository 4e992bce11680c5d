"""Decoding: every rule against its definition, drawing by chi-square, beams against all texts."""

import itertools

import numpy as np
import pytest

from block10_llm_reality import proofs
from block10_llm_reality.decoding import beam, drawing, rules, speculative, writing

DRAWS = 50_000


@pytest.mark.parametrize("name", proofs.SAMPLED)
def test_a_rule_draws_what_it_promises_and_nothing_else(name):
    found = proofs.sampling_test(name, DRAWS, seed=0)
    assert found["support"] and found["p"] > 0.001


@pytest.mark.parametrize("name", [name for name in proofs.SAMPLED if name != "plain"])
def test_the_test_of_a_rule_refuses_the_plain_distribution(name, monkeypatch):
    monkeypatch.setattr(proofs, "distribution", lambda *_: rules.distribution(
        proofs.LOGITS, rules.Rules()))
    assert proofs.sampling_test(name, 5_000, seed=0)["p"] < 0.001


@pytest.mark.parametrize("name", proofs.SAMPLED)
def test_the_rules_are_the_definition_written_without_a_sort(name):
    p = rules.distribution(proofs.LOGITS, proofs.SAMPLED[name], proofs.SEEN)
    np.testing.assert_allclose(p, proofs.target_of(proofs.SAMPLED[name]), atol=1e-15)


def test_rules_by_hand():
    p = np.array([0.4, 0.1, 0.3, 0.2])
    np.testing.assert_allclose(rules.top_k(p, 2), [4 / 7, 0, 3 / 7, 0])
    np.testing.assert_allclose(rules.top_k(p, 9), p)
    np.testing.assert_allclose(rules.top_p(p, 0.4), [1, 0, 0, 0])
    np.testing.assert_allclose(rules.top_p(p, 0.41), [4 / 7, 0, 3 / 7, 0])
    np.testing.assert_allclose(rules.top_p(p, 1.0), p)
    np.testing.assert_allclose(rules.min_p(p, 0.5), [4 / 9, 0, 3 / 9, 2 / 9])
    logits = rules.with_repetition_penalty(np.array([2.0, -2.0, 2.0]), [0, 0, 1], 2.0)
    np.testing.assert_allclose(logits, [1, -4, 2])  # seen twice counts once


def test_top_p_of_one_keeps_the_rarest_token():
    p = np.full(1000, 1e-17)
    p[0] = 1 - p[1:].sum()
    assert np.count_nonzero(rules.top_p(p, 1.0)) == 1000


def test_the_end_of_the_numbers_draws_no_token_of_probability_zero():
    p = np.array([0.1] * 10 + [0.0])
    assert drawing.draw(p, 1 - 2**-53) == 9
    assert drawing.draw(np.array([0.0, 1.0]), 0.0) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"temperature": 0.0}, "temperature is 0"), ({"temperature": np.nan}, "temperature is nan"),
        ({"top_k": -1}, "top_k is -1"), ({"top_p": 0.0}, "top_p is 0"),
        ({"top_p": 1.1}, "top_p is 1.1"), ({"min_p": -0.1}, "min_p is -0.1"),
        ({"repetition_penalty": 0.0}, "repetition_penalty is 0"),
    ],
)
def test_settings_without_sense_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        rules.distribution(np.zeros(3), rules.Rules()._replace(**change))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_damaged_logits_are_named_and_forbidden_ones_are_not(bad):
    with pytest.raises(ValueError, match=r"logits\[1\] is"):
        drawing.greedy(np.array([0.0, bad]))
    with pytest.raises(ValueError, match="every token is forbidden"):
        rules.distribution(np.array([-np.inf, -np.inf]), rules.Rules())
    assert rules.distribution(np.array([-np.inf, 0.0]), rules.Rules())[0] == 0


# --- writing -------------------------------------------------------------------------------------


def counting_on(ids):
    """A model that is sure of the next number, mod 9."""
    return np.where(np.arange(9) == (ids[-1] + 1) % 9, 0.0, -30.0)


def test_writing_ends_at_the_most_at_an_end_token_and_at_a_stop_text():
    def decode(ids):
        return "".join(map(str, ids))

    def write(most, **how):
        return writing.write(counting_on, np.array([2]), most, None, iter([]), **how)

    assert write(3) == [3, 4, 5]
    assert write(9, ends=[4]) == [3, 4]
    assert write(9, stops=["45"], decode=decode) == [3, 4, 5]
    assert write(0) == []


def test_writing_takes_one_number_for_each_token():
    numbers = iter([0.1, 0.6, 0.99])
    tokens = writing.write(
        lambda ids: np.zeros(4), np.array([0]), 3, rules.Rules(), numbers
    )
    assert tokens == [0, 2, 3] and next(numbers, None) is None


def test_what_was_written_counts_for_the_penalty():
    harsh = rules.Rules(temperature=0.05, repetition_penalty=4.0)
    tokens = writing.write(
        lambda ids: np.array([4.0, 3.0, 2.0]), np.array([2]), 3, harsh, iter([0.5] * 3)
    )
    assert tokens == [0, 1, 0]


def test_an_empty_prompt_is_named():
    with pytest.raises(ValueError, match="the prompt is empty"):
        writing.write(counting_on, np.array([], int), 3, None, iter([]))


@pytest.mark.parametrize(("text", "safe"), [
    ("He said EN", 8), ("He said END", 11), ("a E b", 5), ("E", 0), ("ENE", 2), ("", 0)])
def test_what_could_become_a_stop_text_is_held_back(text, safe):
    assert writing.safe_length(text, ["END"]) == safe


def test_the_first_stop_text_counts_and_an_empty_one_is_refused():
    assert writing.stopped_at("ab c", ["c", "b"]) == 1
    assert writing.stopped_at("ab", ["x"]) == -1
    with pytest.raises(ValueError, match="empty stop text"):
        writing.stopped_at("ab", [""])


def test_past_the_context_the_older_half_is_forgotten_at_once():
    starts = [writing.window_start(length, 8) for length in range(1, 18)]
    assert starts == [0] * 8 + [4] * 4 + [8] * 4 + [12]
    assert [writing.window_start(n, 1) for n in (1, 2, 3)] == [0, 1, 2]


# --- beams ---------------------------------------------------------------------------------------


def random_model(V, seed=0):
    """ln P of the next token, a fixed random one for each prefix."""

    def log_p(ids):
        p = np.random.default_rng([seed, *ids.tolist()]).dirichlet(np.ones(V) * 0.5)
        return np.log(p)

    return log_p


def every_text(log_p, V, length):
    """{tokens: ln P} of all texts of this length after the prompt [0]."""
    found = {}
    for tokens in itertools.product(range(V), repeat=length):
        steps = [log_p(np.array([0, *tokens[:t]]))[tokens[t]] for t in range(length)]
        found[tokens] = sum(steps)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_a_full_width_beam_finds_the_likeliest_of_all_texts(seed):
    log_p = random_model(4, seed)
    truth = sorted(every_text(log_p, 4, 3).items(), key=lambda item: -item[1])
    found = beam.beam_search(log_p, np.array([0]), 64, 3)
    assert [b.tokens for b in found] == [tokens for tokens, _ in truth]
    np.testing.assert_allclose([b.log_p for b in found], [p for _, p in truth])


def test_width_one_is_greedy():
    log_p = random_model(5, 7)
    greedy = writing.write(log_p, np.array([0]), 4, None, iter([]))
    assert list(beam.beam_search(log_p, np.array([0]), 1, 4)[0].tokens) == greedy


def test_an_ended_beam_grows_no_more_and_the_penalty_favours_longer_ones():
    def log_p(ids):  # after 0: end (id 2) 0.6, or 1 at 0.4; after 1: end surely
        return np.log([1e-9, 0.4, 0.6] if ids[-1] == 0 else [1e-9, 1e-9, 1.0])

    short, longer = beam.beam_search(log_p, np.array([0]), 2, 5, ends=[2])
    assert (short.tokens, longer.tokens) == ((2,), (1, 2)) and short.ended and longer.ended
    first = beam.beam_search(log_p, np.array([0]), 2, 5, ends=[2], length_penalty=1.0)[0]
    assert first.tokens == (1, 2)  # ln 0.4 / 2 > ln 0.6


# --- speculative decoding ------------------------------------------------------------------------


def test_judging_a_draft_leaves_the_model_s_distribution():
    assert proofs.judged_distribution(20_000, seed=0) > 0.001


def test_that_test_refuses_to_believe_the_draft_and_a_residual_of_p_alone():
    believe = lambda p, q, drafted, numbers: drafted  # noqa: E731
    assert proofs.judged_distribution(2_000, seed=0, rule=believe) < 0.001

    def careless(p, q, drafted, numbers):
        kept = speculative.judge(p, q, drafted, numbers)
        refused = kept[0] != drafted[0] or len(kept) == 1
        return [drawing.draw(p[0], numbers[-1])] if refused else kept

    assert proofs.judged_distribution(20_000, seed=0, rule=careless) < 0.001


def test_a_draft_is_cut_at_its_first_refusal():
    p, q = np.eye(3)[[0, 1, 2]], np.eye(3)[[0, 2]]
    assert speculative.judge(p, q, [0, 2], [0.5, 0.5, 0.5]) == [0, 1]
    assert speculative.judge(p, np.eye(3)[[0, 1]], [0, 1], [0.5, 0.5, 0.5]) == [0, 1, 2]


def test_a_perfect_draft_gives_all_its_tokens_in_each_pass():
    def model(ids, n):
        return np.array([np.eye(9)[(ids[t] + 1) % 9] for t in range(len(ids) - n, len(ids))])

    tokens, passes = speculative.speculate(
        model, lambda ids: np.eye(9)[(ids[-1] + 1) % 9], [0], 10, 4, np.random.default_rng(0)
    )
    assert tokens == [1, 2, 3, 4, 5, 6, 7, 8, 0, 1] and passes == 2
