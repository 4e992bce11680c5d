"""shared.kv_cache, sampling and generate: the textbook's numbers and tokens, for whole batches."""

import numpy as np
import pytest

from block10_llm_reality import proofs
from block10_llm_reality.decoding import full_pass, rules, speculative, writing
from block10_llm_reality.tests.models import KINDS, random_model, random_prompts
from shared import generate, gpt, sampling
from shared.checks import relative_error
from shared.generate import Decoder, fold
from shared.kv_cache import cache_bytes

# --- the rules -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", proofs.SAMPLED)
def test_the_rules_for_a_batch_are_those_for_one(name):
    setting = proofs.SAMPLED[name]
    rng = np.random.default_rng(0)
    logits = np.concatenate([rng.standard_normal((20, 9)), [proofs.LOGITS]])
    logits = np.concatenate([logits, np.round(logits)])  # equals among them
    seen = rng.random(logits.shape) < 0.3
    found = sampling.distributions(logits, sampling.Rules(*setting), seen)
    for row, p in enumerate(found):
        expected = rules.distribution(logits[row], setting, np.flatnonzero(seen[row]))
        np.testing.assert_array_equal(p > 0, expected > 0)
        np.testing.assert_allclose(p, expected, atol=1e-15)


def test_both_texts_have_the_same_settings():
    assert sampling.Rules._field_defaults == rules.Rules._field_defaults


def test_drawing_for_a_batch_is_drawing_one_by_one():
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(7) * 0.3, 200) * (rng.random((200, 7)) < 0.6)
    p[:, 3] += 1e-3
    p /= p.sum(axis=1, keepdims=True)
    numbers = np.where(rng.random(200) < 0.2, 1 - 2**-53, rng.random(200))
    expected = [proofs.draw(row, number) for row, number in zip(p, numbers)]
    assert sampling.draw(p, numbers).tolist() == expected


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_the_row_of_damaged_logits_is_named(bad):
    with pytest.raises(ValueError, match="row 1: the logits hold"):
        sampling.greedy(np.array([[0.0, 1.0], [0.0, bad]]))
    with pytest.raises(ValueError, match="row 0: every token is forbidden"):
        sampling.distributions(np.full((1, 2), -np.inf), sampling.Rules())


@pytest.mark.parametrize("change", [
    {"temperature": 0.0}, {"top_k": 1.5}, {"top_p": 0.0}, {"min_p": 2}, {"repetition_penalty": -1}])
