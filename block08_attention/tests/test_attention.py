"""Attention against lists, central differences, PyTorch, and numbers made by hand."""

import numpy as np
import pytest

from block08_attention import attention, proofs
from block08_attention.masks import causal_mask
from shared.seeding import stream

# The README's three tokens, and what its pencil finds.
QUERIES = np.array([[1.0, 1, 0, 0], [0, 2, 1, 0], [0, 1, 2, 0]])
KEYS = np.array([[2.0, 0, 0, 1], [0, 2, 0, 0], [1, 0, 2, 0]])
VALUES = np.array([[1.0, 0], [0, 1], [1, 1]])


def problem(shape=(2,), T=3, S=4):
    rng = stream(0, "attention test")
    sizes = ((T, 5), (S, 5), (S, 2))
    return [rng.standard_normal((*shape, *size)) for size in sizes]


def test_three_tokens_by_hand():
    out, cache = attention.forward(QUERIES, KEYS, VALUES, causal_mask(3))
    e = np.e
    total = 1 + e + e**2
    assert cache[3][0].tolist() == [1, 0, 0] and out[0].tolist() == [1, 0]
    assert cache[3][1] == pytest.approx([1 / (1 + e**2), e**2 / (1 + e**2), 0])
    assert cache[3][2] == pytest.approx([1 / total, e / total, e**2 / total])
    assert out[2] == pytest.approx([(1 + e**2) / total, (e + e**2) / total])


def test_backward_by_hand():
    # scores (0, 0), weights (1/2, 1/2), values 0 and 4: out = 2; d = 1, so the scale is 1
    Q, K, V = np.array([[1.0]]), np.zeros((2, 1)), np.array([[0.0], [4.0]])
    out, cache = attention.forward(Q, K, V)
    dQ, dK, dV = attention.backward(cache, np.array([[10.0]]))
    assert out.tolist() == [[2]]
    # dweights (0, 40), their mean 20, dscores 1/2 (-20, 20)
    assert dK.tolist() == [[-10], [10]] and dQ.tolist() == [[0]] and dV.tolist() == [[5], [5]]


@pytest.mark.parametrize("seed", [0, 1])
def test_arrays_and_lists_agree(seed):
    assert proofs.loop_error(seed) <= 1e-14


@pytest.mark.parametrize("mask", list(proofs.MASKS))
def test_gradients_are_the_central_differences(mask):
    assert max(proofs.attention_errors(3, proofs.MASKS[mask])) <= 1e-7


def test_weights_are_shares_and_what_is_masked_has_none():
    Q, K, V = problem()
    mask = causal_mask(4)[1:]
    weights = attention.forward(Q, K, V, mask)[1][3]
    assert weights.sum(axis=-1) == pytest.approx(1) and (weights >= 0).all()
    assert np.array_equal(weights > 0, np.broadcast_to(mask, weights.shape))


def test_a_row_with_nothing_to_look_at_is_0_and_passes_nothing_on():
    Q, K, V = problem()
    mask = np.ones((2, 3, 4), dtype=bool)
    mask[0, 1] = False
    out, cache = attention.forward(Q, K, V, mask)
    whole, whole_cache = attention.forward(Q, K, V)
    assert (out[0, 1] == 0).all() and (cache[3][0, 1] == 0).all()
    others = np.ones((2, 3), dtype=bool)
    others[0, 1] = False
    assert np.array_equal(out[others], whole[others])
    dout = np.zeros_like(out)
    dout[0, 1] = 1.0  # the empty row alone is asked for
    assert all((d == 0).all() for d in attention.backward(cache, dout))
    dout = np.where(others[..., None], 1.0, 0.0) * np.ones_like(out)
    pairs = zip(attention.backward(cache, dout), attention.backward(whole_cache, dout))
    assert all(np.array_equal(a, b) for a, b in pairs)


def test_every_row_may_be_empty():
    Q, K, V = problem()
    out, cache = attention.forward(Q, K, V, np.zeros((3, 4), dtype=bool))
    assert (out == 0).all()
    assert all((d == 0).all() for d in attention.backward(cache, np.ones_like(out)))


def test_what_all_scores_share_changes_nothing():
    scores = stream(0, "shift").standard_normal((3, 5))
    shifted = attention.masked_softmax(scores + 7)
    assert attention.masked_softmax(scores) == pytest.approx(shifted)
    dscores = attention.softmax_backward(shifted, scores)
    assert dscores.sum(axis=-1) == pytest.approx(0, abs=1e-15)


