"""Fused operations with hand-derived gradients; earned in block 04.

Each could be composed of the primitives of shared.tensor, and the parity test of block 04 does so.
Here one node does the whole step: fewer passes over memory, fewer arrays kept, the same numbers.
"""

import numpy as np

from shared import losses
from shared.checks import check_finite, check_ids
from shared.operations import logistic
from shared.tensor import Array, Tensor, as_tensor, as_tensors, record


def linear(x: Tensor, W: Tensor, b: Tensor | None = None) -> Tensor:
    """y = x W + b over the last axis: x (..., I), W (I, O), b (O,)  ->  (..., O).

    dx = dy W', dW = x' dy and db = sum of dy, both over all leading axes.
    """
    x, W, *rest = as_tensors(x, W) if b is None else as_tensors(x, W, b)
    b = rest[0] if rest else None
    if W.data.ndim != 2 or x.data.ndim < 1 or x.shape[-1] != W.shape[0]:
        raise ValueError(f"linear needs x (..., I) and W (I, O), got {x.shape} and {W.shape}")
    if b is not None and b.shape != W.shape[1:]:
        raise ValueError(f"b has shape {b.shape}, expected {W.shape[1:]} from W {W.shape}")
    rows = x.data.reshape(-1, W.shape[0])  # (N, I)
    out = rows @ W.data  # (N, O)
    if b is not None:
        out += b.data

    def backward(dout):
        drows = dout.reshape(out.shape)
        dx = (drows @ W.data.T).reshape(x.shape) if x.requires_grad else None
        dW = rows.T @ drows
        return (dx, dW) if b is None else (dx, dW, drows.sum(axis=0))

    parents = (x, W) if b is None else (x, W, b)
    return record("linear", out.reshape(*x.shape[:-1], W.shape[1]), parents, backward)


def softmax(x: Tensor) -> Tensor:
    """p = exp(x) / sum exp(x) over the last axis; dx = p (dp - sum(dp p)). (..., K) -> (..., K)"""
    x = as_tensor(x)
    p = losses.softmax(x.data)

    def backward(dp):
        dot = np.einsum("...k,...k->...", dp, p)[..., None]
        return (p * (dp - dot),)

    return record("softmax", p, (x,), backward)


def cross_entropy(logits: Tensor, targets: Array, ignored: int | None = None) -> Tensor:
    """-mean(log softmax(logits)[target]) over the targets that are not `ignored`, in nats.

    logits (..., V), targets (...) int  ->  one number
    dlogits = (softmax(logits) - one_hot(targets)) / count, and 0 where the target is ignored.
    Raises ValueError where shapes do not fit, a target is no whole number or out of range, or none
    is left.
    """
    logits, targets = as_tensor(logits), np.asarray(targets)
    if targets.shape != logits.shape[:-1]:
        raise ValueError(f"targets have shape {targets.shape}, logits have {logits.shape}")
    rows = logits.data.reshape(-1, logits.shape[-1])  # (N, V)
    flat = targets.reshape(-1)  # (N,)
    counted = np.arange(flat.size) if ignored is None else np.flatnonzero(flat != ignored)
    chosen = flat[counted]
    known = targets if ignored is None else np.where(targets == ignored, 0, targets)
    check_ids("targets", known, rows.shape[1])
    if chosen.size == 0:
        raise ValueError("there is no target left to average over")
    log_p = losses.log_softmax(rows)  # (N, V)
    loss = -log_p[counted, chosen].mean()

    def backward(dout):
        dlogits = np.exp(log_p)
        dlogits[counted, chosen] -= 1
        if ignored is not None:
            dlogits[flat == ignored] = 0
        dlogits *= dout / len(chosen)
        return (dlogits.reshape(logits.shape),)

    return record("cross_entropy", loss, (logits,), backward)


