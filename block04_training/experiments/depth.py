"""Ten layers with and without normalisation, and batch norm with batches of two."""

import numpy as np

from block04_training.experiments.network import descend, digits, evaluate, validation_part
from block04_training.normalisation import BatchNorm, norm_backward
from shared import functional, optim
from shared.operations import relu
from shared.plots import label, new_figure
from shared.seeding import stream
from shared.tensor import Tensor, record

# --- a network with a norm in front of each ReLU -------------------------------------------------


def batch_norm(x, layer, gain, bias, training):
    """The textbook's batch norm as one operation on tensors: its backward is the one derived."""
    layer.gain, layer.bias = gain.data, bias.data
    if not training:
        return Tensor(layer.evaluate(x.data))
    y, kept = layer.forward(x.data)
    return record("batch_norm", y, (x, gain, bias), lambda dy: norm_backward(dy, kept))


class DeepNetwork:
    """`depth` linear layers, all but the last followed by the norm ("none", "batch", "layer")."""

    def __init__(self, depth, width, norm, rng):
        sizes = [64] + [width] * (depth - 1) + [10]
        self.norm, self.depth = norm, depth
        self.statistics = [BatchNorm(width) for _ in range(depth - 1)]
        arrays = {}
        for i in range(depth):
            arrays[f"W{i}"] = rng.standard_normal((sizes[i], sizes[i + 1])) * np.sqrt(2 / sizes[i])
            arrays[f"b{i}"] = np.zeros(sizes[i + 1])
            if norm != "none" and i < depth - 1:
                arrays[f"gain{i}"], arrays[f"bias{i}"] = np.ones(width), np.zeros(width)
        self.parameters = {
            name: Tensor(array, requires_grad=True) for name, array in arrays.items()
        }

    def hidden(self, x, training=True):
        """Rows (B, 64)  ->  what the last layer sees, (B, width)"""
        p, h = self.parameters, Tensor(x)
        for i in range(self.depth - 1):
            h = functional.linear(h, p[f"W{i}"], p[f"b{i}"])
            if self.norm == "layer":
                h = functional.layer_norm(h, p[f"gain{i}"], p[f"bias{i}"])
            if self.norm == "batch":
                statistics = self.statistics[i]
                h = batch_norm(h, statistics, p[f"gain{i}"], p[f"bias{i}"], training)
            h = relu(h)
        return h

    def __call__(self, x, training=True):
        """Rows (B, 64)  ->  logits (B, 10)"""
        W, b = (self.parameters[f"{letter}{self.depth - 1}"] for letter in "Wb")
        return functional.linear(self.hidden(x, training), W, b)


def similarity(norm, seed):
    """Mean cosine between what two images have become behind nine layers, before any training."""
    network = DeepNetwork(10, 32, norm, stream(seed, "weights"))
    h = network.hidden(digits(seed).X[:200]).data  # (200, 32)
    h = h / (np.linalg.norm(h, axis=1, keepdims=True) + 1e-12)
    return float(np.mean((h @ h.T)[~np.eye(len(h), dtype=bool)]))


def accuracy_of(norm, data, *, depth, learning_rate, epochs, batch_size, seed):
    """Accuracy on the test part after training with momentum; a run that diverges is a guess."""
    network = DeepNetwork(depth, 32, norm, stream(seed, "weights"))
    optimizer = optim.SGD(network.parameters, learning_rate, momentum=0.9)
    rng = stream(seed, "batches")
    settings = {"epochs": epochs, "batch_size": batch_size, "rng": rng}
    if len(list(descend(network, optimizer, data.X, data.y, **settings))) < epochs:
        return 0.1
    return evaluate(lambda x: network(x, training=False), data.X_test, data.y_test)[1]


# --- depth ten over learning rates ---------------------------------------------------------------

NAMES = {"none": "no norm", "batch": "batch norm", "layer": "layer norm"}
NORMS = tuple(NAMES)
RATES = 10.0 ** np.arange(-3, -0.4, 0.5)


