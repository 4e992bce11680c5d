"""Settings, data, and the training loop of this block: `python -m block03_mlp_manual.train`.

Trains a network on the spiral and one on the digits and prints their losses; change a setting and
see. Nothing is written; `make block03` runs the experiments too and writes results/.
"""

from typing import NamedTuple

import numpy as np

from block03_mlp_manual import many_layers
from block03_mlp_manual.activations import RELU
from block03_mlp_manual.many_layers import forward, initialise
from block03_mlp_manual.problems import digits_data, digits_split, spiral_data
from shared.data import minibatches
from shared.losses import cross_entropy, cross_entropy_gradient
from shared.results import open_run
from shared.seeding import stream

DIVERGED = 1e30  # an output; from here the next update may leave what a float can hold


class Settings(NamedTuple):
    """A network and how it is trained."""

    sizes: tuple[int, ...]  # inputs, hidden units of each layer, classes
    learning_rate: float
    batch_size: int
    epochs: int
    log_every: int = 1  # epochs


SPIRAL = Settings(
    sizes=(2, 100, 3),  # 100 units as in the case study that the spiral is from
    learning_rate=0.3,  # 1.0 rattles at the end, 0.1 needs three times the epochs
    batch_size=30,  # 10 updates an epoch
    epochs=450,  # the training loss has levelled off
    log_every=25,
)
DIGITS = Settings(
    sizes=(64, 256, 10),  # 32 hidden units end at a higher validation loss
    learning_rate=0.2,  # 0.1 needs twice the epochs; from 1 on units die
    batch_size=32,  # 36 updates an epoch on four fifths of the digits
    epochs=20,  # the validation loss has stopped falling
)


def train(
    layers, X, y, settings, rng, *, activation=RELU, backward=many_layers.backward, watch=None
):
    """Stochastic gradient descent on the mean cross-entropy. Changes the arrays of `layers` in
    place and returns them; calls watch(epoch) before the first epoch and after each.

    Raises FloatingPointError where the outputs leave all bounds.
    """
    watch = watch or (lambda epoch: None)
    watch(0)
    for epoch in range(1, settings.epochs + 1):
        for rows in minibatches(len(y), settings.batch_size, rng):
            outputs, cache = forward(layers, X[rows], activation)  # (B, K)
            if not np.abs(outputs).max() < DIVERGED:
                raise FloatingPointError("diverged: the outputs leave all bounds")
            doutputs = cross_entropy_gradient(outputs, y[rows])  # (B, K)
            gradients = backward(layers, cache, doutputs, activation)
            for (W, b), (dW, db) in zip(layers, gradients):
                W -= settings.learning_rate * dW
                b -= settings.learning_rate * db
        watch(epoch)
    return layers


def first_layers(seed, problem, settings):
    """The network before its first step, and the stream that goes on to draw the batches."""
    rng = stream(seed, problem, "train")
    return initialise(settings.sizes, rng), rng


def learn(run, problem, settings, X, y, X_validation, y_validation):
    """Train a fresh network and log both losses as it learns. -> layers"""
    layers, rng = first_layers(run.seed, problem, settings)

    def watch(epoch):
        if epoch % settings.log_every == 0:
            train_loss = cross_entropy(forward(layers, X)[0], y)
            validation_loss = cross_entropy(forward(layers, X_validation)[0], y_validation)
            losses = {"train": train_loss, "validation": validation_loss}
            run.log(epoch, losses, problem=problem)

    return train(layers, X, y, settings, rng, watch=watch)


def learn_both(run):
    """The two networks of this block, by problem. -> {"spiral": layers, "digits": layers}"""
    fit, validation, _ = digits_split(run.seed)
    problems = {
        "spiral": (SPIRAL, 50, spiral_data(run.seed)),
        "digits": (DIGITS, 3, digits_data(fit, validation)),
    }
    trained = {}
    for name, (settings, quick_epochs, data) in problems.items():
        if run.quick:
            settings = settings._replace(epochs=quick_epochs)
        trained[name] = learn(run, name, settings, *data)
    return trained


if __name__ == "__main__":
    with open_run(__file__, "Train both networks and print their losses.", writes=False) as run:
        learn_both(run)
