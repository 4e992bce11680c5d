"""The three cells, their way through time, and what they must not accept."""

import math

import numpy as np
import pytest

from block07_rnn import lstm, proofs, rnn, through_time
from shared.checks import NonFiniteError, ShapeError
from shared.seeding import stream

KINDS = pytest.mark.parametrize("kind", proofs.TEXTBOOK)


# --- the proofs ----------------------------------------------------------------------------------


@KINDS
@pytest.mark.parametrize("length, carried", [(1, True), (4, False)])
def test_every_gradient_is_the_central_difference(kind, length, carried):
    assert max(proofs.gradient_errors(1, kind, length, carried).values()) < 1e-7


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_every_gradient_of_all_lengths_is_the_central_difference(seed):
    errors = proofs.all_gradient_errors(seed)
    assert max(max(each.values()) for each in errors.values()) < 1e-7


@KINDS
def test_equals_pytorch(kind):
    assert proofs.golden_errors()[kind] < 1e-12


@KINDS
def test_the_fast_cell_is_the_same(kind):
    assert proofs.parity_error(1, kind) < 1e-11


def test_a_comparison_of_nan_or_of_other_shapes_is_an_error():
    with pytest.raises(NonFiniteError):
        proofs.largest_difference(np.array([1.0, np.nan]), np.array([1.0, np.nan]))
    with pytest.raises(ValueError, match="is compared with"):
        proofs.largest_difference(np.zeros(3), np.zeros((3, 1)))


# --- by hand -------------------------------------------------------------------------------------


def test_two_steps_with_a_pencil():
    """The README's example: w = 1, u = 0.5, b = 0, x = 1 then 0, the loss is h_2."""
    parameters = {"W_h": np.eye(1), "U_h": np.full((1, 1), 0.5), "b_h": np.zeros(1)}
    x = np.array([[[1.0]], [[0.0]]])
    outputs, _, caches = through_time.forward(rnn, parameters, x, (np.zeros((1, 1)),))
    h1, h2 = math.tanh(1), math.tanh(0.5 * math.tanh(1))
    assert outputs.ravel() == pytest.approx([h1, h2], rel=1e-14)
    asked = np.array([[[0.0]], [[1.0]]])
    dx, _, gradients = through_time.backward(rnn, parameters, caches, asked, (np.zeros((1, 1)),))
    dz2 = 1 - h2**2
    dz1 = dz2 * 0.5 * (1 - h1**2)
    assert dx.ravel() == pytest.approx([dz1, dz2])
    assert gradients["W_h"][0, 0] == pytest.approx(dz1 * 1 + dz2 * 0)
    assert gradients["U_h"][0, 0] == pytest.approx(dz2 * h1)
    assert gradients["b_h"][0] == pytest.approx(dz1 + dz2)


def test_an_lstm_with_its_gates_at_rest_hands_the_cell_on_untouched():
    parameters = lstm.initialise(2, 3, stream(0, "rest"))
    parameters["b_f"] += 100.0
    parameters["b_i"] -= 100.0
    state = stream(0, "state").standard_normal((2, 1, 3))
    x = stream(0, "x").standard_normal((30, 1, 2))
    _, (_, cell), caches = through_time.forward(lstm, parameters, x, tuple(state))
    assert cell == pytest.approx(state[1], abs=1e-12)
    J = through_time.jacobian(lstm, parameters, caches[7])
    assert J[3:, 3:] == pytest.approx(np.eye(3), abs=1e-9)  # d cell / d cell


def test_the_jacobian_is_the_central_difference_of_a_step():
    cell, parameters, _, x, _, state = proofs.drawn("LSTM", 1, True, stream(0, "jacobian"))
    state = [part[:1] for part in state]
    _, cache = cell.step(parameters, x[0, :1], state)
    measured, h = [], 1e-6
    for part in state:
        for k in range(proofs.HIDDEN):
            ends = []
            for sign in (1, -1):
                part[0, k] += sign * h
                ends.append(np.concatenate(cell.step(parameters, x[0, :1], state)[0], axis=1)[0])
                part[0, k] -= sign * h
            measured.append((ends[0] - ends[1]) / (2 * h))
    assert through_time.jacobian(cell, parameters, cache) == pytest.approx(
        np.array(measured).T, abs=1e-8
    )


@KINDS
def test_no_output_knows_a_later_input(kind):
    cell, parameters, _, x, _, state = proofs.drawn(kind, 6, False, stream(0, "causal"))
    outputs, _, _ = through_time.forward(cell, parameters, x, state)
    x[4:] += 1
    changed, _, _ = through_time.forward(cell, parameters, x, state)
    assert np.array_equal(outputs[:4], changed[:4]) and (outputs[4:] != changed[4:]).all()


@KINDS
def test_the_sequences_of_a_batch_do_not_meet(kind):
    cell, parameters, _, x, _, state = proofs.drawn(kind, 5, True, stream(0, "alone"))
    together, _, _ = through_time.forward(cell, parameters, x, state)
    alone, _, _ = through_time.forward(
        cell, parameters, x[:, 1:], tuple(part[1:] for part in state)
    )
    assert together[:, 1:] == pytest.approx(alone, abs=1e-14)


@KINDS
def test_a_backward_pass_can_be_repeated(kind):
    cell, parameters, _, x, _, state = proofs.drawn(kind, 3, True, stream(0, "twice"))
    outputs, last, caches = through_time.forward(cell, parameters, x, state)
    once, again = (
        through_time.backward(cell, parameters, caches, outputs, last)[2] for _ in range(2)
    )
    assert all(np.array_equal(once[name], again[name]) for name in parameters)


def test_the_forget_gate_begins_open_and_weights_have_pytorchs_size():
    parameters = lstm.initialise(100, 400, stream(0, "start"))
    assert (parameters["b_f"] == 1).all() and not parameters["b_i"].any()
    largest = np.abs(parameters["U_o"]).max()
    assert 0.0499 < largest < 0.05  # 1 / sqrt(400)


# --- what is refused -----------------------------------------------------------------------------


@KINDS
@pytest.mark.parametrize(
    "x, error, message",
    [
        (np.zeros((0, 2, 3)), ShapeError, r"x has shape \(0, 2, 3\), expected \(T, B, 3\)"),
        (np.zeros((4, 0, 3)), ShapeError, "T and B at least 1"),
        (np.zeros((4, 2, 5)), ShapeError, r"expected \(T, B, 3\)"),
        (np.zeros((4, 3)), ShapeError, "expected"),
        (np.zeros((4, 1, 3)), ShapeError, "the state has shapes"),
        (np.full((4, 2, 3), np.inf), NonFiniteError, r"x\[0, 0, 0\] is inf"),
    ],
)
def test_a_sequence_that_does_not_fit_is_one_clear_error(kind, x, error, message):
    cell, parameters, _, _, _, state = proofs.drawn(kind, 4, False, stream(0, "errors"))
    with pytest.raises(error, match=message):
        through_time.forward(cell, parameters, x, state)


def test_a_state_that_does_not_fit_is_one_clear_error():
    cell, parameters, _, x, _, state = proofs.drawn("LSTM", 4, False, stream(0, "errors"))
    with pytest.raises(ShapeError, match="expected 2 of"):
        through_time.forward(cell, parameters, x, state[:1])
    with pytest.raises(NonFiniteError, match="the state"):
        through_time.forward(cell, parameters, x, (state[0], state[1] + np.nan))
    outputs, last, caches = through_time.forward(cell, parameters, x, state)
    with pytest.raises(ShapeError, match="doutputs have 3 steps"):
        through_time.backward(cell, parameters, caches, outputs[:3], last)
