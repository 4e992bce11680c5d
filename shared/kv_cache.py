"""A KV cache: what a model keeps of the tokens it has read, batched; earned in block 10.

Every layer keeps the keys and values of the tokens it has seen, so that a new token costs one row
and not a full pass. shared.generate writes with it.

    decoder = Decoder(fold(shape, parameters), batch=B)
    logits = decoder.start(prompts)              # (B, V), after the last token of each prompt
    logits = decoder.extend(ids)                 # (B, t) new tokens -> (B, t, V)

Past the end of the context: when it is full, its older half is forgotten, and the rest is read
again as a text that begins there; so what the model sees is a function of the number of tokens.

Letters as in shared.gpt_layers; S tokens of room, t new tokens.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from shared.checks import ShapeError, check_ids, check_whole
from shared.gpt import Shape, forward, sinusoids
from shared.gpt_layers import EPSILON, turns

Array = np.ndarray
ROOT, CUBIC = math.sqrt(2 / math.pi), 0.044715  # of GELU's tanh form
GELU = (ROOT * CUBIC) ** (1 / 3)  # with g = GELU h its tanh is of g (g^2 + ROOT / GELU)


# --- weights, rewritten for one row at a time ----------------------------------------------------


class Layer(NamedTuple):
    """One layer's matrices, with norms, 1/sqrt(D) and GELU's constants multiplied in."""

    qkv: Array  # (C, 3C)
    qkv_bias: Array  # (3C,)
    out: Array  # (C, C)
    up: Array  # (C, 4C)
    up_bias: Array  # (4C,)
    down: Array  # (4C, C)


class Weights(NamedTuple):
    """What a decoder computes with. `parameters` are the model's own, for reading prompts."""

    shape: Shape
    parameters: Mapping[str, Array]
    tables: Array  # ((1 + shift) V + 1, C): a token's row, those of its predecessors, a row of 0
    positions: Array | None  # (S, C) to be added
    turns: Array | None  # (S, D / 2) to turn by
    layers: tuple[Layer, ...]
    head: Array  # (C, V)
    head_bias: Array  # (V,)


def centred(rows: Array) -> Array:
    """Rows minus their means. All that is added to x is centred, so each norm finds mean 0."""
    return rows - rows.mean(axis=-1, keepdims=True)


def fold(shape: Shape, parameters: Mapping[str, Array]) -> Weights:
    """The same function with fewer steps: (n gain + bias) W = n (gain W) + bias W.

    A later change of the parameters does not reach the folded ones: fold again.
    Raises ValueError where the shape is not causal.
    """
    if not shape.causal:
        raise ValueError("a model that sees what comes after cannot write: it is not causal")
    V, C, D = shape.vocabulary_size, shape.channels, shape.channels // shape.heads
    P, dtype = parameters, parameters["embedding"].dtype

    def normed(norm: str, matrix: Array, scale: Array | float = 1.0) -> tuple[Array, Array]:
        gain, bias = P[norm + ".gain"], P[norm + ".bias"]
        scaled = matrix * scale
        return np.ascontiguousarray(gain[:, None] * scaled, dtype), (bias @ scaled).astype(dtype)

    layers = []
    for p in (f"layers.{layer}." for layer in range(shape.layers)):
        queries = np.repeat([1 / math.sqrt(D), 1.0, 1.0], C)  # of q, k and v
        qkv, up = normed(p + "norm1", P[p + "qkv"], queries), normed(p + "norm2", P[p + "up"], GELU)
        down = (centred(P[p + "down"]) * (0.5 / GELU)).astype(dtype)
        layers.append(Layer(*qkv, centred(P[p + "out"]), *up, down))
    names = ["embedding", *(f"shift.{k}" for k in range(1, shape.shift + 1))]
    tables = np.concatenate([*(centred(P[name]) for name in names), np.zeros((1, C), dtype)])
    positions = {"learned": P.get("positions"), "sinusoidal": sinusoids(shape.context, C)}
    added = positions.get(shape.positions)
    by = turns(shape.context, D, dtype) if shape.positions == "rotary" else None
    head = normed("norm", P["embedding"].T if shape.tied else P["head"])
    assert len(tables) == len(names) * V + 1
    return Weights(
        shape, parameters, tables, None if added is None else centred(added).astype(dtype), by,
        tuple(layers), *head,
    )


# --- the cache -----------------------------------------------------------------------------------


def cache_bytes(shape: Shape, batch: int, room: int, itemsize: int = 4) -> int:
    """Keys and values, for each layer, row, token and channel: 2 L B S C numbers."""
    return 2 * shape.layers * batch * room * shape.channels * itemsize


