"""Two engines against two others, side by side: `python -m block04_training.bench` (extra parity).

1. The scalar engine against a plain reading of micrograd: the same graph, time per node of forward
   plus backward. micrograd keeps a closure at each node; here the slopes stand there as numbers.
2. One training step of a 64-128-10 network, batch 64, Adam, float32: shared/ against PyTorch eager.

The candidates take turns, several rounds; a ratio is the median over the rounds. Writes
results/bench.json.
"""

import math
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

from block04_training.value import Value, tanh, topological_order
from shared import functional, optim, runtime
from shared.data import load_digits
from shared.files import to_json, write_atomically
from shared.operations import relu
from shared.seeding import stream
from shared.tensor import Tensor

ROUNDS = 15
RESULTS = Path(__file__).resolve().parent / "results/bench.json"

# --- micrograd, read plainly: a closure at each node ---------------------------------------------


class Closure:
    """A number whose backward is a function that remembers its inputs."""

    def __init__(self, data, children=()):
        self.data, self.grad = data, 0.0
        self.children = set(children)
        self.pull = lambda: None

    def __add__(self, other):
        other = other if isinstance(other, Closure) else Closure(other)
        out = Closure(self.data + other.data, (self, other))

        def pull():
            self.grad += out.grad
            other.grad += out.grad

        out.pull = pull
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Closure) else Closure(other)
        out = Closure(self.data * other.data, (self, other))

        def pull():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out.pull = pull
        return out

    def tanh(self):
        out = Closure(math.tanh(self.data), (self,))

        def pull():
            self.grad += (1 - out.data**2) * out.grad

        out.pull = pull
        return out

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for child in node.children:
                    visit(child)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            node.pull()


# --- the same graph in both ----------------------------------------------------------------------


def network_loss(make, squash, examples=50, sizes=(2, 16, 16, 1)):
    """A function that builds the sum of squared scores of a tanh network from new weights."""
    rng = stream(0, "bench")
    layers = [
        [
            ([make(float(w)) for w in rng.standard_normal(i)], make(float(rng.standard_normal())))
            for _ in range(o)
        ]
        for i, o in pairwise(sizes)
    ]
    points = rng.standard_normal((examples, 2)).tolist()

    def loss():
        total = make(0.0)
        for point in points:
            h = [make(x) for x in point]
            for k, layer in enumerate(layers):
                h = [sum((w * x for w, x in zip(ws, h)), b) for ws, b in layer]
                if k < len(layers) - 1:
                    h = [squash(x) for x in h]
            total = total + h[0] * h[0]
        return total

    return loss


def seconds(step):
    """The seconds of one call."""
    started = time.perf_counter()
    step()
    return time.perf_counter() - started


def compare_scalar_engines():
    """Microseconds a node of each engine, and the median of the ratios of neighbouring rounds."""
    sys.setrecursionlimit(100_000)  # for the closures' recursive walk
    ours = network_loss(Value, tanh)
    theirs = network_loss(Closure, Closure.tanh)
    one, other = ours(), theirs()
    assert abs(one.data - other.data) <= 1e-9 * abs(one.data)
    nodes = len(topological_order(one))
    del one, other
    times = np.array(
        [[seconds(lambda: ours().backward()), seconds(lambda: theirs().backward())]
         for _ in range(ROUNDS)]
    )  # (rounds, 2)
    value, closure = 1e6 * np.median(times, axis=0) / nodes
    return {
        "nodes": nodes,
        "microseconds_per_node": {"value": value, "closures": closure},
        "ratio": np.median(times[:, 0] / times[:, 1]),
        "goal": 0.3,
    }


# --- one training step of the digits -------------------------------------------------------------

STEPS = 50  # of a round


def shared_step(X, y, arrays):
    """A function that takes one step with shared/."""
    parameters = {name: Tensor(array.copy(), requires_grad=True) for name, array in arrays.items()}
    optimizer = optim.Adam(parameters, 1e-3)

    def step():
        h = relu(functional.linear(Tensor(X), parameters["W1"], parameters["b1"]))
        out = functional.linear(h, parameters["W2"], parameters["b2"])
        loss = functional.cross_entropy(out, y)
        loss.backward()
        optimizer.step()
        optimizer.zero_gradients()
        return loss.item()

    return step


def torch_step(X, y, arrays):
    """A function that takes the same step with PyTorch, as its tutorials write it."""
    model = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    with torch.no_grad():
        for layer, k in ((model[0], 1), (model[2], 2)):
            layer.weight.copy_(torch.tensor(arrays[f"W{k}"].T))
            layer.bias.copy_(torch.tensor(arrays[f"b{k}"]))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    X, y = torch.tensor(X), torch.tensor(y)

    def step():
        loss = torch.nn.functional.cross_entropy(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def compare_digit_steps():
    """Microseconds a step of shared/ and of PyTorch with its default threads and with one."""
    table, rng = load_digits(), stream(0, "bench", "digits")
    X, y = (table.X[:64] / 16).astype(np.float32), table.y[:64]
    arrays = {
        "W1": rng.standard_normal((64, 128)) * 0.1, "b1": np.zeros(128),
        "W2": rng.standard_normal((128, 10)) * 0.1, "b2": np.zeros(10),
    }
    arrays = {name: array.astype(np.float32) for name, array in arrays.items()}
    default = torch.get_num_threads()
    ours, theirs = shared_step(X, y, arrays), torch_step(X, y, arrays)
    for _ in range(20):  # both learn the same thing, and are warm
        assert abs(ours() - theirs()) < 1e-4

    def many(step, threads=default):
        torch.set_num_threads(threads)
        return seconds(lambda: [step() for _ in range(STEPS)]) / STEPS

    times = np.array([[many(ours), many(theirs), many(theirs, 1)] for _ in range(ROUNDS)])
    names = ("shared", f"torch_{default}_threads", "torch_1_thread")
    better = 1 + int(np.median(times[:, 1:], axis=0).argmin())
    return {
        "microseconds_per_step": dict(zip(names, 1e6 * np.median(times, axis=0))),
        "torch_version": torch.__version__,
        "against": names[better],
        "ratio": np.median(times[:, 0] / times[:, better]),
        "goal": 0.5,
    }


def main():
    runtime.pin_blas_threads()
    found = {
        "rounds": ROUNDS,
        "scalar_engine": compare_scalar_engines(),
        "digits_step": compare_digit_steps(),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    write_atomically(RESULTS, to_json(found))
    print(to_json(found).decode(), end="")


if __name__ == "__main__":
    main()
