"""Gradients find their way back along every axis, and add up in every place that is read twice."""

import numpy as np
import pytest

from shared.checks import gradient_error
from shared.operations import concatenate, stack
from shared.seeding import stream
from shared.tensor import Tensor

WAYS = {  # each with NumPy's own, for x (2, 3, 4): no two axes have one size
    "transpose": (lambda x: x.transpose(0, -1, 1), lambda x: x.transpose(0, 2, 1)),
    "transpose, a tuple": (lambda x: x.transpose((-2, -1, -3)), lambda x: x.transpose(1, 2, 0)),
    "sum": (lambda x: x.sum(axis=-2), lambda x: x.sum(axis=1)),
    "mean": (lambda x: x.mean(axis=(0, -1)), lambda x: x.mean(axis=(0, 2))),
    "stack, 1": (lambda x: stack([x, x * x], 1), lambda x: np.stack([x, x * x], 1)),
    "stack, -1": (lambda x: stack([x, x * x, -x], -1), lambda x: np.stack([x, x * x, -x], -1)),
    "concatenate, -1": (
        lambda x: concatenate([x[:, :, :1], x * x], -1),
        lambda x: np.concatenate([x[:, :, :1], x * x], 2),
    ),
    "a list": (lambda x: x[[0, 1, 0]], lambda x: np.stack([x[0], x[1], x[0]])),
    "a list behind a slice": (lambda x: x[:, [2, 2]], lambda x: np.stack([x[:, 2], x[:, 2]], 1)),
    "the last row and a new axis": (lambda x: x[-1, None, ..., ::2], lambda x: x[1:, :, ::2]),
}


@pytest.mark.parametrize("ours, numpys", WAYS.values(), ids=WAYS)
def test_each_place_gets_its_own_gradient(ours, numpys):
    rng = stream(0, "ways")
    x = Tensor(rng.standard_normal((2, 3, 4)), requires_grad=True)
    out, expected = ours(x), numpys(x.data)
    assert out.shape == expected.shape and out.data == pytest.approx(expected)
    dout = rng.standard_normal(out.shape)
    out.backward(dout)
    assert gradient_error(lambda v: float(np.sum(numpys(v) * dout)), x.data, x.grad) <= 1e-8