def layer_norm(x: Tensor, gain: Tensor, bias: Tensor, epsilon: float = 1e-5) -> Tensor:
    """y = gain (x - mean) / sqrt(variance + epsilon) + bias over the last axis, variance / C.

    x (..., C), gain (C,), bias (C,)  ->  (..., C). With n the normalised x and g = dy gain:
    dx = (g - mean(g) - n mean(g n)) / deviation, dgain = sum(dy n), dbias = sum(dy).
    Raises ValueError where shapes do not fit, NonFiniteError where a row is too large to square.
    Source: Ba, Kiros and Hinton 2016, eq. 4.
    """
    x, gain, bias = as_tensors(x, gain, bias)
    C = x.shape[-1] if x.ndim else 0
    if C == 0 or gain.shape != (C,) or bias.shape != (C,):
        raise ValueError(f"gain {gain.shape} and bias {bias.shape} must be (C,) for x {x.shape}")
    rows = x.data.reshape(-1, C)  # (N, C)
    normal = rows - np.einsum("nc->n", rows)[:, None] / C  # (N, C)
    normal -= np.einsum("nc->n", normal)[:, None] / C  # the digits that the first sum rounded off
    variance = np.einsum("nc,nc->n", normal, normal) / C  # (N,)
    check_finite("the variance of layer_norm's rows", variance)
    inverse = (1 / np.sqrt(variance + epsilon)).astype(x.dtype)[:, None]  # (N, 1)
    normal *= inverse
    out = (normal * gain.data + bias.data).reshape(x.shape)

    def backward(dout):
        dy = dout.reshape(-1, C)
        g = dy * gain.data
        along = np.einsum("nc,nc->n", g, normal)[:, None] / C
        dx = (g - np.einsum("nc->n", g)[:, None] / C - normal * along) * inverse
        dgain = np.einsum("nc,nc->c", dy, normal)
        return dx.reshape(x.shape), dgain, dy.sum(axis=0)

    return record("layer_norm", out, (x, gain, bias), backward)


def gelu(x: Tensor) -> Tensor:
    """x s(2 u) with u = sqrt(2/pi) (x + 0.044715 x^3), s the sigmoid: x (1 + tanh u) / 2.

    dx = dout (s + 2 x s (1 - s) u') with u' = sqrt(2/pi) (1 + 3 * 0.044715 x^2).
    Source: Hendrycks and Gimpel 2016, section 2, the tanh form.
    """
    x = as_tensor(x)
    root, cubic = float(np.sqrt(2 / np.pi)), 0.044715
    near = np.clip(x.data, -100, 100)  # s is 0 or 1 long before, and x^3 cannot overflow
    square = near * near
    s = logistic(2 * root * near * (1 + cubic * square))

    def backward(dout):
        du = root * (1 + 3 * cubic * square)
        return (dout * (s + 2 * near * s * (1 - s) * du),)

    return record("gelu", x.data * s, (x,), backward)


def dropout(
    x: Tensor, dropout_rate: float, rng: np.random.Generator, training: bool = True
) -> Tensor:
    """0 with probability dropout_rate, else x / (1 - dropout_rate); x itself when not training.

    The same mask scales the gradient. Source: Srivastava et al. 2014, inverted form.
    """
    if not 0 <= dropout_rate < 1:
        raise ValueError(f"the dropout rate is {dropout_rate}, it must be at least 0 and below 1")
    x = as_tensor(x)
    if not training or dropout_rate == 0:
        return x
    kept = rng.random(x.shape, dtype=x.dtype) >= dropout_rate
    mask = np.where(kept, x.dtype.type(1 / (1 - dropout_rate)), x.dtype.type(0))
    return record("dropout", x.data * mask, (x,), lambda dout: (dout * mask,))


def embedding(table: Tensor, ids: Array) -> Tensor:
    """The table's row of each id: table (V, C), ids (...) int in [0, V)  ->  (..., C).

    dtable adds up dout over the places of each id: sorted by id, one run of rows per id.
    Raises ValueError where an id is out of range or no whole number.
    """
    table = as_tensor(table)
    if table.ndim != 2:
        raise ValueError(f"the table has shape {table.shape}, expected (V, C)")
    V, C = table.shape
    ids = check_ids("ids", ids, V)
    flat = ids.reshape(-1)

    def backward(dout):
        dtable = np.zeros_like(table.data)
        if flat.size:
            order = np.argsort(flat, kind="stable")
            first = np.flatnonzero(np.diff(flat[order], prepend=-1))  # where each run begins
            runs = dout.reshape(-1, C)[order]
            dtable[flat[order[first]]] = np.add.reduceat(runs, first, axis=0)
        return (dtable,)

    return record("embedding", table.data[ids], (table,), backward)
