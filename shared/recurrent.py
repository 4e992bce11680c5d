"""RNN, GRU and LSTM over batches of sequences, gradients by hand; earned in block 07.

Block 07 works gate by gate and step by step. Here the weights of all gates stand side by side in
one matrix, so that a step is one product; the inputs' product is taken out of the loop over time,
for all steps at once, and so are the gradients of the weights. What a step computes is written
into arrays that hold all steps.

    cell = GRU(inputs, hidden, rng)
    outputs, state = cell(x)             # in the engine: x (T, B, I) -> outputs (T, B, H)
    outputs, state = cell(x2, state)     # the next part of the sequences; no gradient goes back

Without the engine: `forward` gives outputs, state and a cache, `backward` takes that cache and
d loss / d outputs. Any number of forward passes may stand between the two.

Conventions are PyTorch's (torch.nn.RNN, GRU, LSTM, one layer, time first), with weights that
multiply from the right: W (I, G H) = weight_ih', U (H, G H) = weight_hh', the gates in the order
of `gates`. RNN and LSTM have one bias, b = bias_ih + bias_hh. The GRU's b is bias_ih, plus bias_hh
in r and z; its candidate's hidden bias stands inside the product with r and is c = bias_hh in n.
A state is one array (S, B, H): the RNN's and GRU's is [h], the LSTM's is [h, cell].
Left out: several layers, both directions, sequences of different lengths (give them a mask in the
loss), gradients into the state that a sequence ends with inside the engine.
Sources: Elman 1990; Cho et al. 2014, with the reset after the product; Hochreiter and Schmidhuber
1997, with Gers et al. 2000's forget gate.
"""

from typing import Any, ClassVar, NamedTuple

import numpy as np

from shared.checks import ShapeError, check_finite
from shared.layers import check_sizes, learned
from shared.tensor import Array, Tensor, as_tensor, record


class Cache(NamedTuple):
    """What a forward pass leaves for the backward pass."""

    x: Array  # (T, B, I)
    h: Array  # (T + 1, B, H), from the state before the first step on
    gates: Array  # (T, B, G H), after their activations
    more: tuple[Array, ...] = ()


Backward = tuple[Array, Array, Array, dict[str, Array]]


