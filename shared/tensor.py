"""Reverse-mode automatic differentiation over arrays; earned in block 04.

A Tensor holds an array. Every operation on tensors computes its result at once and records how
gradients flow back through it. `loss.backward()` walks the record from the last operation to the
first and adds to `.grad` of every leaf that requires a gradient.

The rules:
- Only leaves made with requires_grad=True collect `.grad`; a second backward adds to it.
- backward frees the record as it goes, so a graph can be walked once; a second walk is an error.
- float32 stays float32 and float64 float64; numbers and plain arrays take the tensor's dtype, two
  tensors of different dtypes are an error.
- An operation's inputs must not be changed in place before backward: the record points at them.

Block 04's engine does the same with single numbers; here one node holds a whole array.
Left out: second derivatives (the scalar engine has them), devices, views that share gradients.
"""

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import EllipsisType
from typing import Any

import numpy as np

from shared.checks import NonFiniteError, check_finite

Array = np.ndarray
Backward = Callable[[Array], tuple[Array | None, ...]]

_numbers = itertools.count()  # creation order is a topological order of every graph


class _Mode(threading.local):
    recording = True


_mode = _Mode()


@contextmanager
def no_grad() -> Iterator[None]:
    """Inside this block no operation is recorded (in this thread)."""
    before = _mode.recording
    _mode.recording = False
    try:
        yield
    finally:
        _mode.recording = before


class Tensor:
    """An array in a graph. data: float32 or float64 array; grad: an array like data, or None.

    >>> w = Tensor([3.0, 4.0], requires_grad=True)
    >>> loss = (w * w).sum()
    >>> loss.backward()
    >>> w.grad.tolist()
    [6.0, 8.0]
    """

    __slots__ = ("_backward", "_number", "_parents", "data", "grad", "op", "requires_grad")
    __array_ufunc__ = None  # NumPy hands `array + tensor` over to Tensor.__radd__

    def __init__(self, data: Any, requires_grad: bool = False):
        array = np.asarray(data)
        if array.dtype.kind in "iu":
            array = array.astype(np.float64)
        if array.dtype not in (np.float32, np.float64):
            raise TypeError(f"a Tensor holds float32 or float64, not {array.dtype}")
        self.data = array
        self.grad: Array | None = None
        self.requires_grad = requires_grad
        self.op = "leaf"
        self._parents: tuple[Tensor, ...] = ()
        self._backward: Backward | None = None
        self._number = next(_numbers)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @property
    def dtype(self) -> np.dtype:
        return self.data.dtype

    def item(self) -> float:
        """The value of a tensor that holds one number."""
        return float(self.data.item())

    def __repr__(self) -> str:
        return f"Tensor(op={self.op}, shape={self.shape}, {self.dtype})"

    def backward(self, gradient: Array | None = None) -> None:
        """Add d self / d leaf to the `.grad` of every leaf; `gradient` is d loss / d self.

        Without a gradient self has to be one number, the loss. Raises RuntimeError where the graph
        was walked before or nothing requires a gradient, NonFiniteError where self is not finite.
        """
        if not self.requires_grad:
            raise RuntimeError("nothing here requires a gradient, or it was made under no_grad")
        if gradient is None:
            if self.data.size != 1:
                raise ValueError(f"backward starts at one number, this tensor has {self.shape}")
            gradient = np.ones_like(self.data)
        if np.shape(gradient) != self.shape:
            raise ValueError(f"the gradient has shape {np.shape(gradient)}, expected {self.shape}")
        nodes = self._graph()
        if not np.isfinite(self.data).all():
            raise NonFiniteError(_where_it_began(nodes))
        pending: dict[int, Array] = {self._number: np.asarray(gradient, self.dtype)}
        while nodes:  # popped and not looped over, so that what is done can be forgotten
            node = nodes.pop()
            dout = pending.pop(node._number, None)
            if dout is None:
                continue
            if node._backward is None:
                node.grad = dout.copy() if node.grad is None else np.add(node.grad, dout, node.grad)
                continue
            for parent, dparent in zip(node._parents, node._backward(dout)):
                if dparent is not None and parent.requires_grad:
                    known = pending.get(parent._number)
                    # A new array: dparent may be dout itself, which another parent holds too.
                    pending[parent._number] = dparent if known is None else known + dparent
            node._parents, node._backward, node.op = (), _freed, f"{node.op} (freed)"

    def _graph(self) -> list["Tensor"]:
        """Every node that self was made of and that requires a gradient, oldest first."""
        found, to_visit = {self._number: self}, [self]
        while to_visit:
            node = to_visit.pop()
            if node._backward is _freed:
                raise RuntimeError("backward has walked this graph before: compute the loss again")
            for parent in node._parents:
                if parent.requires_grad and parent._number not in found:
                    found[parent._number] = parent
                    to_visit.append(parent)
        return [found[number] for number in sorted(found)]

    # Operators and methods are the functions below, spelled as NumPy spells them.
    # fmt: off
    def __add__(self, other): return add(self, other)
    def __radd__(self, other): return add(other, self)
    def __sub__(self, other): return subtract(self, other)
    def __rsub__(self, other): return subtract(other, self)
    def __mul__(self, other): return multiply(self, other)
    def __rmul__(self, other): return multiply(other, self)
    def __truediv__(self, other): return divide(self, other)
    def __rtruediv__(self, other): return divide(other, self)
    def __matmul__(self, other): return matmul(self, other)
    def __rmatmul__(self, other): return matmul(other, self)
    def __pow__(self, exponent): return power(self, exponent)
    def __neg__(self): return negative(self)
    def __getitem__(self, index): return getitem(self, index)
    def sum(self, axis=None, keepdims=False): return sum(self, axis, keepdims)
    def mean(self, axis=None, keepdims=False): return mean(self, axis, keepdims)
    def reshape(self, *shape): return reshape(self, *shape)
    def transpose(self, *axes): return transpose(self, *axes)
    # fmt: on


