"""The training loop of the experiments: the loop of train.py, for any number of layers."""

import math
from itertools import islice

import numpy as np

from block03_mlp_manual.activations import RELU
from block03_mlp_manual.many_layers import backward, forward
from shared.data import minibatches
from shared.losses import cross_entropy, cross_entropy_gradient

DIVERGED = 1e30  # an output; from here the next update may leave what a float can hold


def sgd(layers, X, y, *, learning_rate, batch_size, rng, activation=RELU):
    """Train `layers` in place, for ever; yields each batch's outputs and targets before its update.

    Raises FloatingPointError where the outputs leave all bounds.
    """
    while True:
        for rows in minibatches(len(y), batch_size, rng):
            outputs, cache = forward(layers, X[rows], activation)
            if not np.abs(outputs).max() < DIVERGED:
                raise FloatingPointError("diverged: the outputs leave all bounds")
            yield outputs, y[rows]
            doutputs = cross_entropy_gradient(outputs, y[rows])
            gradients = backward(layers, cache, doutputs, activation)
            for (W, b), (dW, db) in zip(layers, gradients):
                W -= learning_rate * dW
                b -= learning_rate * db


def train(layers, X, y, updates, **settings):
    """Do so many updates on `layers`."""
    for _ in islice(sgd(layers, X, y, **settings), updates + 1):
        pass


def watched_losses(layers, X, y, updates, **settings):
    """Do so many updates; the batch losses before each and after the last, (updates + 1,).

    A run that diverges ends early, with infinity as its last loss.
    """
    losses = []
    try:
        for outputs, targets in islice(sgd(layers, X, y, **settings), updates + 1):
            losses.append(cross_entropy(outputs, targets))
    except FloatingPointError:
        losses.append(math.inf)
    return losses
