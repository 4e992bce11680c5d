"""The parts of a transformer, each forward beside its hand-derived backward; earned in block 09.

Everything works on rows: the tokens of all sequences of a batch, one after the other, x (N, C).
What acts on one token acts on all rows at once; attention alone looks at one sequence at a time,
so nothing is ever padded. Each `..._forward` returns its result and what its backward needs; each
`..._backward` returns the gradient of its input and adds those of its parameters to the arrays it
is given. Element-wise chains run over a few rows at a time, so that they stay in the cache.

Letters: N rows, C channels, H heads, D = C / H, T tokens of a sequence, G sequences of one length,
V vocabulary.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

Array = np.ndarray
EPSILON = 1e-5  # in the layer norm
AT_ONCE = 1 << 15  # numbers of an array that are worked on at once: 128 kB of float32
QUERIES = 64  # that look back at once


class Group(NamedTuple):
    """`sequences` neighbours of `length` tokens each, from row `start` on."""

    start: int
    sequences: int
    length: int

    @property
    def rows(self) -> slice:
        return slice(self.start, self.start + self.sequences * self.length)


def groups_of(lengths: Sequence[int]) -> list[Group]:
    """Neighbours of one length together: they share one matrix product.

    >>> groups_of([5, 5, 3])
    [Group(start=0, sequences=2, length=5), Group(start=10, sequences=1, length=3)]
    """
    groups: list[Group] = []
    start = 0
    for length in lengths:
        if groups and groups[-1].length == length:
            groups[-1] = groups[-1]._replace(sequences=groups[-1].sequences + 1)
        else:
            groups.append(Group(start, 1, length))
        start += length
    return groups


def some_rows(array: Array) -> Iterator[slice]:
    """Slices over the rows (N, K) that hold about AT_ONCE numbers each."""
    step = max(AT_ONCE // array.shape[1], 1)
    for start in range(0, len(array), step):
        yield slice(start, start + step)


# --- layer norm ----------------------------------------------------------------------------------


def norm_forward(x: Array, gain: Array, bias: Array) -> tuple[Array, tuple]:
    """y = gain n + bias, n = (x - mean) / deviation by row: (N, C) -> (N, C).

    Source: Ba, Kiros and Hinton 2016, eq. 4.
    """
    C = x.shape[1]
    normal = x - (np.einsum("nc->n", x) / C)[:, None]  # (N, C)
    variance = np.einsum("nc,nc->n", normal, normal) / C  # (N,)
    inverse = (1 / np.sqrt(variance + x.dtype.type(EPSILON)))[:, None]  # (N, 1)
    normal *= inverse
    y = normal * gain
    y += bias
    return y, (normal, inverse)


def norm_backward(dy: Array, gain: Array, cache: tuple, dgain: Array, dbias: Array) -> Array:
    """dx = (g - mean(g) - n mean(g n)) / deviation with g = dy gain; dgain = sum(dy n)."""
    normal, inverse = cache
    C = dy.shape[1]
    dgain += np.einsum("nc,nc->c", dy, normal)
    dbias += np.einsum("nc->c", dy)
    dx = dy * gain  # (N, C), g
    along = (np.einsum("nc,nc->n", dx, normal) / C)[:, None]  # (N, 1)
    dx -= (np.einsum("nc->n", dx) / C)[:, None]
    dx -= normal * along
    dx *= inverse
    return dx


# --- the MLP -------------------------------------------------------------------------------------


def gelu_forward(x: Array) -> tuple[Array, Array]:
    """y = x s with s = (1 + tanh u) / 2 and u = sqrt(2/pi) (x + 0.044715 x^3), and its slope.

    dy/dx = s + 2 y (1 - s) u', with u' = sqrt(2/pi) (1 + 3 * 0.044715 x^2). What tanh costs is
    paid once: the slope is taken here, and backward is one product. x (N, K) is overwritten by it.
    Source: Hendrycks and Gimpel 2016, the tanh form.
    """
    root, cubic = float(np.sqrt(2 / np.pi)), 0.044715
    y = np.empty_like(x)
    for rows in some_rows(x):
        part, out = x[rows], y[rows]
        near = np.clip(part, -100, 100)  # tanh is 1 long before, and x^3 cannot overflow
        w = near * near
        w *= root * cubic
        w += root  # u / x
        near *= w  # u
        s = np.tanh(near, out=near)
        s += 1
        s *= 0.5
        np.multiply(part, s, out=out)
        w *= 6
        w -= 4 * root  # 2 u'
        np.subtract(1, s, out=part)
        part *= w
        part *= out
        part += s
    return y, x


# --- attention -----------------------------------------------------------------------------------


def turns(length: int, head_size: int, dtype: np.dtype, start: int = 0) -> Array:
    """e^(i m w_j) for the positions m from `start` on, w_j = 10000^(-2j / D): (T, D / 2) complex.

    Rotary positions turn the pair (x_2j, x_2j+1) by the angle m w_j. Read as one complex number,
    that is one product. Source: Su et al. 2021, eq. 15.
    """
    frequencies = 10000.0 ** (-np.arange(0, head_size, 2) / head_size)  # (D / 2,)
    angles = np.outer(np.arange(start, start + length), frequencies)  # (T, D / 2)
    return np.exp(1j * angles).astype(np.result_type(dtype, np.complex64))


def turn(x: Array, by: Array) -> None:
    """Turn each pair of channels of every head, in place: x (N, H, D) by (N, D / 2)."""
    pairs = x.view(by.dtype)  # (N, H, D / 2)
    pairs *= by[:, None, :]


def by_head(x: Array, group: Group, heads: int, parts: int) -> Array:
    """A group's rows (G T, parts C) as a view (parts, G, H, T, D)."""
    rows = x[group.rows].reshape(group.sequences, group.length, parts, heads, -1)
    return rows.transpose(2, 0, 3, 1, 4)


