"""Bugs that people really write; each must make an ordinary test of the block fail.

Below them: nine ways to spoil the gradient of any operation of the array engine.
"""

from contextlib import contextmanager

import numpy as np

from shared import functional, operations, tensor
from shared.planted_bugs import PlantedBug
from shared.seeding import stream

VALUE = "block04_training/value.py"
OPTIMIZERS = "block04_training/optimizers.py"
REGULARISATION = "block04_training/regularisation.py"
NORMALISATION = "block04_training/normalisation.py"
SCHEDULES = "block04_training/schedules.py"
TEST_VALUE = "block04_training/tests/test_value.py"
TEST_OPTIMIZERS = "block04_training/tests/test_optimizers.py"
TEST_REGULARISATION = "block04_training/tests/test_regularisation.py"
TEST_NORMALISATION = "block04_training/tests/test_normalisation.py"
TEST_SCHEDULES = "block04_training/tests/test_schedules.py"
TEST_PARITY = "block04_training/tests/test_parity.py"

BUGS = [
    PlantedBug(
        "= in place of +=: of a diamond only the last path counts",
        VALUE, "parent.grad += slope * grad", "parent.grad = slope * grad", TEST_VALUE,
    ),
    PlantedBug(
        "gradients of the last backward are not forgotten",
        VALUE, "            node.grad = 0.0", "            node.grad += 0.0", TEST_VALUE,
    ),
    PlantedBug(
        "nodes are visited in the order they are found",
        VALUE, "to_do.append((node, True))", "order.append(node)", TEST_VALUE,
    ),
    PlantedBug(
        "the sign of division's second slope",
        VALUE, "-quotient / other.data", "quotient / other.data", TEST_VALUE,
    ),
    PlantedBug(
        "tanh's slope forgets the square",
        VALUE, "1.0 - out * out", "1.0 - out", TEST_PARITY,
    ),
    PlantedBug(
        "Adam's t is advanced after its use",
        OPTIMIZERS, "    t = t + 1\n", "    t = max(t, 1)\n", TEST_OPTIMIZERS,
    ),
    PlantedBug(
        "Adam without bias correction of s",
        OPTIMIZERS, "shat = s / (1 - betas[1] ** t)", "shat = s", TEST_OPTIMIZERS,
    ),
    PlantedBug(
        "Nesterov looks ahead along the old velocity",
        OPTIMIZERS,
        "v = momentum * v + g\n    return w - learning_rate * (g",
        "v, w = momentum * v + g, w - 0 * v\n    return w - learning_rate * (v - g",
        TEST_OPTIMIZERS,
    ),
    PlantedBug(
        "dropout does not scale what it keeps",
        REGULARISATION, ">= dropout_rate) / (1 - dropout_rate)", ">= dropout_rate) * 1.0",
        TEST_REGULARISATION,
    ),
    PlantedBug(
        "dropout stays on in evaluation",
        REGULARISATION, "rng) if training else", "rng) if True else", TEST_REGULARISATION,
    ),
    PlantedBug(
        "the norm's gradient forgets the way through the deviation",
        NORMALISATION, "dn - shared_part - n * along_n", "dn - shared_part", TEST_NORMALISATION,
    ),
    PlantedBug(
        "the running variance is the one over N",
        NORMALISATION, "x.var(axis=0, ddof=1)", "x.var(axis=0)", TEST_NORMALISATION,
    ),
    PlantedBug(
        "the best weights are not copied",
        SCHEDULES, "np.array(weights)", "np.asarray(weights)", TEST_SCHEDULES,
    ),
    PlantedBug(
        "each gradient is clipped by itself",
        SCHEDULES,
        "return [g * factor for g in gradients]",
        "return [g * min(1.0, largest / np.linalg.norm(g)) for g in gradients]",
        TEST_SCHEDULES,
    ),
]

# --- in every operation of the array engine ------------------------------------------------------

MODULES = (tensor, operations, functional)
# One input's gradient g, spoiled. The size of the result is at hand: a gradient that was summed
# over stretched axes has fewer elements than dout.
KINDS = {
    "wrong sign": lambda g, size: -g,
    "a factor of two": lambda g, size: 2 * g,
    "dropped": lambda g, size: np.zeros_like(g),
    "one element forgotten": lambda g, size: g * (np.arange(g.size) < g.size - 1).reshape(g.shape),
    "moved by one element": lambda g, size: np.roll(g.ravel(), 1).reshape(g.shape),
    "transposed": lambda g, size: g.T if g.ndim == 2 and g.shape[0] == g.shape[1] else g,
    "noise of the right size": lambda g, size: noise_like(g),
    "the mean over stretched axes": lambda g, size: g * min(1.0, g.size / size),
    "dout forgotten": None,  # planted below: the gradient for dout = 1
}


def noise_like(gradient):
    """Another direction, as long."""
    noise = stream(0, "noise", *gradient.shape).standard_normal(gradient.shape)
    return noise * np.linalg.norm(gradient)


@contextmanager
def spoiled(name, kind, place):
    """While inside, the gradient of one input of an operation is wrong in one way.

    Yields a list that is empty as long as the bug changed nothing: it does not apply there.
    """
    true_record, changed = tensor.record, []

    def spoiled_record(op, data, parents, backward):
        def wrong(dout):
            gradients = list(backward(dout))
            true = gradients[place]
            if true is not None:
                if kind == "dout forgotten":
                    gradients[place] = backward(np.ones_like(dout))[place]
                else:
                    gradients[place] = KINDS[kind](true, dout.size)
                if not np.allclose(gradients[place], true, rtol=1e-9, atol=0):
                    changed.append(True)
            return tuple(gradients)

        return true_record(op, data, parents, wrong if op == name else backward)

    try:
        for module in MODULES:
            module.record = spoiled_record
        yield changed
    finally:
        for module in MODULES:
            module.record = true_record
