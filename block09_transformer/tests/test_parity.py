"""Textbook against shared.gpt, PyTorch's numbers, central differences; batches, weights, shards."""

import numpy as np
import pytest

from block09_transformer import proofs
from block09_transformer.proofs import SMALL, TINY, VARIANTS, fused_shape, golden_weights
from shared import gpt, gpt_layers, runtime
from shared.layers import parameters

SHAPE = fused_shape(SMALL)


@pytest.mark.parametrize("name", VARIANTS)
def test_both_texts_agree_on_logits_loss_and_every_gradient(name):
    errors = proofs.parity_errors(VARIANTS[name], seed=3)
    assert max(errors.values()) < 1e-12, errors


def test_they_agree_when_queries_look_back_a_few_at_a_time(monkeypatch):
    monkeypatch.setattr(gpt_layers, "QUERIES", 3)
    for name in ("rotary", "no positions, no mask"):
        errors = proofs.parity_errors(VARIANTS[name], seed=3)
        assert max(errors.values()) < 1e-12, errors


def test_ten_steps_of_adamw_agree():
    slow, fast = proofs.ten_losses(SMALL, seed=3)
    assert np.abs(slow - fast).max() < 1e-10 and slow[-1] < 0.7 * slow[0]


def test_pytorch_has_the_same_numbers():
    errors = proofs.golden_errors()
    assert len(errors) == 6 and max(errors.values()) < 1e-10, errors


@pytest.mark.parametrize("name", proofs.GOLDEN_SHAPES)
def test_the_whole_gradient_passes_the_check(name):
    assert proofs.whole_model_error(proofs.GOLDEN_SHAPES[name], largest=0) < 1e-6


def test_trained_weights_mean_the_same_in_the_textbook():
    weights = golden_weights(TINY)
    textbook = proofs.as_textbook(TINY, weights)
    ids = np.array([1, 5, 2, 2])
    np.testing.assert_allclose(textbook(ids).data, gpt.forward(TINY, weights, [ids])[0], atol=1e-12)
    assert all(np.array_equal(a, weights[name]) for name, a in proofs.named(textbook).items())


def test_no_logit_sees_what_comes_after_it_and_the_test_would_notice():
    assert proofs.causality_change(TINY, golden_weights(TINY)) == 0.0
    leaky = TINY._replace(causal=False)
    assert proofs.causality_change(leaky, golden_weights(leaky)) > 1e-3


def test_the_leak_test_sees_a_leak_of_one_token(monkeypatch):
    def reads_the_next(shape, parameters, sequences):
        return np.append(sequences[0][1:], 0).astype(float)[:, None], None

    monkeypatch.setattr(gpt, "forward", reads_the_next)
    assert proofs.causality_change(TINY, {}) > 0


def some_batch(lengths=(7, 3, 10, 7, 1)):
    rng = np.random.default_rng(5)
    return (*proofs.small_batch(rng, SHAPE, lengths), [rng.random(T) for T in lengths])


def gradient_of(inputs, targets, weights=None, dtype=np.float64, **how):
    arrays = gpt.initialise(SHAPE, np.random.default_rng(1), dtype)
    out = np.full(sum(array.size for array in arrays.values()), np.nan, dtype)
    return gpt.loss_and_gradient(SHAPE, arrays, inputs, targets, weights, out=out, **how), out


@pytest.mark.parametrize("shards", [1, 3, 9])
def test_the_number_of_shards_changes_rounding_alone(shards):
    loss, gradient = gradient_of(*some_batch())
    other, same = gradient_of(*some_batch(), shards=shards)
    assert abs(loss - other) < 1e-12 and np.abs(gradient - same).max() < 1e-12


def test_the_number_of_cores_changes_not_one_bit(monkeypatch):
    batch = some_batch()
    first = gradient_of(*batch, dtype=np.float32)[1]
    monkeypatch.setattr(runtime.os, "cpu_count", lambda: 1)
    assert np.array_equal(first, gradient_of(*batch, dtype=np.float32)[1])


def test_a_token_without_weight_is_left_out():
    inputs, targets, weights = some_batch()
    weights[2][4:] = 0
    loss, gradient = gradient_of(inputs, targets, weights)
    short = [[*part[:2], part[2][:4], *part[3:]] for part in (inputs, targets, weights)]
    other, same = gradient_of(*short)
    assert abs(loss - other) < 1e-12 and np.abs(gradient - same).max() < 1e-12


def test_the_loss_is_the_weighted_mean_of_the_token_losses():
    inputs, targets, weights = some_batch()
    arrays = gpt.initialise(SHAPE, np.random.default_rng(1), np.float64)
    each = gpt.token_losses(SHAPE, arrays, inputs, targets, at_once=2)
    assert [len(part) for part in each] == [len(ids) for ids in inputs]
    expected = np.average(np.concatenate(each), weights=np.concatenate(weights))
    assert abs(gradient_of(inputs, targets, weights)[0] - expected) < 1e-12
    alone = gpt.token_losses(SHAPE, arrays, inputs[:1], targets[:1])[0]
    np.testing.assert_allclose(each[0], alone, atol=1e-12)