def some_queries(length: int, causal: bool) -> Iterator[tuple[slice, slice]]:
    """Some queries at a time, and the keys that they can see: later ones are never computed."""
    for start in range(0, length, QUERIES):
        end = min(start + QUERIES, length)
        yield slice(start, end), slice(0, end if causal else length)


def attention_forward(
    qkv: Array, groups: Sequence[Group], heads: int, causal: bool = True
) -> tuple[Array, list]:
    """softmax(Q K') V per head, queries already divided by sqrt(D): qkv (N, 3C) -> (N, C).

    The softmax is not divided out: E = exp(scores - largest) is kept, and 1 / sum(E) goes to the
    result, which has fewer numbers. -> out, [(E (G, H, t, s), 1 / sum (G, H, t, 1)), ...] for t
    queries and s keys at a time. Source: Vaswani et al. 2017, eq. 1.
    """
    out = np.empty((len(qkv), qkv.shape[1] // 3), qkv.dtype)
    future = np.triu(np.full((QUERIES, QUERIES), -np.inf, qkv.dtype), 1)
    kept = []
    for group in groups:
        q, k, v = by_head(qkv, group, heads, 3)  # (G, H, T, D) each
        result = by_head(out, group, heads, 1)[0]
        for t, s in some_queries(group.length, causal):
            E = q[:, :, t] @ k[:, :, s].swapaxes(-1, -2)  # (G, H, t, s)
            if causal:
                size = t.stop - t.start
                E[..., t] += future[:size, :size]
            E -= E.max(axis=-1, keepdims=True)
            np.exp(E, out=E)
            inverse = 1 / E.sum(axis=-1, keepdims=True)  # (G, H, t, 1)
            result[:, :, t] = (E @ v[:, :, s]) * inverse
            kept.append((E, inverse))
    return out, kept


def attention_backward(
    dout: Array, qkv: Array, out: Array, groups: Sequence[Group], heads: int, kept: list,
    causal: bool = True,
) -> Array:
    """dqkv (N, 3C). With g = dout / sum(E): dV = E' g and dscores = E (g V' - sum(g out)).

    softmax's own backward needs sum_s(p_s dp_s) for each row; that is dout . out, since out is
    sum_s(p_s v_s) and dp_s is dout . v_s. So no array over pairs of tokens is summed.
    Source: Dao et al. 2022, section 3.1 (B.4).
    """
    dqkv, tiles = np.zeros_like(qkv), iter(kept)
    for group in groups:
        q, k, v = by_head(qkv, group, heads, 3)
        dq, dk, dv = by_head(dqkv, group, heads, 3)
        dresult, result = (by_head(array, group, heads, 1)[0] for array in (dout, out))
        for t, s in some_queries(group.length, causal):
            E, inverse = next(tiles)
            g = dresult[:, :, t] * inverse  # (G, H, t, D)
            dscores = g @ v[:, :, s].swapaxes(-1, -2)  # (G, H, t, s)
            dscores -= np.einsum("ghtd,ghtd->ght", g, result[:, :, t])[..., None]
            dscores *= E
            dq[:, :, t] = dscores @ k[:, :, s]
            dk[:, :, s] += dscores.swapaxes(-1, -2) @ q[:, :, t]
            dv[:, :, s] += E.swapaxes(-1, -2) @ g
    return dqkv


# --- tokens in, loss out -------------------------------------------------------------------------


def add_rows(dtable: Array, ids: Array, drows: Array) -> None:
    """dtable[ids[n]] += drows[n] for every n: (V, C), (N,), (N, C). Equal ids are summed first."""
    if ids.size == 0:
        return
    order = np.argsort(ids, kind="stable")
    first = np.flatnonzero(np.diff(ids[order], prepend=-1))  # where each run of one id begins
    dtable[ids[order[first]]] += np.add.reduceat(drows[order], first, axis=0)


def cross_entropy_in_place(
    logits: Array, targets: Array, weights: Array, gradient: bool = True
) -> Array:
    """-ln P of each target (N,), in float64; the logits become weights * (softmax - one_hot).

    logits (N, V) are overwritten, also where no gradient is asked for. targets (N,), weights (N,).
    """
    losses = np.empty(len(logits))
    for rows in some_rows(logits):
        part = logits[rows]  # (n, V)
        n, chosen = np.arange(len(part)), targets[rows]
        part -= part.max(axis=1, keepdims=True)
        picked = part[n, chosen].astype(np.float64)
        np.exp(part, out=part)
        total = part.sum(axis=1)  # (n,)
        losses[rows] = np.log(total.astype(np.float64)) - picked
        if gradient:
            part *= (weights[rows] / total)[:, None]
            part[n, chosen] -= weights[rows]
    return losses
