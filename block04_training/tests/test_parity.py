"""shared/ does what the textbook does: values, gradients and steps agree in float64."""

import numpy as np
import pytest

from block04_training import proofs, regularisation
from block04_training.normalisation import layer_norm, norm_backward
from block04_training.proofs import (
    RULES,
    expression_error,
    formula_path,
    in_place_path,
    load_golden,
    mlp_error,
)
from shared import functional, operations
from shared.seeding import stream
from shared.tensor import Tensor


@pytest.fixture(scope="module")
def golden():
    return load_golden("optimizers")


def test_random_expressions_agree():
    rng = stream(0, "parity test")
    assert max(expression_error(rng) for _ in range(50)) <= 1e-12


def test_random_expressions_use_their_nodes_again():
    _, program = proofs.random_program(stream(0, "reuse"), 30)
    used = [i for _, i, _ in program]
    assert len(used) - len(set(used)) >= 5


def test_one_network_built_both_ways_agrees():
    assert mlp_error(stream(0, "parity network")) <= 1e-12


@pytest.mark.parametrize("name", RULES)
def test_optimizers_agree_step_by_step(name, golden):
    one, other = formula_path(name, golden, steps=30), in_place_path(name, golden, steps=30)
    assert np.max(np.abs(one - other)) <= 1e-12


@pytest.mark.parametrize("name", RULES)
def test_shared_optimizers_take_a_hundred_of_pytorchs_steps(name, golden):
    assert np.max(np.abs(in_place_path(name, golden)[9::10] - golden[name])) <= 1e-10


def test_layer_norm_agrees():
    rng = stream(0, "layer norm")
    x, gain, bias, dy = (rng.standard_normal(s) for s in ((6, 5), 5, 5, (6, 5)))
    y, kept = layer_norm(x, gain, bias)
    tensors = [Tensor(array, requires_grad=True) for array in (x, gain, bias)]
    out = functional.layer_norm(*tensors)
    out.backward(dy)
    assert np.max(np.abs(out.data - y)) <= 1e-12
    for tensor, gradient in zip(tensors, norm_backward(dy, kept)):
        assert np.max(np.abs(tensor.grad - gradient)) <= 1e-12


@pytest.mark.parametrize("training", [True, False])
def test_dropout_agrees_on_the_same_draws(training):
    x, dy = stream(0, "x").standard_normal((2, 8, 5))
    y, mask = regularisation.dropout(x, 0.4, stream(0, "mask"), training)
    tensor = Tensor(x, requires_grad=True)
    out = functional.dropout(tensor, 0.4, stream(0, "mask"), training)
    out.backward(dy)
    assert np.max(np.abs(out.data - y)) <= 1e-12
    assert np.max(np.abs(tensor.grad - regularisation.dropout_backward(dy, mask))) <= 1e-12


def test_a_wrong_derivative_in_one_engine_is_seen(monkeypatch):
    def tanh(x):
        out = np.tanh(x.data)
        return operations.record("tanh", out, (x,), lambda dout: (dout * (1 - out),))

    monkeypatch.setattr(operations, "tanh", tanh)
    assert mlp_error(stream(0, "parity network")) > 1e-3
    assert max(expression_error(stream(0, "e", i)) for i in range(10)) > 1e-6
