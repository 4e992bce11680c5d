"""What is encoded is decoded; the length is that of the model; carries, edges, hostile bytes."""

import math

import numpy as np
import pytest

from block06_lm_basics import arithmetic_coder
from block06_lm_basics.arithmetic_coder import TOTAL, decode, encode, frequencies
from shared.seeding import stream


def constant(p):
    return lambda ids: np.array(p)


def wandering(V, sharpness):
    """A model whose distribution depends on all that was before."""

    def model(ids):
        name = (int(np.sum(ids * np.arange(1, len(ids) + 1))) if len(ids) else -1) % 997
        return stream(0, "model", name).dirichlet(np.full(V, 1 / sharpness))

    return model


@pytest.mark.parametrize("V, sharpness", [(2, 1.0), (5, 10.0), (40, 3.0), (300, 0.1)])
def test_what_is_encoded_is_decoded(V, sharpness):
    model = wandering(V, sharpness)
    ids = stream(0, "ids", V).integers(V, size=400)
    assert decode(model, encode(model, ids), 400).tolist() == ids.tolist()


@pytest.mark.parametrize("p", [[0.5, 0.5], [0.9, 0.1], [0.05, 0.15, 0.8], [0.001, 0.999]])
def test_the_message_is_as_long_as_the_model_says(p):
    ids = stream(0, "ids").choice(len(p), size=4000, p=p)
    message = encode(constant(p), ids)
    bits = -sum(math.log2(p[i]) for i in ids)
    assert 0 <= 8 * len(message) - bits < 9 + 0.001 * bits
    assert decode(constant(p), message, 4000).tolist() == ids.tolist()


def test_a_message_by_hand():
    """Two equal halves: the symbols are the bits of the first byte, most significant first."""
    ids = np.array([1, 0, 1, 1, 0, 0, 1, 0])
    assert encode(constant([0.5, 0.5]), ids) == bytes([0b10110010])


def test_carries_happen_and_run_through_bytes_of_255(monkeypatch):
    """Always the upper end of the interval: low crawls towards 2^64, so that bytes of 255 pile up
    and the last symbols push it over."""
    lengths, true_carry = [], arithmetic_coder.carry

    def watched(written):
        before = bytes(written)
        true_carry(written)
        assert int.from_bytes(written, "big") == int.from_bytes(before, "big") + 1
        lengths.append(len(before) - len(before.rstrip(b"\xff")))

    monkeypatch.setattr(arithmetic_coder, "carry", watched)
    model = constant([0.4, 0.2, 0.4])
    for seed in range(6):
        ids = stream(seed, "ids").choice(3, size=1000, p=[0.4, 0.2, 0.4])
        assert decode(model, encode(model, ids), 1000).tolist() == ids.tolist()
    assert len(lengths) > 20
    assert max(lengths) >= 1


def test_all_texts_of_six_symbols():
    model = constant([0.7, 0.2, 0.1])
    for number in range(3**6):
        ids = np.array([number // 3**place % 3 for place in range(6)])
        assert np.array_equal(decode(model, encode(model, ids), 6), ids)


@pytest.mark.parametrize("symbol", [0, 1, 2])
def test_the_same_symbol_a_thousand_times(symbol):
    model = constant([1e-12, 1 - 2e-12, 1e-12])
    ids = np.full(1000, symbol)
    message = encode(model, ids)
    assert decode(model, message, 1000).tolist() == ids.tolist()
    bits = 0 if symbol == 1 else 1000 * math.log2(1e12)
    assert bits <= 8 * len(message) <= 1.01 * bits + 8


def test_no_text_and_one_symbol():
    assert decode(constant([0.5, 0.5]), encode(constant([0.5, 0.5]), np.zeros(0, int)), 0).size == 0
    for symbol in (0, 1):
        message = encode(constant([0.5, 0.5]), np.array([symbol]))
        assert decode(constant([0.5, 0.5]), message, 1).tolist() == [symbol]


def test_another_model_reads_another_text():
    ids = stream(0, "ids").integers(3, size=100)
    message = encode(constant([0.3, 0.3, 0.4]), ids)
    assert decode(constant([0.4, 0.3, 0.3]), message, 100).tolist() != ids.tolist()


def test_what_is_nearly_impossible_costs_what_the_model_says():
    """With too few bits for the frequencies it would be cheaper than the model's own loss."""
    p = [1 - 1e-12, 1e-12]
    message = encode(constant(p), np.ones(200, int))
    assert 8 * len(message) >= 200 * math.log2(1e12)


@pytest.mark.parametrize("message", [b"", b"\0", b"\xff" * 50, bytes(range(256))])
def test_any_bytes_are_decoded_to_some_text(message):
    ids = decode(constant([0.2, 0.3, 0.5]), message, 60)
    assert ids.min() >= 0 and ids.max() < 3


# --- frequencies -------------------------------------------------------------------------------


@pytest.mark.parametrize("V", [1, 2, 60, 5000])
@pytest.mark.parametrize("sharpness", [1.0, 1000.0])
def test_frequencies_are_whole_positive_and_have_one_sum(V, sharpness):
    p = stream(0, "p", V).dirichlet(np.full(V, 1 / sharpness))
    counts = frequencies(p)
    assert counts.dtype == np.int64 and counts.min() >= 1 and counts.sum() == TOTAL
    assert np.abs(counts / TOTAL - p).max() <= (V + 1) / TOTAL


def test_more_probable_is_never_less_frequent():
    p = np.sort(stream(0, "p").dirichlet(np.ones(200)))
    assert np.all(np.diff(frequencies(p)) >= 0)


def test_float32_probabilities_are_near_enough_to_one():
    p = stream(0, "p").dirichlet(np.ones(200)).astype(np.float32)
    assert frequencies(p).sum() == TOTAL


@pytest.mark.parametrize("p", [[], [0.5, 0.4], [1.1, -0.1], [np.nan, 1.0], [[1.0]]])
def test_what_is_no_distribution_is_refused(p):
    with pytest.raises(ValueError, match="probabilities"):
        frequencies(np.array(p))


@pytest.mark.parametrize("symbol", [-1, 3, 1.7, np.nan])
def test_a_symbol_that_the_model_does_not_have_is_refused(symbol):
    with pytest.raises(ValueError, match=r"symbol 3 is none of the 3|expected"):
        encode(lambda ids: np.full(3, 1 / 3), np.array([0, symbol]))


def test_a_negative_length_is_refused_and_true_is_no_symbol():
    with pytest.raises(ValueError, match="-1 symbols"):
        decode(constant([0.5, 0.5]), b"", -1)
    with pytest.raises(ValueError, match="bool"):
        encode(constant([0.5, 0.5]), np.array([True, False]))
