"""How far from the truth: micrograd's numbers, finite differences, PyTorch's steps, one engine
against the other.

Each function returns errors; the tests assert on them and the run records them.
"""

import functools
import operator
import tempfile
from pathlib import Path

import numpy as np

from block04_training import optimizers, scalar_mlp, value
from block04_training.op_table import OPS, call, samples
from block04_training.planted import MODULES
from block04_training.value import Value
from shared import functional, operations, optim
from shared.checkpoint import CheckpointError, load, save
from shared.checks import check_finite, numerical_gradient, relative_error
from shared.layers import Linear
from shared.seeding import stream
from shared.tensor import Tensor

# --- the scalar engine by itself -----------------------------------------------------------------

MICROGRAD = (24.7041, 138.8338, 645.5773)  # g, dg/da, dg/db as its README prints them


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


def as_layers(network):
    """The scalar network as layers of arrays."""
    layers = []
    for neurons in scalar_mlp.plain_layers(network):
        W = np.array([weights for weights, _ in neurons]).T  # (inputs, outputs)
        layer = Linear(*W.shape, stream(0, "overwritten"))
        layer.W.data, layer.b.data = W, np.array([bias for _, bias in neurons])
        layers.append(layer)
    return layers


def mlp_error(rng, sizes=(2, 5, 4, 1), examples=12):
    """The same for loss and gradients of one network, neuron by neuron and layer by layer."""
    X, y = rng.standard_normal((examples, sizes[0])), rng.integers(0, 2, examples)
    network = scalar_mlp.init_layers(sizes, rng)
    layers = as_layers(network)
    scalar_loss = scalar_mlp.loss(network, X.tolist(), y)
    scalar_loss.backward()
    h = layers[0](Tensor(X))
    for layer in layers[1:]:
        h = layer(operations.tanh(h))
    scores = h.reshape(-1) * np.where(y == 1, 1.0, -1.0)  # (N,)
    loss = -operations.log(operations.sigmoid(scores)).mean()
    loss.backward()
    errors = [relative_error(np.array(scalar_loss.data), loss.data)]
    for neurons, layer in zip(network, layers):
        dW = np.array([[w.grad for w in weights] for weights, _ in neurons]).T
        db = np.array([bias.grad for _, bias in neurons])
        errors += [relative_error(dW, layer.W.grad), relative_error(db, layer.b.grad)]
    return max(errors)


# --- optimizers against PyTorch ------------------------------------------------------------------

GOLDEN = Path(__file__).resolve().parent / "tests/golden"
RULES = {  # as in tests/make_golden.py
    "sgd": {"learning_rate": 0.1},
    "momentum": {"learning_rate": 0.05},
    "nesterov": {"learning_rate": 0.05},
    "rmsprop": {"learning_rate": 0.01},
    "adam": {"learning_rate": 0.05},
    "adamw": {"learning_rate": 0.05, "weight_decay": 0.1},
}


def load_golden(name):
    """The arrays of one of PyTorch's files, by name."""
    with np.load(GOLDEN / f"{name}.npz") as file:
        return dict(file)


def in_place(name, parameters):
    """The optimizer of shared.optim that has the rule of this name."""
    rate = RULES[name]["learning_rate"]
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
    state = optimizers.START[rule]
    for _ in range(steps):
        w, state = rule(w, network_gradient(w, golden["X"], golden["y"]), state, **RULES[name])
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


def optimizer_errors(name, golden):
    """How far formula and shared.optim are from PyTorch at every tenth of a hundred steps."""
    paths = {"formula": formula_path(name, golden), "in_place": in_place_path(name, golden)}
    for text, path in paths.items():
        check_finite(text, path)
    return {text: np.max(np.abs(path[9::10] - golden[name])) for text, path in paths.items()}


# --- the array engine's operations against NumPy and central differences --------------------------

def apply_op(name, inputs):
    """The operation of shared/ that has this name."""
    if name == "dropout":
        rate, seed = OPS[name].arguments
        return functional.dropout(*inputs, rate, np.random.default_rng(seed))
    module = next(module for module in reversed(MODULES) if hasattr(module, name))
    return call(getattr(module, name), OPS[name], inputs)


def value_error(name):
    """How far the results are from NumPy's."""
    return max(
        relative_error(apply_op(name, map(Tensor, x)).data, call(OPS[name].reference, OPS[name], x))
        for x in samples(name)
    )


def result(name, inputs, uses):
    """One use, or a diamond: the same inputs used twice and the results multiplied."""
    out = apply_op(name, inputs)
    return out if uses == 1 else out * (apply_op(name, inputs) + 1.0)


