"""Small random models of every kind for the tests: a few thousand parameters."""

import numpy as np

from shared import gpt
from shared.seeding import stream

KINDS = {
    "rotary": {},
    "learned": {"positions": "learned", "shift": 0},
    "sinusoidal": {"positions": "sinusoidal", "tied": False},
    "none": {"positions": "none", "shift": 1},
}


def random_model(kind="rotary", dtype=np.float64, seed=0, **change):
    """A shape and parameters that say something: norms and biases are moved off 1 and 0 too."""
    sizes = {"channels": 12, "layers": 2, "heads": 2, "context": 16, "shift": 2}
    shape = gpt.Shape(**{"vocabulary_size": 23} | sizes | KINDS[kind] | change)
    rng = stream(seed, "model", kind)
    parameters = gpt.initialise(shape, rng, dtype)
    for array in parameters.values():
        array += (0.3 * rng.standard_normal(array.shape)).astype(dtype)
    return shape, parameters


def random_prompts(shape, lengths, seed=0):
    rng = stream(seed, "prompts")
    return [rng.integers(0, shape.vocabulary_size, length) for length in lengths]
