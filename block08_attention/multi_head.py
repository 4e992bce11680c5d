"""Several looks at once: each head has its own queries, keys and values, and looks by itself.

    forward    Q = x Wq   K = memory Wk   V = memory Wv   out = join(attention of each head) Wo

x asks, memory is asked. Where both are the same sequence it is self-attention, where they are two
it is cross-attention: one text for both. The H heads share the C channels, D = C / H each, so that
two heads cost what one of twice the width costs. Left out: biases, which no task here needs.
"""

from typing import NamedTuple

import numpy as np

from block08_attention import attention
from shared.checks import ShapeError, as_floats, check_whole


class Parameters(NamedTuple):
    """Wq, Wk, Wv (C, C) and Wo (C, O); their gradients have the same shapes and order."""

    Wq: np.ndarray
    Wk: np.ndarray
    Wv: np.ndarray
    Wo: np.ndarray


def initialise(channels, rng, outputs=None):
    """Weights of deviation 1 / sqrt(C): what comes out is about as large as what goes in."""
    channels = check_whole("channels", channels)
    outputs = check_whole("outputs", channels if outputs is None else outputs)
    sizes = [channels, channels, channels, outputs]
    return Parameters(*(rng.standard_normal((channels, n)) / np.sqrt(channels) for n in sizes))


def split_heads(x, num_heads):
    """Cut the channels into heads of neighbours: (N, T, C) -> (N, H, T, D) with D = C / H.

    >>> split_heads(np.array([[[1, 2, 3, 4]]]), 2).tolist()
    [[[[1, 2]], [[3, 4]]]]
    """
    N, T, C = x.shape
    if check_whole("num_heads", num_heads) > C or C % num_heads:
        raise ValueError(f"{C} channels cannot be cut into {num_heads} heads of one size")
    return x.reshape(N, T, num_heads, C // num_heads).swapaxes(1, 2)


def join_heads(x):
    """Put the heads side by side again: (N, H, T, D) -> (N, T, H D)."""
    N, H, T, D = x.shape
    return x.swapaxes(1, 2).reshape(N, T, H * D)


def check_sequences(x, memory, channels):
    """Both as floats. Raises ShapeError unless they are (N, T, C) and (N, S, C)."""
    x, memory = as_floats("x", x), as_floats("memory", memory)
    for name, array in (("x", x), ("memory", memory)):
        if array.ndim != 3 or array.shape[2] != channels or 0 in array.shape:
            raise ShapeError(
                f"{name} has shape {array.shape}, expected (N, T, {channels}) of at least one token"
            )
    if len(x) != len(memory):
        raise ShapeError(f"x holds {len(x)} sequences, memory {len(memory)}")
    return x, memory


def forward(parameters, x, memory, num_heads=1, mask=None):
    """out (N, T, O) of x (N, T, C) that looks at memory (N, S, C), and the cache.

    mask (T, S), (N, T, S) or broadcastable to them, the same for every head; None: all is allowed.
    Source: Vaswani et al. 2017, section 3.2.2.
    """
    Wq, Wk, Wv, Wo = parameters
    x, memory = check_sequences(x, memory, len(Wq))
    if mask is not None and np.ndim(mask) == 3:
        mask = np.asarray(mask)[:, None]  # (N, 1, T, S)
    Q = split_heads(x @ Wq, num_heads)  # (N, H, T, D)
    K = split_heads(memory @ Wk, num_heads)  # (N, H, S, D)
    V = split_heads(memory @ Wv, num_heads)  # (N, H, S, D)
    heads, looked = attention.forward(Q, K, V, mask)  # (N, H, T, D)
    joined = join_heads(heads)  # (N, T, C)
    return joined @ Wo, (x, memory, looked, joined)


def weights_of(cache):
    """What each head looked at: (N, H, T, S)."""
    return cache[2][3]


def backward(parameters, cache, dout):
    """The gradients of the parameters, dx (N, T, C) and dmemory (N, S, C), from dout (N, T, O).

    In self-attention x is both, and its gradient is dx + dmemory.
    """
    Wq, Wk, Wv, Wo = parameters
    x, memory, looked, joined = cache
    if np.shape(dout) != (*x.shape[:2], Wo.shape[1]):
        raise ShapeError(f"dout has shape {np.shape(dout)}, x {x.shape} and Wo {Wo.shape}")
    dheads = split_heads(dout @ Wo.T, looked[0].shape[1])  # (N, H, T, D)
    dQ, dK, dV = (join_heads(d) for d in attention.backward(looked, dheads))  # (N, T or S, C)
    dx = dQ @ Wq.T  # (N, T, C)
    dmemory = dK @ Wk.T + dV @ Wv.T  # (N, S, C): as what was compared, and as what was taken
    gradients = [(x, dQ), (memory, dK), (memory, dV), (joined, dout)]
    return Parameters(*(over_tokens(a, d) for a, d in gradients)), dx, dmemory


def over_tokens(a, d):
    """dW = sum over all tokens of all sequences of a' d: (N, T, C), (N, T, O) -> (C, O)."""
    return a.reshape(-1, a.shape[-1]).T @ d.reshape(-1, d.shape[-1])
