"""The two problems of this block: a spiral in the plane, and handwritten digits.

Left out: anything about networks. What a scaling does to rare pixels is told in the README.
"""

import numpy as np

from shared.data import fit_standardiser, load_digits, spiral, stratified_split
from shared.seeding import stream

NOISE = 0.2  # the deviation of the angle in radians, as in the CS231n case study


def spiral_data(seed, train=300, fresh=3000):
    """Points of the three arms to train on, and fresh ones: X (N, 2), y, X_fresh, y_fresh."""
    X, y = spiral(train, NOISE, stream(seed, "spiral"))
    X_fresh, y_fresh = spiral(fresh, NOISE, stream(seed, "spiral", "fresh"))
    return X, y, X_fresh, y_fresh


def scale_each_pixel(X):
    """-> the Standardiser that gives every pixel of X mean 0 and deviation 1: one that is lit in a
    single image becomes huge there.
    """
    return fit_standardiser(X)


def scale_all_alike(X):
    """-> the Standardiser that gives every pixel of X mean 0 and divides all by one deviation, so
    that rare pixels stay small.
    """
    return fit_standardiser(X)._replace(scale=np.full(X.shape[1], X.std()))


def digits_split(split):
    """Row numbers (fit, validation, test) of the digits, each class split by itself.

    The test part is a fifth of all rows, the validation part a fifth of the rest.
    """
    y = load_digits().y
    rest, test = stratified_split(y, 0.2, stream(split, "split"))
    fit, validation = stratified_split(y[rest], 0.2, stream(split, "validation"))
    return rest[fit], rest[validation], test


def digits_data(rows, others, scaling=scale_all_alike):
    """Two sets of digits, both scaled by what the first shows: X, y, X_others, y_others."""
    table = load_digits()
    scale = scaling(table.X[rows])
    return scale(table.X[rows]), table.y[rows], scale(table.X[others]), table.y[others]


def some_digits(seed, train=480, held_out=1317):
    """A few digits, enough to tell good training from bad: X, y, X_held_out, y_held_out."""
    order = stream(seed, "some digits").permutation(len(load_digits().y))
    return digits_data(order[:train], order[train : train + held_out])
