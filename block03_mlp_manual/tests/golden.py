"""The block's own numbers against PyTorch's in golden.npz, which make_golden.py wrote."""

from itertools import pairwise
from pathlib import Path

import numpy as np

from block03_mlp_manual import many_layers, two_layers
from block03_mlp_manual.activations import ACTIVATIONS, TANH
from block03_mlp_manual.squared_error import squared_error, squared_error_gradient
from shared.checks import check_finite
from shared.losses import cross_entropy, cross_entropy_gradient

STEPS, LEARNING_RATE = 100, 0.1
SIZES, DEEP_SIZES = [3, 4, 3], [3, 4, 4, 4, 3]
LOSSES = {
    "cross-entropy": (cross_entropy, cross_entropy_gradient),
    "squared error": (squared_error, squared_error_gradient),
}


def load_golden():
    """The arrays of golden.npz by name."""
    with np.load(Path(__file__).with_name("golden.npz")) as file:
        return dict(file)


def flattened(arrays):
    """All numbers of a list of arrays in one vector."""
    return np.concatenate([np.ravel(array) for array in arrays])


def unflattened(vector, sizes):
    """The layers [(W, b), ...] from the vector of all their numbers, copied."""
    layers, start = [], 0
    for n, m in pairwise(sizes):
        W, b = np.split(vector[start : start + n * m + m].copy(), [n * m])
        layers.append((W.reshape(n, m), b))
        start += n * m + m
    return layers


def two_layer_vector(golden, activation, loss, loss_gradient):
    """hidden, outputs, gradients, weights after 100 steps, every ninth loss; in one vector."""
    parameters = two_layers.Parameters(*sum(unflattened(golden["start"], SIZES), ()))
    first, losses = [], []
    for step in range(STEPS):
        outputs, cache = two_layers.forward(parameters, golden["X"], activation)
        doutputs = loss_gradient(outputs, golden["y"])
        gradients = two_layers.backward(parameters, cache, doutputs, activation)
        if step == 0:
            first = [cache[2], outputs, *gradients]
        losses.append(loss(outputs, golden["y"]))
        for parameter, gradient in zip(parameters, gradients):
            parameter -= LEARNING_RATE * gradient
    return flattened([*first, *parameters, losses[::9]])


def four_layer_vector(golden):
    """The same for the four-layer tanh network."""
    layers = unflattened(golden["deep start"], DEEP_SIZES)
    first, losses = [], []
    for step in range(STEPS):
        outputs, cache = many_layers.forward(layers, golden["X"], TANH)
        doutputs = cross_entropy_gradient(outputs, golden["y"])
        gradients = many_layers.backward(layers, cache, doutputs, TANH)
        if step == 0:
            first = [cache[-1][0], outputs, *sum(gradients, ())]
        losses.append(cross_entropy(outputs, golden["y"]))
        for (W, b), (dW, db) in zip(layers, gradients):
            W -= LEARNING_RATE * dW
            b -= LEARNING_RATE * db
    return flattened([*first, *sum(layers, ()), losses[::9]])


def max_abs_error(ours, golden):
    """The largest absolute difference; a NaN on either side is an error and not a small number."""
    check_finite("ours", ours)
    check_finite("golden", golden)
    return float(np.max(np.abs(ours - golden)))


def golden_errors():
    """The largest absolute difference to PyTorch, by network."""
    golden = load_golden()
    found = {"four layers": max_abs_error(four_layer_vector(golden), golden["four layers"])}
    for name, activation in ACTIVATIONS.items():
        for loss_name, loss in LOSSES.items():
            key = f"{name}, {loss_name}"
            found[key] = max_abs_error(two_layer_vector(golden, activation, *loss), golden[key])
    return found
