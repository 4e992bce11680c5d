"""The digits and how all experiments of this folder fit them."""

import numpy as np

from block02_classification import softmax_regression
from shared.data import load_digits
from shared.losses import cross_entropy_gradient

CLASSES = 10
LEARNING_RATE, BATCH_SIZE, EPOCHS = 1.0, 128, 80  # train.py has the reasons
PIXEL_MAX = 16


def digits():
    """X (1797, 64) in 0 to 1, y (1797,)."""
    table = load_digits()
    return table.X / PIXEL_MAX, table.y


def fit(X, y, rng, *, penalty=0.0, epochs=EPOCHS, **settings):
    """Mini-batch descent on the cross-entropy for so many epochs. -> W (64, 10), b (10,)"""
    settings = {"loss_gradient": cross_entropy_gradient, "learning_rate": LEARNING_RATE} | settings
    path = softmax_regression.descend(
        X, y, CLASSES, batch_size=BATCH_SIZE, rng=rng, penalty=penalty, **settings
    )
    return softmax_regression.after(epochs * -(-len(y) // BATCH_SIZE), path)


def accuracy_of(model, X, y):
    """The share of rows whose predicted class is y."""
    return float(np.mean(softmax_regression.predict(X, *model) == y))
