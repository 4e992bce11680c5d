"""A cell through time: forward step by step, backward in the opposite order (BPTT).

The same parameters are used at every step, so their gradient is the sum over the steps. The error
comes to a state from two sides: from the output of its own step, and from the step after it.
Source: Werbos 1990.
"""

import numpy as np

from shared.checks import ShapeError, check_finite
from shared.losses import cross_entropy, cross_entropy_gradient


def zero_state(cell, parameters, batch):
    """The state before anything was read: one (B, H) for each of the cell's states."""
    hidden = len(parameters[f"b_{cell.GATES[0]}"])
    return tuple(np.zeros((batch, hidden)) for _ in range(cell.STATES))


def forward(cell, parameters, x, state):
    """outputs h_1 .. h_T (T, B, H), the state after the last step, and every step's cache.

    x (T, B, I): time first, several sequences side by side.
    Raises ShapeError where shapes do not fit, NonFiniteError on NaN or infinity.
    """
    check_sequence(cell, parameters, x, state)
    outputs, caches = [], []
    for x_t in x:
        state, cache = cell.step(parameters, x_t, state)
        outputs.append(state[0])
        caches.append(cache)
    return np.array(outputs), state, caches


def backward(cell, parameters, caches, doutputs, dstate):
    """dx (T, B, I), d loss / d state before the first step, and the sum of the steps' gradients.

    doutputs (T, B, H) is what the loss asks of each output, dstate what it asks of the last state
    beyond that: zeros where nothing follows.
    """
    if len(doutputs) != len(caches):
        raise ShapeError(f"doutputs have {len(doutputs)} steps, the forward pass had {len(caches)}")
    dx, gradients = [], {name: np.zeros_like(array) for name, array in parameters.items()}
    for cache, doutput in zip(reversed(caches), reversed(doutputs)):
        dh, *others = dstate
        dstate = (dh + doutput, *others)  # from the step after it, and from its own output
        dx_t, dstate, step_gradients = cell.step_backward(parameters, cache, dstate)
        dx.insert(0, dx_t)
        for name, gradient in step_gradients.items():
            gradients[name] += gradient
    return np.array(dx), dstate, gradients


def loss_and_gradients(cell, parameters, readout, x, targets, state):
    """Every output read out by logits = h W + c: the mean cross-entropy over steps and sequences,
    in nats, the gradients of the cell's parameters and of (W, c), and the state to go on from.

    x (T, B, I), targets (T, B) int in [0, K), W (H, K), c (K,). Where the next piece of a text goes
    on from the state, no gradient crosses the seam: truncated BPTT.
    """
    W, c = readout
    outputs, state, caches = forward(cell, parameters, x, state)
    rows = outputs.reshape(-1, len(W))  # (T B, H)
    logits = rows @ W + c  # (T B, K)
    dlogits = cross_entropy_gradient(logits, np.ravel(targets))
    doutputs = (dlogits @ W.T).reshape(outputs.shape)
    nothing = zero_state(cell, parameters, x.shape[1])
    _, _, gradients = backward(cell, parameters, caches, doutputs, nothing)
    loss = cross_entropy(logits, np.ravel(targets))
    return loss, gradients, (rows.T @ dlogits, dlogits.sum(axis=0)), state


def jacobian(cell, parameters, cache):
    """J = d state after / d state before of one step of one sequence: (S H, S H), rows: after.

    Row k is what step_backward hands back when the loss asks for number k of the state alone.
    """
    hidden = cache[1].shape[1]
    size = cell.STATES * hidden
    asked = np.split(np.eye(size), cell.STATES, axis=1)  # one question a row, all in one batch
    repeated = tuple(np.repeat(array, size, axis=0) for array in cache)
    _, dstate, _ = cell.step_backward(parameters, repeated, asked)
    return np.concatenate(dstate, axis=1)


def check_sequence(cell, parameters, x, state):
    """Raise ShapeError or NonFiniteError unless x (T, B, I) and state fit the parameters."""
    inputs, hidden = parameters[f"W_{cell.GATES[0]}"].shape
    if np.ndim(x) != 3 or 0 in np.shape(x) or np.shape(x)[2] != inputs:
        raise ShapeError(
            f"x has shape {np.shape(x)}, expected (T, B, {inputs}) with T and B at least 1"
        )
    shapes = [np.shape(part) for part in state]
    if shapes != [(np.shape(x)[1], hidden)] * cell.STATES:
        raise ShapeError(
            f"the state has shapes {shapes}, expected {cell.STATES} of {(np.shape(x)[1], hidden)}"
        )
    check_finite("x", x)
    for part in state:
        check_finite("the state", part)
