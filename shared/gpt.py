"""A decoder-only transformer, batched, with every gradient by hand; earned in block 09.

The same model as block 09's textbook, which composes it head by head from tensors. Here the
parameters are arrays by name, views of one flat buffer, and a batch is a list of sequences of any
lengths, laid one after the other in rows (shared.gpt_layers).

    shape = Shape(vocabulary_size=1024)
    parameters = initialise(shape, rng)                                  # name -> array
    logits, cache = forward(shape, parameters, [ids, other_ids])         # (N, V)
    backward(shape, parameters, cache, dlogits, gradients)               # adds to name -> array

`loss_and_gradient` does both for a batch in a fixed number of shards, one thread each; NumPy lets
go of Python's lock while it computes. The number of shards is part of the recipe, like the batch
size: the number of cores changes the speed and not one bit of the result.

With an optimizer of shared.optim, whose buffers have the same order:

    optimizer = Adam({name: Tensor(array, True) for name, array in parameters.items()}, 1e-3)
    parameters = views(shape, optimizer.values)
    loss = loss_and_gradient(shape, parameters, inputs, targets, out=optimizer.gradients)

Left out: biases of the matrices (the norms have them), dropout, a cache for generating.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from shared.checks import check_finite, check_ids
from shared.gpt_layers import (
    Group,
    add_rows,
    attention_backward,
    attention_forward,
    cross_entropy_in_place,
    gelu_forward,
    groups_of,
    norm_backward,
    norm_forward,
    turn,
    turns,
)
from shared.gpt_parameters import Shape as Shape  # users find these here, beside `forward`
from shared.gpt_parameters import initialise as initialise
from shared.gpt_parameters import sizes as sizes
from shared.gpt_parameters import views as views
from shared.runtime import in_threads

Array = np.ndarray
Arrays = Mapping[str, Array]
SHARDS = 2  # of a batch


# --- a batch in rows -----------------------------------------------------------------------------


class Rows(NamedTuple):
    """The sequences one after the other: ids (N,), position (N,) of each in its own, groups."""

    ids: Array
    position: Array
    groups: list[Group]


def as_rows(shape: Shape, sequences: Sequence[Array]) -> Rows:
    """Raises ValueError where there is no token, an id is out of range or a sequence too long."""
    lengths = [len(sequence) for sequence in sequences]
    if not lengths or min(lengths) == 0:
        raise ValueError("a sequence without tokens: there is nothing to predict from")
    if max(lengths) > shape.context:
        raise ValueError(
            f"a sequence has {max(lengths)} tokens, the context is {shape.context}: cut it"
        )
    ids = check_ids("ids", np.concatenate(sequences), shape.vocabulary_size)
    position = np.concatenate([np.arange(length) for length in lengths])
    return Rows(ids, position, groups_of(lengths))


def sinusoids(length: int, channels: int) -> Array:
    """sin and cos of m w_j in turn, w_j = 10000^(-2j / C): (T, C). Vaswani et al. 2017, 3.5."""
    waves = turns(length, channels + channels % 2, np.dtype(np.float64))  # (T, C / 2)
    return np.stack([waves.imag, waves.real], axis=-1).reshape(length, -1)[:, :channels]


def embed(shape: Shape, parameters: Arrays, rows: Rows) -> Array:
    """Each token's row, plus those of its predecessors by distance, plus its position: (N, C)."""
    x = parameters["embedding"][rows.ids]  # (N, C)
    for k in range(1, shape.shift + 1):
        later = np.flatnonzero(rows.position >= k)
        x[later] += parameters[f"shift.{k}"][rows.ids[later - k]]
    if shape.positions == "learned":
        x += parameters["positions"][rows.position]
    elif shape.positions == "sinusoidal":
        x += sinusoids(shape.context, shape.channels)[rows.position].astype(x.dtype)
    return x


def embed_backward(shape: Shape, rows: Rows, dx: Array, gradients: Arrays) -> None:
    """Every table's row gets the sum of dx over the places where it was added."""
    add_rows(gradients["embedding"], rows.ids, dx)
    for k in range(1, shape.shift + 1):
        later = np.flatnonzero(rows.position >= k)
        add_rows(gradients[f"shift.{k}"], rows.ids[later - k], dx[later])
    if shape.positions == "learned":
        add_rows(gradients["positions"], rows.position, dx)


