"""The digits, a network of shared.tensor, and the loop that the experiments train it with."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from shared import functional
from shared.checks import NonFiniteError
from shared.data import load_digits, minibatches, stratified_split
from shared.operations import relu
from shared.seeding import stream
from shared.tensor import Tensor, no_grad


class Digits(NamedTuple):
    """Images as rows of 64 numbers from 0 to 1, and their labels; two parts."""

    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


def digits(seed, images=None, random_labels=0.0):
    """A stratified 80/20 split, some training labels drawn anew.

    With `images` only so many of the training side are trained on, and all others are test images.
    Of n labels round(n random_labels) are replaced by a number from 0 to 9, at times the right one.
    """
    table = load_digits()
    train, test = stratified_split(table.y, 0.2, stream(seed, "digits"))
    test = np.concatenate([train[images:], test]) if images else test
    train = train[:images]
    y = table.y[train]
    rng = stream(seed, "random labels")
    chosen = rng.permutation(len(y))[: round(random_labels * len(y))]
    y[chosen] = rng.integers(0, 10, len(chosen))
    X = table.X / 16
    return Digits(X[train], y, X[test], table.y[test])


def validation_part(data):
    """The training side alone, a fifth of it as the new test side: for choosing settings."""
    cut = len(data.y) // 5
    return Digits(data.X[cut:], data.y[cut:], data.X[:cut], data.y[:cut])


def init_network(sizes, rng):
    """{"W0": (sizes[0], sizes[1]), "b0": ...}: weights N(0, 2 / inputs), biases 0."""
    parameters = {}
    for i, (inputs, outputs) in enumerate(pairwise(sizes)):
        W = rng.standard_normal((inputs, outputs)) * np.sqrt(2 / inputs)
        parameters[f"W{i}"] = Tensor(W, requires_grad=True)
        parameters[f"b{i}"] = Tensor(np.zeros(outputs), requires_grad=True)
    return parameters


def logits(parameters, x, rate=0.0, rng=None):
    """ReLU layers, dropout behind each where there is an rng: x (N, 64)  ->  (N, 10)."""
    last, h = len(parameters) // 2 - 1, Tensor(x)
    for i in range(last):
        h = relu(functional.linear(h, parameters[f"W{i}"], parameters[f"b{i}"]))
        if rng is not None:
            h = functional.dropout(h, rate, rng)
    return functional.linear(h, parameters[f"W{last}"], parameters[f"b{last}"])


def evaluate(model, X, y):
    """(mean cross-entropy in nats, accuracy) of model(X), without dropout."""
    with no_grad():
        out = model(X)
        return functional.cross_entropy(out, y).item(), float(np.mean(out.data.argmax(1) == y))


def descend(model, optimizer, X, y, *, epochs, batch_size, rng, rate_at=None):
    """Train, and yield (epoch, mean training loss) after each epoch; it ends where it diverges.

    model: rows (B, 64) -> logits (B, 10); rate_at: step -> learning rate, where it changes.
    """
    step = 0
    for epoch in range(epochs):
        total = 0.0
        for rows in minibatches(len(y), batch_size, rng):
            if rate_at is not None:
                optimizer.learning_rate = rate_at(step)
            try:
                with np.errstate(over="ignore", invalid="ignore"):  # backward looks for itself
                    loss = functional.cross_entropy(model(X[rows]), y[rows])
                    loss.backward()
                    optimizer.step()
            except NonFiniteError:
                return
            optimizer.zero_gradients()
            total += loss.item() * len(rows)
            step += 1
        yield epoch, total / len(y)


def train_plainly(data, build, *, sizes, learning_rate, epochs, batch_size, seed, dropout=0.0):
    """Train a ReLU network with the optimizer `build` makes. -> test accuracy, parameters.

    A run that diverges counts as guessing, 0.1.
    """
    parameters = init_network(sizes, stream(seed, "weights"))
    drops = stream(seed, "dropout") if dropout else None
    path = descend(
        lambda x: logits(parameters, x, dropout, drops),
        build(parameters, learning_rate), data.X, data.y,
        epochs=epochs, batch_size=batch_size, rng=stream(seed, "batches"),
    )  # fmt: skip
    if len(list(path)) < epochs:
        return 0.1, parameters
    return evaluate(lambda x: logits(parameters, x), data.X_test, data.y_test)[1], parameters
