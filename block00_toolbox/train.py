"""Settings, data, and the training loop of this block: `python -m block00_toolbox.train`.

Fits a line twice, by descent on the mean squared error and on the same with a shape bug in it, and
prints both losses. Nothing is written; `make block00` runs the experiments and writes results/.
"""

from typing import NamedTuple

import numpy as np

from shared.data import fit_standardiser, minibatches, train_validation_split
from shared.results import open_run
from shared.seeding import stream


class Settings(NamedTuple):
    """The data, and how the line is fitted."""

    examples: int
    noise: float  # standard deviation of y around the true line; its square is that line's loss
    validation_fraction: float
    start: float  # standard deviation of the first theta
    learning_rate: float
    batch_size: int
    epochs: int
    log_every: int  # epochs


SETTINGS = Settings(
    examples=500,
    noise=0.5,  # the line explains most of y and not all of it
    validation_fraction=0.2,
    start=3.0,  # far from where either loss ends, so that both have something to fall
    learning_rate=0.1,  # the features have variance 1: half the way in about 3 steps
    batch_size=400,  # all training rows at once: a smaller batch changes what the bug learns
    epochs=60,  # both losses have levelled off
    log_every=4,
)

# --- two losses, each with its gradient ----------------------------------------------------------


def right_loss(X, y, theta):
    """mean_i (p_i - y_i)^2 with p = X theta; its gradient is 2/N X^T (p - y)."""
    difference = X @ theta - y  # (N,) - (N,) -> (N,)
    return np.mean(difference**2), 2 / len(y) * X.T @ difference


def wrong_loss(X, y, theta):
    """mean_ij (p_i - y_j)^2, the column p against the row y; its gradient sums over j too."""
    difference = (X @ theta)[:, None] - y  # (N, 1) - (N,) -> (N, N)
    return np.mean(difference**2), 2 / len(y) * X.T @ difference.mean(axis=1)


LOSSES = {"without the bug": right_loss, "with the bug": wrong_loss}

# --- the data ------------------------------------------------------------------------------------


def patients(seed, settings):
    """X (N, 2), ages in years and doses in grams, and y (N,) = 1 + 2 age - dose + noise, where age
    and dose count in standard deviations from their mean."""
    rng = stream(seed, "patients")
    Z = rng.standard_normal((settings.examples, 2))
    noise = settings.noise * rng.standard_normal(settings.examples)
    return np.array([50.0, 2.0]) + np.array([10.0, 0.5]) * Z, 1 + Z @ np.array([2.0, -1.0]) + noise


def prepare(X, y, settings, rng):
    """Split, standardise by the training rows alone, add a column of ones for the intercept.

    -> X (N, 3), y (N,), X_validation (M, 3), y_validation (M,)
    """
    rows, others = train_validation_split(len(y), settings.validation_fraction, rng)
    standardise = fit_standardiser(X[rows])
    parts = [np.column_stack([standardise(X[part]), np.ones(len(part))]) for part in (rows, others)]
    return parts[0], y[rows], parts[1], y[others]


# --- the loop ------------------------------------------------------------------------------------


def first_theta(settings, rng):
    """Where descent begins: (3,), two weights and the intercept."""
    return settings.start * rng.standard_normal(3)


def train(theta, X, y, settings, rng, *, loss=right_loss, watch=None):
    """Gradient descent from theta (3,) on a loss; calls watch(epoch, theta) before the first epoch
    and after each. -> the theta it ends with"""
    for epoch in range(settings.epochs + 1):
        if watch:
            watch(epoch, theta)
        if epoch == settings.epochs:
            break
        for rows in minibatches(len(y), settings.batch_size, rng):
            _, dtheta = loss(X[rows], y[rows], theta)
            theta = theta - settings.learning_rate * dtheta
    return theta


def learn(run, problem, settings, X, y, X_validation, y_validation):
    """Fit one line and log what a reader would see: both parts by its own loss. -> theta (3,)"""
    loss, rng = LOSSES[problem], stream(run.seed, "train")  # one start and order for both losses

    def watch(epoch, theta):
        if epoch % settings.log_every == 0:
            validation = loss(X_validation, y_validation, theta)[0]
            losses = {"train": loss(X, y, theta)[0], "validation": validation}
            run.log(epoch, losses, problem=problem)

    return train(first_theta(settings, rng), X, y, settings, rng, loss=loss, watch=watch)


def learn_both(run, settings=SETTINGS):
    """Both lines, by problem; and the data they were fitted on."""
    data = prepare(*patients(run.seed, settings), settings, stream(run.seed, "split"))
    return {problem: learn(run, problem, settings, *data) for problem in LOSSES}, data


if __name__ == "__main__":
    with open_run(__file__, "Fit a line with and without a shape bug.", writes=False) as run:
        learn_both(run)
