"""Long short-term memory: one step in time, and its derivative.

    i = sigmoid(x_t W_i + h_(t-1) U_i + b_i)     input gate: write?
    f = sigmoid(x_t W_f + h_(t-1) U_f + b_f)     forget gate: keep?
    g = tanh(x_t W_g + h_(t-1) U_g + b_g)        what to write
    o = sigmoid(x_t W_o + h_(t-1) U_o + b_o)     output gate: show?
    c_t = f c_(t-1) + i g                        the cell
    h_t = o tanh(c_t)                            what the outside sees

The cell is added to and not squeezed: d c_t / d c_(t-1) is f, element by element.
Sources: Hochreiter and Schmidhuber 1997; the forget gate: Gers et al. 2000.
"""

import numpy as np

from block07_rnn import rnn
from block07_rnn.rnn import weigh, weigh_backward
from shared.operations import logistic as sigmoid

STATES = 2  # (h, c)
GATES = ("i", "f", "g", "o")


def initialise(inputs, hidden, rng, forget_bias=1.0):
    """As the simple network's, four times; with b_f = 1 it begins by keeping three quarters.

    Source of the 1: Jozefowicz et al. 2015.
    """
    parameters = rnn.initialise(inputs, hidden, rng, GATES)
    parameters["b_f"] += forget_bias
    return parameters


def step(parameters, x, state):
    """The state after x, and what step_backward needs: x (B, I), state (h, c), both (B, H)."""
    h_before, c_before = state
    i = sigmoid(weigh(parameters, "i", x, h_before))  # (B, H)
    f = sigmoid(weigh(parameters, "f", x, h_before))
    g = np.tanh(weigh(parameters, "g", x, h_before))
    o = sigmoid(weigh(parameters, "o", x, h_before))
    c = f * c_before + i * g
    h = o * np.tanh(c)
    return (h, c), (x, h_before, c_before, i, f, g, o, c)


def step_backward(parameters, cache, dstate):
    """From d loss / d state after the step: dx, d loss / d state before it, {name: gradient}."""
    x, h_before, c_before, i, f, g, o, c = cache
    dh, dc = dstate
    dc = dc + dh * o * (1 - np.tanh(c) ** 2)  # what c was asked directly, and through h
    dz = {  # (B, H) each, through the gate's own bend
        "i": dc * g * i * (1 - i),
        "f": dc * c_before * f * (1 - f),
        "g": dc * i * (1 - g**2),
        "o": dh * np.tanh(c) * o * (1 - o),
    }
    dx, dh_before, gradients = 0, 0, {}
    for gate in GATES:
        dx_gate, dh_gate, gradients_gate = weigh_backward(parameters, gate, x, h_before, dz[gate])
        dx, dh_before = dx + dx_gate, dh_before + dh_gate
        gradients |= gradients_gate
    return dx, (dh_before, dc * f), gradients
