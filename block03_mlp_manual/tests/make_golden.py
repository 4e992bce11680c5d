"""What PyTorch computes for small networks, as golden.npz; run it after `make parity`:

    python -m block03_mlp_manual.tests.make_golden

A two-layer network with three activations and two losses, and a four-layer tanh network. For each
one vector: the last hidden layer, the outputs, every gradient, all weights after 100 steps of
plain SGD, and every ninth loss on the way.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

STEPS, LEARNING_RATE = 100, 0.1  # at 0.5 ReLU with squared error diverges, and NaN equals nothing
SIZES, DEEP_SIZES = [3, 4, 3], [3, 4, 4, 4, 3]
ACTIVATIONS = {"ReLU": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}


def squared_error(outputs, y):
    """The mean over all elements, against one-hot targets."""
    return functional.mse_loss(outputs, functional.one_hot(y, 3).double())


LOSSES = {"cross-entropy": functional.cross_entropy, "squared error": squared_error}


def draw(rng, sizes):
    """[W1, b1, W2, b2, ...], the biases random too: a zero bias would hide that it is left out."""
    pairs = [(rng.standard_normal((n, m)), rng.standard_normal(m)) for n, m in pairwise(sizes)]
    return [array for pair in pairs for array in pair]


def forward(parameters, X, activation):
    """The activations of the last hidden layer, and the outputs."""
    a = X
    for W, b in zip(parameters[:-2:2], parameters[1:-2:2]):
        a = activation(a @ W + b)
    return a, a @ parameters[-2] + parameters[-1]


def flattened(arrays):
    """All numbers of a list of arrays in one vector."""
    return np.concatenate([np.ravel(array) for array in arrays])


def record(start, X, y, activation, loss):
    """The vector of one network."""
    parameters = [torch.tensor(p, requires_grad=True) for p in start]
    optimizer = torch.optim.SGD(parameters, lr=LEARNING_RATE)
    first, losses = [], []
    for step in range(STEPS):
        hidden, outputs = forward(parameters, X, activation)
        value = loss(outputs, y)
        optimizer.zero_grad()
        value.backward()
        if step == 0:
            first = [hidden.detach(), outputs.detach(), *(p.grad.clone() for p in parameters)]
        losses.append(value.item())
        optimizer.step()
    vector = flattened([*first, *(p.detach() for p in parameters), losses[::9]])
    assert np.isfinite(vector).all()
    return vector


def main():
    """Write golden.npz beside this file."""
    rng = np.random.default_rng(3)
    X, y = rng.standard_normal((6, 3)), rng.integers(0, 3, 6)
    data = torch.tensor(X), torch.tensor(y)
    start, deep = draw(rng, SIZES), draw(rng, DEEP_SIZES)
    golden = {"X": X, "y": y, "start": flattened(start), "deep start": flattened(deep)}
    for name, activation in ACTIVATIONS.items():
        for loss_name, loss in LOSSES.items():
            golden[f"{name}, {loss_name}"] = record(start, *data, activation, loss)
    golden["four layers"] = record(deep, *data, torch.tanh, functional.cross_entropy)
    np.savez_compressed(Path(__file__).with_name("golden.npz"), **golden)


if __name__ == "__main__":
    main()
