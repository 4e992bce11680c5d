"""Scalar autograd: numbers that remember how they were computed.

A Value holds a number, the Values it was made from (its parents), and one slope per parent:
d self / d parent, computed at once and kept as a number. Then `backward` is one rule for every
operation: grad of a parent += slope * own grad.

The rules:
- `x.backward()` computes d x / d node for every node of x's graph and overwrites what `.grad`
  held. So there is nothing to set to zero first, and calling it twice gives the same numbers. A
  node that x was not made from keeps what it had.
- A node must not be changed between its use and `backward`: the slopes are those of the old number.
- The number of a Value may itself be a Value. Then the slopes are Values too, so a gradient
  remembers how it was computed and can be differentiated once more. The outer and the inner Values
  of such a tower do not meet in one expression.

Left out: arrays (shared.tensor has them), and graphs that are walked while they grow.
"""

import math
from numbers import Real


def topological_order(root):
    """root and every node it was made from, parents before children.

    A depth-first walk with a list in place of recursion: Python's own stack ends at about a
    thousand calls, a graph of 100,000 additions in a row is nothing special.
    """
    order, seen, to_do = [], set(), [(root, False)]
    while to_do:
        node, parents_are_in = to_do.pop()
        if parents_are_in:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            to_do.append((node, True))
            for parent in node.parents:
                to_do.append((parent, False))
    return order


class Value:
    """A number in a graph. grad: d (the number `backward` was called on) / d self.

    >>> x = Value(3.0)
    >>> y = x * x + 2 * x
    >>> y.backward()
    >>> y.data, x.grad
    (15.0, 8.0)
    """

    __slots__ = ("data", "grad", "op", "parents", "slopes")
    __array_ufunc__ = None  # NumPy hands `np.float64(2) * value` over to __rmul__

    def __init__(self, data, parents=(), slopes=(), op="leaf"):
        self.data = data if parents else checked(data)
        self.grad = 0.0
        self.parents = parents
        self.slopes = slopes
        self.op = op

    def __add__(self, other):
        other = as_value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0), "+")

    def __mul__(self, other):
        other = as_value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data), "*")

    def __sub__(self, other):
        other = as_value(other)
        return Value(self.data - other.data, (self, other), (1.0, -1.0), "-")

    def __truediv__(self, other):
        other = as_value(other)
        quotient = self.data / other.data
        return Value(quotient, (self, other), (1.0 / other.data, -quotient / other.data), "/")

    def __neg__(self):
        return Value(-self.data, (self,), (-1.0,), "-")

    def __pow__(self, exponent):
        return power(self, exponent)

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other):
        return as_value(other) - self

    def __rtruediv__(self, other):
        return as_value(other) / self

    def __repr__(self):
        return f"Value({self.data!r}, grad={self.grad!r})"

    def backward(self):
        """Set `.grad` of self and of every node it was made from.

        The last node comes first, and each node only after all that use it: then its gradient is
        complete. `+=`, because a node that is used twice (a diamond) moves the result along two
        paths, and their effects add up. Raises ValueError where self is not finite.
        """
        checked(plain(self))
        order = topological_order(self)
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            grad = node.grad
            for parent, slope in zip(node.parents, node.slopes):
                parent.grad += slope * grad


def checked(number):
    """A leaf's number as a float; a Value stays a Value. Raises TypeError and ValueError."""
    if isinstance(number, Value):
        return number
    if not isinstance(number, Real) or isinstance(number, bool):
        raise TypeError(f"a Value holds one number, not a {type(number).__name__}")
    if not math.isfinite(number):
        raise ValueError(f"a Value holds a finite number, not {number}")
    return float(number)


def as_value(other):
    """A Value stays itself, a number becomes a leaf."""
    return other if isinstance(other, Value) else Value(other)


# --- functions of one number: each takes a Value or a plain number, and its slope stands beside it


def exp(x):
    """e^x; slope e^x."""
    if not isinstance(x, Value):
        return math.exp(x)
    out = exp(x.data)
    return Value(out, (x,), (out,), "exp")


def log(x):
    """ln x; slope 1 / x. Raises ValueError where x <= 0."""
    if not isinstance(x, Value):
        if x <= 0:
            raise ValueError(f"log needs a number above 0, not {x}")
        return math.log(x)
    return Value(log(x.data), (x,), (1.0 / x.data,), "log")


def power(x, exponent):
    """x^p for a plain number p; slope p x^(p - 1). Raises ValueError for (-8)^(1/3) and 0^-1.

    >>> power(-2.0, 3)
    -8.0
    """
    if isinstance(exponent, Value):
        raise TypeError("the exponent is a plain number: write exp(p * log(x)) for others")
    if not isinstance(x, Value):
        return math.pow(x, exponent)
    slope = exponent * power(x.data, exponent - 1) if exponent else 0.0
    return Value(power(x.data, exponent), (x,), (slope,), "power")


def tanh(x):
    """tanh x; slope 1 - tanh(x)^2."""
    if not isinstance(x, Value):
        return math.tanh(x)
    out = tanh(x.data)
    return Value(out, (x,), (1.0 - out * out,), "tanh")


def sigmoid(x):
    """s = 1 / (1 + e^-x), as (1 + tanh(x / 2)) / 2, which cannot overflow; slope s (1 - s)."""
    if not isinstance(x, Value):
        return 0.5 * (1.0 + math.tanh(0.5 * x))
    out = sigmoid(x.data)
    return Value(out, (x,), (out * (1.0 - out),), "sigmoid")


def relu(x):
    """max(x, 0); slope 1 where x > 0, else 0 (at the kink too)."""
    if not isinstance(x, Value):
        return max(x, 0.0)
    out = relu(x.data)
    return Value(out, (x,), (1.0 if plain(out) > 0 else 0.0,), "relu")


def plain(x):
    """The number at the bottom of a tower of Values.

    >>> plain(Value(Value(2.0)))
    2.0
    """
    while isinstance(x, Value):
        x = x.data
    return x


def gradient(function, inputs):
    """[d function(*inputs) / d input for each]. Values in give Values out: differentiate again.

    >>> x = Value(2.0)
    >>> (slope,) = gradient(lambda v: v**3, [x])  # 3 x^2
    >>> slope.backward()
    >>> slope.data, x.grad  # 12, and 6 x
    (12.0, 12.0)
    """
    leaves = [Value(x) for x in inputs]
    as_value(function(*leaves)).backward()
    return [leaf.grad for leaf in leaves]
