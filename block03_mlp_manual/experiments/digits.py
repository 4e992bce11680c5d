"""Handwritten digits: settings chosen on a part of the training side, five splits, one look."""

import numpy as np

from block03_mlp_manual.many_layers import forward, initialise, predict
from block03_mlp_manual.problems import digits_data, digits_split, scale_each_pixel
from block03_mlp_manual.train import DIGITS, train
from shared.losses import accuracy, cross_entropy
from shared.seeding import stream

SPLITS = 5  # drawn from seeds 0 to 4 on every run, so that other blocks' five are the same
HIDDEN_SIZES = (32, 256)


def five_splits(run):
    """With a hidden layer about 2 of 100 more test digits are read than without, a mean over five
    splits; the layer's size is chosen on each split's training side.
    """
    splits = range(2 if run.quick else SPLITS)
    epochs = 5 if run.quick else DIGITS.epochs
    found = [one_split(split, run.seed, epochs) for split in run.progress(splits, "digits")]
    mlp = np.array([result["accuracy"] for result in found])
    linear = np.array([result["linear_accuracy"] for result in found])
    losses = [result["validation_loss"] for result in found]

    run.record(
        config=DIGITS._asdict() | {"hidden_sizes": HIDDEN_SIZES, "splits": list(splits)},
        metrics={
            "mlp": {"mean": mlp.mean(), "sd": mlp.std(), "all": mlp},
            "linear": {"mean": linear.mean(), "sd": linear.std(), "all": linear},
            "splits_where_the_hidden_layer_wins": sum(mlp > linear),
            "validation_loss": {name: np.mean([by[name] for by in losses]) for name in losses[0]},
            "splits_where_one_scale_is_better": sum(
                by["256"] < by["256, each pixel alone"] for by in losses
            ),
            "chosen_hidden_size": [result["hidden_size"] for result in found],
        },
    )
    run.headline({"digits_test_accuracy": mlp.mean()})


def one_split(split, seed, epochs):
    """Choose on the validation part, train on the whole training side, look at the test side."""
    fit, validation, test = digits_split(split)
    losses = {
        size: validation_loss(digits_data(fit, validation), seed, size, epochs)
        for size in HIDDEN_SIZES
    }
    hidden_size = min(losses, key=losses.get)
    alone = digits_data(fit, validation, scale_each_pixel)  # what broke: to compare, not to choose
    X, y, X_test, y_test = digits_data(np.concatenate([fit, validation]), test)
    layers = trained(X, y, seed, (hidden_size,), epochs)
    without = trained(X, y, seed, (), epochs)
    return {
        "accuracy": accuracy(predict(layers, X_test), y_test),
        "linear_accuracy": accuracy(predict(without, X_test), y_test),
        "hidden_size": hidden_size,
        "validation_loss": {
            **{str(size): loss for size, loss in losses.items()},
            "256, each pixel alone": validation_loss(alone, seed, 256, epochs),
        },
    }


def validation_loss(data, seed, hidden_size, epochs):
    """The loss on the validation part. Not the accuracy: there, one image of 288 decides."""
    X, y, X_validation, y_validation = data
    layers = trained(X, y, seed, (hidden_size,), epochs)
    return cross_entropy(forward(layers, X_validation)[0], y_validation)


def trained(X, y, seed, hidden_sizes, epochs):
    """A network with these hidden layers, trained on these rows; () is softmax regression."""
    settings = DIGITS._replace(sizes=(X.shape[1], *hidden_sizes, 10), epochs=epochs)
    rng = stream(seed, "digits", *settings.sizes)
    return train(initialise(settings.sizes, rng), X, y, settings, rng)

