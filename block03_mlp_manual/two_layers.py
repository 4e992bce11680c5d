"""The two-layer network: forward, and backward as the forward pass read from the last line up.

    forward    z1 = X W1 + b1      a1 = f(z1)            outputs = a1 W2 + b2
    backward   dW1, db1       <-   dz1 = da1 f'(z1)  <-  da1, dW2, db2        <-  doutputs

`doutputs` is d loss / d outputs, whatever the loss. Left out: everything about how to step
(train.py), and every layer after the second (many_layers.py).
"""

from typing import NamedTuple

import numpy as np

from block03_mlp_manual.activations import RELU
from block03_mlp_manual.initialisation import he
from shared.checks import ShapeError, as_floats, check_finite, check_shapes


class Parameters(NamedTuple):
    """W1 (D, H), b1 (H,), W2 (H, K), b2 (K,); their gradients have the same shapes and order."""

    W1: np.ndarray
    b1: np.ndarray
    W2: np.ndarray
    b2: np.ndarray


def initialise(num_inputs, hidden_size, num_classes, rng, weights=he):
    """Parameters with weights from a function of initialisation.py and zero biases."""
    if min(num_inputs, hidden_size, num_classes) < 1:
        raise ValueError(
            f"a layer needs at least one unit, got {num_inputs}, {hidden_size}, {num_classes}"
        )
    W1 = weights(num_inputs, hidden_size, rng)  # (D, H)
    W2 = weights(hidden_size, num_classes, rng)  # (H, K)
    return Parameters(W1, np.zeros(hidden_size), W2, np.zeros(num_classes))


def check_input(X, W1):
    """X as floats; ValueError where it does not fit W1 (D, H), or holds a NaN or an infinity."""
    if np.ndim(X) != 2 or np.shape(X)[1] != len(W1):
        raise ShapeError(f"X has shape {np.shape(X)}, the first layer takes (N, {len(W1)})")
    X = as_floats("X", X)
    check_finite("X", X)
    return X


def forward(parameters, X, activation=RELU):
    """outputs = f(X W1 + b1) W2 + b2, and a cache of what `backward` needs again.

    X (N, D)  ->  outputs (N, K), cache
    Raises ValueError where X does not fit W1, and where X is not finite.
    """
    W1, b1, W2, b2 = parameters
    X = check_input(X, W1)
    z1 = X @ W1 + b1  # (N, H)
    a1 = activation.function(z1)  # (N, H)
    outputs = a1 @ W2 + b2  # (N, K)
    return outputs, (X, z1, a1)


def backward(parameters, cache, doutputs, activation=RELU):
    """The gradients of the loss, from doutputs = d loss / d outputs (N, K).

    Each line undoes one line of `forward`, from the last to the first.
    Source: Rumelhart, Hinton and Williams 1986, eqs. 4 to 7, for a whole batch.
    """
    X, z1, a1 = cache
    check_shapes("a1 (N, H), W2 (H, K), doutputs (N, K)", a1, parameters.W2, doutputs)
    dW2 = a1.T @ doutputs  # (H, K): what each hidden unit said, times how wrong each output was
    db2 = doutputs.sum(axis=0)  # (K,)
    da1 = doutputs @ parameters.W2.T  # (N, H): the error goes back along the same weights
    dz1 = da1 * activation.derivative(z1)  # (N, H)
    dW1 = X.T @ dz1  # (D, H)
    db1 = dz1.sum(axis=0)  # (H,)
    return Parameters(dW1, db1, dW2, db2)


def predict(parameters, X, activation=RELU):
    """The class with the largest output: (N, D) -> (N,) int.

    Raises ValueError where an output is not finite: the largest of NaNs would be class 0.
    """
    outputs, _ = forward(parameters, X, activation)
    check_finite("outputs", outputs)
    return outputs.argmax(axis=1)
