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
        self, cache: Cache, doutputs: Array, dfinal: Array | None = None
    ) -> tuple[Array, Array, dict[str, Array]]:
        """dx (T, B, I), d loss / d the first state (S, B, H), and the gradients by name.

        doutputs (T, B, H); dfinal (S, B, H) is what later steps ask of the last state, if any.
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
        return (rows @ self.W.data.T).reshape(cache.x.shape), dstate, gradients

    def __call__(self, x: Tensor, state: Array | None = None) -> tuple[Tensor, Array]:
        """outputs (T, B, H) as one node of the engine, and the state after them as an array."""
        x = as_tensor(x)
        outputs, final, cache = self.forward(x.data, state)
        parameters = self.parameters()

        def backward(doutputs):
            dx, _, gradients = self.backward(cache, doutputs)
            return dx, *(gradients[name] for name in parameters)

        name = type(self).__name__.lower()
        return record(name, outputs, (x, *parameters.values()), backward), final

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
        dz = 1 - cache.gates * cache.gates  # the slopes of tanh, to be multiplied by dh
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

    def rows(self, *values: float) -> Array:
        """One value for each gate, over its H columns: (4 H,)."""
        return np.repeat(np.array(values, self.W.dtype), self.hidden)

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
        (cell, bent), H = cache.more, self.hidden
        is_tanh = self.rows(0, 0, 1, 0)
        (dh, dcell), dz = dfinal.copy(), np.empty_like(cache.gates)
        back = np.ascontiguousarray(self.U.data.T)
        slope, part = np.empty_like(dz[0]), np.empty_like(dh)
        for t in reversed(range(len(dz))):
            a, d = cache.gates[t], dz[t]
            i, f, g, o = a[:, :H], a[:, H : 2 * H], a[:, 2 * H : 3 * H], a[:, 3 * H :]
            dh += doutputs[t]
            np.multiply(dh, bent[t], out=d[:, 3 * H :])
            dh *= o
            dcell += dh
            dh *= bent[t]
            dcell -= np.multiply(dh, bent[t], out=part)  # dh o (1 - tanh^2)
            np.multiply(dcell, g, out=d[:, :H])
            np.multiply(dcell, cell[t], out=d[:, H : 2 * H])
            np.multiply(dcell, i, out=d[:, 2 * H : 3 * H])
            np.subtract(1, a, out=slope)  # (1 - a) a, and (1 - a)(1 + a) for g
            d *= slope
            d *= np.add(a, is_tanh, out=slope)
            dcell *= f
            np.matmul(d, back, out=dh)
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
        T, H, half = len(x), self.hidden, self.W.dtype.type(0.5)
        gates = products(x, self.W.data, self.b.data)  # (T, B, 3 H), in place
        h, U, c = all_steps(state[0], T), self.U.data, self.c.data
        inner = np.empty_like(h[1:])  # h U + c of the candidate
        product = np.empty_like(gates[0])
        for t in range(T):
            np.matmul(h[t], U, out=product)
            np.add(product[:, 2 * H :], c, out=inner[t])
            rz, n = gates[t][:, : 2 * H], gates[t][:, 2 * H :]
            rz += product[:, : 2 * H]
            rz *= half
            np.tanh(rz, out=rz)
            rz *= half
            rz += half
            r, z = rz[:, :H], rz[:, H:]
            n += np.multiply(r, inner[t], out=h[t + 1])
            np.tanh(n, out=n)
            np.subtract(h[t], n, out=h[t + 1])  # n + z (h - n)
            h[t + 1] *= z
            h[t + 1] += n
        return Cache(x, h, gates, (inner,)), h[-1:].copy()

    def back(self, cache: Cache, doutputs: Array, dfinal: Array) -> Backward:
        h, gates, (inner,), H = cache.h, cache.gates, cache.more, self.hidden
        dh, du = dfinal[0].copy(), np.empty_like(gates)
        dn, back = np.empty_like(inner), np.ascontiguousarray(self.U.data.T)
        kept = np.empty_like(dh)
        for t in reversed(range(len(du))):
            r, z, n = gates[t][:, :H], gates[t][:, H : 2 * H], gates[t][:, 2 * H :]
            dr, dupdate, dinner = du[t][:, :H], du[t][:, H : 2 * H], du[t][:, 2 * H :]
            dh += doutputs[t]
            np.multiply(dh, z, out=kept)
            np.subtract(h[t], n, out=dupdate)
            dupdate *= kept
            dupdate *= 1 - z  # dh (h - n) z (1 - z)
            np.subtract(dh, kept, out=dh)
            np.multiply(dh, 1 - n * n, out=dn[t])  # dh (1 - z) (1 - n^2)
            np.multiply(dn[t], r, out=dinner)
            np.multiply(dinner, inner[t], out=dr)
            dr *= 1 - r  # dn inner r (1 - r)
            np.matmul(du[t], back, out=dh)
            dh += kept
        dz = du.copy()
        dz[:, :, 2 * H :] = dn  # the candidate's input stands outside the product with r
        return dz, du, dh[None], {"c": flat(du)[:, 2 * H :].sum(axis=0)}