def normalised_layers_train_at_learning_rates_that_break_plain_ones(run):
    """Ten layers, momentum, six learning rates, three norms, several seeds."""
    seeds = list(range(run.seed, run.seed + (1 if run.quick else 3)))
    epochs = 2 if run.quick else 6
    parts = [validation_part(digits(seed, 200 if run.quick else None)) for seed in seeds]
    shape = (len(NORMS), len(RATES), len(seeds))
    accuracy = np.zeros(shape)
    for i, j, k in run.progress(list(np.ndindex(shape)), "depth"):
        accuracy[i, j, k] = accuracy_of(
            NORMS[i], parts[k], depth=10, learning_rate=RATES[j], epochs=epochs, batch_size=64,
            seed=seeds[k],
        )  # fmt: skip
    mean = accuracy.mean(axis=2)
    figure, (axes,) = new_figure(
        "Ten layers: batch norm trains where bare layers break, layer norm where they crawl"
    )
    for name, row, spread, mark in zip(NORMS, mean, accuracy.std(axis=2), ("-o", "-s", "-^")):
        axes.errorbar(RATES, row, spread, fmt=mark, capsize=3, label=NAMES[name])
    axes.set_xscale("log")
    label(axes, "learning rate (momentum 0.9)", "validation accuracy (digits)")
    run.figure(figure, "depth")
    run.claim(
        "depth",
        "Ten layers with batch or layer norm reach a good accuracy over a wider range of learning "
        "rates than ten bare ones",
        seeds=seeds,
        config={"depth": 10, "width": 32, "rates": RATES, "epochs": epochs, "batch_size": 64},
        metrics={
            "accuracy": {name: mean[i] for i, name in enumerate(NORMS)},
            "best": {name: mean[i].max() for i, name in enumerate(NORMS)},
            "best_rate": {name: RATES[mean[i].argmax()] for i, name in enumerate(NORMS)},
            "rates_above_70_percent": {n: int(np.sum(mean[i] > 0.7)) for i, n in enumerate(NORMS)},
            "similarity_at_the_start": {name: similarity(name, run.seed) for name in NORMS},
        },
    )


# --- batches of two ------------------------------------------------------------------------------

TWO_RATES = {40: [1e-2, 3e-2], 2: [1e-3, 3e-3]}  # noisy gradients need shorter steps
TWO_EPOCHS = {40: 20, 2: 2}


def at_the_better_rate(norm, batch_size, parts, seeds, epochs):
    """Mean and spread over the seeds at the rate of TWO_RATES that is better on average."""
    rates = TWO_RATES[batch_size]
    settings = {"depth": 4, "epochs": epochs, "batch_size": batch_size}
    found = np.array(
        [
            [
                accuracy_of(norm, part, learning_rate=rate, seed=seed, **settings)
                for part, seed in zip(parts, seeds)
            ]
            for rate in rates
        ]
    )  # (rates, seeds)
    best = found.mean(axis=1).argmax()
    return {"mean": found[best].mean(), "sd": found[best].std(), "rate": rates[best]}


def draw_batches_of_two(found):
    """A pair of bars for each norm: batches of 40 and of 2."""
    figure, (axes,) = new_figure("With two in a batch, batch norm sees only which one is larger")
    for k, batch_size in enumerate(TWO_RATES):
        rows = [found[f"batch_{batch_size}"][norm] for norm in NORMS]
        places = np.arange(len(NORMS)) + 0.4 * k - 0.2
        means, spreads = ([row[key] for row in rows] for key in ("mean", "sd"))
        axes.bar(places, means, 0.38, yerr=spreads, capsize=4, label=f"batches of {batch_size}")
    axes.set_xticks(range(len(NORMS)), list(NAMES.values()))
    axes.set_ylim(0, 1.15)
    label(axes, "", "validation accuracy")
    return figure


def batch_norm_fails_on_batches_of_two(run):
    """Four layers on 400 images, batches of 2 and of 40, each norm at the better of two rates."""
    seeds = list(range(run.seed, run.seed + (1 if run.quick else 3)))
    parts = [validation_part(digits(seed, 100 if run.quick else 500)) for seed in seeds]
    found = {
        f"batch_{size}": {
            norm: at_the_better_rate(norm, size, parts, seeds, 1 if run.quick else epochs)
            for norm in NORMS
        }
        for size, epochs in TWO_EPOCHS.items()
    }
    run.figure(draw_batches_of_two(found), "batches_of_two")
    run.claim(
        "batches_of_two",
        "With batches of two, batch norm loses most of its accuracy; layer norm does not know the "
        "batch",
        seeds=seeds,
        config={"images": 400, "depth": 4, "width": 32, "rates": TWO_RATES, "epochs": TWO_EPOCHS},
        metrics=found,
    )
