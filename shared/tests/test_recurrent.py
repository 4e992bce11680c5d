"""The cells against central differences, against a step by hand, and in the engine.

Block 07 holds them against PyTorch's numbers and against its own text, gate by gate.
"""

import math

import numpy as np
import pytest

from shared.checks import NonFiniteError, ShapeError, gradient_error
from shared.recurrent import GRU, LSTM, RNN
from shared.seeding import stream

T, B, I, H = 5, 2, 3, 4
CELLS = pytest.mark.parametrize("kind", [RNN, GRU, LSTM])


def drawn(kind, dtype=np.float64):
    """A cell with random biases, x, a first state, and what a loss asks of outputs and state."""
    rng = stream(0, kind.__name__)
    cell = kind(I, H, rng, dtype=dtype)
    for tensor in cell.parameters().values():
        tensor.data += 0.5 * rng.standard_normal(tensor.shape)
    shapes = [(T, B, I), (kind.states, B, H), (T, B, H), (kind.states, B, H)]
    return cell, *(rng.standard_normal(shape) for shape in shapes)


@CELLS
def test_every_gradient_is_the_central_difference(kind):
    cell, x, state, doutputs, dfinal = drawn(kind)
    dx, dstate, gradients = cell.backward(cell.forward(x, state)[2], doutputs, dfinal)
    claims = {name: (cell.parameters()[name].data, gradients[name]) for name in cell.parameters()}
    for array, gradient in [*claims.values(), (x, dx), (state, dstate)]:

        def loss(values, array=array):
            kept = array.copy()
            array[...] = values
            outputs, final, _ = cell.forward(x, state)
            array[...] = kept
            return np.sum(outputs * doutputs) + np.sum(final * dfinal)

        assert gradient_error(loss, array, gradient) < 1e-8


@pytest.mark.parametrize("kind, bias", [(RNN, [0.5]), (GRU, [0.0, 0.5, 1.0]), (LSTM, [0.5] * 4)])
def test_one_unit_takes_the_step_that_a_pencil_takes(kind, bias):
    """All weights 1, x = 1, h = -1: what is added up is the bias; the LSTM's cell starts at 2."""
    cell = kind(1, 1, stream(0, "one"))
    cell.W.data[:], cell.U.data[:], cell.b.data[:] = 1, 1, bias
    state = np.array([[[-1.0]], [[2.0]]])[: kind.states]
    _, final, _ = cell.forward(np.ones((1, 1, 1)), state)
    s, t = 1 / (1 + math.exp(-0.5)), math.tanh(0.5)
    candidate = math.tanh(1 + 1 - 0.5)  # x + bias of n, and r h with r = sigmoid(0)
    lstm_cell = s * 2 + s * t
    by_hand = {
        RNN: [t],
        GRU: [(1 - s) * candidate - s],
        LSTM: [s * math.tanh(lstm_cell), lstm_cell],
    }
    assert final.ravel() == pytest.approx(by_hand[kind], rel=1e-14)


@CELLS
def test_a_sequence_may_be_read_in_parts(kind):
    cell, x, state, _, _ = drawn(kind)
    whole, end, _ = cell.forward(x, state)
    first, between, _ = cell.forward(x[:2], state)
    second, last, _ = cell.forward(x[2:], between)
    assert np.concatenate([first, second]) == pytest.approx(whole, abs=1e-14)
    assert last == pytest.approx(end, abs=1e-14) and np.array_equal(end[0], whole[-1])


@CELLS
def test_in_the_engine_it_is_one_node_with_the_same_gradients(kind):
    cell, x, state, doutputs, _ = drawn(kind)
    outputs, final = cell(x, state)
    assert isinstance(final, np.ndarray) and len(outputs.parents()) == 1 + len(cell.parameters())
    (outputs * doutputs).sum().backward()
    cell.forward(np.zeros((1, 1, I)))  # another pass: the first one's cache is its own
    _, _, gradients = cell.backward(cell.forward(x, state)[2], doutputs)
    for name, tensor in cell.parameters().items():
        assert np.array_equal(tensor.grad, gradients[name])


@CELLS
def test_a_backward_pass_changes_nothing_that_it_was_given(kind):
    cell, x, state, doutputs, dfinal = drawn(kind)
    before = [array.copy() for array in (x, state, doutputs, dfinal)]
    _, _, cache = cell.forward(x, state)
    once, again = (cell.backward(cache, doutputs, dfinal)[2] for _ in range(2))
    assert all(np.array_equal(once[name], again[name]) for name in once)
    assert all(map(np.array_equal, before, (x, state, doutputs, dfinal)))


@CELLS
def test_float32_stays_float32_and_long_sums_do_not_overflow(kind):
    cell, x, state, doutputs, _ = drawn(kind, np.float32)
    outputs, final, cache = cell.forward(1e6 * x, state)
    dx, dstate, gradients = cell.backward(cache, doutputs)
    arrays = [outputs, final, dx, dstate, *gradients.values()]
    assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in arrays)


def test_an_lstm_begins_by_keeping():
    assert LSTM(1, 2, stream(0, "b")).b.data.tolist() == [0, 0, 1, 1, 0, 0, 0, 0]
    assert not LSTM(1, 2, stream(0, "b"), forget_bias=0.0).b.data.any()
    bound = np.abs(GRU(50, 100, stream(0, "b")).W.data).max()
    assert 0.099 < bound < 0.1  # 1 / sqrt(hidden)


@CELLS
@pytest.mark.parametrize(
    "x, state, error, message",
    [
        (np.zeros((0, B, I)), None, ShapeError, r"x has shape \(0, 2, 3\), expected \(T, B, 3\)"),
        (np.zeros((T, 0, I)), None, ShapeError, "T and B at least 1"),
        (np.zeros((T, I)), None, ShapeError, "expected"),
        (np.zeros((T, B, I + 1)), None, ShapeError, r"expected \(T, B, 3\)"),
        (np.zeros((T, B, I)), np.zeros((B, H)), ShapeError, "the state has shape"),
        (np.zeros((T, B, I)), np.zeros((3, B, H)), ShapeError, "the state has shape"),
        (np.full((T, B, I), np.nan), None, NonFiniteError, r"x\[0, 0, 0\] is nan"),
        (np.zeros((T, B, I)), np.inf, NonFiniteError, "the state.* is inf"),
    ],
)
def test_what_does_not_fit_is_one_clear_error(kind, x, state, error, message):
    if state is np.inf:
        state = np.full((kind.states, B, H), np.inf)
    with pytest.raises(error, match=message):
        kind(I, H, stream(0, "errors")).forward(x, state)


def test_backward_refuses_gradients_of_another_shape():
    cell, x, state, doutputs, dfinal = drawn(LSTM)
    _, _, cache = cell.forward(x, state)
    with pytest.raises(ShapeError, match="doutputs have shape"):
        cell.backward(cache, doutputs[:-1])
    with pytest.raises(ShapeError, match="dfinal has shape"):
        cell.backward(cache, doutputs, dfinal[:1])
    with pytest.raises(ValueError, match="sizes"):
        RNN(0, 3, stream(0, "errors"))
