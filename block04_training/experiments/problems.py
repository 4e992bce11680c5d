"""Fewer digits, some with random labels: where training can go wrong; and how it ended."""

import numpy as np

from block04_training.train import digits_data, digits_split, evaluate, trained
from shared.checks import NonFiniteError
from shared.seeding import stream


def some_digits(seed, images=None, random_labels=0.0):
    """X, y, X_others, y_others from the training side of a split; its test part stays unused.

    With `images` only so many are trained on, and all other images of the side are held out. Of n
    labels to train on round(n random_labels) are drawn anew from 0 to 9, at times the right one.
    """
    fit, validation, _ = digits_split(seed)
    others = np.concatenate([fit[len(fit) if images is None else images :], validation])
    X, y, X_others, y_others = digits_data(fit[:images], others)
    rng = stream(seed, "random labels")
    chosen = rng.permutation(len(y))[: round(random_labels * len(y))]
    y = y.copy()
    y[chosen] = rng.integers(0, 10, len(chosen))
    return X, y, X_others, y_others


def end(settings, data, seed):
    """Train on the first set: (loss, accuracy) on the second; by guessing where it diverged."""
    X, y, X_others, y_others = data
    try:
        return evaluate(trained(settings, X, y, seed), X_others, y_others)
    except NonFiniteError:
        return np.log(10), 0.1


def draw_by_rate(axis, rates, rows, look, **line):
    """Means and standard deviations of rows (seeds, rates) over the learning rate."""
    axis.errorbar(rates, rows.mean(axis=0), rows.std(axis=0), fmt=look, capsize=3, **line)
    axis.set_xscale("log")
    return f"learning rate (bars: standard deviation over {len(rows)} seeds)"
