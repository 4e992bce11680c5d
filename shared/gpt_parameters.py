"""What a transformer consists of: its shape, and its parameters by name; earned in block 09.

The parameters are views of one flat buffer, in the order of `sizes`, so that an optimizer moves all
of them in a few passes, and a thread's gradients are one array. shared.gpt computes with them.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from shared.checks import check_whole

Array = np.ndarray
POSITIONS = ("rotary", "learned", "sinusoidal", "none")
EMBEDDING_DEVIATION, MATRIX_DEVIATION = 0.09, 0.05  # of the first weights


class Shape(NamedTuple):
    """What the model consists of. `context` is the length that learned positions are made for, and
    the longest sequence taken; shift: how many predecessors are added to each embedding."""

    vocabulary_size: int
    channels: int = 128
    layers: int = 3
    heads: int = 4
    context: int = 512
    positions: str = "rotary"
    tied: bool = True
    shift: int = 4
    causal: bool = True


def check_shape(shape: Shape) -> None:
    """Raise ValueError where no model has this shape."""
    for name in ("vocabulary_size", "channels", "layers", "heads", "context"):
        check_whole(name, getattr(shape, name))
    check_whole("shift", shape.shift, 0)
    if shape.channels % shape.heads:
        raise ValueError(f"{shape.heads} heads do not divide {shape.channels} channels evenly")
    if shape.positions not in POSITIONS:
        raise ValueError(f"positions are {shape.positions!r}, expected one of {POSITIONS}")
    if shape.positions == "rotary" and shape.channels // shape.heads % 2:
        size = shape.channels // shape.heads
        raise ValueError(f"rotary positions turn pairs of channels, a head has {size}")


# --- parameters ----------------------------------------------------------------------------------


def sizes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """The shape of every parameter by its name, in the order of the flat buffer."""
    check_shape(shape)
    V, C = shape.vocabulary_size, shape.channels
    table: dict[str, tuple[int, ...]] = {"embedding": (V, C)}
    table |= {f"shift.{k}": (V, C) for k in range(1, shape.shift + 1)}
    if shape.positions == "learned":
        table["positions"] = (shape.context, C)
    for layer in range(shape.layers):
        inside = {
            "norm1.gain": (C,), "norm1.bias": (C,), "qkv": (C, 3 * C), "out": (C, C),
            "norm2.gain": (C,), "norm2.bias": (C,), "up": (C, 4 * C), "down": (4 * C, C),
        }
        table |= {f"layers.{layer}.{name}": size for name, size in inside.items()}
    table |= {"norm.gain": (C,), "norm.bias": (C,)}
    return table if shape.tied else table | {"head": (C, V)}


def views(shape: Shape, flat: Array) -> dict[str, Array]:
    """The parameters (or gradients) by name, as views of a flat buffer."""
    table, named, start = sizes(shape), {}, 0
    if len(flat) != count(table):
        raise ValueError(f"the buffer holds {len(flat)} numbers, this shape has {count(table)}")
    for name, size in table.items():
        end = start + math.prod(size)
        named[name] = flat[start:end].reshape(size)
        start = end
    return named


def count(table: dict[str, tuple[int, ...]]) -> int:
    """How many numbers the arrays of these sizes hold."""
    return sum(map(math.prod, table.values()))


def initialise(shape: Shape, rng: np.random.Generator, dtype: Any = np.float32) -> dict[str, Array]:
    """Fresh parameters: tables N(0, 0.09^2), matrices N(0, 0.05^2), gains 1 and biases 0."""
    flat = np.zeros(count(sizes(shape)), dtype)
    parameters = views(shape, flat)
    for name, array in parameters.items():
        if name.endswith("gain"):
            array[...] = 1
        elif array.ndim == 2:
            is_table = name.split(".")[0] in ("embedding", "shift", "positions")
            deviation = EMBEDDING_DEVIATION if is_table else MATRIX_DEVIATION
            array[...] = deviation * rng.standard_normal(array.shape)
    return parameters
