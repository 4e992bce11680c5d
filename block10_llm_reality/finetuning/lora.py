"""Low-rank adapters: the weights stay, and a thin product beside each matrix learns.

    W' = W + s A B,   W (in, out), A (in, r), B (r, out), s = alpha / r

From dW', the gradient with respect to the sum, the chain rule gives those of the factors:

    dA = s dW' B^T,   dB = s A^T dW'

A begins at random and B at 0, so that the first step starts from the base model itself. (With
both at 0 both gradients were 0 for ever.) Source: Hu et al. 2021, section 4.1.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from shared import gpt
from shared.checks import check_positive, check_whole

Array = np.ndarray
ADAPTED = ("qkv", "out", "up", "down")  # the matrices of each layer


class Settings(NamedTuple):
    """How thin the product is, and how far it reaches."""

    rank: int = 16
    alpha: float = 32.0  # s = 2


def adapted(shape: gpt.Shape) -> list[str]:
    """The names of the matrices that get an adapter."""
    return [f"layers.{layer}.{name}" for layer in range(shape.layers) for name in ADAPTED]


def initialise(shape: gpt.Shape, settings: Settings, rng: np.random.Generator) -> dict[str, Array]:
    """A ~ N(0, 1 / in) and B = 0 for each adapted matrix: {"layers.0.qkv.A": ..., ...}, float32."""
    rank = check_whole("rank", settings.rank)
    check_positive("alpha", settings.alpha)
    sizes, arrays = gpt.sizes(shape), {}
    for name in adapted(shape):
        rows, columns = sizes[name]
        A = rng.standard_normal((rows, rank)) / np.sqrt(rows)
        arrays[name + ".A"] = A.astype(np.float32)
        arrays[name + ".B"] = np.zeros((rank, columns), np.float32)
    return arrays


def merged(
    shape: gpt.Shape, base: Mapping[str, Array], adapters: Mapping[str, Array], settings: Settings
) -> dict[str, Array]:
    """The parameters with W + s A B in place of each adapted W; the others are the base's own."""
    s = settings.alpha / settings.rank
    changed = {
        name: base[name] + (s * (adapters[name + ".A"] @ adapters[name + ".B"])).astype(
            base[name].dtype)
        for name in adapted(shape)
    }
    return {**base, **changed}


def backward(
    shape: gpt.Shape, gradients: Mapping[str, Array], adapters: Mapping[str, Array],
    settings: Settings,
) -> dict[str, Array]:
    """The adapters' gradients from those of the merged parameters: dA = s dW B^T, dB = s A^T dW."""
    s, found = settings.alpha / settings.rank, {}
    for name in adapted(shape):
        dW, A, B = gradients[name], adapters[name + ".A"], adapters[name + ".B"]
        found[name + ".A"] = s * (dW @ B.T)
        found[name + ".B"] = s * (A.T @ dW)
    return found


def trained_fraction(shape: gpt.Shape, settings: Settings) -> float:
    """How many numbers the adapters have, of those of the whole model."""
    sizes = gpt.sizes(shape)
    thin = sum(settings.rank * sum(sizes[name]) for name in adapted(shape))
    return thin / sum(int(np.prod(size)) for size in sizes.values())
