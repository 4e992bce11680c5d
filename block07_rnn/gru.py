"""The gated recurrent unit: one step in time, and its derivative.

    r = sigmoid(x_t W_r + h_(t-1) U_r + b_r)          reset: how much of the past to look at
    z = sigmoid(x_t W_z + h_(t-1) U_z + b_z)          update: how much of the past to keep
    n = tanh(x_t W_n + b_n + r (h_(t-1) U_n + c_n))   what is new
    h_t = z h_(t-1) + (1 - z) n

Where z is 1 a unit's number is handed on untouched, and so is its gradient.
Sources: Cho et al. 2014; r stands outside the product with U_n, as PyTorch has it.
"""

import numpy as np

from block07_rnn import rnn
from block07_rnn.rnn import weigh, weigh_backward
from shared.operations import logistic as sigmoid

STATES = 1  # (h,)
GATES = ("r", "z", "n")


def initialise(inputs, hidden, rng):
    """As the simple network's, three times, and c_n, the candidate's second bias."""
    return rnn.initialise(inputs, hidden, rng, GATES) | {"c_n": np.zeros(hidden)}


def step(parameters, x, state):
    """The state after x, and what step_backward needs: x (B, I), state (h,), h (B, H)."""
    (h_before,) = state
    r = sigmoid(weigh(parameters, "r", x, h_before))  # (B, H)
    z = sigmoid(weigh(parameters, "z", x, h_before))
    past = h_before @ parameters["U_n"] + parameters["c_n"]
    n = np.tanh(x @ parameters["W_n"] + parameters["b_n"] + r * past)
    h = z * h_before + (1 - z) * n
    return (h,), (x, h_before, r, z, past, n)


def step_backward(parameters, cache, dstate):
    """From d loss / d state after the step: dx, d loss / d state before it, {name: gradient}."""
    x, h_before, r, z, past, n = cache
    (dh,) = dstate
    dz = dh * (h_before - n) * z * (1 - z)  # (B, H), through the sigmoid
    dn = dh * (1 - z) * (1 - n**2)  # through tanh
    dr = dn * past * r * (1 - r)
    dpast = dn * r
    dx_r, dh_r, gradients_r = weigh_backward(parameters, "r", x, h_before, dr)
    dx_z, dh_z, gradients_z = weigh_backward(parameters, "z", x, h_before, dz)
    gradients_n = {
        "W_n": x.T @ dn, "U_n": h_before.T @ dpast,
        "b_n": dn.sum(axis=0), "c_n": dpast.sum(axis=0),
    }
    dx = dx_r + dx_z + dn @ parameters["W_n"].T
    dh_before = dh * z + dh_r + dh_z + dpast @ parameters["U_n"].T
    return dx, (dh_before,), gradients_r | gradients_z | gradients_n