class Recurrent:
    """The parameters, and what the three cells share; a cell adds `run` and `back`.

    Weights are drawn uniformly from -1/sqrt(H) to 1/sqrt(H) as PyTorch's are; biases are 0.
    """

    gates: ClassVar[tuple[str, ...]]
    states: ClassVar[int] = 1

    def __init__(
        self, inputs: int, hidden: int, rng: np.random.Generator, *, dtype: Any = np.float64
    ):
        check_sizes(type(self).__name__, inputs, hidden)
        self.inputs, self.hidden = inputs, hidden
        bound, columns = 1 / np.sqrt(hidden), len(self.gates) * hidden
        self.W = learned(rng.uniform(-bound, bound, (inputs, columns)), dtype)
        self.U = learned(rng.uniform(-bound, bound, (hidden, columns)), dtype)
        self.b = learned(np.zeros(columns), dtype)
        self._rooms: dict[str, Array] = {}

    def parameters(self) -> dict[str, Tensor]:
        """The learned tensors by name, in the order in which `backward` gives their gradients."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Tensor)}

    def zero_state(self, batch: int) -> Array:
        """The state that nothing has been seen in: (S, B, H)."""
        return np.zeros((self.states, batch, self.hidden), self.W.dtype)

    def as_state(self, name: str, state: Array | None, batch: int) -> Array:
        """The state in the cell's dtype, zeros for None. Raises ShapeError unless (S, B, H)."""
        if state is None:
            return self.zero_state(batch)
        expected = (self.states, batch, self.hidden)
        if np.shape(state) != expected:
            raise ShapeError(f"{name} has shape {np.shape(state)}, expected (S, B, H) = {expected}")
        return np.asarray(state, self.W.dtype)

    def forward(self, x: Array, state: Array | None = None) -> tuple[Array, Array, Cache]:
        """outputs h_1 .. h_T (T, B, H), the state after them (S, B, H), and the cache.

        x (T, B, I); state (S, B, H), zeros if not given.
        Raises ShapeError where shapes do not fit, NonFiniteError on NaN or infinity.
        """
        x = np.asarray(x, self.W.dtype)
        if x.ndim != 3 or 0 in x.shape or x.shape[2] != self.inputs:
            raise ShapeError(
                f"x has shape {x.shape}, expected (T, B, {self.inputs}) with T and B at least 1"
            )
        state = self.as_state("the state", state, x.shape[1])
        check_finite("x", x)
        check_finite("the state", state)
        cache, final = self.run(x, state)
        return cache.h[1:], final, cache

    def backward(
        self, cache: Cache, doutputs: Array, dfinal: Array | None = None, *, with_dx: bool = True
    ) -> tuple[Array | None, Array, dict[str, Array]]:
        """dx (T, B, I), d loss / d the first state (S, B, H), and the gradients by name.

        doutputs (T, B, H); dfinal (S, B, H) is what later steps ask of the last state, if any.
        Where x is data nobody needs dx: without with_dx it is None, and costs nothing.
        """
        doutputs = np.asarray(doutputs, self.W.dtype)
        if doutputs.shape != cache.h[1:].shape:
            raise ShapeError(
                f"doutputs have shape {doutputs.shape}, the outputs {cache.h[1:].shape}"
            )
        dfinal = self.as_state("dfinal", dfinal, doutputs.shape[1])
        dz, du, dstate, more = self.back(cache, doutputs, dfinal)
        rows = flat(dz)  # (T B, G H)
        gradients = {"W": flat(cache.x).T @ rows, "U": flat(cache.h[:-1]).T @ flat(du)}
        gradients |= {"b": rows.sum(axis=0)} | more
        dx = (rows @ self.W.data.T).reshape(cache.x.shape) if with_dx else None
        return dx, dstate, gradients

    def __call__(self, x: Tensor, state: Array | None = None) -> tuple[Tensor, Array]:
        """outputs (T, B, H) as one node of the engine, and the state after them as an array."""
        x = as_tensor(x)
        outputs, final, cache = self.forward(x.data, state)
        parameters = self.parameters()

        def backward(doutputs):
            dx, _, gradients = self.backward(cache, doutputs, with_dx=x.requires_grad)
            return dx, *(gradients[name] for name in parameters)

        name = type(self).__name__.lower()
        return record(name, outputs, (x, *parameters.values()), backward), final

    def room(self, name: str, like: Array) -> Array:
        """An array of this shape to write into, kept from one backward pass to the next: memory
        that is new each time costs as much as the arithmetic. It never leaves `backward`."""
        if name not in self._rooms or self._rooms[name].shape != like.shape:
            self._rooms[name] = np.empty_like(like)
        return self._rooms[name]

    def rows(self, *values: float) -> Array:
        """One value for each gate, over its H columns: (G H,)."""
        return np.repeat(np.array(values, self.W.dtype), self.hidden)

    def each(self, gates: Array) -> Array:
        """A view of (T, B, G H) gate by gate: (G, T, B, H)."""
        T, B, _ = gates.shape
        return np.moveaxis(gates.reshape(T, B, len(self.gates), self.hidden), 2, 0)

    def run(self, x: Array, state: Array) -> tuple[Cache, Array]:
        raise NotImplementedError

    def back(self, cache: Cache, doutputs: Array, dfinal: Array) -> Backward:
        """The gradients of x W + b and of h U, (T, B, G H) each (one array where they are equal),
        of the state before the first step, and of a parameter that no other cell has."""
        raise NotImplementedError


def flat(array: Array) -> Array:
    """(T, B, C) -> (T B, C)."""
    return array.reshape(-1, array.shape[-1])


def all_steps(first: Array, T: int) -> Array:
    """Room for a state before the first step, which is filled in, and after each: (T + 1, B, H)."""
    room = np.empty((T + 1, *first.shape), first.dtype)
    room[0] = first
    return room


