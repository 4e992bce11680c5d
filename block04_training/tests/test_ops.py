"""The same tests over every operation of the table; the table is complete; the tests can fail."""

import inspect

import numpy as np
import pytest

from block04_training import proofs
from block04_training.experiments.operations import caught
from block04_training.op_table import OPS, samples
from block04_training.planted import KINDS
from block04_training.proofs import MODULES, apply_op, changes, op_gradient_error, value_error
from shared import functional, operations, tensor
from shared.tensor import Tensor

NOT_OPERATIONS = {"record", "as_array", "as_tensor", "as_tensors", "unbroadcast", "logistic"}
REFUSALS = (ValueError, TypeError, IndexError)


def ones(*shape):
    return Tensor(np.ones(shape))


BAD = {
    "add": lambda: ones(3) + ones(4),
    "subtract": lambda: ones(3) - ones(4),
    "multiply": lambda: ones(3) * ones(4),
    "divide": lambda: ones(3) / ones(4),
    "negative": lambda: tensor.negative("text"),
    "power": lambda: ones(2) ** ones(2),
    "matmul": lambda: ones(3, 4) @ ones(3, 4),
    "sum": lambda: ones(3).sum(axis=1),
    "mean": lambda: ones(0).mean(),
    "reshape": lambda: ones(3).reshape(2, 2),
    "transpose": lambda: ones(2, 3).transpose(0, 0),
    "getitem": lambda: ones(3)[7],
    "concatenate": lambda: operations.concatenate([ones(2, 2), ones(3, 3)]),
    "stack": lambda: operations.stack([ones(2), ones(3)]),
    "exp": lambda: operations.exp(np.array(["a"])),
    "log": lambda: operations.log(1j),
    "sqrt": lambda: operations.sqrt(None),
    "tanh": lambda: operations.tanh("text"),
    "sigmoid": lambda: operations.sigmoid(True),
    "relu": lambda: operations.relu("text"),
    "where": lambda: operations.where(np.ones(2), 1.0, 2.0),
    "maximum": lambda: operations.maximum(ones(2), ones(3)),
    "linear": lambda: functional.linear(ones(3, 4), ones(3, 4)),
    "softmax": lambda: functional.softmax("text"),
    "cross_entropy": lambda: functional.cross_entropy(ones(2, 3), np.array([0, 3])),
    "layer_norm": lambda: functional.layer_norm(ones(2, 3), ones(2), ones(3)),
    "gelu": lambda: functional.gelu("text"),
    "dropout": lambda: functional.dropout(ones(2), 1.0, np.random.default_rng(0)),
    "embedding": lambda: functional.embedding(ones(2, 3), np.array([2])),
}


def public_functions():
    return {
        name
        for module in MODULES
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__
        if not name.startswith("_")
    }


def test_every_public_operation_is_in_the_table():
    assert public_functions() == OPS.keys() | NOT_OPERATIONS == BAD.keys() | NOT_OPERATIONS


def test_an_operation_that_nobody_listed_is_noticed(monkeypatch):
    def cube(x):
        return x

    cube.__module__ = operations.__name__
    monkeypatch.setattr(operations, "cube", cube, raising=False)
    assert public_functions() != OPS.keys() | NOT_OPERATIONS


@pytest.mark.parametrize("name", OPS)
def test_values_and_gradients_are_right_and_inputs_are_left_alone(name):
    assert value_error(name) <= 1e-12
    assert op_gradient_error(name) <= 1e-6
    assert changes(name) == []


@pytest.mark.parametrize("name", OPS)
def test_bad_input_is_refused(name):
    with pytest.raises(REFUSALS):
        BAD[name]()


@pytest.mark.parametrize("name", OPS)
def test_nothing_is_recorded_under_no_grad_or_without_need(name):
    arrays = next(iter(samples(name)))
    with tensor.no_grad():
        out = apply_op(name, [Tensor(array, requires_grad=True) for array in arrays])
    assert not out.requires_grad
    assert not apply_op(name, [*map(Tensor, arrays)]).requires_grad


@pytest.mark.parametrize("name", [name for name, op in OPS.items() if len(op.shapes[0]) > 1])
def test_two_dtypes_do_not_mix(name):
    first, *others = next(iter(samples(name)))
    with pytest.raises(TypeError, match="different dtypes"):
        apply_op(name, [Tensor(first.astype(np.float32)), *map(Tensor, others)])


@pytest.mark.parametrize("kind", KINDS)
def test_a_bug_of_each_kind_is_caught(kind):
    """One operation a kind here; the experiment plants all kinds in all operations."""
    name = {"transposed": "matmul", "the mean over stretched axes": "add"}.get(kind, "linear")
    assert caught(name, kind, 2 if kind == "dropped" else 1)


def test_what_changes_its_input_or_its_dtype_is_seen(monkeypatch):
    def exp(x):
        return tensor.record("exp", np.float64(1) * np.exp(x.data), (x,), lambda dout: (dout,))

    def relu(x):
        x.data *= 2
        return tensor.record("relu", x.data, (x,), lambda dout: (dout,))

    def tanh(x):
        return tensor.record("tanh", x.data, (x,), lambda dout: (np.multiply(dout, 2, out=dout),))

    for operation in (exp, relu, tanh):
        monkeypatch.setattr(operations, operation.__name__, operation)
    assert "dtype" in changes("exp") and "input" in changes("relu") and "dout" in changes("tanh")
    assert value_error("relu") > 0.1


def test_a_gradient_that_is_off_in_the_diamond_alone_is_seen(monkeypatch):
    right = proofs.numerical
    monkeypatch.setattr(proofs, "numerical", lambda name, uses: [
        [gradient + (uses == 2) for gradient in of_sample] for of_sample in right(name, uses)
    ])
    assert proofs.op_gradient_error("exp") > 0.1


@pytest.mark.parametrize("rate", [-0.1, 1.0, 2.0])
def test_a_dropout_rate_outside_0_to_1_is_refused(rate):
    with pytest.raises(ValueError, match="dropout rate"):
        functional.dropout(Tensor(np.ones(3)), rate, np.random.default_rng(0))


def test_dropout_keeps_the_mean_and_rests_when_not_training():
    x = Tensor(np.ones(200_000))
    dropped = functional.dropout(x, 0.3, np.random.default_rng(0))
    assert dropped.data.mean() == pytest.approx(1, abs=0.01)
    assert (dropped.data == 0).mean() == pytest.approx(0.3, abs=0.01)
    assert functional.dropout(x, 0.3, np.random.default_rng(0), training=False) is x


def test_cross_entropy_is_finite_for_huge_logits():
    logits = Tensor(np.array([[1e4, -1e4], [-1e4, 1e4]]), requires_grad=True)
    loss = functional.cross_entropy(logits, np.array([1, 1]))
    loss.backward()
    assert loss.item() == 1e4
    assert np.isfinite(logits.grad).all()


@pytest.mark.parametrize(
    ("labels", "error", "says"),
    [
        (np.array([[0, 1]]), ValueError, "targets have shape"),
        (np.array([0.0, 1.0]), ValueError, "whole number"),
        (np.array([0, 5]), ValueError, r"targets\[1\] is 5, expected 0 to 2"),
        (np.array([-1, -1]), ValueError, "no target left"),
    ],
)
def test_cross_entropy_names_what_is_wrong(labels, error, says):
    with pytest.raises(error, match=says):
        functional.cross_entropy(Tensor(np.zeros((2, 3))), labels, ignored=-1)
