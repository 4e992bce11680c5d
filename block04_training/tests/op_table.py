"""Every public operation of shared/, with samples, a NumPy reference, bad input and planted bugs.

The tests of test_ops.py run over this table; a new operation that is not in it fails a test. The
bugs are planted in an operation's backward while the same checks run: each must be caught.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from shared import functional, operations, tensor
from shared import losses as array_losses
from shared.checks import check_finite, numerical_gradient, relative_error
from shared.seeding import stream
from shared.tensor import Tensor

MODULES = (tensor, operations, functional)


class Op(NamedTuple):
    """An operation: how to call it, what NumPy says, sample shapes, and input it must refuse.

    domain "positive" keeps away from zero from above, "nonzero" from both sides (kinks, poles).
    """

    call: Callable
    reference: Callable
    shapes: tuple[tuple[tuple[int, ...], ...], ...]
    bad: Callable[[], object]
    domain: str = "any"


ids = np.array([[0, 2, 2], [4, 0, 2]])
half_ignored = np.array([[1, -1, 3], [-1, -1, 2]])
chosen = np.array([[True, False, True, True], [False, False, True, False], [True] * 4])

SAME = (((3, 4), (3, 4)),)
BROADCAST = (*SAME, ((3, 4), (4,)), ((2, 1, 4), (3, 1)), ((), (3,)), ((1,), (2, 2)))
ONE = (((3, 3),), ((5,),), ((),))


def numpy_layer_norm(x, gain, bias):
    normal = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
    return normal * gain + bias


def numpy_gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def numpy_dropout(x):
    return x * (np.random.default_rng(0).random(x.shape, dtype=x.dtype) >= 0.4) / 0.6


def numpy_cross_entropy(logits, labels):
    log_p = array_losses.log_softmax(logits)
    picked = np.take_along_axis(log_p, np.maximum(labels, 0)[..., None], -1)[..., 0]
    return -picked[labels >= 0].mean()


def ones(*shape):
    return Tensor(np.ones(shape))


OPS = {
    "add": Op(tensor.add, np.add, BROADCAST, lambda: ones(3) + ones(4)),
    "subtract": Op(tensor.subtract, np.subtract, BROADCAST, lambda: ones(3) - ones(4)),
    "multiply": Op(tensor.multiply, np.multiply, BROADCAST, lambda: ones(3) * ones(4)),
    "divide": Op(tensor.divide, np.divide, BROADCAST, lambda: ones(3) / ones(4), "nonzero"),
    "negative": Op(tensor.negative, np.negative, ONE, lambda: tensor.negative("text")),
    "power": Op(lambda x: tensor.power(x, 3), lambda x: x**3, ONE, lambda: ones(2) ** ones(2)),
    "matmul": Op(
        tensor.matmul,
        np.matmul,
        (((3, 3), (3, 3)), ((2, 3, 4), (2, 4, 3)), ((2, 2, 3, 4), (4, 2)), ((1, 2, 3), (5, 3, 2))),
        lambda: ones(3, 4) @ ones(3, 4),
    ),
    "sum": Op(
        lambda x: tensor.sum(x, -1),
        lambda x: x.sum(-1),
        (((3, 4),), ((5,),), ((2, 3, 2),)),
        lambda: ones(3).sum(axis=1),
    ),
    "mean": Op(
        lambda x: tensor.mean(x, (0, 1), keepdims=True),
        lambda x: x.mean((0, 1), keepdims=True),
        (((3, 4),), ((2, 3, 2),)),
        lambda: ones(0).mean(),
    ),
    "reshape": Op(
        lambda x: tensor.reshape(x, -1, 2),
        lambda x: x.reshape(-1, 2),
        (((3, 4),), ((6,),)),
        lambda: ones(3).reshape(2, 2),
    ),
    "transpose": Op(
        lambda x: tensor.transpose(x, 1, 2, 0),
        lambda x: x.transpose(1, 2, 0),
        (((2, 3, 4),), ((3, 3, 3),)),
        lambda: ones(2, 3).transpose(0, 0),
    ),
    "getitem": Op(lambda x: x[ids], lambda x: x[ids], (((5,),), ((5, 2),)), lambda: ones(3)[7]),
    "concatenate": Op(
        lambda a, b: operations.concatenate([a, b], -1),
        lambda a, b: np.concatenate([a, b], -1),
        (((3, 4), (3, 2)), ((2,), (3,))),
        lambda: operations.concatenate([ones(2, 2), ones(3, 3)]),
    ),
    "stack": Op(
        lambda a, b: operations.stack([a, b], 1),
        lambda a, b: np.stack([a, b], 1),
        (((3, 4), (3, 4)), ((2,), (2,))),
        lambda: operations.stack([ones(2), ones(3)]),
    ),
    "exp": Op(operations.exp, np.exp, ONE, lambda: operations.exp(np.array(["a"]))),
    "log": Op(operations.log, np.log, ONE, lambda: operations.log(1j), "positive"),
    "sqrt": Op(operations.sqrt, np.sqrt, ONE, lambda: operations.sqrt(None), "positive"),
    "tanh": Op(operations.tanh, np.tanh, ONE, lambda: operations.tanh("text")),
    "sigmoid": Op(
        operations.sigmoid, lambda x: 1 / (1 + np.exp(-x)), ONE, lambda: operations.sigmoid(True)
    ),
    "relu": Op(
        operations.relu, lambda x: np.maximum(x, 0), ONE, lambda: operations.relu("text"), "nonzero"
    ),
    "where": Op(
        lambda a, b: operations.where(chosen, a, b),
        lambda a, b: np.where(chosen, a, b),
        (((3, 4), (3, 4)), ((3, 4), ()), ((4,), (3, 1))),
        lambda: operations.where(np.ones(2), 1.0, 2.0),
    ),
    "maximum": Op(
        operations.maximum, np.maximum, BROADCAST, lambda: operations.maximum(ones(2), ones(3))
    ),
    "linear": Op(
        functional.linear,
        lambda x, W, b: x @ W + b,
        (((3, 4), (4, 4), (4,)), ((2, 3, 4), (4, 2), (2,)), ((4,), (4, 3), (3,))),
        lambda: functional.linear(ones(3, 4), ones(3, 4)),
    ),
    "softmax": Op(
        functional.softmax,
        array_losses.softmax,
        (((3, 4),), ((2, 3, 5),)),
        lambda: functional.softmax("text"),
    ),
    "cross_entropy": Op(
        lambda z: functional.cross_entropy(z, half_ignored, ignored=-1),
        lambda z: numpy_cross_entropy(z, half_ignored),
        (((2, 3, 4),), ((2, 3, 7),)),
        lambda: functional.cross_entropy(ones(2, 3), np.array([0, 3])),
    ),
    "layer_norm": Op(
        functional.layer_norm,
        numpy_layer_norm,
        (((3, 4), (4,), (4,)), ((2, 3, 5), (5,), (5,))),
        lambda: functional.layer_norm(ones(2, 3), ones(2), ones(3)),
    ),
    "gelu": Op(functional.gelu, numpy_gelu, ONE, lambda: functional.gelu("text")),
    "dropout": Op(
        lambda x: functional.dropout(x, 0.4, np.random.default_rng(0)),
        numpy_dropout,
        (((4, 4),), ((9,),)),
        lambda: functional.dropout(ones(2), 1.0, np.random.default_rng(0)),
    ),
    "embedding": Op(
        lambda table: functional.embedding(table, ids),
        lambda table: table[ids],
        (((5, 5),), ((6, 1),)),
        lambda: functional.embedding(ones(2, 3), np.array([2])),
    ),
}
NOT_OPERATIONS = {"record", "as_array", "as_tensor", "as_tensors", "unbroadcast", "logistic"}


def samples(name: str) -> Iterator[list[np.ndarray]]:
    """float64 inputs for an operation, one list per combination of shapes."""
    op = OPS[name]
    for number, shapes in enumerate(op.shapes):
        rng = stream(0, "op table", name, number)
        arrays = []
        for shape in shapes:
            size = rng.uniform(0.3, 2.0, shape)
            sign = 1.0 if op.domain == "positive" else rng.choice([-1.0, 1.0], shape)
            arrays.append(np.asarray(sign * size))
        yield arrays


# --- the ordinary checks, for one operation ------------------------------------------------------


def check_value(name: str) -> None:
    """The result is NumPy's."""
    for arrays in samples(name):
        out = OPS[name].call(*map(Tensor, arrays))
        assert relative_error(out.data, OPS[name].reference(*arrays)) <= 1e-12, name


