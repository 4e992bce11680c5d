"""The same network with any number of layers: what two_layers.py says twice is said in a loop.

    forward    a_0 = X    z_l = a_{l-1} W_l + b_l    a_l = f(z_l)    outputs = z_L
    backward   dz_L = doutputs    dz_l = (dz_{l+1} W_{l+1}') f'(z_l)    dW_l = a_{l-1}' dz_l

The layers are a list of (W, b). One layer alone is softmax regression.
"""

from itertools import pairwise

import numpy as np

from block03_mlp_manual.activations import RELU
from block03_mlp_manual.initialisation import he
from block03_mlp_manual.two_layers import check_input
from shared.checks import check_finite, check_shapes


def initialise(sizes, rng, weights=he):
    """One (W, b) for each pair of neighbouring sizes, as in [inputs, hidden, ..., classes].

    >>> [W.shape for W, b in initialise([2, 5, 3], np.random.default_rng(0))]
    [(2, 5), (5, 3)]
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"sizes are {sizes}: at least inputs and classes, each at least 1")
    return [(weights(n, m, rng), np.zeros(m)) for n, m in pairwise(sizes)]


def forward(layers, X, activation=RELU):
    """outputs (N, K) of X (N, D), and the cache: (input, z) of every layer.

    Raises ValueError where X does not fit the first layer, and where X is not finite.
    """
    X = check_input(X, layers[0][0])
    cache, a = [], X
    for W, b in layers:
        z = a @ W + b  # (N, H_l)
        cache.append((a, z))
        a = activation.function(z)
    return z, cache  # no activation on the outputs: the last a is not used


def errors(layers, cache, doutputs, activation=RELU):
    """dz = d loss / dz of every layer, (N, H_l) each: how much each unit could still help."""
    check_shapes("outputs (N, K), doutputs (N, K)", cache[-1][1], doutputs)
    dz = [doutputs]  # (N, K): the last layer has no activation
    for l in reversed(range(len(layers) - 1)):  # from the last hidden layer to the first
        W_next, _ = layers[l + 1]  # (H_l, H_l+1), the weights the error comes back along
        _, z = cache[l]  # (N, H_l)
        dz.insert(0, (dz[0] @ W_next.T) * activation.derivative(z))  # (N, H_l)
    return dz


def backward(layers, cache, doutputs, activation=RELU):
    """(dW, db) of every layer: the layer's input times its error."""
    dz = errors(layers, cache, doutputs, activation)
    return [(a.T @ dz_l, dz_l.sum(axis=0)) for (a, _), dz_l in zip(cache, dz)]


def error_by_paths(layers, cache, doutputs, layer, unit, activation=RELU):
    """dz of one unit for one example as the sum over every path from it to the loss; and how many.

    A path multiplies the weights it walks along and the slopes of the units it walks through. With
    H units a layer their number grows like H^L; `errors` shares what the paths have in common.
    """
    if layer not in range(len(layers)) or unit not in range(len(layers[layer][1])):
        raise ValueError(f"there is no unit {unit} in a layer {layer}")
    if layer == len(layers) - 1:
        return doutputs[0, unit], 1
    total, paths = 0.0, 0
    for following, weight in enumerate(layers[layer + 1][0][unit]):
        error, more = error_by_paths(layers, cache, doutputs, layer + 1, following, activation)
        total += weight * error
        paths += more
    _, z = cache[layer]
    return total * activation.derivative(z[0, unit]), paths


def predict(layers, X, activation=RELU):
    """The class with the largest output: (N, D) -> (N,) int.

    Raises ValueError where an output is not finite: the largest of NaNs would be class 0.
    """
    outputs, _ = forward(layers, X, activation)
    check_finite("outputs", outputs)
    return outputs.argmax(axis=1)
