"""Six ways to fill a weight matrix before the first step, four of them bad.

Each takes the number of inputs and outputs of the layer and a generator: -> W (fan_in, fan_out).
The biases always start at zero.
"""

import numpy as np


def zero(fan_in, fan_out, rng):
    """All weights 0: no error passes back to the hidden layer. With ReLU or tanh its outputs are 0
    too, so that W2 gets no gradient either and the last bias alone learns.
    """
    return np.zeros((fan_in, fan_out))


def equal(fan_in, fan_out, rng):
    """All weights 1 / fan_in: every unit computes the same, gets the same gradient, stays the same.

    >>> equal(4, 1, None).tolist()
    [[0.25], [0.25], [0.25], [0.25]]
    """
    return np.full((fan_in, fan_out), 1 / fan_in)


def normal(fan_in, fan_out, rng, deviation):
    """Independent normal numbers with mean 0 and this standard deviation."""
    return deviation * rng.standard_normal((fan_in, fan_out))


def too_small(fan_in, fan_out, rng):
    """Standard deviation 0.01: a ReLU layer of fewer than 20,000 inputs shrinks the signal."""
    return normal(fan_in, fan_out, rng, 0.01)


def too_large(fan_in, fan_out, rng):
    """Standard deviation 1: a ReLU layer multiplies the signal by about sqrt(fan_in / 2)."""
    return normal(fan_in, fan_out, rng, 1.0)


def xavier(fan_in, fan_out, rng):
    """Standard deviation sqrt(2 / (fan_in + fan_out)): a compromise between the way forward, which
    asks for 1 / fan_in, and the way back, which asks for 1 / fan_out. For tanh.

    Source: Glorot and Bengio 2010, eq. 12.
    """
    return normal(fan_in, fan_out, rng, np.sqrt(2 / (fan_in + fan_out)))


def he(fan_in, fan_out, rng):
    """Standard deviation sqrt(2 / fan_in): the 2 makes up for the half that ReLU sets to zero.

    Source: He et al. 2015, eq. 10.
    """
    return normal(fan_in, fan_out, rng, np.sqrt(2 / fan_in))


INITIALISATIONS = {
    "zero": zero,
    "equal": equal,
    "too small": too_small,
    "too large": too_large,
    "Xavier": xavier,
    "He": he,
}