def test_float32_stays_float32_and_comes_near():
    loss, gradient = gradient_of(*some_batch())
    other, small = gradient_of(*some_batch(), dtype=np.float32)
    assert small.dtype == np.float32 and abs(loss - other) < 1e-6
    assert np.abs(gradient - small).max() < 1e-6
    arrays = gpt.initialise(SHAPE, np.random.default_rng(1))
    assert gpt.forward(SHAPE, arrays, some_batch()[0])[0].dtype == np.float32


def test_backward_adds_and_forward_changes_no_parameter():
    arrays = gpt.initialise(SHAPE, np.random.default_rng(1), np.float64)
    before = {name: array.copy() for name, array in arrays.items()}
    logits, cache = gpt.forward(SHAPE, arrays, [np.arange(5)])
    once, twice = ({n: np.zeros_like(a) for n, a in arrays.items()} for _ in range(2))
    for gradients, times in ((once, 1), (twice, 2)):
        for _ in range(times):
            gpt.backward(SHAPE, arrays, cache, np.ones_like(logits), gradients)
    for name, array in arrays.items():
        assert np.array_equal(array, before[name])
        np.testing.assert_allclose(twice[name], 2 * once[name], atol=1e-12)


def test_the_buffer_has_the_order_of_an_optimizer_over_the_textbook_names():
    flat = np.arange(gradient_of(*some_batch())[1].size)
    named = gpt.views(SHAPE, flat)
    assert np.array_equal(np.concatenate([a.ravel() for a in named.values()]), flat)
    assert np.shares_memory(named["layers.1.down"], flat)
    with pytest.raises(ValueError, match="the buffer holds 3 numbers"):
        gpt.views(SHAPE, flat[:3])


def test_first_weights_are_those_of_the_textbook():
    shape = gpt.Shape(400, tied=False, positions="learned")
    arrays = gpt.initialise(shape, np.random.default_rng(0))
    for name, deviation in (("embedding", 0.09), ("shift.3", 0.09), ("positions", 0.09),
                            ("layers.2.qkv", 0.05), ("layers.0.down", 0.05), ("head", 0.05)):
        assert abs(arrays[name].std() / deviation - 1) < 0.03, name
    assert (arrays["norm.gain"] == 1).all() and not arrays["layers.1.norm1.bias"].any()


def test_sequences_are_dealt_longest_first_and_equal_ones_share_a_product():
    assert gpt.deal([1, 1, 1, 5], 2) == [[3, 2], [0, 1]]
    assert gpt.deal([4], 3) == [[0]]
    groups = gpt_layers.groups_of([4, 4, 2, 4])
    assert [tuple(group) for group in groups] == [(0, 2, 4), (8, 1, 2), (10, 1, 4)]


def test_long_element_wise_chains_give_the_same_in_pieces(monkeypatch):
    x = np.linspace(-200, 200, 300).reshape(50, 6)
    whole = [part.copy() for part in gpt_layers.gelu_forward(x.copy())]
    monkeypatch.setattr(gpt_layers, "AT_ONCE", 13)
    for part, other in zip(whole, gpt_layers.gelu_forward(x.copy())):
        assert np.array_equal(part, other)
    assert whole[0][-1, -1] == 200 and whole[0][0, 0] == 0 and whole[1][-1, -1] == 1


@pytest.mark.parametrize(("how", "message"), [
    ({"inputs": []}, "without tokens"), ({"inputs": [np.zeros(0, int)]}, "without tokens"),
    ({"inputs": [np.zeros(11, int)]}, "a sequence has 11 tokens, the context is 10"),
    ({"inputs": [np.array([0, 13])]}, r"ids\[1\] is 13, expected 0 to 12"),
    ({"inputs": [np.array([0.0])]}, "expected whole numbers"),
])
def test_bad_sequences_are_one_clear_line(how, message):
    arrays = gpt.initialise(SHAPE, np.random.default_rng(1))
    with pytest.raises(ValueError, match=message):
        gpt.forward(SHAPE, arrays, how["inputs"])


def test_bad_targets_and_weights_are_one_clear_line():
    ids = [np.array([1, 2])]
    for targets, weights, message in [
        ([np.array([1])], None, "different lengths"),
        (ids, [np.zeros(2)], "no token has a weight"),
        ([np.array([1, 13])], None, r"targets\[1\] is 13"),
        (ids, [np.array([np.nan, 1])], "weights"),
    ]:
        with pytest.raises(ValueError, match=message):
            gradient_of(ids, targets, weights)


@pytest.mark.parametrize(("choice", "message"), [
    ({"heads": 5}, "5 heads do not divide 12 channels"), ({"shift": -1}, "shift is -1"),
    ({"positions": "absolute"}, "positions are 'absolute'"), ({"layers": 0}, "layers is 0"),
])
def test_an_impossible_shape_is_one_clear_line(choice, message):
    with pytest.raises(ValueError, match=message):
        gpt.sizes(SHAPE._replace(**choice))


def test_every_parameter_of_both_has_a_gradient():
    textbook = proofs.Transformer(SMALL, np.random.default_rng(0))
    gradient = gradient_of(*some_batch())[1]
    assert sum(leaf.data.size for leaf in parameters(textbook).values()) == gradient.size
    assert np.mean(gradient != 0) > 0.95