def loss_weights(name, shape):
    """The loss is sum(weights * result): all different, so that no error cancels out."""
    return stream(0, "weights", name, *shape).uniform(0.5, 1.5, shape)


@functools.cache
def numerical(name, uses):
    """Central differences of every input of every sample; a bug in backward cannot touch them."""
    gradients = []
    for arrays in samples(name):

        def loss(x, place, arrays=arrays):
            changed = [*arrays[:place], x, *arrays[place + 1 :]]
            out = result(name, [Tensor(array) for array in changed], uses).data
            return float(np.sum(out * loss_weights(name, out.shape)))

        of = [functools.partial(loss, place=place) for place in range(len(arrays))]
        gradients.append([numerical_gradient(f, array) for f, array in zip(of, arrays)])
    return gradients


def op_gradient_error(name, both=(1, 2)):
    """The largest relative error of an input's gradient, used once and in a diamond."""
    errors = []
    for uses in both:
        for arrays, expected in zip(samples(name), numerical(name, uses)):
            inputs = [Tensor(array, requires_grad=True) for array in arrays]
            out = result(name, inputs, uses)
            out.backward(loss_weights(name, out.shape))
            errors += [relative_error(leaf.grad, truth) for leaf, truth in zip(inputs, expected)]
    return max(errors)


def changes(name):
    """What an operation must leave alone: float32, dout, and the arrays it was given."""
    found = []
    for arrays in samples(name):
        inputs = [Tensor(array.astype(np.float32), requires_grad=True) for array in arrays]
        before = [leaf.data.copy() for leaf in inputs]
        out = apply_op(name, inputs)
        dout = np.ones(out.shape, np.float32)
        out.backward(dout)
        found += ["dout"] * bool((dout != 1).any()) + ["dtype"] * (out.dtype != np.float32)
        for leaf, kept in zip(inputs, before):
            fits = leaf.grad.dtype == np.float32 and leaf.grad.shape == leaf.shape
            found += ["gradient"] * (not fits or not np.isfinite(leaf.grad).all())
            found += ["input"] * (not np.array_equal(leaf.data, kept))
    return found


# --- a damaged checkpoint ------------------------------------------------------------------------


def damaged(rng, flips, cuts):
    """Flip one random bit, load, and see; then cut the file short. -> how often what happened"""
    saved = (
        {"W": rng.standard_normal((6, 5)), "b": rng.standard_normal(5).astype(np.float32)},
        {"steps": 7, "log": [1.5, 2.5], "rng": rng.bit_generator.state},
    )
    counts = {"refused": 0, "loaded as saved": 0, "silent changes": 0, "refused cuts": 0}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint.npz"
        save(path, *saved)
        whole = path.read_bytes()
        for bit in rng.integers(0, 8 * len(whole), flips):
            content = bytearray(whole)
            content[bit // 8] ^= 1 << (bit % 8)
            counts[outcome(path, content, whole)] += 1
        for length in rng.choice(len(whole), cuts, replace=False):
            counts["refused cuts"] += outcome(path, whole[:length], whole) == "refused"
    return counts


def outcome(path, content, whole):
    """What `load` makes of a file with this content; what it reads, saved again, tells."""
    path.write_bytes(content)
    try:
        save(path, *load(path))
    except CheckpointError:
        return "refused"
    return "loaded as saved" if path.read_bytes() == whole else "silent changes"


# --- for the record ------------------------------------------------------------------------------


def record(run):
    """All of it, in results/proofs.json and the headline."""
    found, rng, golden = micrograd_example(), stream(run.seed, "parity"), load_golden("optimizers")
    expressions = [expression_error(rng) for _ in range(50 if run.quick else 200)]
    network = mlp_error(rng)
    steps = {name: optimizer_errors(name, golden) for name in RULES}
    operations = {name: op_gradient_error(name) for name in OPS}
    nodes, slope = chain(10_000 if run.quick else 100_000)
    run.claim(
        "proofs",
        "Both engines and both texts of every optimizer agree with each other and with others' "
        "numbers",
        seeds=[run.seed],
        config={"micrograd": MICROGRAD, "expressions": len(expressions), "optimizers": RULES},
        metrics={
            "micrograd_found": found, "slope_of_the_chain": slope, "network": network,
            "expressions": max(expressions), "optimizers": steps, "operations": operations,
        },
    )
    run.headline(
        {
            "micrograd_example_max_abs_error": np.max(np.abs(np.subtract(found, MICROGRAD))),
            "scalar_graph_nodes": nodes,
            "tensor_vs_scalar_max_relative_error": max([*expressions, network]),
            "optimizer_golden_max_abs_error": max(max(e.values()) for e in steps.values()),
            "ops_in_table": len(OPS),
            "op_gradient_max_relative_error": max(operations.values()),
        }
    )