def test_a_setting_without_sense_is_named_for_a_batch(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        sampling.distributions(np.zeros((1, 3)), sampling.Rules()._replace(**change))


# --- the cache -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("dtype", "most"), [(np.float64, 1e-10), (np.float32, 1e-4)])
def test_cached_logits_are_those_of_a_full_pass(kind, dtype, most):
    """Ragged prompts, several new tokens at once, past the end of the context, each row's own."""
    found = proofs.kv_logits_error(*random_model(kind, dtype), prompts=5, most=40, seed=1)
    assert 0 < found <= most


def test_that_error_sees_a_rule_of_another_window(monkeypatch):
    monkeypatch.setattr(Decoder, "window_start", lambda self, n: max(n - self.room, 0))
    assert proofs.kv_logits_error(*random_model(), prompts=2, most=40, seed=1) > 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_greedy_tokens_are_the_textbook_s(kind):
    shape, parameters = random_model(kind, np.float32)
    assert proofs.kv_greedy_mismatches(shape, parameters, 12, 30, seed=0) == 0


def test_a_batch_writes_what_each_row_writes_alone_and_ended_rows_cost_nothing():
    shape, parameters = random_model()
    prompts, weights = random_prompts(shape, [3, 9, 1, 5]), fold(shape, parameters)
    numbers = np.random.default_rng(0).random((4, 30))
    how = {"rules": sampling.Rules(temperature=1.5, repetition_penalty=1.1), "ends": [4]}
    together = generate.generate(weights, prompts, 30, numbers=numbers, **how)
    alone = [
        generate.generate(weights, [prompt], 30, numbers=row[None], **how)[0]
        for prompt, row in zip(prompts, numbers)
    ]
    assert together == alone
    assert len({len(tokens) for tokens in together}) > 1
    assert all(tokens[-1] == 4 or len(tokens) == 30 for tokens in together)
    rows = [len(step.rows) for step in generate.steps(weights, prompts, 30, numbers=numbers, **how)]
    assert rows == sorted(rows, reverse=True) and sum(rows) == sum(map(len, together))


def test_drawn_tokens_are_the_textbook_s_for_the_same_numbers():
    shape, parameters = random_model()
    prompt, numbers = random_prompts(shape, [4])[0], np.random.default_rng(1).random(40)
    setting = rules.Rules(0.9, 12, 0.95, 0.01, 1.3)
    slow = writing.write(
        full_pass.next_logits(shape, parameters), prompt, 40, setting, iter(numbers)
    )
    fast = generate.generate(
        fold(shape, parameters), [prompt], 40, sampling.Rules(*setting), numbers[None]
    )
    assert fast == [slow]


def test_what_is_not_allowed_is_not_written_and_a_stop_ends_a_row():
    shape, parameters = random_model()
    even = np.arange(23) % 2 == 0
    tokens = generate.generate(
        fold(shape, parameters), random_prompts(shape, [3, 3]), 9,
        allowed=lambda row, new: even if row == 1 else None,
        stop=lambda row, new: row == 0 and len(new) == 4,
    )
    assert [len(row) for row in tokens] == [4, 9] and all(n % 2 == 0 for n in tokens[1])


def test_rewinding_forgets_the_newest_tokens():
    shape, parameters = random_model()
    decoder = Decoder(fold(shape, parameters), 2)
    decoder.start(random_prompts(shape, [5, 7]))
    first = decoder.extend(np.array([[1, 2, 3], [4, 5, 6]]))
    decoder.rewind(np.array([6, 8]))
    again = decoder.extend(np.array([[2], [5]]))
    assert relative_error(again[:, 0], first[:, 1]) < 1e-12
    with pytest.raises(ValueError, match="cannot be rewound"):
        decoder.rewind(np.array([0, 1]))


def test_folding_leaves_the_model_s_arrays_alone_and_is_a_copy():
    shape, parameters = random_model()
    before = {name: array.copy() for name, array in parameters.items()}
    weights, prompts = fold(shape, parameters), random_prompts(shape, [3])
    generate.generate(weights, prompts, 5)
    assert all(np.array_equal(before[name], array) for name, array in parameters.items())


def test_the_cache_takes_what_the_formula_says():
    shape, parameters = random_model(dtype=np.float32)
    decoder = Decoder(fold(shape, parameters), 3, 10)
    assert decoder.keys.nbytes + decoder.values.nbytes == cache_bytes(shape, 3, 10)
    assert cache_bytes(shape, 1, 10) == 4 * full_pass.cache_numbers(shape, 10)


def test_multiplications_by_hand():
    shape = gpt.Shape(5, channels=2, layers=1, heads=1)
    assert full_pass.multiplications(shape, 1, cached=False) == (48 + 4) + (48 + 8) + 10
    assert full_pass.multiplications(shape, 1, cached=True) == (48 + 8) + 10


@pytest.mark.parametrize(("call", "message"), [
    (lambda d: d.start([np.array([], int), np.array([1])]), "prompt is empty"),
    (lambda d: d.start([np.array([1])]), "1 prompts for 2 rows"),
    (lambda d: d.start([np.array([1]), np.array([23])]), "expected 0 to 22"),
    (lambda d: d.extend(np.array([[1], [-1]])), "expected 0 to 22"),
    (lambda d: d.extend(np.zeros((2, 17), int)), "17 tokens at once do not fit"),
    (lambda d: Decoder(d.weights, 1, 4).start([np.arange(5)]), "5 tokens, but room for 4"),
    (lambda d: generate.generate(d.weights, [[1]], 3, sampling.Rules(), np.zeros((1, 2))), "shape"),
    (lambda d: fold(d.shape._replace(causal=False), d.weights.parameters), "not causal"),
])
def test_bad_calls_are_named(call, message):
    shape, parameters = random_model()
    with pytest.raises(ValueError, match=message):
        call(Decoder(fold(shape, parameters), 2))


def test_damaged_weights_are_named_and_not_written_on():
    shape, parameters = random_model()
    parameters["norm.gain"][0] = np.nan
    with pytest.raises(ValueError, match="weights are damaged"):
        generate.generate(fold(shape, parameters), random_prompts(shape, [3]), 5)


# --- with a draft --------------------------------------------------------------------------------


def test_judging_all_places_at_once_is_judging_one_by_one():
    rng, refused = np.random.default_rng(0), 0
    for _ in range(300):
        p, q = rng.dirichlet(np.ones(5), 4), rng.dirichlet(np.ones(5), 3)
        drafted, numbers = rng.integers(0, 5, 3), rng.random(4)
        expected = speculative.judge(p, q, drafted.tolist(), numbers.tolist())
        assert generate.judge(p, q, drafted, numbers) == expected
        refused += len(expected) < 4
    assert 30 < refused < 290


def test_speculation_does_not_change_the_distribution():
    found = proofs.speculation_test(*random_model(context=8), draws=1000, seed=0)
    assert found["p"] > 0.001 and found["tokens_per_pass"] > 1


def test_a_draft_that_is_the_model_saves_passes_and_a_bad_one_changes_nothing():
    shape, parameters = random_model()
    next_logits = full_pass.next_logits(shape, parameters)
    cold = sampling.Rules(temperature=0.001)  # as good as greedy

    def the_model(ids):
        return rules.distribution(next_logits(np.array(ids)), rules.Rules(temperature=0.001))

    prompt = random_prompts(shape, [3])[0]
    weights, rng = fold(shape, parameters), np.random.default_rng(0)
    greedy = generate.generate(weights, [prompt], 40)[0]
    good, few = generate.speculate(weights, the_model, prompt, 40, 4, cold, rng)
    flat, many = generate.speculate(
        weights, lambda ids: np.full(23, 1 / 23), prompt, 40, 4, cold, rng)
    assert good == flat == greedy
    assert few <= 15 < many


def test_a_penalty_and_an_empty_prompt_are_refused_with_a_draft():
    shape, parameters = random_model()
    weights, rng = fold(shape, parameters), np.random.default_rng(0)
    with pytest.raises(ValueError, match="leave the repetition penalty out"):
        penalty = sampling.Rules(repetition_penalty=2.0)
        generate.speculate(weights, None, np.array([1]), 3, 2, penalty, rng)
    with pytest.raises(ValueError, match="the prompt is empty"):
        generate.speculate(weights, None, np.array([], int), 3, 2, sampling.Rules(), rng)