def _freed(dout: Array) -> tuple:
    """Stands where a backward was that has been used."""
    return ()


def _where_it_began(nodes: Sequence[Tensor]) -> str:
    """Which operation first turned finite inputs into something that is not."""
    for node in nodes:
        try:
            check_finite(f"the result of {node.op}" if node._parents else "a leaf", node.data)
        except NonFiniteError as error:
            return f"the loss is not finite; it began here: {error}"
    return "the loss is not finite; it came from an input that requires no gradient"


def record(op: str, data: Array, parents: tuple[Tensor, ...], backward: Backward) -> Tensor:
    """A new node. `backward` maps d loss / d data to one gradient per parent (None: not needed)."""
    out = Tensor(data)
    if _mode.recording and any(parent.requires_grad for parent in parents):
        out.requires_grad, out.op = True, op
        out._parents, out._backward = parents, backward
    return out


def as_tensor(value: Any) -> Tensor:
    """The value itself if it is a tensor, else a constant tensor of it."""
    return value if isinstance(value, Tensor) else Tensor(value)


def as_tensors(*values: Any) -> list[Tensor]:
    """The values as tensors of one dtype: numbers and arrays take the dtype of the tensors."""
    dtypes = {value.dtype for value in values if isinstance(value, Tensor)}
    if len(dtypes) > 1:
        raise TypeError(f"tensors of different dtypes meet: {' and '.join(map(str, dtypes))}")
    dtype = dtypes.pop() if dtypes else None
    return [v if isinstance(v, Tensor) else Tensor(np.asarray(v, dtype)) for v in values]


def unbroadcast(dout: Array, shape: tuple[int, ...]) -> Array:
    """Sum dout over the axes along which an array of `shape` was stretched to dout's shape."""
    if dout.shape == shape:
        return dout
    extra = dout.ndim - len(shape)
    ones = [axis + extra for axis, size in enumerate(shape) if size == 1]
    return dout.sum(axis=(*range(extra), *ones)).reshape(shape)


# --- arithmetic, with broadcasting ---------------------------------------------------------------


def add(a: Any, b: Any) -> Tensor:
    """a + b; da = dout, db = dout."""
    a, b = as_tensors(a, b)

    def backward(dout):
        return unbroadcast(dout, a.shape), unbroadcast(dout, b.shape)

    return record("add", a.data + b.data, (a, b), backward)


def subtract(a: Any, b: Any) -> Tensor:
    """a - b; da = dout, db = -dout."""
    a, b = as_tensors(a, b)

    def backward(dout):
        return unbroadcast(dout, a.shape), unbroadcast(-dout, b.shape)

    return record("subtract", a.data - b.data, (a, b), backward)


def multiply(a: Any, b: Any) -> Tensor:
    """a b; da = dout b, db = dout a."""
    a, b = as_tensors(a, b)

    def backward(dout):
        return unbroadcast(dout * b.data, a.shape), unbroadcast(dout * a.data, b.shape)

    return record("multiply", a.data * b.data, (a, b), backward)