def products(x: Array, W: Array, b: Array) -> Array:
    """x W + b of all steps at once: (T, B, I) -> (T, B, G H)."""
    z = flat(x) @ W
    z += b
    return z.reshape(*x.shape[:2], -1)


class RNN(Recurrent):
    """h_t = tanh(x_t W + h_(t-1) U + b)."""

    gates = ("h",)

    def run(self, x: Array, state: Array) -> tuple[Cache, Array]:
        z = products(x, self.W.data, self.b.data)  # (T, B, H)
        h, U = all_steps(state[0], len(x)), self.U.data
        for t in range(len(x)):
            np.matmul(h[t], U, out=h[t + 1])
            h[t + 1] += z[t]
            np.tanh(h[t + 1], out=h[t + 1])
        return Cache(x, h, h[1:]), h[-1:].copy()

    def back(self, cache: Cache, doutputs: Array, dfinal: Array) -> Backward:
        dz = self.room("dz", cache.gates)  # first the slopes of tanh, to be multiplied by dh
        np.multiply(cache.gates, cache.gates, out=dz)
        np.subtract(1, dz, out=dz)
        dh, back = dfinal[0].copy(), np.ascontiguousarray(self.U.data.T)
        for t in reversed(range(len(dz))):
            dh += doutputs[t]
            dz[t] *= dh
            np.matmul(dz[t], back, out=dh)
        return dz, dz, dh[None], {}


class LSTM(Recurrent):
    """i, f, o = sigmoid(...), g = tanh(...) of x_t W + h_(t-1) U + b;
    cell_t = f cell_(t-1) + i g and h_t = o tanh(cell_t).

    The forget gate's bias starts at `forget_bias`, so that it begins by keeping (Jozefowicz et al.
    2015). sigmoid(z) = (1 + tanh(z / 2)) / 2, so all four are scale tanh(scale z) + shift: one tanh
    for the whole row. Below z = -38 that is 0, where the sigmoid is 1e-17.
    """

    gates = ("i", "f", "g", "o")
    states = 2

    def __init__(self, inputs, hidden, rng, *, forget_bias=1.0, dtype=np.float64):
        super().__init__(inputs, hidden, rng, dtype=dtype)
        self.b.data[hidden : 2 * hidden] = forget_bias

    def run(self, x: Array, state: Array) -> tuple[Cache, Array]:
        T, H = len(x), self.hidden
        scale, shift = self.rows(0.5, 0.5, 1, 0.5), self.rows(0.5, 0.5, 0, 0.5)
        gates = products(x, self.W.data * scale, self.b.data * scale)  # (T, B, 4 H), in place
        U = self.U.data * scale
        h, cell = all_steps(state[0], T), all_steps(state[1], T)
        bent = np.empty_like(h[1:])  # tanh of the cell
        product, written = np.empty_like(gates[0]), np.empty_like(h[0])
        for t in range(T):
            a = gates[t]
            a += np.matmul(h[t], U, out=product)
            np.tanh(a, out=a)
            a *= scale
            a += shift
            i, f, g, o = a[:, :H], a[:, H : 2 * H], a[:, 2 * H : 3 * H], a[:, 3 * H :]
            np.multiply(f, cell[t], out=cell[t + 1])
            cell[t + 1] += np.multiply(i, g, out=written)
            np.tanh(cell[t + 1], out=bent[t])
            np.multiply(o, bent[t], out=h[t + 1])
        return Cache(x, h, gates, (cell, bent)), np.stack([h[-1], cell[-1]])

    def back(self, cache: Cache, doutputs: Array, dfinal: Array) -> Backward:
        (cell, bent), (i, f, g, o) = cache.more, self.each(cache.gates)
        dz, through = self.room("dz", cache.gates), self.room("through", bent)
        di, df, dg, do = self.each(dz)  # first the slopes of all steps, to be multiplied by errors
        np.multiply(np.subtract(1, i, out=through), np.multiply(g, i, out=di), out=di)
        np.multiply(np.subtract(1, f, out=through), np.multiply(cell[:-1], f, out=df), out=df)
        np.subtract(1, np.multiply(g, g, out=through), out=through)
        np.multiply(i, through, out=dg)
        np.multiply(np.subtract(1, o, out=through), np.multiply(bent, o, out=do), out=do)
        np.subtract(1, np.multiply(bent, bent, out=through), out=through)
        through *= o  # d h / d cell
        back = np.ascontiguousarray(self.U.data.T)
        by_gate = dz.reshape(*i.shape[:2], 4, self.hidden)
        dh, dcell = dfinal.copy()
        part = np.empty_like(dh)
        for t in reversed(range(len(dz))):
            dh += doutputs[t]
            do[t] *= dh
            dcell += np.multiply(dh, through[t], out=part)
            by_gate[t, :, :3] *= dcell[:, None]  # i, f and g
            dcell *= f[t]
            np.matmul(dz[t], back, out=dh)
        return dz, dz, np.stack([dh, dcell]), {}