class Decoder:
    """A batch of texts being written: their keys and values, (L, B, H, S, D), all allocated once.

    room is the number of tokens kept of each row: the context, or less for texts known to be short.
    ids (B, S) are the tokens in the window, lengths (B,) how many.
    """

    def __init__(self, weights: Weights, batch: int, room: int | None = None):
        shape, dtype = weights.shape, weights.tables.dtype
        check_whole("batch", batch)
        self.weights, self.shape = weights, shape
        self.room = min(check_whole("room", room or shape.context), shape.context)
        size = (shape.layers, batch, shape.heads, self.room, shape.channels // shape.heads)
        self.keys, self.values = np.zeros(size, dtype), np.zeros(size, dtype)
        self.ids = np.zeros((batch, self.room), np.int64)
        self.lengths = np.zeros(batch, np.int64)
        self._every = np.arange(batch)[:, None]  # all rows, as an index
        self._work: dict[int, dict[str, Array]] = {}  # temporaries by number of rows

    def start(self, prompts: Sequence[Array]) -> Array:
        """Read a prompt for each row, all in one pass: -> the logits after their last tokens.

        Of a prompt longer than the context its end is read. Raises ValueError on an empty one.
        """
        if len(prompts) != len(self.lengths):
            raise ValueError(f"{len(prompts)} prompts for {len(self.lengths)} rows")
        windows = []
        for prompt in prompts:
            ids = check_ids("prompt", prompt, self.shape.vocabulary_size)
            if ids.size == 0:
                raise ValueError("the prompt is empty: give at least the begin token")
            windows.append(ids[self.window_start(len(ids)) :])
        return self._read(np.arange(len(windows)), windows)

    def window_start(self, length: int) -> int:
        """The first of `length` tokens that the window holds.

        Raises ValueError where a room smaller than the context does not hold them.
        """
        if length > self.room < self.shape.context:
            raise ValueError(f"{length} tokens, but room for {self.room}: give the decoder more")
        half = max(self.room // 2, 1)
        return -(-max(length - self.room, 0) // half) * half

    def _read(self, rows: Array, windows: Sequence[Array]) -> Array:
        """Fill these rows from a full pass over the windows: -> (len(rows), V)."""
        logits, (_, _, caches, _, _) = forward(self.shape, self.weights.parameters, windows)
        ends = np.cumsum([len(window) for window in windows])
        for row, end, window in zip(rows, ends, windows):
            T = len(window)
            self.ids[row, :T], self.lengths[row] = window, T
            for layer, (_, _, qkv, *_) in enumerate(caches):
                part = qkv[end - T : end].reshape(T, 3, self.shape.heads, -1)  # (T, 3, H, D)
                self.keys[layer, row, :, :T] = part[:, 1].swapaxes(0, 1)
                self.values[layer, row, :, :T] = part[:, 2].swapaxes(0, 1)
        return logits[ends - 1]

    def extend(self, ids: Array) -> Array:
        """Append t tokens to every row, ids (B, t): -> the logits after each, (B, t, V).

        A full row forgets its older half first. Raises ValueError where there is no room even so.
        """
        ids = check_ids("ids", ids, self.shape.vocabulary_size)
        if ids.ndim != 2 or len(ids) != len(self.lengths):
            raise ShapeError(f"ids have shape {ids.shape}, expected ({len(self.lengths)}, t)")
        t = ids.shape[1]
        for row in np.flatnonzero(self.lengths + t > self.room).tolist():
            total = int(self.lengths[row]) + t
            kept = self.ids[row, self.window_start(total) : self.lengths[row]].copy()
            if len(kept) + t > self.room:
                raise ValueError(f"{t} tokens at once do not fit into a room of {self.room}")
            self.lengths[row] = 0
            if len(kept):
                self._read(np.array([row]), [kept])
        positions = self.lengths[:, None] + np.arange(t)  # (B, t)
        self.ids[self._every, positions] = ids
        logits = self._rows(positions)
        self.lengths += t
        return logits.reshape(*ids.shape, -1)

    def rewind(self, lengths: Array) -> None:
        """Forget the newest tokens of each row, down to these lengths (B,)."""
        if np.shape(lengths) != self.lengths.shape or not np.all(
            (np.asarray(lengths) >= 1) & (np.asarray(lengths) <= self.lengths)
        ):
            raise ValueError(f"rows of {self.lengths} tokens cannot be rewound to {lengths}")
        self.lengths[:] = lengths

    def keep(self, rows: Array) -> None:
        """Go on with these rows alone: what has ended costs nothing more."""
        self.keys, self.values = self.keys[:, rows], self.values[:, rows]
        self.ids, self.lengths = self.ids[rows], self.lengths[rows]
        self._every = np.arange(len(self.lengths))[:, None]

    # --- one pass over the new rows --------------------------------------------------------------

    def _embed(self, positions: Array) -> Array:
        """Each new token's row, its predecessors' rows by distance, its position: (N, C)."""
        W, V = self.weights, self.shape.vocabulary_size
        back = positions[:, :, None] - np.arange(self.shape.shift + 1)  # (B, t, 1 + shift)
        ids = self.ids[self._every[:, :, None], np.maximum(back, 0)]
        rows = np.where(back >= 0, ids + V * np.arange(self.shape.shift + 1), len(W.tables) - 1)
        x = W.tables[rows.reshape(-1, rows.shape[-1])].sum(axis=1)  # (N, C)
        return x if W.positions is None else x + W.positions[positions.reshape(-1)]

    def _temporaries(self, N: int) -> dict[str, Array]:
        if N not in self._work:
            C, dtype = self.shape.channels, self.keys.dtype
            sizes = {"n": C, "qkv": 3 * C, "g": 4 * C, "u": 4 * C, "added": C}
            self._work[N] = {name: np.empty((N, size), dtype) for name, size in sizes.items()}
        return self._work[N]

    def _rows(self, positions: Array) -> Array:
        """The logits (N, V) of N = B t new rows; their keys and values join the cache."""
        W, (B, t), H = self.weights, positions.shape, self.shape.heads
        x, work = self._embed(positions), self._temporaries(B * t)
        by = None if W.turns is None else W.turns[positions.reshape(-1)][:, None]  # (N, 1, D / 2)
        seen, first = int(positions.max()) + 1, int(positions[0, 0])
        even, mask = bool((self.lengths == first).all()), self._mask(positions, seen)
        n, qkv, g, u, added = (work[name] for name in ("n", "qkv", "g", "u", "added"))
        for layer, w in enumerate(W.layers):
            np.matmul(scaled(x, n), w.qkv, out=qkv)
            qkv += w.qkv_bias
            parts = qkv.reshape(B, t, 3, H, -1)
            if by is not None:
                turned = qkv.reshape(B * t, 3 * H, -1)[:, : 2 * H].view(by.dtype)
                turned *= by
            keys, values = self.keys[layer], self.values[layer]
            if even:  # all rows at one place: a slice costs less than an index
                keys[:, :, first:seen] = parts[:, :, 1].swapaxes(1, 2)
                values[:, :, first:seen] = parts[:, :, 2].swapaxes(1, 2)
            else:
                keys[self._every, :, positions] = parts[:, :, 1]
                values[self._every, :, positions] = parts[:, :, 2]
            q = parts[:, :, 0].swapaxes(1, 2)  # (B, H, t, D)
            heads = attend(q, keys[:, :, :seen], values[:, :, :seen], mask)
            x += np.matmul(heads.swapaxes(1, 2).reshape(B * t, -1), w.out, out=added)
            np.matmul(scaled(x, n), w.up, out=g)
            g += w.up_bias
            x += np.matmul(gelu(g, u), w.down, out=added)
        return scaled(x, n) @ W.head + W.head_bias

    def _mask(self, positions: Array, seen: int) -> Array | None:
        """-inf where a new token would see a later one, or another row's longer text; or None."""
        if positions.min() + 1 == seen:  # one token each, all equally long
            return None
        hidden = np.arange(seen) > positions[:, :, None]  # (B, t, n)
        return np.where(hidden, -np.inf, 0.0).astype(self.keys.dtype)[:, None]


def scaled(x: Array, out: Array) -> Array:
    """x / sqrt(mean(x^2) + epsilon): the norm, for rows that are centred already. (N, C)"""
    square = np.asarray(np.vecdot(x, x))[:, None]  # (N, 1)
    square *= 1 / x.shape[1]
    square += EPSILON
    np.sqrt(square, out=square)
    return np.divide(x, square, out=out)


def gelu(g: Array, u: Array) -> Array:
    """g (1 + tanh(g (g^2 + ROOT / GELU))), with g = GELU h: 2 GELU times gelu(h). Into u."""
    np.multiply(g, g, out=u)
    u += ROOT / GELU
    u *= g
    np.tanh(u, out=u)
    u += 1
    u *= g
    return u


def attend(q: Array, keys: Array, values: Array, mask: Array | None) -> Array:
    """softmax(q K' + mask) V, q divided by sqrt(D): (B, H, t, D), (B, H, n, D) -> (B, H, t, D)."""
    E = q @ keys.swapaxes(-1, -2)  # (B, H, t, n)
    if mask is not None:
        E += mask
    E -= np.maximum.reduce(E, axis=-1, keepdims=True)
    np.exp(E, out=E)
    heads = E @ values
    heads /= np.add.reduce(E, axis=-1, keepdims=True)
    return heads
