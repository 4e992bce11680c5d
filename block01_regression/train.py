"""Settings, data, and training on the diabetes table: `python -m block01_regression.train`.

The loop itself is the lesson of this block and stands in gradient_descent.py: `descend`. Here it
is given data and watched. Change a setting and see: nothing is written. `make block01` runs the
experiments too and writes results/.
"""

import itertools
from typing import NamedTuple

import numpy as np

from block01_regression.gradient_descent import after, descend
from block01_regression.losses import mse, predict
from shared.data import fit_standardiser, load_diabetes, train_validation_split
from shared.results import open_run
from shared.seeding import stream


class Settings(NamedTuple):
    """How the line is fitted."""

    learning_rate: float
    batch_size: int
    epochs: int  # one epoch: every training row once
    penalty: float
    validation_fraction: float


DIABETES = Settings(
    learning_rate=0.02,  # 0.2 never settles, 0.3 explodes; 0.002 is not there at the end
    batch_size=32,  # 12 updates an epoch
    epochs=40,  # the validation loss is flat from epoch 20 on
    penalty=0.0,  # ten columns, 354 patients: little to overfit with
    validation_fraction=0.2,  # 88 of 442 patients: enough to see the curve, few enough to spare
)


def split_and_scale(table, validation_fraction, rng):
    """X, y to train on and X, y to validate on; both scaled by the training rows alone."""
    train_rows, validation_rows = train_validation_split(len(table.y), validation_fraction, rng)
    standardise = fit_standardiser(table.X[train_rows])
    X, X_validation = standardise(table.X[train_rows]), standardise(table.X[validation_rows])
    return X, table.y[train_rows], X_validation, table.y[validation_rows]


def train(run, X, y, X_validation, y_validation, settings):
    """Walk down on the training rows; log both losses before the first epoch and after each.

    X (N, D), y (N,)  ->  w (D,), b
    """
    path = descend(
        X,
        y,
        learning_rate=settings.learning_rate,
        batch_size=settings.batch_size,
        penalty=settings.penalty,
        rng=stream(run.seed, "batches"),
    )
    updates = -(-len(y) // settings.batch_size)  # of one epoch; the last batch may be smaller
    w, b = np.zeros(X.shape[1]), 0.0  # where `descend` starts
    for epoch in range(settings.epochs + 1):
        if epoch > 0:
            w, b = after(updates, path)
        validation_loss = mse(predict(X_validation, w, b), y_validation)
        run.log(epoch, {"train": mse(predict(X, w, b), y), "validation": validation_loss})
    return w, b


def learn(run, settings=DIABETES):
    """Fit the diabetes table. -> w (D,), b, X_validation, y_validation"""
    rng = stream(run.seed, "split")
    data = split_and_scale(load_diabetes(), settings.validation_fraction, rng)
    return *train(run, *data, settings), *data[2:]


def losses_along(path, X, y, updates):
    """The MSE on X, y at zero and after each update of a `descend` path: (updates + 1,)."""
    walk = [(np.zeros(X.shape[1]), 0.0), *itertools.islice(path, updates)]
    W, b = np.array([w for w, _ in walk]), np.array([b for _, b in walk])  # (T, D), (T,)
    return np.mean((X @ W.T + b - y[:, None]) ** 2, axis=0)  # all at once: (N, T) -> (T,)


if __name__ == "__main__":
    with open_run(__file__, "Fit the diabetes table and print the losses.", writes=False) as run:
        learn(run)