def test_backward_twice_gives_the_same_and_changes_nothing():
    arrays = problem()
    out, cache = attention.forward(*arrays, causal_mask(4)[:3])
    dout = np.ones_like(out)
    before = [array.copy() for array in (*arrays, *cache[:4], dout)]
    first, second = attention.backward(cache, dout), attention.backward(cache, dout)
    assert all(np.array_equal(a, b) for a, b in zip(first, second))
    assert all(np.array_equal(a, b) for a, b in zip(before, (*arrays, *cache[:4], dout)))


@pytest.mark.parametrize(("T", "S"), [(1, 1), (1, 4), (3, 1)])
def test_one_token_is_enough(T, S):
    Q, K, V = problem(T=T, S=S)
    out, cache = attention.forward(Q, K, V)
    dQ, dK, _ = attention.backward(cache, np.ones_like(out))
    if S == 1:  # one key has all the weight, whatever it is
        assert np.array_equal(out, np.broadcast_to(V, out.shape))
        assert (dQ == 0).all() and (dK == 0).all()


def test_huge_scores_choose_the_largest():
    out, cache = attention.forward(1e150 * QUERIES, 1e150 * KEYS, VALUES)
    assert cache[3][2].tolist() == [0, 0, 1] and np.isfinite(out).all()
    out, cache = attention.forward(-1e150 * QUERIES, 1e150 * KEYS, VALUES)
    assert cache[3][2].tolist() == [1, 0, 0]


def test_the_scale_may_be_given():
    _, cache = attention.forward(QUERIES, KEYS, VALUES, scale=1.0)
    e = np.exp(2)
    assert cache[3][2] == pytest.approx(np.array([1, e, e**2]) / (1 + e + e**2))
    dQ, dK, _ = attention.backward(cache, VALUES)
    assert np.abs(dQ).max() > 0
    half = attention.backward((*cache[:4], 0.5), VALUES)
    assert half[0] == pytest.approx(dQ / 2) and half[1] == pytest.approx(dK / 2)


def test_the_type_of_the_input_does_not_matter():
    expected, _ = attention.forward(QUERIES, KEYS, VALUES)
    for kind in (np.uint8, np.float32, int):
        out, _ = attention.forward(*(a.astype(kind) for a in (QUERIES, KEYS, VALUES)))
        assert np.array_equal(out, expected)
    assert np.array_equal(
        attention.forward(QUERIES.tolist(), KEYS.tolist(), VALUES.tolist())[0], expected
    )


Q, K, V = QUERIES, KEYS, VALUES
NAN = np.where(np.eye(3, 4) > 0, np.nan, 1.0)


@pytest.mark.parametrize(("arrays", "says"), [
    ((Q[:0], K, V), r"queries has shape \(0, 4\): at least one row"),
    ((Q, K[:0], V[:0]), r"keys has shape \(0, 4\)"),
    ((Q[0], K, V), r"queries has shape \(4,\)"),
    ((Q[:, :3], K, V), r"queries \(3, 3\) and keys \(3, 4\)"),
    ((Q[None], K, V), r"queries \(1, 3, 4\) and keys \(3, 4\)"),
    ((Q, K, V[:2]), r"keys \(3, 4\) and values \(2, 2\)"),
    ((NAN, K, V), r"queries\[0, 0\] is nan"),
    ((Q, NAN, V), r"keys\[0, 0\] is nan"),
    ((Q, K, NAN), r"values\[0, 0\] is nan"),
    ((1e200 * Q, 1e200 * K, V), r"scores\[0, 0\] is inf"),
])
def test_bad_inputs_are_named(arrays, says):
    with pytest.raises(ValueError, match=says):
        attention.forward(*arrays)


@pytest.mark.parametrize("shape", [(3,), (3, 1), (1, 2), (3, 3), (1, 3, 2)])
def test_an_error_of_another_shape_is_refused_not_broadcast(shape):
    _, cache = attention.forward(Q, K, V)
    with pytest.raises(ValueError, match="dout has shape"):
        attention.backward(cache, np.ones(shape))


def test_a_mask_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"the mask has shape \(4, 4\), the scores have \(3, 3\)"):
        attention.forward(Q, K, V, causal_mask(4))
