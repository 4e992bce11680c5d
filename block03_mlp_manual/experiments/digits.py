"""Handwritten digits: settings chosen on a part of the training side, five splits, one look."""

import itertools

import numpy as np

from block03_mlp_manual.experiments.training import train
from block03_mlp_manual.many_layers import forward, initialise, predict
from shared.data import fit_standardiser, load_digits, stratified_split
from shared.losses import accuracy, confusion_matrix, cross_entropy
from shared.plots import heat_map, label, new_figure
from shared.seeding import stream

SPLITS = range(5)  # the same on every run, so that every block's five splits are comparable
HIDDEN_SIZES = (32, 256)
LEARNING_RATE = 0.2  # 0.1 needs twice the epochs; from 1 on units die
BATCH_SIZE, EPOCHS = 32, 20  # the validation loss has stopped falling


def each_pixel_alone(X):
    """Every pixel to mean 0 and deviation 1: one that is lit only once becomes huge there."""
    return fit_standardiser(X)


def all_pixels_alike(X):
    """Every pixel to mean 0, all divided by one deviation, so that rare pixels stay small."""
    standardise = fit_standardiser(X)
    return standardise._replace(scale=np.full(X.shape[1], X.std()))


SCALINGS = {"each pixel alone": each_pixel_alone, "all pixels alike": all_pixels_alike}


def trained(seed, X, y, scaling, hidden_size, epochs):
    """A two-layer network and its scaling, fitted on these rows alone."""
    scale = SCALINGS[scaling](X)
    rng = stream(seed, "digits", scaling, hidden_size)
    layers = initialise([X.shape[1], hidden_size, 10], rng)
    settings = {"learning_rate": LEARNING_RATE, "batch_size": BATCH_SIZE, "rng": rng}
    train(layers, scale(X), y, epochs * -(-len(y) // BATCH_SIZE), **settings)
    return layers, scale


def validation_losses(seed, X, y, epochs):
    """{(scaling, hidden size): loss on a fifth of the training side, in nats}.

    The loss and not the accuracy: on 287 images one image more or less decides the latter.
    """
    fit, validation = stratified_split(y, 0.2, stream(seed, "digits", "validation"))
    losses = {}
    for setting in itertools.product(SCALINGS, HIDDEN_SIZES):
        layers, scale = trained(seed, X[fit], y[fit], *setting, epochs)
        losses[setting] = cross_entropy(forward(layers, scale(X[validation]))[0], y[validation])
    return losses


def one_split(split, seed, epochs):
    """Choose, train on the whole training side, look at the test side once."""
    table = load_digits()
    train_rows, test = stratified_split(table.y, 0.2, stream(split, "split"))
    X, y = table.X[train_rows], table.y[train_rows]
    losses = validation_losses(seed + split, X, y, epochs)
    scaling, hidden_size = min(losses, key=losses.get)
    layers, scale = trained(seed + split, X, y, scaling, hidden_size, epochs)
    predicted = predict(layers, scale(table.X[test]))
    return confusion_matrix(predicted, table.y[test], 10), {
        "accuracy": accuracy(predicted, table.y[test]),
        "scaling": scaling,
        "hidden_size": hidden_size,
        "validation_loss": {f"{s}_{h}".replace(" ", "_"): loss for (s, h), loss in losses.items()},
    }


def draw_confusions(counts):
    """The mistakes of all test sides: row the digit, column what it was read as."""
    figure, (axes,) = new_figure("Few test digits are misread, and no pair stands out")
    names = [str(k) for k in range(10)]
    wrong = counts - np.diag(np.diag(counts))  # the right ones would hide the others
    heat_map(axes, wrong, names, names, number_format="d")
    label(axes, "read as", "digit")
    return figure


def a_two_layer_network_reads_digits(run):
    """The mean test accuracy over five stratified 80/20 splits, all five listed."""
    epochs = 5 if run.quick else EPOCHS
    splits = list(SPLITS)[:2] if run.quick else list(SPLITS)
    found = [one_split(split, run.seed, epochs) for split in run.progress(splits, "digits")]
    tested = [result["accuracy"] for _, result in found]
    losses = {
        name: np.mean([result["validation_loss"][name] for _, result in found])
        for name in found[0][1]["validation_loss"]
    }
    counts = sum(counts for counts, _ in found)  # (10, 10)
    run.figure(draw_confusions(counts), "digit_confusions")
    run.claim(
        "digits",
        "A two-layer network reads 97 of 100 handwritten digits it has not seen",
        seeds=splits,
        config={
            "hidden_sizes": HIDDEN_SIZES, "scalings": list(SCALINGS),
            "learning_rate": LEARNING_RATE, "batch_size": BATCH_SIZE, "epochs": epochs,
            "test_fraction": 0.2,
            "validation_fraction_of_the_training_side": 0.2,
        },
        metrics={
            "test_accuracy": {"mean": np.mean(tested), "sd": np.std(tested), "all": tested},
            "splits": [result for _, result in found],
            "mean_validation_loss": losses,
            "splits_that_scale_each_pixel_alone": sum(
                result["scaling"] == "each pixel alone" for _, result in found
            ),
            "test_images": counts.sum(),
            "misread": counts.sum() - np.trace(counts),
        },
    )  # fmt: skip
    run.headline({"digits_test_accuracy": np.mean(tested)})