# --- one block -----------------------------------------------------------------------------------


def place(shape: Shape, qkv: Array, by: Array | None, back: bool = False) -> None:
    """Divide the queries by sqrt(D), and turn queries and keys to their positions, in place.

    `back` does the same to their gradients: a turn's transpose is the turn back.
    """
    C, H = shape.channels, shape.heads
    qkv[:, :C] *= 1 / math.sqrt(C // H)
    if by is not None:
        turn(qkv.reshape(len(qkv), 3 * H, C // H)[:, : 2 * H], by.conj() if back else by)


def block_forward(
    shape: Shape, parameters: Arrays, layer: int, x: Array, groups: list[Group], by: Array | None
) -> tuple[Array, tuple]:
    """x + attention(norm(x)), then x + MLP(norm(x)): (N, C) -> (N, C)."""
    p = f"layers.{layer}."
    n1, norm1 = norm_forward(x, parameters[p + "norm1.gain"], parameters[p + "norm1.bias"])
    qkv = n1 @ parameters[p + "qkv"]  # (N, 3C)
    place(shape, qkv, by)
    heads, kept = attention_forward(qkv, groups, shape.heads, shape.causal)  # (N, C)
    x = heads @ parameters[p + "out"] + x
    n2, norm2 = norm_forward(x, parameters[p + "norm2.gain"], parameters[p + "norm2.bias"])
    hidden, slope = gelu_forward(n2 @ parameters[p + "up"])  # (N, 4C)
    x = hidden @ parameters[p + "down"] + x
    return x, (n1, norm1, qkv, heads, kept, n2, norm2, hidden, slope)


def block_backward(
    shape: Shape, parameters: Arrays, layer: int, dx: Array, groups: list[Group],
    by: Array | None, cache: tuple, gradients: Arrays,
) -> Array:
    """The same lines from the last to the first: dx (N, C) -> dx (N, C)."""
    n1, norm1, qkv, heads, kept, n2, norm2, hidden, slope = cache
    p = f"layers.{layer}."
    W = {name: parameters[p + name] for name in ("qkv", "out", "up", "down")}
    d = {name[len(p) :]: array for name, array in gradients.items() if name.startswith(p)}
    d["down"] += hidden.T @ dx
    dhidden = dx @ W["down"].T  # (N, 4C)
    dhidden *= slope
    d["up"] += n2.T @ dhidden
    dn2 = dhidden @ W["up"].T  # (N, C)
    gain = parameters[p + "norm2.gain"]
    dx = dx + norm_backward(dn2, gain, norm2, d["norm2.gain"], d["norm2.bias"])
    d["out"] += heads.T @ dx
    dheads = dx @ W["out"].T  # (N, C)
    dqkv = attention_backward(dheads, qkv, heads, groups, shape.heads, kept, shape.causal)
    place(shape, dqkv, by, back=True)
    d["qkv"] += n1.T @ dqkv
    dn1 = dqkv @ W["qkv"].T  # (N, C)
    gain = parameters[p + "norm1.gain"]
    return dx + norm_backward(dn1, gain, norm1, d["norm1.gain"], d["norm1.bias"])


# --- the whole model -----------------------------------------------------------------------------


def forward(shape: Shape, parameters: Arrays, sequences: Sequence[Array]) -> tuple[Array, tuple]:
    """Logits of every next token, row by row: sequences of ids (T,) -> (N, V), and the cache."""
    rows = as_rows(shape, sequences)
    x = embed(shape, parameters, rows)  # (N, C)
    by = None
    if shape.positions == "rotary":
        longest = max(group.length for group in rows.groups)
        by = turns(longest, shape.channels // shape.heads, x.dtype)[rows.position]  # (N, D / 2)
    caches = []
    for layer in range(shape.layers):
        x, cache = block_forward(shape, parameters, layer, x, rows.groups, by)
        caches.append(cache)
    last, norm = norm_forward(x, parameters["norm.gain"], parameters["norm.bias"])
    head = parameters["embedding"].T if shape.tied else parameters["head"]  # (C, V)
    return last @ head, (rows, by, caches, last, norm)


def backward(
    shape: Shape, parameters: Arrays, cache: tuple, dlogits: Array, gradients: Arrays
) -> None:
    """Add d loss / d parameter to each of `gradients`, from dlogits (N, V)."""
    rows, by, caches, last, norm = cache
    if shape.tied:
        gradients["embedding"][...] += dlogits.T @ last
        dlast = dlogits @ parameters["embedding"]  # (N, C)
    else:
        gradients["head"][...] += last.T @ dlogits
        dlast = dlogits @ parameters["head"].T
    gain, dbias = parameters["norm.gain"], gradients["norm.bias"]
    dx = norm_backward(dlast, gain, norm, gradients["norm.gain"], dbias)
    for layer in reversed(range(shape.layers)):
        dx = block_backward(
            shape, parameters, layer, dx, rows.groups, by, caches[layer], gradients
        )
    embed_backward(shape, rows, dx, gradients)


# --- a batch in shards ---------------------------------------------------------------------------


def deal(lengths: Sequence[int], shards: int) -> list[list[int]]:
    """Numbers of the sequences by shard, each of about the same work: longest first, to and fro.

    Equal lengths stay neighbours, so that they share their matrix products.

    >>> deal([3, 9, 5, 4], 2)
    [[1, 0], [2, 3]]
    """
    order = sorted(range(len(lengths)), key=lambda n: -lengths[n])
    hands: list[list[int]] = [[] for _ in range(min(shards, len(lengths)))]
    for turn_, n in enumerate(order):
        seat, way = turn_ % len(hands), turn_ // len(hands) % 2
        hands[-1 - seat if way else seat].append(n)
    return hands


def check_targets(
    inputs: Sequence[Array], targets: Sequence[Array], weights: Sequence[Array] | None, V: int
) -> list[Array]:
    """The weights, by default 1 each. Raises ValueError where something does not fit."""
    weights = [np.ones(len(t)) for t in targets] if weights is None else list(weights)
    lengths = [[len(part) for part in parts] for parts in (inputs, targets, weights)]
    if not lengths[0] == lengths[1] == lengths[2]:
        raise ValueError("inputs, targets and weights have different lengths")
    check_ids("targets", np.concatenate(targets), V)
    check_finite("weights", np.concatenate(weights))
    return weights


def loss_and_gradient(
    shape: Shape, parameters: Arrays, inputs: Sequence[Array], targets: Sequence[Array],
    weights: Sequence[Array] | None = None, *, out: Array, shards: int = SHARDS,
) -> float:
    """Mean of -ln P(target), weighted by token where weights are given; its gradient goes to `out`.

    inputs, targets and weights are lists of (T,); a weight of 0 leaves a token out. out is the
    flat buffer of `views`. Raises ValueError where shapes do not fit or no token has a weight.
    """
    weights = check_targets(inputs, targets, weights, shape.vocabulary_size)
    total = float(sum(w.sum() for w in weights))
    if not total > 0:
        raise ValueError("no token has a weight above 0: there is nothing to average over")

    def one_shard(numbers: list[int], flat: Array) -> float:
        logits, cache = forward(shape, parameters, [inputs[n] for n in numbers])
        chosen = np.concatenate([targets[n] for n in numbers])
        share = np.concatenate([weights[n] for n in numbers]) / total  # (N,)
        losses = cross_entropy_in_place(logits, chosen, share.astype(logits.dtype))
        flat.fill(0)
        backward(shape, parameters, cache, logits, views(shape, flat))
        return float(losses @ share)

    hands = deal([len(ids) for ids in inputs], shards)
    buffers = [out] + [np.empty_like(out) for _ in hands[1:]]
    losses = in_threads(one_shard, list(zip(hands, buffers)))
    for buffer in buffers[1:]:
        out += buffer
    return math.fsum(losses)


def token_losses(
    shape: Shape, parameters: Arrays, inputs: Sequence[Array], targets: Sequence[Array],
    at_once: int = 8,
) -> list[Array]:
    """-ln P(target) of every token, in nats: a (T,) for each sequence. No gradient."""
    check_targets(inputs, targets, None, shape.vocabulary_size)

    def some(start: int) -> list[Array]:
        part = slice(start, start + at_once)
        logits, _ = forward(shape, parameters, inputs[part])
        chosen = np.concatenate(targets[part])
        losses = cross_entropy_in_place(logits, chosen, np.ones(0, logits.dtype), gradient=False)
        return np.split(losses, np.cumsum([len(t) for t in targets[part]])[:-1])

    parts = in_threads(some, [(start,) for start in range(0, len(inputs), at_once)])
    return [losses for part in parts for losses in part]
