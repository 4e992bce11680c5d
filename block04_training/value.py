"""Scalar autograd: numbers that remember how they were computed.

A Value holds a number, the Values it was made from (its parents), and one slope per parent:
d self / d parent, computed at once. Then `backward` is one rule for every operation:
grad of a parent += slope * own grad.

The rules:
- `x.backward()` computes d x / d node for every node of x's graph and overwrites what `.grad`
  held. So there is nothing to set to zero first, and calling it twice gives the same numbers. A
  node that x was not made from keeps what it had.
- A node must not be changed between its use and `backward`: the slopes are of the old number.
- Values are not compared and have no truth value, since two may hold one number: `x.data > 0`.

Left out: arrays (shared.tensor has them), second derivatives (the slopes are plain numbers), and
graphs that are walked while they grow.
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

    def _is_not_compared(self, other=None):
        raise TypeError("a Value is a node, not its number: compare x.data, as in x.data > 0")

    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _is_not_compared
    __hash__ = object.__hash__  # a node is itself and no other

    def __repr__(self):
        return f"Value({self.data!r}, grad={self.grad!r})"

    def backward(self):
        """Set `.grad` of self and of every node it was made from.

        The last node comes first, and each node only after all that use it: then its gradient is
        complete. `+=`, because a node that is used twice (a diamond) moves the result along two
        paths, and their effects add up. Raises ValueError where self is not finite.
        """
        checked(self.data)
        order = topological_order(self)
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            grad = node.grad
            for parent, slope in zip(node.parents, node.slopes):
                parent.grad += slope * grad


def checked(number):
    """A finite number as a float. Raises TypeError and ValueError."""
    if not isinstance(number, Real) or isinstance(number, bool):
        raise TypeError(f"a Value holds one number, not a {type(number).__name__}")
    if not math.isfinite(number):
        raise ValueError(f"a Value holds a finite number, not {number}")
    return float(number)


def as_value(other):
    """A Value stays itself, a number becomes a leaf."""
    return other if isinstance(other, Value) else Value(other)


# --- functions of one number: the slope stands beside the function -------------------------------


def plain(x):
    """The number of a Value; a number stays itself."""
    return x.data if isinstance(x, Value) else x


def node(op, x, out, slope):
    """out = op(x) as a node with d out / dx; where x is a plain number, the plain number out."""
    return Value(out, (x,), (slope,), op) if isinstance(x, Value) else out


def exp(x):
    """e^x; slope e^x."""
    out = math.exp(plain(x))
    return node("exp", x, out, out)


def log(x):
    """ln x; slope 1 / x. Raises ValueError where x <= 0."""
    if not plain(x) > 0:
        raise ValueError(f"log needs a number above 0, not {plain(x)}")
    return node("log", x, math.log(plain(x)), 1.0 / plain(x))


def power(x, exponent):
    """x^p for a plain number p; slope p x^(p - 1). Raises ValueError for (-8)^(1/3) and 0^-1.

    >>> power(-2.0, 3)
    -8.0
    """
    if isinstance(exponent, Value):
        raise TypeError("the exponent is a plain number: write exp(p * log(x)) for others")
    slope = exponent * math.pow(plain(x), exponent - 1) if exponent else 0.0
    return node("power", x, math.pow(plain(x), exponent), slope)


def tanh(x):
    """tanh x; slope 1 - tanh(x)^2."""
    out = math.tanh(plain(x))
    return node("tanh", x, out, 1.0 - out * out)


def sigmoid(x):
    """s = 1 / (1 + e^-x); slope s (1 - s) = e / (1 + e)^2 with e = e^-|x|.

    e lies in (0, 1], so nothing overflows; s = e / (1 + e) on the left keeps its digits.

    >>> sigmoid(-40.0)
    4.248354255291589e-18
    """
    e = math.exp(-abs(plain(x)))
    out = (1.0 if plain(x) >= 0 else e) / (1.0 + e)
    return node("sigmoid", x, out, e / (1.0 + e) ** 2)


def log_sigmoid(x):
    """ln sigmoid(x) = min(x, 0) - ln(1 + e^-|x|), finite for every x; slope 1 - s = sigmoid(-x).

    >>> log_sigmoid(-1000.0)
    -1000.0
    """
    out = min(plain(x), 0.0) - math.log1p(math.exp(-abs(plain(x))))
    return node("log_sigmoid", x, out, sigmoid(-plain(x)))


def relu(x):
    """max(x, 0); slope 1 where x > 0, else 0 (at the kink too)."""
    return node("relu", x, max(plain(x), 0.0), 1.0 if plain(x) > 0 else 0.0)


def gradient(function, inputs):
    """[d function(*inputs) / d input for each].

    >>> gradient(lambda x, y: x**3 * y, [2.0, 5.0])  # 3 x^2 y and x^3
    [60.0, 8.0]
    """
    leaves = [Value(x) for x in inputs]
    as_value(function(*leaves)).backward()
    return [leaf.grad for leaf in leaves]
