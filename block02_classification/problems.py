"""The data of this block: digits, tumours, sets in the plane, and one "yes" in a hundred.

Left out: anything about models. Every part is drawn from a named stream of the seed.
"""

import numpy as np

from shared.data import blobs, circles, load_digits, moons, spiral, stratified_split
from shared.seeding import stream

# --- the two tables ------------------------------------------------------------------------------

CLASSES, PIXEL_MAX = 10, 16  # of the digits
PART = 0.2  # held out: of all rows for a test, of the others for a choice


def digits():
    """X (1797, 64) in 0 to 1, y (1797,)."""
    table = load_digits()
    return table.X / PIXEL_MAX, table.y


def digits_parts(seed):
    """The digits in two parts, four fifths to train on: X, y, X_validation, y_validation."""
    X, y = digits()
    rows, others = stratified_split(y, PART, stream(seed, "split"))
    return X[rows], y[rows], X[others], y[others]


def splits(y, seed):
    """Row numbers: fitting, validation, both of them (the training side), test."""
    training, test = stratified_split(y, PART, stream(seed, "test split"))
    fitting, validation = stratified_split(y[training], PART, stream(seed, "validation split"))
    return training[fitting], training[validation], training, test


def few_and_many(y, few, validation, seed):
    """Row numbers: a few digits to train on, so many for validation, all others as the test."""
    rng = stream(seed, "overconfidence split")
    rest, rows = stratified_split(y, few / len(y), rng)
    test, middle = stratified_split(y[rest], validation / len(rest), rng)
    return rows, rest[middle], rest[test]


# --- in the plane --------------------------------------------------------------------------------

CENTRES = np.array([[0.0, 1.2], [1.2, -0.8], [-1.2, -0.8]])
PLANE = {  # name: (how many, rng) -> X (N, 2), y (N,)
    "blobs": lambda n, rng: blobs(n, CENTRES, 0.4, rng),
    "moons": lambda n, rng: moons(n, 0.1, rng),
    "circles": lambda n, rng: circles(n, 0.08, rng),
    "spiral": lambda n, rng: spiral(n, 0.2, rng),
}


def two_islands(rng):
    """Two clouds of deviation 1/2 whose centres are 4 apart: X (60, 2), y (60,)."""
    return blobs(60, np.array([[-2.0, 0.0], [2.0, 0.0]]), 0.5, rng)


# --- one "yes" in a hundred ----------------------------------------------------------------------

SIZES = {"train": 10_000, "validation": 10_000, "test": 20_000}
RARE = 0.01
SHIFT = np.array([1.6, 1.2])  # the rare class's centre, 2 deviations from the common one's


def rare_data(seed, part):
    """X (N, 2) of deviation 1, y (N,): exactly one in a hundred is 1, with its mean at SHIFT."""
    rng, examples = stream(seed, "rare", part), SIZES[part]
    y = (np.arange(examples) < RARE * examples).astype(int)
    return rng.standard_normal((examples, 2)) + SHIFT * y[:, None], y
