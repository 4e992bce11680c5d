"""Layers: tensors with the operation they belong to, and the tree of parameters; block 04.

A model is an object whose attributes are layers, tensors, and lists or dicts of them, with a
function of the data that runs them; `parameters(model)` finds every tensor to learn, by its path:

    self.hidden = [Linear(64, 256, rng), Linear(256, 256, rng)]    # hidden.0.W, hidden.0.b, ...
    optimizer = Adam(parameters(model), learning_rate=1e-3)

Block 04's scalar network is the twin: there each neuron is a list of numbers.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from shared import functional
from shared.tensor import Array, Tensor


class Linear:
    """y = x W + b over the last axis: x (..., I)  ->  (..., O), with W (I, O) and b (O,).

    W is drawn from N(0, deviation^2), by default He's deviation sqrt(2 / I), which suits ReLU;
    b is 0, or absent with bias=False. Source of the default: He et al. 2015, eq. 10.
    """

    def __init__(
        self, inputs: int, outputs: int, rng: np.random.Generator, *,
        deviation: float | None = None, bias: bool = True, dtype: Any = np.float64,
    ):
        check_sizes("Linear", inputs, outputs)
        deviation = np.sqrt(2 / inputs) if deviation is None else deviation
        self.W = learned(deviation * rng.standard_normal((inputs, outputs)), dtype)
        self.b = learned(np.zeros(outputs), dtype) if bias else None

    def __call__(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.W, self.b)


class Embedding:
    """The table's row of each id: ids (...) in [0, V)  ->  (..., C); table N(0, deviation^2)."""

    def __init__(
        self, size: int, channels: int, rng: np.random.Generator, *,
        deviation: float = 1.0, dtype: Any = np.float64,
    ):
        check_sizes("Embedding", size, channels)
        self.table = learned(deviation * rng.standard_normal((size, channels)), dtype)

    def __call__(self, ids: Array) -> Tensor:
        return functional.embedding(self.table, ids)


class LayerNorm:
    """gain n + bias with n each row at mean 0 and variance 1: x (..., C)  ->  (..., C)."""

    def __init__(self, channels: int, dtype: Any = np.float64):
        check_sizes("LayerNorm", channels)
        self.gain = learned(np.ones(channels), dtype)
        self.bias = learned(np.zeros(channels), dtype)

    def __call__(self, x: Tensor) -> Tensor:
        return functional.layer_norm(x, self.gain, self.bias)


def learned(array: Array, dtype: Any) -> Tensor:
    """A leaf that collects gradients. Drawn in float64 first: both dtypes have the same start."""
    return Tensor(np.asarray(array, dtype), requires_grad=True)


def check_sizes(name: str, *sizes: int) -> None:
    """Raise ValueError where a layer has no inputs or no outputs."""
    if min(sizes) < 1:
        raise ValueError(f"{name} has the sizes {sizes}, each must be at least 1")


def parameters(tree: Any, path: str = "") -> dict[str, Tensor]:
    """{path: tensor} of all that is learned in a tree of objects, dicts and lists, in their order.

    A tensor that stands in two places has the name of the first: shared weights are one parameter.
    """
    if isinstance(tree, Tensor):
        return {path: tree} if tree.requires_grad else {}
    if isinstance(tree, list | tuple):
        parts: Any = enumerate(tree)
    else:
        parts = (tree if isinstance(tree, Mapping) else getattr(tree, "__dict__", {})).items()
    found: dict[str, Tensor] = {}
    for name, part in parts:
        inside = parameters(part, f"{path}.{name}" if path else str(name))
        known = set(map(id, found.values()))
        found |= {name: tensor for name, tensor in inside.items() if id(tensor) not in known}
    return found
