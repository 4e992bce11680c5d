"""What NumPy says of every operation of the array engine: one row each, with sample shapes.

The checks of proofs.py and the bugs of planted.py run over this table; an operation
of shared/ that is not in it fails a test.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from shared import losses
from shared.seeding import stream


class Op(NamedTuple):
    """An operation by its name in shared/: what NumPy says, and the shapes of its inputs.

    `arguments` are handed over behind the inputs, here and there, `before` in front of them. With
    `joined` the inputs are one list. domain "positive" keeps away from zero from above, "nonzero"
    from both sides (kinks, poles).
    """

    reference: Callable
    shapes: tuple[tuple[tuple[int, ...], ...], ...]
    arguments: tuple = ()
    domain: str = "any"
    joined: bool = False
    before: tuple = ()


SAME = (((3, 4), (3, 4)),)
BROADCAST = (*SAME, ((3, 4), (4,)), ((2, 1, 4), (3, 1)), ((), (3,)), ((1,), (2, 2)))
ONE = (((3, 3),), ((5,),), ((),))
IDS = np.array([[0, 2, 2], [4, 0, 2]])
HALF_IGNORED = np.array([[1, -1, 3], [-1, -1, 2]])
CHOSEN = np.array([[True, False, True, True], [False, False, True, False], [True] * 4])


def layer_norm(x, gain, bias):
    normal = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
    return normal * gain + bias


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def dropout(x, rate, seed):
    return x * (np.random.default_rng(seed).random(x.shape, dtype=x.dtype) >= rate) / (1 - rate)


def cross_entropy(logits, targets, ignored):
    log_p = losses.log_softmax(logits)
    picked = np.take_along_axis(log_p, np.maximum(targets, 0)[..., None], -1)[..., 0]
    return -picked[targets != ignored].mean()


OPS = {
    "add": Op(np.add, BROADCAST),
    "subtract": Op(np.subtract, BROADCAST),
    "multiply": Op(np.multiply, BROADCAST),
    "divide": Op(np.divide, BROADCAST, domain="nonzero"),
    "negative": Op(np.negative, ONE),
    "power": Op(np.power, ONE, (3,)),
    "matmul": Op(
        np.matmul,
        (((3, 3), (3, 3)), ((2, 3, 4), (2, 4, 3)), ((2, 2, 3, 4), (4, 2)), ((1, 2, 3), (5, 3, 2))),
    ),
    "sum": Op(lambda x, axis: x.sum(axis), (((3, 4),), ((5,),), ((2, 3, 2),)), (-1,)),
    "mean": Op(lambda x, *how: x.mean(how[0], keepdims=how[1]), (((3, 4),), ((2, 3, 2),)),
               ((0, 1), True)),
    "reshape": Op(lambda x, *shape: x.reshape(*shape), (((3, 4),), ((6,),)), (-1, 2)),
    "transpose": Op(lambda x, *axes: x.transpose(*axes), (((2, 3, 4),), ((3, 3, 3),)), (1, 2, 0)),
    "getitem": Op(lambda x, index: x[index], (((5,),), ((5, 2),)), (IDS,)),
    "concatenate": Op(np.concatenate, (((3, 4), (3, 2)), ((2,), (3,))), (-1,), joined=True),
    "stack": Op(np.stack, (((3, 4), (3, 4)), ((2,), (2,))), (1,), joined=True),
    "exp": Op(np.exp, ONE),
    "log": Op(np.log, ONE, domain="positive"),
    "sqrt": Op(np.sqrt, ONE, domain="positive"),
    "tanh": Op(np.tanh, ONE),
    "sigmoid": Op(lambda x: 1 / (1 + np.exp(-x)), ONE),
    "relu": Op(lambda x: np.maximum(x, 0), ONE, domain="nonzero"),
    "where": Op(np.where, (((3, 4), (3, 4)), ((3, 4), ()), ((4,), (3, 1))), before=(CHOSEN,)),
    "maximum": Op(np.maximum, BROADCAST),
    "linear": Op(lambda x, W, b: x @ W + b,
                 (((3, 4), (4, 4), (4,)), ((2, 3, 4), (4, 2), (2,)), ((4,), (4, 3), (3,)))),
    "softmax": Op(losses.softmax, (((3, 4),), ((2, 3, 5),))),
    "cross_entropy": Op(cross_entropy, (((2, 3, 4),), ((2, 3, 7),)), (HALF_IGNORED, -1)),
    "layer_norm": Op(layer_norm, (((3, 4), (4,), (4,)), ((2, 3, 5), (5,), (5,)))),
    "gelu": Op(gelu, ONE),
    "dropout": Op(dropout, (((4, 4),), ((9,),)), (0.4, 0)),
    "embedding": Op(lambda table, ids: table[ids], (((5, 5),), ((6, 1),)), (IDS,)),
}


def call(function, op, inputs):
    """The operation, or NumPy's word for it, at these inputs."""
    return function(*op.before, *([list(inputs)] if op.joined else inputs), *op.arguments)


def samples(name):
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
