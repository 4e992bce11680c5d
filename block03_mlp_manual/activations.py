"""Three activations, each with its derivative beside it.

All work element by element on arrays of any shape. The derivative takes the same z as the
function, the input of the unit.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from shared.checks import as_floats


class Activation(NamedTuple):
    """A function of z and its derivative at z."""

    function: Callable
    derivative: Callable


# --- ReLU ----------------------------------------------------------------------------------------


def relu(z):
    """max(0, z): the signal passes, or nothing does.

    >>> relu(np.array([-2.0, 0.0, 3.0])).tolist()
    [0.0, 0.0, 3.0]
    """
    return np.maximum(as_floats("z", z), 0)


def relu_derivative(z):
    """1 where z > 0, else 0. At the kink z = 0 any slope from 0 to 1 is allowed; here it is 0.

    >>> relu_derivative(np.array([-2.0, 0.0, 3.0])).tolist()
    [0.0, 0.0, 1.0]
    """
    return np.where(as_floats("z", z) > 0, 1.0, 0.0)


# --- tanh ----------------------------------------------------------------------------------------


def tanh(z):
    """(e^z - e^-z) / (e^z + e^-z): from -1 to 1, steepest at 0."""
    return np.tanh(as_floats("z", z))


def tanh_derivative(z):
    """1 - tanh(z)^2: 1 at z = 0, less than 0.1 beyond z = 2. Written (2 e^-|z| / (1 + e^-2|z|))^2,
    which keeps its digits where tanh(z) rounds to 1.

    >>> tanh_derivative(np.array([0.0])).tolist()
    [1.0]
    """
    power = np.exp(-np.abs(as_floats("z", z)))  # at most 1
    return (2 * power / (1 + power**2)) ** 2


# --- sigmoid -------------------------------------------------------------------------------------


def sigmoid(z):
    """1 / (1 + e^-z): from 0 to 1. For z < 0 as e^z / (1 + e^z), so that no power overflows.

    >>> sigmoid(np.array([-1e4, 0.0, 1e4])).tolist()
    [0.0, 0.5, 1.0]
    """
    z = as_floats("z", z)
    power = np.exp(-np.abs(z))  # at most 1
    return np.where(z >= 0, 1, power) / (1 + power)


def sigmoid_derivative(z):
    """sigmoid(z) (1 - sigmoid(z)), never above 1/4. Written with 1 - sigmoid(z) = sigmoid(-z),
    which keeps its digits where sigmoid(z) rounds to 1.

    >>> sigmoid_derivative(np.array([0.0])).tolist()
    [0.25]
    """
    z = as_floats("z", z)
    return sigmoid(z) * sigmoid(-z)


RELU = Activation(relu, relu_derivative)
TANH = Activation(tanh, tanh_derivative)
SIGMOID = Activation(sigmoid, sigmoid_derivative)
ACTIVATIONS = {"ReLU": RELU, "tanh": TANH, "sigmoid": SIGMOID}
