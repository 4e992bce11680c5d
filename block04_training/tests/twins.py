"""Two texts of one idea, run side by side: Values and Tensors, formulas and shared.optim.

The parity tests and the experiments both compare them.
"""

import operator
from pathlib import Path

import numpy as np

from block04_training import optimizers, scalar_mlp, value
from block04_training.value import Value, plain
from shared import operations, optim
from shared.checks import relative_error
from shared.tensor import Tensor

GOLDEN = Path(__file__).resolve().parent / "golden"
MICROGRAD = (24.7041, 138.8338, 645.5773)  # g, dg/da, dg/db as its README prints them

# --- the scalar engine by itself -----------------------------------------------------------------


def micrograd_example():
    """The expression of micrograd's README: (g, dg/da, dg/db)."""
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + value.relu(b + a)
    d += 3 * d + value.relu(b - a)
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    return g.data, a.grad, b.grad


def chain(additions):
    """x + x + ... + x as one long chain. -> (the number of nodes, d sum / dx)"""
    x = Value(1.0)
    total = x
    for _ in range(additions):
        total = total + x
    total.backward()
    return len(value.topological_order(total)), x.grad


def curved(x, y):
    """An expression with every operation in it, smooth at its inputs: numbers or Values."""
    u = value.tanh(x * y) + value.exp(-x) / (1 + y**2)
    return value.sigmoid(u * x) * value.log(x + y) - u / value.power(y, 1.5) + value.relu(x) * x * y


# --- one number a node against one array a node --------------------------------------------------

BINARY = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
UNARY = ("exp", "log", "tanh", "sigmoid", "relu")


def apply(name, a, b, functions):
    """One step of a program on Values, Tensors or plain numbers."""
    if name in BINARY:
        return BINARY[name](a, b)
    return a**3 if name == "cube" else getattr(functions, name)(a)


def random_program(rng, steps):
    """Steps (operation, i, j) on the nodes so far, four inputs first; any node may be used again.

    A step whose result would be far from 1 or at a kink or pole is drawn again.
    """
    inputs = rng.uniform(0.5, 2.0, 4).tolist()
    numbers, program = list(inputs), []
    while len(program) < steps:
        name = str(rng.choice([*BINARY, *UNARY, "cube"]))
        i, j = (int(k) for k in rng.integers(len(numbers), size=2))
        if name == "log" and numbers[i] < 0.1:
            continue
        result = apply(name, numbers[i], numbers[j], value)
        if 0.1 < abs(result) < 10:
            program.append((name, i, j))
            numbers.append(result)
    return inputs, program


def run_program(inputs, program, functions):
    """The sum of all nodes of the program, from inputs of either engine."""
    nodes = list(inputs)
    for name, i, j in program:
        nodes.append(apply(name, nodes[i], nodes[j], functions))
    return sum(nodes[1:], nodes[0])


def expression_error(rng, steps=30):
    """Largest relative error of value and gradients of one random program, scalar against array."""
    inputs, program = random_program(rng, steps)
    scalars = [Value(x) for x in inputs]
    arrays = [Tensor(x, requires_grad=True) for x in inputs]
    one, other = run_program(scalars, program, value), run_program(arrays, program, operations)
    one.backward()
    other.backward()
    return max(
        relative_error(np.array(one.data), other.data),
        relative_error(np.array([x.grad for x in scalars]), np.array([x.grad for x in arrays])),
    )


def mlp_error(rng, sizes=(2, 5, 4, 1), examples=12):
    """The same for loss and gradients of one network, neuron by neuron and layer by layer."""
    X, y = rng.standard_normal((examples, sizes[0])), rng.integers(0, 2, examples)
    layers = scalar_mlp.init_layers(sizes, rng)
    scalar_loss = scalar_mlp.loss(layers, X.tolist(), y)
    scalar_loss.backward()
    weights = [np.array([[plain(w) for w in ws] for ws, _ in layer]).T for layer in layers]
    Ws = [Tensor(W, requires_grad=True) for W in weights]  # (inputs, outputs) each
    bs = [Tensor(np.zeros(len(layer)), requires_grad=True) for layer in layers]
    h = Tensor(X)
    for W, b in zip(Ws[:-1], bs[:-1]):
        h = operations.tanh(h @ W + b)
    scores = (h @ Ws[-1] + bs[-1]).reshape(-1) * np.where(y == 1, 1.0, -1.0)  # (N,)
    loss = -operations.log(operations.sigmoid(scores)).mean()
    loss.backward()
    dWs = [np.array([[w.grad for w in ws] for ws, _ in layer]).T for layer in layers]
    dbs = [np.array([b.grad for _, b in layer]) for layer in layers]
    errors = [relative_error(np.array(scalar_loss.data), loss.data)]
    errors += [relative_error(d, W.grad) for d, W in zip(dWs, Ws)]
    return max(errors + [relative_error(d, b.grad) for d, b in zip(dbs, bs)])


# --- optimizers against PyTorch ------------------------------------------------------------------

SETTINGS = {  # as in tests/make_golden.py
    "sgd": {"learning_rate": 0.1},
    "momentum": {"learning_rate": 0.05},
    "nesterov": {"learning_rate": 0.05},
    "rmsprop": {"learning_rate": 0.01},
    "adam": {"learning_rate": 0.05},
    "adamw": {"learning_rate": 0.05, "weight_decay": 0.1},
}


def in_place(name, parameters):
    """The optimizer of shared.optim that has the rule of this name."""
    rate = SETTINGS[name]["learning_rate"]
    if name == "adamw":
        return optim.Adam(parameters, rate, weight_decay=0.1, decayed=parameters)
    if name in ("momentum", "nesterov"):
        return optim.SGD(parameters, rate, momentum=0.9, nesterov=name == "nesterov")
    return {"sgd": optim.SGD, "rmsprop": optim.RMSProp, "adam": optim.Adam}[name](parameters, rate)


def network_gradient(w, X, y):
    """d mean((tanh(X A) c - y)^2) / dw with A (3, 4) and c (4,) in one vector w (16,)."""
    w = Tensor(w, requires_grad=True)
    hidden = operations.tanh(Tensor(X) @ w[:12].reshape(3, 4))  # (8, 4)
    error = (hidden @ w[12:].reshape(4, 1)).reshape(-1) - y  # (8,)
    (error * error).mean().backward()
    return w.grad


def formula_path(name, golden, steps=100):
    """The weights after each step of the textbook's formula: (steps, 16)."""
    rule, w, path = getattr(optimizers, name), golden["start"], []
    state = ()
    for _ in range(steps):
        g = network_gradient(w, golden["X"], golden["y"])
        w, *state = rule(w, g, *state, **SETTINGS[name])
        path.append(w)
    return np.array(path)


def in_place_path(name, golden, steps=100):
    """The same by shared.optim, with the weights cut into two parameters: (steps, 16)."""
    start, path = golden["start"], []
    A, c = Tensor(start[:12].reshape(3, 4), True), Tensor(start[12:], True)
    optimizer = in_place(name, {"A": A, "c": c})
    for _ in range(steps):
        optimizer.gradients[:] = network_gradient(optimizer.values, golden["X"], golden["y"])
        optimizer.step()
        path.append(optimizer.values.copy())
    return np.array(path)
