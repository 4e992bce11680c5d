"""shared/ does what the textbook does: values, gradients and steps agree in float64."""

import itertools
import json

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
from shared.tests.ways import a_run


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


def test_a_value_that_is_off_though_its_slopes_are_right_is_seen(monkeypatch):
    run, loss = proofs.run_program, proofs.scalar_mlp.loss
    monkeypatch.setattr(proofs, "run_program", lambda inputs, program, functions: run(
        inputs, program, functions) + float(functions is operations))
    monkeypatch.setattr(proofs.scalar_mlp, "loss", lambda *given: loss(*given) + 1.0)
    assert expression_error(stream(0, "off by one")) > 1e-3
    assert mlp_error(stream(0, "parity network")) > 1e-3


def test_the_loss_and_every_weight_and_bias_are_compared(monkeypatch):
    pairs = []
    monkeypatch.setattr(proofs, "relative_error", lambda *pair: pairs.append(pair) or 0.0)
    mlp_error(stream(0, "parity network"), sizes=(2, 5, 1))
    assert [one.shape for one, _ in pairs] == [(), (2, 5), (5,), (5, 1), (1,)]
    assert not any(np.shares_memory(one, other) for one, other in pairs)


def test_a_wrong_derivative_in_one_engine_is_seen(monkeypatch):
    def tanh(x):
        out = np.tanh(x.data)
        return operations.record("tanh", out, (x,), lambda dout: (dout * (1 - out),))

    monkeypatch.setattr(operations, "tanh", tanh)
    assert mlp_error(stream(0, "parity network")) > 1e-3
    assert max(expression_error(stream(0, "e", i)) for i in range(10)) > 1e-6


# --- what the run records ------------------------------------------------------------------------


def test_an_optimizers_error_is_the_largest_of_each_text(monkeypatch):
    for name, step, weight, error in (("formula_path", 9, 2, 3.0), ("in_place_path", 99, 0, -5.0)):
        path = np.zeros((100, 16))
        path[step, weight] = error
        monkeypatch.setattr(proofs, name, lambda name, golden, path=path: path)
    found = proofs.optimizer_errors("adam", {"adam": np.zeros((10, 16))})
    assert found == {"formula": 3, "in_place": 5}


@pytest.mark.parametrize(("network", "worst"), [(8.0, 8), (4.0, 6)])
def test_the_record_tells_the_worst_of_each_proof(tmp_path, monkeypatch, network, worst):
    """Right proofs find rounding alone, and of that no quick run tells one number from another."""
    expressions = itertools.chain([1.0, 6.0], itertools.repeat(2.0))
    found = {
        "micrograd_example": lambda: np.add(proofs.MICROGRAD, [0.0, 3.0, -1.0]),
        "expression_error": lambda rng: next(expressions),
        "mlp_error": lambda rng: network,
        "optimizer_errors": lambda name, golden: {"formula": 1.0, "in_place": float(len(name))},
        "op_gradient_error": lambda name: 9.0 if name == "gelu" else 1.0,
    }
    for name, proof in found.items():
        monkeypatch.setattr(proofs, name, proof)
    proofs.record(run := a_run(tmp_path))
    assert list(run.headline_numbers.values()) == pytest.approx(
        [3, 10_001, worst, 8, len(proofs.OPS), 9]
    )
    assert json.loads(run.files["proofs.json"])["metrics"]["expressions"] == 6
