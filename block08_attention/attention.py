"""Scaled dot-product attention over batches: forward, and backward read from the last line up.

    forward    scores = Q K' / sqrt(D)    weights = softmax(scores)    out = weights V
    backward   dQ, dK   <-  dscores   <-  dweights, dV   <-  dout

T queries look at S keys, and take from the S values. The axes before them, (...), are examples and
heads; all three arrays have the same. Soft_dictionary.py is the same, one query at a time.

The rule for a row with nothing to look at: its weights are all 0, so its output is 0, and it passes
no gradient to anything.
"""

import numpy as np

from block08_attention.masks import check_mask
from shared.checks import ShapeError, as_floats, check_finite

# --- softmax of what is allowed ------------------------------------------------------------------


def masked_softmax(scores, mask=None):
    """Row by row e^score / sum, over the places where the mask is True; 0 elsewhere.

    scores (..., T, S), mask (..., T, S) bool or None  ->  weights (..., T, S). A row sums to 1, or
    is 0 throughout where the mask leaves nothing.

    >>> masked_softmax(np.zeros((2, 2)), np.array([[True, True], [False, False]])).tolist()
    [[0.5, 0.5], [0.0, 0.0]]
    """
    scores = as_floats("scores", scores)
    if mask is not None:
        scores = np.where(check_mask(mask, scores.shape), scores, -np.inf)  # e^-inf = 0
    largest = scores.max(axis=-1, keepdims=True)  # (..., T, 1)
    largest = np.where(np.isfinite(largest), largest, 0.0)  # -inf - -inf would be NaN
    powers = np.exp(scores - largest)  # (..., T, S), the largest is 1
    total = powers.sum(axis=-1, keepdims=True)  # (..., T, 1), 0 where nothing is allowed
    return powers / np.where(total == 0, 1.0, total)


def softmax_backward(weights, dweights):
    """dscores = weights (dweights - sum_s weights dweights), row by row: (..., T, S).

    A weight can grow only at the cost of the others: what is asked of all alike does nothing. Where
    a weight is 0, by the mask or the rule, no gradient passes.
    """
    along = (weights * dweights).sum(axis=-1, keepdims=True)  # (..., T, 1)
    return weights * (dweights - along)


# --- attention -----------------------------------------------------------------------------------


def check_inputs(queries, keys, values):
    """The three as floats. Raises ShapeError that names the two that do not fit, NonFiniteError."""
    named = {"queries": queries, "keys": keys, "values": values}
    Q, K, V = (as_floats(name, array) for name, array in named.items())
    for name, array in zip(named, (Q, K, V)):
        if array.ndim < 2 or 0 in array.shape:
            raise ShapeError(f"{name} has shape {array.shape}: at least one row of one number")
        check_finite(name, array)
    if Q.shape[:-2] != K.shape[:-2] or Q.shape[-1] != K.shape[-1]:
        raise ShapeError(f"queries {Q.shape} and keys {K.shape}: expected (..., T, D), (..., S, D)")
    if K.shape[:-1] != V.shape[:-1]:
        raise ShapeError(f"keys {K.shape} and values {V.shape}: expected (..., S, D), (..., S, E)")
    return Q, K, V


def forward(queries, keys, values, mask=None, scale=None):
    """out = softmax(Q K' scale) V, and the cache that `backward` needs; its [3] are the weights.

    queries (..., T, D), keys (..., S, D), values (..., S, E)  ->  out (..., T, E), cache
    scale is 1 / sqrt(D) unless given. The mask (masks.py) is True where looking is allowed.
    Raises ShapeError, TypeError or NonFiniteError where an input is none.
    Source: Vaswani et al. 2017, eq. 1.
    """
    Q, K, V = check_inputs(queries, keys, values)
    scale = 1 / np.sqrt(Q.shape[-1]) if scale is None else scale
    with np.errstate(over="ignore", invalid="ignore"):  # said in words by the next line
        scores = (Q @ K.swapaxes(-1, -2)) * scale  # (..., T, S)
    check_finite("scores", scores)
    weights = masked_softmax(scores, mask)  # (..., T, S)
    out = weights @ V  # (..., T, E)
    return out, (Q, K, V, weights, scale)


def backward(cache, dout):
    """dqueries, dkeys, dvalues from dout = d loss / d out (..., T, E).

    Each line undoes one line of `forward`, from the last to the first.
    """
    Q, K, V, weights, scale = cache
    expected = (*Q.shape[:-1], V.shape[-1])
    if np.shape(dout) != expected:
        raise ShapeError(f"dout has shape {np.shape(dout)}, the output has {expected}")
    dweights = dout @ V.swapaxes(-1, -2)  # (..., T, S): would more of this value have helped?
    dV = weights.swapaxes(-1, -2) @ dout  # (..., S, E): each value hears from all that took it
    dscores = softmax_backward(weights, dweights)  # (..., T, S)
    dQ = (dscores @ K) * scale  # (..., T, D)
    dK = (dscores.swapaxes(-1, -2) @ Q) * scale  # (..., S, D)
    return dQ, dK, dV