def divide(a: Any, b: Any) -> Tensor:
    """a / b; da = dout / b, db = -dout a / b^2."""
    a, b = as_tensors(a, b)
    out = a.data / b.data

    def backward(dout):
        da = dout / b.data
        return unbroadcast(da, a.shape), unbroadcast(-da * out, b.shape)

    return record("divide", out, (a, b), backward)


def negative(x: Tensor) -> Tensor:
    """-x; dx = -dout."""
    x = as_tensor(x)
    return record("negative", -x.data, (x,), lambda dout: (-dout,))


def power(x: Tensor, exponent: float) -> Tensor:
    """x^p for a plain number p; dx = dout p x^(p - 1)."""
    if isinstance(exponent, Tensor) or np.ndim(exponent) != 0:
        raise TypeError("the exponent of power is a plain number: write exp(b * log(a)) for others")
    x, p = as_tensor(x), float(exponent)
    return record("power", x.data**p, (x,), lambda dout: (dout * (p * x.data ** (p - 1)),))


def matmul(a: Any, b: Any) -> Tensor:
    """a @ b over the last two axes, (..., N, K) @ (..., K, M); da = dout b', db = a' dout."""
    a, b = as_tensors(a, b)
    if a.data.ndim < 2 or b.data.ndim < 2 or a.shape[-1] != b.shape[-2]:
        raise ValueError(f"matmul needs (..., N, K) @ (..., K, M), got {a.shape} @ {b.shape}")

    def backward(dout):
        da = dout @ b.data.swapaxes(-1, -2) if a.requires_grad else None
        db = a.data.swapaxes(-1, -2) @ dout if b.requires_grad else None
        return (
            None if da is None else unbroadcast(da, a.shape),
            None if db is None else unbroadcast(db, b.shape),
        )

    return record("matmul", a.data @ b.data, (a, b), backward)


# --- reductions ----------------------------------------------------------------------------------


def _repeated(dout: Array, shape: tuple[int, ...], axis: Any, keepdims: bool) -> Array:
    """dout, one number per group that was reduced, given to every member of its group."""
    if axis is not None and not keepdims:
        dout = np.expand_dims(dout, axis)
    return np.broadcast_to(dout, shape)


def sum(x: Tensor, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Tensor:
    """The sum over an axis, several, or all; dx repeats dout along them."""
    x = as_tensor(x)
    out = x.data.sum(axis=axis, keepdims=keepdims)
    return record("sum", out, (x,), lambda dout: (_repeated(dout, x.shape, axis, keepdims),))


def mean(x: Tensor, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Tensor:
    """The mean over an axis, several, or all: each number gets its share of dout."""
    x = as_tensor(x)
    if x.data.size == 0:
        raise ValueError(f"the mean over no numbers: the tensor has shape {x.shape}")
    out = x.data.mean(axis=axis, keepdims=keepdims)
    share = out.size / x.data.size
    return record(
        "mean", out, (x,), lambda dout: (_repeated(dout * share, x.shape, axis, keepdims),)
    )


# --- the same numbers in another shape -----------------------------------------------------------


def reshape(x: Tensor, *shape: int) -> Tensor:
    """The same numbers, row by row, in another shape; dx is dout in the old one."""
    x = as_tensor(x)
    return record("reshape", x.data.reshape(*shape), (x,), lambda dout: (dout.reshape(x.shape),))


def transpose(x: Tensor, *axes: int) -> Tensor:
    """The axes in another order (reversed where none are given); dx puts them back."""
    x = as_tensor(x)
    order = axes or tuple(reversed(range(x.data.ndim)))
    back = tuple(np.argsort([axis % x.data.ndim for axis in order]))
    return record("transpose", x.data.transpose(order), (x,), lambda dout: (dout.transpose(back),))


def getitem(x: Tensor, index: Any) -> Tensor:
    """x[index], plain or fancy; dx is zero but for the places read, which add up where repeated."""
    x = as_tensor(x)
    parts = index if isinstance(index, tuple) else (index,)
    plain = all(isinstance(part, int | slice | EllipsisType | None) for part in parts)

    def backward(dout):
        dx = np.zeros_like(x.data)
        if plain:  # no place is read twice
            dx[index] = dout
        else:
            np.add.at(dx, index, dout)
        return (dx,)

    return record("getitem", np.asarray(x.data[index]), (x,), backward)
