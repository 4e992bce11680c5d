"""Settings, data, and the training loop of this block: `python -m block02_classification.train`.

Trains softmax regression on the digits and prints its losses; change a setting and see. Nothing is
written; `make block02` runs the experiments too and writes results/.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from block02_classification import softmax_regression
from block02_classification.problems import CLASSES, digits_parts
from block02_classification.softmax_regression import logits
from shared.checks import check_positive
from shared.data import minibatches
from shared.losses import cross_entropy, cross_entropy_gradient, softmax
from shared.results import open_run
from shared.seeding import stream

DIVERGED = 1e100  # no data needs such a weight, and its square is still a finite number

# The gradient of shared/losses.py in place of the loop over examples: the same numbers (proofs.py).
softmax_gradient = partial(softmax_regression.gradient, loss_gradient=cross_entropy_gradient)


def squared_error_gradient(logits, targets):
    """For comparison, the batch form of cross_entropy.py's: (N, K), (N,) -> (N, K)."""
    p = softmax(logits)
    dp = 2 * (p - np.eye(logits.shape[1])[targets]) / len(targets)
    return p * (dp - np.sum(p * dp, axis=1, keepdims=True))


class Settings(NamedTuple):
    """How a model is trained."""

    learning_rate: float
    batch_size: int
    epochs: int
    penalty: float = 0.0
    log_every: int = 1  # epochs


DIGITS = Settings(
    learning_rate=1.0,  # 0.1 needs ten times the epochs; at 5 the accuracy swings by a per cent
    batch_size=128,  # 12 updates an epoch; 32 costs four times as many for the same accuracy
    epochs=80,  # the accuracy stands still from 40 on, the loss falls a little further
    penalty=1e-4,  # 1e-2 underfits: three times the validation loss
    log_every=4,
)


def train(model, X, y, settings, rng, *, gradient=softmax_gradient, watch=None):
    """Stochastic gradient descent from model = (W, b); returns the (W, b) it ends with.

    gradient(X, y, W, b, penalty=...) -> dW, db is softmax regression's or logistic regression's.
    Calls watch(epoch, W, b) before the first epoch and after each. Raises ValueError on settings
    that cannot be, and FloatingPointError where the weights leave all bounds.
    """
    check_positive("learning_rate", settings.learning_rate)
    W, b = model
    for epoch in range(settings.epochs + 1):
        if watch:
            watch(epoch, W, b)
        if epoch == settings.epochs:
            break
        for rows in minibatches(len(y), settings.batch_size, rng):
            dW, db = gradient(X[rows], y[rows], W, b, penalty=settings.penalty)
            W = W - settings.learning_rate * dW
            b = b - settings.learning_rate * db
            if not np.abs(W).max() < DIVERGED:
                raise FloatingPointError(f"diverged at a learning rate of {settings.learning_rate}")
    return W, b


def learn(run, settings, X, y, X_validation, y_validation):
    """Train on the digits and log both losses as it learns. -> (W, b)"""

    def watch(epoch, W, b):
        if epoch % settings.log_every == 0:
            train_loss = cross_entropy(logits(X, W, b), y)
            validation_loss = cross_entropy(logits(X_validation, W, b), y_validation)
            run.log(epoch, {"train": train_loss, "validation": validation_loss})

    model = softmax_regression.start(X, y, CLASSES)
    return train(model, X, y, settings, stream(run.seed, "batches"), watch=watch)


def learn_digits(run):
    """The model of this block. -> (W, b)"""
    settings = DIGITS._replace(epochs=40) if run.quick else DIGITS
    return learn(run, settings, *digits_parts(run.seed))


if __name__ == "__main__":
    with open_run(__file__, "Train on the digits and print the losses.", writes=False) as run:
        learn_digits(run)
