"""Several heads: against PyTorch, central differences, the engine, and invariants."""

import itertools

import numpy as np
import pytest

from block08_attention import attention, multi_head, proofs
from block08_attention.masks import causal_mask, padding_mask
from block08_attention.multi_head import Parameters, join_heads, split_heads
from shared.seeding import stream

C = 6


def problem(T=4, S=5):
    rng = stream(0, "multi-head test")
    return multi_head.initialise(C, rng), *(rng.standard_normal((2, n, C)) for n in (T, S))


@pytest.mark.parametrize(("num_heads", "mask"), list(itertools.product((1, 2, 3), proofs.MASKS)))
def test_gradients_are_the_central_differences(num_heads, mask):
    assert max(proofs.multi_head_errors(3, num_heads, proofs.MASKS[mask])) <= 1e-7


def test_in_self_attention_both_gradients_of_x_add_up():
    assert max(proofs.self_attention_errors(3)) <= 1e-7


def test_pytorch_computes_the_same():
    errors = proofs.golden_errors()
    assert len(errors) == 10
    assert max(forward for forward, _ in errors.values()) <= 1e-12
    assert max(backward for _, backward in errors.values()) <= 1e-10


def test_nothing_looks_ahead_by_one_bit():
    before, at = proofs.causality_change(3)
    assert before == 0.0 and at > 1e-3


def test_a_causal_mask_that_shows_more_is_noticed(monkeypatch):
    monkeypatch.setattr(proofs, "causal_mask", lambda n: np.tri(n, k=1, dtype=bool))
    assert proofs.causality_change(3)[0] > 1e-3


def test_shuffled_tokens_give_shuffled_outputs():
    assert proofs.shuffle_error(3) <= 1e-13


def test_splitting_and_joining_are_inverse():
    x = np.arange(24.0).reshape(1, 4, 6)
    heads = split_heads(x, 3)
    assert heads.shape == (1, 3, 4, 2) and np.array_equal(join_heads(heads), x)
    assert heads[0, 1].tolist() == [[2, 3], [8, 9], [14, 15], [20, 21]]


def test_one_head_with_unit_matrices_is_attention():
    _, x, memory = problem()
    unit = Parameters(*[np.eye(C)] * 4)
    out, cache = multi_head.forward(unit, x, memory)
    expected, plain = attention.forward(x, memory, memory)
    assert np.array_equal(out, expected)
    assert np.array_equal(multi_head.weights_of(cache)[:, 0], plain[3])


def test_a_head_looks_by_its_own_channels_alone():
    parameters, x, memory = problem()
    other = parameters._replace(Wq=parameters.Wq.copy())
    other.Wq[:, :3] += 1.0  # the first head's
    old, new = (multi_head.weights_of(multi_head.forward(p, x, memory, 2)[1])
                for p in (parameters, other))
    assert np.array_equal(old[:, 1], new[:, 1]) and np.abs(old[:, 0] - new[:, 0]).max() > 0.01


def test_each_sequence_has_its_own_mask_and_memory():
    parameters, x, memory = problem()
    mask = padding_mask([5, 2], 5)
    out, _ = multi_head.forward(parameters, x, memory, 2, mask)
    short, _ = multi_head.forward(parameters, x[1:], memory[1:, :2], 2)
    assert out[1:] == pytest.approx(short, abs=1e-14)
    changed = memory.copy()
    changed[1, 2:] = 99.0
    assert np.array_equal(out, multi_head.forward(parameters, x, changed, 2, mask)[0])


def test_weights_start_with_the_deviation_of_one_over_the_root():
    parameters = multi_head.initialise(400, stream(0, "start"), 800)
    assert [W.shape for W in parameters] == [(400, 400)] * 3 + [(400, 800)]
    assert [W.std() for W in parameters] == pytest.approx([0.05] * 4, rel=0.02)
    assert abs(parameters.Wo.mean()) < 1e-3


@pytest.mark.parametrize("task", list(proofs.ENGINE_CASES))
def test_ten_steps_are_those_of_the_engine(task):
    assert proofs.engine_error(3, proofs.ENGINE_CASES[task]) <= 1e-11


def test_the_engine_sees_a_wrong_gradient(monkeypatch):
    right = attention.softmax_backward
    monkeypatch.setattr(attention, "softmax_backward", lambda w, d: 1.001 * right(w, d))
    assert proofs.engine_error(3, proofs.ENGINE_CASES["look_up"]) > 1e-6


P, X, M = problem()


@pytest.mark.parametrize(("call", "says"), [
    (lambda: multi_head.forward(P, X[:, :0], M), r"x has shape \(2, 0, 6\)"),
    (lambda: multi_head.forward(P, X, M[:, :0]), r"memory has shape \(2, 0, 6\)"),
    (lambda: multi_head.forward(P, X[0], M), r"x has shape \(4, 6\), expected \(N, T, 6\)"),
    (lambda: multi_head.forward(P, X, M[..., :5]), r"memory has shape \(2, 5, 5\)"),
    (lambda: multi_head.forward(P, X[:1], M), "x holds 1 sequences, memory 2"),
    (lambda: multi_head.forward(P, X, M, 4), "6 channels cannot be cut into 4 heads"),
    (lambda: multi_head.forward(P, X, M, 7), "6 channels cannot be cut into 7 heads"),
    (lambda: multi_head.forward(P, X, M, 0), "num_heads is 0"),
    (lambda: multi_head.forward(P, X, M, 2, causal_mask(4)), r"mask has shape \(4, 4\)"),
    (lambda: multi_head.forward(P, np.where(X > 9, X, np.nan), M), "queries.* is nan"),
    (lambda: multi_head.initialise(0, stream(0)), "channels is 0"),
    (lambda: multi_head.backward(P, multi_head.forward(P, X, M)[1], X[:1]), "dout has shape"),
])
def test_bad_inputs_are_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()
