"""The simple (Elman) recurrent network: one step in time, and its derivative.

    h_t = tanh(x_t W + h_(t-1) U + b)

A cell is a file with the same five names: STATES, GATES, initialise, step, step_backward. `gru.py`
and `lstm.py` differ from this one in them alone; through_time.py runs any of the three. Parameters
are a dictionary: W_h (I, H), U_h (H, H), b_h (H,), and in the other cells three for each gate.
Source: Elman 1990.
"""

import numpy as np

STATES = 1  # what goes from step to step: (h,)
GATES = ("h",)


def initialise(inputs, hidden, rng, gates=GATES):
    """Weights uniform in +-1/sqrt(hidden), as PyTorch draws them; biases 0.

    >>> [p.shape for p in initialise(3, 5, np.random.default_rng(0)).values()]
    [(3, 5), (5, 5), (5,)]
    """
    bound, parameters = 1 / np.sqrt(hidden), {}
    for gate in gates:
        parameters[f"W_{gate}"] = rng.uniform(-bound, bound, (inputs, hidden))
        parameters[f"U_{gate}"] = rng.uniform(-bound, bound, (hidden, hidden))
        parameters[f"b_{gate}"] = np.zeros(hidden)
    return parameters


def weigh(parameters, gate, x, h):
    """z = x W + h U + b, what every gate does first: x (B, I), h (B, H)  ->  (B, H)."""
    W, U, b = (parameters[f"{letter}_{gate}"] for letter in "WUb")
    return x @ W + h @ U + b


def weigh_backward(parameters, gate, x, h, dz):
    """dx = dz W', dh = dz U', dW = x' dz, dU = h' dz and db = sum of dz over the batch.

    -> dx (B, I), dh (B, H), {name: gradient}
    """
    W, U = parameters[f"W_{gate}"], parameters[f"U_{gate}"]
    gradients = {f"W_{gate}": x.T @ dz, f"U_{gate}": h.T @ dz, f"b_{gate}": dz.sum(axis=0)}
    return dz @ W.T, dz @ U.T, gradients


def step(parameters, x, state):
    """The state after x, and what step_backward needs: x (B, I), state (h,), h (B, H)."""
    (h_before,) = state
    h = np.tanh(weigh(parameters, "h", x, h_before))
    return (h,), (x, h_before, h)


def step_backward(parameters, cache, dstate):
    """From d loss / d state after the step: dx, d loss / d state before it, {name: gradient}."""
    x, h_before, h = cache
    (dh,) = dstate
    dz = dh * (1 - h**2)  # (B, H), through tanh
    dx, dh_before, gradients = weigh_backward(parameters, "h", x, h_before, dz)
    return dx, (dh_before,), gradients