class GRU(Recurrent):
    """r, z = sigmoid(x_t W + h_(t-1) U + b), n = tanh(x_t W + b + r (h_(t-1) U + c));
    h_t = (1 - z) n + z h_(t-1).

    The sigmoids are (1 + tanh(. / 2)) / 2, as in the LSTM.
    """

    gates = ("r", "z", "n")

    def __init__(self, inputs, hidden, rng, *, dtype=np.float64):
        super().__init__(inputs, hidden, rng, dtype=dtype)
        self.c = learned(np.zeros(hidden), dtype)

    def run(self, x: Array, state: Array) -> tuple[Cache, Array]:
        T, H, scale = len(x), self.hidden, self.rows(0.5, 0.5, 1)
        gates = products(x, self.W.data * scale, self.b.data * scale)  # (T, B, 3 H), in place
        U, c, half = self.U.data * scale, self.c.data, self.W.dtype.type(0.5)
        h = all_steps(state[0], T)
        inner = np.empty_like(h[1:])  # h U + c of the candidate
        product = np.empty_like(gates[0])
        for t in range(T):
            rz, n = gates[t][:, : 2 * H], gates[t][:, 2 * H :]
            np.matmul(h[t], U, out=product)
            np.add(product[:, 2 * H :], c, out=inner[t])
            rz += product[:, : 2 * H]
            np.tanh(rz, out=rz)
            rz *= half
            rz += half
            n += np.multiply(rz[:, :H], inner[t], out=h[t + 1])
            np.tanh(n, out=n)
            np.subtract(h[t], n, out=h[t + 1])  # n + z (h - n)
            h[t + 1] *= rz[:, H:]
            h[t + 1] += n
        return Cache(x, h, gates, (inner,)), h[-1:].copy()

    def back(self, cache: Cache, doutputs: Array, dfinal: Array) -> Backward:
        (inner,), (r, z, n) = cache.more, self.each(cache.gates)
        du, dz = self.room("du", cache.gates), self.room("dz", cache.gates)
        dr, dupdate, dinner = self.each(du)  # first the slopes, to be multiplied by the errors
        _, _, dn = self.each(dz)  # the candidate's input stands outside the product with r
        rest = self.room("rest", inner)
        np.multiply(np.subtract(1, r, out=rest), np.multiply(inner, r, out=dr), out=dr)
        np.subtract(1, np.multiply(n, n, out=rest), out=dn)
        np.subtract(1, z, out=rest)  # 1 - z
        dn *= rest
        np.subtract(cache.h[:-1], n, out=dupdate)
        dupdate *= np.multiply(rest, z, out=rest)
        dinner[...] = r
        back = np.ascontiguousarray(self.U.data.T)
        dh = dfinal[0].copy()
        kept = np.empty_like(dh)
        for t in reversed(range(len(du))):
            dh += doutputs[t]
            dupdate[t] *= dh
            dn[t] *= dh
            dr[t] *= dn[t]
            dinner[t] *= dn[t]
            np.multiply(dh, z[t], out=kept)
            np.matmul(du[t], back, out=dh)
            dh += kept
        H = 2 * self.hidden
        dz[:, :, :H] = du[:, :, :H]
        return dz, du, dh[None], {"c": flat(dinner).sum(axis=0)}
