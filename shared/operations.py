"""What tensors do without an operator or a method: functions, choosing, joining; block 04."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from shared.tensor import Array, Tensor, as_tensor, as_tensors, record, unbroadcast

# --- one number in, one number out ---------------------------------------------------------------


def exp(x: Tensor) -> Tensor:
    """e^x; dx = dout e^x."""
    x = as_tensor(x)
    out = np.exp(x.data)
    return record("exp", out, (x,), lambda dout: (dout * out,))


def log(x: Tensor) -> Tensor:
    """ln x; dx = dout / x."""
    x = as_tensor(x)
    return record("log", np.log(x.data), (x,), lambda dout: (dout / x.data,))


def sqrt(x: Tensor) -> Tensor:
    """The square root; dx = dout / (2 sqrt(x))."""
    x = as_tensor(x)
    out = np.sqrt(x.data)
    return record("sqrt", out, (x,), lambda dout: (dout / (2 * out),))


def tanh(x: Tensor) -> Tensor:
    """tanh x; dx = dout (1 - tanh(x)^2)."""
    x = as_tensor(x)
    out = np.tanh(x.data)
    return record("tanh", out, (x,), lambda dout: (dout * (1 - out * out),))


def logistic(x: Array) -> Array:
    """s(x) = 1 / (1 + e^-x) of an array, without overflow and exact in both tails.

    With e = e^-|x|, which lies in (0, 1]: e / (1 + e) on the left and 1 / (1 + e) on the right.
    Written as (1 + tanh(x / 2)) / 2, it would be 0 from x = -38 on.
    """
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


def sigmoid(x: Tensor) -> Tensor:
    """s = 1 / (1 + e^-x); dx = dout s(x) s(-x), which is s (1 - s) with all its digits."""
    x = as_tensor(x)
    out = logistic(x.data)
    return record("sigmoid", out, (x,), lambda dout: (dout * (out * logistic(-x.data)),))


def relu(x: Tensor) -> Tensor:
    """max(x, 0); dx = dout where x > 0, else 0 (at the kink too)."""
    x = as_tensor(x)
    return record("relu", np.maximum(x.data, 0), (x,), lambda dout: (dout * (x.data > 0),))


# --- choosing ------------------------------------------------------------------------------------


def where(condition: Array, a: Any, b: Any) -> Tensor:
    """a where the boolean array is true, else b; the gradient goes to the one that was taken."""
    condition = np.asarray(condition)
    if condition.dtype != bool:
        raise TypeError(f"the condition of where is boolean, not {condition.dtype}")
    a, b = as_tensors(a, b)

    def backward(dout):
        da, db = np.where(condition, dout, 0), np.where(condition, 0, dout)
        return unbroadcast(da, a.shape), unbroadcast(db, b.shape)

    return record("where", np.where(condition, a.data, b.data), (a, b), backward)


def maximum(a: Any, b: Any) -> Tensor:
    """The larger of two, element by element; equal elements get half of dout each."""
    a, b = as_tensors(a, b)

    def backward(dout):
        share = np.asarray(0.5 * (a.data >= b.data) + 0.5 * (a.data > b.data), dout.dtype)
        return unbroadcast(dout * share, a.shape), unbroadcast(dout * (1 - share), b.shape)

    return record("maximum", np.maximum(a.data, b.data), (a, b), backward)


# --- joining -------------------------------------------------------------------------------------


def concatenate(tensors: Sequence[Tensor], axis: int = 0) -> Tensor:
    """The tensors one after the other along an axis; dout is cut where they meet."""
    tensors = as_tensors(*tensors)
    cuts = np.cumsum([tensor.shape[axis] for tensor in tensors])[:-1]
    out = np.concatenate([tensor.data for tensor in tensors], axis)

    def backward(dout):
        return tuple(np.split(dout, cuts, axis))

    return record("concatenate", out, tuple(tensors), backward)


def stack(tensors: Sequence[Tensor], axis: int = 0) -> Tensor:
    """The tensors along a new axis; each gets its slice of dout."""
    tensors = as_tensors(*tensors)
    out = np.stack([tensor.data for tensor in tensors], axis)

    def backward(dout):
        return tuple(np.moveaxis(dout, axis, 0))

    return record("stack", out, tuple(tensors), backward)
