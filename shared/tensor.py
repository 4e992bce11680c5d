"""Tensors: arrays that remember how they were computed, and their operations; block 04.

Every operation computes its result at once and records how gradients flow back through it.
`loss.backward()` walks the record from the last operation to the first (shared.graph) and adds to
`.grad` of every leaf that requires a gradient.

The rules:
- Only leaves made with requires_grad=True collect `.grad`; the next loss's backward adds to it.
- backward frees the record as it goes, so a graph can be walked once; a second walk is an error.
- float32 stays float32 and float64 float64; numbers and plain arrays take the tensor's dtype, two
  tensors of different dtypes are an error.
- A Tensor holds the array it was given, and slices, reshapes and transposes are views, as in NumPy;
  copy.copy and copy.deepcopy give a leaf its own array.
- An operation's inputs must not be changed in place before backward: the record points at them.

Left out: second derivatives; comparisons, truth values, item assignment and NumPy's functions on
tensors (they would leave the record: use `.data`); matmul with vectors; max, sort, cumsum and what
else no block needs; devices.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from numbers import Real
from types import EllipsisType
from typing import Any, NoReturn

import numpy as np

from shared.checks import check_finite
from shared.graph import Array, is_recording, walk_back
from shared.graph import no_grad as no_grad  # users find it here, beside Tensor

Backward = Callable[[Array], Sequence[Array | None]]


class Tensor:
    """An array in a graph. data: float32 or float64 array; grad: an array like data, or None.

    >>> w = Tensor([3.0, 4.0], requires_grad=True)
    >>> loss = (w * w).sum()
    >>> loss.backward()
    >>> w.grad.tolist()
    [6.0, 8.0]
    """

    __slots__ = ("_backward", "_parents", "data", "grad", "op", "requires_grad")

    def __init__(self, data: Any, requires_grad: bool = False):
        self.data = as_array(data)
        self.grad: Array | None = None
        self.requires_grad = requires_grad
        self.op = "leaf"
        self._parents: tuple[Tensor, ...] | None = ()  # what it was made from; None once walked
        self._backward: Backward | None = None  # d loss / d data -> one gradient per parent

    def backward(self, gradient: Array | None = None) -> None:
        """Add d self / d leaf to the `.grad` of every leaf; `gradient` is d loss / d self.

        Without a gradient self has to be one number, the loss. Raises RuntimeError where the graph
        was walked before or nothing requires a gradient, NonFiniteError where self is not finite.
        """
        walk_back(self, self._first_gradient(gradient))

    def parents(self) -> "tuple[Tensor, ...]":
        """What self was made from. Raises RuntimeError where backward has freed the record."""
        if self._parents is None:
            raise RuntimeError("backward has walked this graph before: compute the loss again")
        return self._parents

    def _first_gradient(self, gradient: Any) -> Array:
        """d loss / d self: what was given, or 1 for the loss itself."""
        if not self.requires_grad:
            raise RuntimeError("nothing here requires a gradient, or it was made under no_grad")
        if gradient is None and self.data.size != 1:
            raise ValueError(f"backward starts at one number, this tensor has {self.shape}")
        dout = np.ones_like(self.data) if gradient is None else as_array(gradient, self.dtype)
        if dout.shape != self.shape:
            raise ValueError(f"the gradient has shape {dout.shape}, expected {self.shape}")
        check_finite("the gradient", dout)
        return dout

    # Operators and methods are the functions below, spelled as NumPy spells them.
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
    T = property(lambda self: transpose(self))
    # What can be asked of the array.
    shape = property(lambda self: self.data.shape)
    dtype = property(lambda self: self.data.dtype)
    ndim = property(lambda self: self.data.ndim)
    def __float__(self): return self.item()

    def item(self) -> float:
        """The value of a tensor that holds one number."""
        if self.data.size != 1:
            raise ValueError(f"one number is asked for, this tensor has shape {self.shape}")
        return float(self.data.item())

    def detach(self) -> "Tensor":
        """The same array without the record: a constant."""
        return Tensor(self.data)

    def __repr__(self) -> str:
        numbers = np.array2string(self.data, separator=", ", prefix="Tensor(")
        return f"Tensor({numbers}, {self.dtype}, op={self.op})"

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("a tensor of one number has no length and no rows: use float(x)")
        return len(self.data)

    def __iter__(self) -> "Iterator[Tensor]":
        return (self[i] for i in range(len(self)))

    def __deepcopy__(self, memo: dict) -> "Tensor":
        if self.op != "leaf":
            raise TypeError(f"the result of {self.op} is not copied, only leaves: use x.detach()")
        copy = memo[id(self)] = Tensor(self.data.copy(), self.requires_grad)
        copy.grad = None if self.grad is None else self.grad.copy()
        return copy

    def __copy__(self) -> "Tensor":
        return self.__deepcopy__({})

    def _not_compared(self, other: Any = None) -> NoReturn:
        raise TypeError("tensors are not compared and have no truth value: use x.data, x.data > 0")

    def _no_array(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a Tensor is no array: use x.data, or an operation of shared.operations")

    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _not_compared
    __hash__ = object.__hash__  # a node is itself and no other
    __array__ = _no_array
    __array_ufunc__ = None  # NumPy hands `array + tensor` over to Tensor.__radd__


# --- making nodes --------------------------------------------------------------------------------


def as_array(value: Any, dtype: Any = None) -> Array:
    """Numbers as an array of the dtype; without one float32 and float64 stay, integers are float64.

    Raises TypeError for what holds no real numbers: None, text, complex numbers, tensors.
    """
    array = np.asarray(value)
    if dtype is None and array.dtype.kind in "iu":
        dtype = np.float64
    if array.dtype.kind not in ("f" if dtype is None else "fiub"):
        raise TypeError(f"a Tensor holds float32 or float64, not {array.dtype}")
    array = np.asarray(array, dtype)
    if array.dtype not in (np.float32, np.float64):
        raise TypeError(f"a Tensor holds float32 or float64, not {array.dtype}")
    return array


def as_tensor(value: Any) -> Tensor:
    """The value itself if it is a tensor, else a constant tensor of it."""
    return value if isinstance(value, Tensor) else Tensor(value)


def as_tensors(*values: Any) -> list[Tensor]:
    """The values as tensors of one dtype: numbers and arrays take the dtype of the tensors."""
    dtypes = {value.dtype for value in values if isinstance(value, Tensor)}
    if len(dtypes) > 1:
        raise TypeError(f"tensors of different dtypes meet: {' and '.join(map(str, dtypes))}")
    dtype = dtypes.pop() if dtypes else None
    return [v if isinstance(v, Tensor) else Tensor(as_array(v, dtype)) for v in values]


def record(op: str, data: Array, parents: tuple[Tensor, ...], backward: Backward) -> Tensor:
    """A new node. `backward` maps d loss / d data to one gradient per parent (None: not needed)."""
    out = Tensor(data)
    if is_recording() and any(parent.requires_grad for parent in parents):
        out.requires_grad, out.op = True, op
        out._parents, out._backward = parents, backward
    return out


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
    """x^p for a plain finite number p; dx = dout p x^(p - 1), and 0 for p = 0."""
    if not isinstance(exponent, Real) or not math.isfinite(exponent):
        raise TypeError("the exponent of power is a plain number: write exp(b * log(a)) for others")
    x, p = as_tensor(x), float(exponent)

    def backward(dout):
        return (dout * (p * x.data ** (p - 1)) if p else np.zeros_like(x.data),)

    return record("power", x.data**p, (x,), backward)


def matmul(a: Any, b: Any) -> Tensor:
    """a @ b over the last two axes, (..., N, K) @ (..., K, M); da = dout b', db = a' dout."""
    a, b = as_tensors(a, b)
    if a.data.ndim < 2 or b.data.ndim < 2 or a.shape[-1] != b.shape[-2]:
        raise ValueError(f"matmul needs (..., N, K) @ (..., K, M), got {a.shape} @ {b.shape}")

    def backward(dout):
        da = dout @ b.data.swapaxes(-1, -2) if a.requires_grad else None
        db = a.data.swapaxes(-1, -2) @ dout if b.requires_grad else None
        return [d if d is None else unbroadcast(d, x.shape) for d, x in ((da, a), (db, b))]

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

    def backward(dout):
        return (_repeated(dout * (out.size / x.data.size), x.shape, axis, keepdims),)

    return record("mean", out, (x,), backward)


# --- the same numbers in another shape -----------------------------------------------------------


def reshape(x: Tensor, *shape: int) -> Tensor:
    """The same numbers, row by row, in another shape; dx is dout in the old one."""
    x = as_tensor(x)
    return record("reshape", x.data.reshape(*shape), (x,), lambda dout: (dout.reshape(x.shape),))


def transpose(x: Tensor, *axes: Any) -> Tensor:
    """The axes in another order (reversed where none are given); dx puts them back.

    The axes are numbers or one tuple of them: transpose(x, 1, 0) is transpose(x, (1, 0)).
    """
    x = as_tensor(x)
    axes = tuple(axes[0]) if len(axes) == 1 and np.ndim(axes[0]) == 1 else axes
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