def result(name: str, inputs: list[Tensor], uses: int) -> Tensor:
    """One use, or a diamond: the same inputs used twice and the results multiplied."""
    out = OPS[name].call(*inputs)
    return out if uses == 1 else out * (OPS[name].call(*inputs) + 1.0)


def weights(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The loss is sum(weights * result): all different, so that no error cancels out."""
    return stream(0, "weights", name, *shape).uniform(0.5, 1.5, shape)


@functools.cache
def numerical(name: str, uses: int) -> list[list[np.ndarray]]:
    """Central differences of every input of every sample; a bug in backward cannot touch them."""
    gradients = []
    for arrays in samples(name):

        def loss(x, place, arrays=arrays):
            changed = [*arrays[:place], x, *arrays[place + 1 :]]
            out = result(name, [Tensor(array) for array in changed], uses).data
            return float(np.sum(out * weights(name, out.shape)))

        gradients.append(
            [
                numerical_gradient(lambda x, place=place, loss=loss: loss(x, place), array)
                for place, array in enumerate(arrays)
            ]
        )
    return gradients


def gradient_errors(name: str, uses: int = 1) -> list[float]:
    """The relative error of every input's gradient against central differences."""
    errors = []
    for arrays, expected in zip(samples(name), numerical(name, uses)):
        inputs = [Tensor(array, requires_grad=True) for array in arrays]
        out = result(name, inputs, uses)
        out.backward(weights(name, out.shape))
        errors += [relative_error(leaf.grad, truth) for leaf, truth in zip(inputs, expected)]
    return errors


def check_gradient(name: str) -> None:
    """Every input's gradient agrees with finite differences, used once and in a diamond."""
    assert max(gradient_errors(name, uses=1)) <= 1e-6, name
    assert max(gradient_errors(name, uses=2)) <= 1e-6, name


def check_dtype_and_inputs(name: str) -> None:
    """float32 stays float32, and neither pass changes what it was given."""
    for arrays in samples(name):
        inputs = [Tensor(array.astype(np.float32), requires_grad=True) for array in arrays]
        before = [leaf.data.copy() for leaf in inputs]
        out = OPS[name].call(*inputs)
        assert out.dtype == np.float32, name
        dout = np.ones(out.shape, np.float32)
        out.backward(dout)
        assert (dout == 1).all(), f"{name} changes dout in place"
        for leaf, kept in zip(inputs, before):
            assert leaf.grad.dtype == np.float32, name
            assert leaf.grad.shape == leaf.shape, name
            assert np.array_equal(leaf.data, kept), name
            check_finite(name, leaf.grad)


CHECKS = (check_value, check_gradient, check_dtype_and_inputs)

# --- bugs in a backward pass ---------------------------------------------------------------------


def _without_last(gradient):
    spoiled = np.array(gradient)
    spoiled.reshape(-1)[-1] = 0
    return spoiled


def _noise(gradient):
    noise = stream(0, "noise", *gradient.shape).standard_normal(gradient.shape)
    return noise * np.linalg.norm(gradient)


# One input's gradient g, spoiled. The size of the result is at hand: a gradient that was summed
# over stretched axes has fewer elements than dout.
KINDS = {
    "wrong sign": lambda g, size: -g,
    "a factor of two": lambda g, size: 2 * g,
    "dropped": lambda g, size: np.zeros_like(g),
    "one element forgotten": lambda g, size: _without_last(g),
    "moved by one element": lambda g, size: np.roll(g.ravel(), 1).reshape(g.shape),
    "transposed": lambda g, size: g.swapaxes(0, 1) if _is_square(g) else g,
    "noise of the right size": lambda g, size: _noise(g),
    "the mean over stretched axes": lambda g, size: g * min(1.0, g.size / size),
    "dout forgotten": None,  # planted below: the gradient for dout = 1
}


def _is_square(gradient):
    return gradient.ndim == 2 and gradient.shape[0] == gradient.shape[1] > 1


@contextmanager
def planted(name: str, kind: str, place: int) -> Iterator[list[bool]]:
    """While inside, the gradient of one input of an operation is wrong in one way.

    Yields a list that is empty as long as the bug changed nothing: it does not apply there.
    """
    true_record, changed = tensor.record, []

    def spoiled_record(op, data, parents, backward):
        def spoiled(dout):
            gradients = list(backward(dout))
            true = gradients[place]
            if true is not None:
                if kind == "dout forgotten":
                    gradients[place] = backward(np.ones_like(dout))[place]
                else:
                    gradients[place] = KINDS[kind](true, dout.size)
                if not np.allclose(gradients[place], true, rtol=1e-9, atol=0):
                    changed.append(True)
            return tuple(gradients)

        return true_record(op, data, parents, spoiled if op == name else backward)

    try:
        for module in MODULES:
            module.record = spoiled_record
        yield changed
    finally:
        for module in MODULES:
            module.record = true_record


def caught(name: str, kind: str, place: int) -> bool | None:
    """Whether the ordinary checks notice this bug; None where it changes nothing."""
    with planted(name, kind, place) as changed:
        try:
            for check in CHECKS:
                check(name)
        except AssertionError:
            return True if changed else None
    return False if changed else None


def all_bugs() -> Iterator[tuple[str, str, int]]:
    """Every operation, kind of bug, and input."""
    for name, op in OPS.items():
        for kind in KINDS:
            for place in range(len(op.shapes[0])):
                yield name, kind, place
