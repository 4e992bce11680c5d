"""Why normalisation steadies training: the scale of the weights before it does not matter."""

from itertools import pairwise

import numpy as np

from block04_training.experiments.problems import draw_by_rate, some_digits
from block04_training.train import Settings, evaluate, train
from shared import functional, optim
from shared.checks import NonFiniteError
from shared.data import BatchOrder
from shared.layers import Linear, parameters
from shared.operations import relu
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream
from shared.tensor import Tensor

SETTINGS = Settings(
    sizes=(64, 32, 32, 10), learning_rate=0.0, batch_size=32, epochs=8, optimizer="sgd"
)
IMAGES = 480
RATES = 10.0 ** np.arange(-1.5, 1.6, 0.5)
SCALES = 10.0 ** np.arange(-1, 1.1, 0.5)
GOOD = 0.85  # a good rate: held-out accuracy from here on
DEEP = 20
LOGITS = 4.0  # the last norm's gain, fixed: with logits of size 1 no class gets more than 0.76
KINDS = {
    "no norm": (COLOURS[0], "o-"),
    "layer norm": (COLOURS[2], "s-"),
    "layer norm, lengths held": (COLOURS[1], "^--"),
}


class Bare:
    """Linear layers without biases and ReLU; with `norm` a layer norm behind each, the last one
    too, whose gain and bias are fixed. So every weight that is learned stands before a norm.
    """

    def __init__(self, norm, rng):
        self.layers = [Linear(n, m, rng, bias=False) for n, m in pairwise(SETTINGS.sizes)]
        self.norm = norm

    def __call__(self, x, drops=None):
        """x (B, 64)  ->  logits (B, 10)"""
        h = Tensor(x)
        for i, layer in enumerate(self.layers):
            h = layer(relu(h) if i > 0 else h)  # (B, C)
            if self.norm:
                C, last = h.shape[1], layer is self.layers[-1]
                h = functional.layer_norm(h, np.full(C, LOGITS if last else 1.0), np.zeros(C))
        return h

    def lengths(self):
        """|W| of each layer."""
        return np.array([np.linalg.norm(layer.W.data) for layer in self.layers])


def scale_invariance(run):
    """Before a norm weights c times as large leave the loss as it is and divide their gradient by
    c; at rates that are too large they grow, and ten times the largest good rate of a bare network
    is still good. With their lengths held no rate above the bare network's largest good one is.

    Three layers, plain SGD, 480 digits, eight epochs; and the error's way through twenty layers.
    """
    seeds = run.seeds(4)
    epochs = 1 if run.quick else SETTINGS.epochs
    parts = [(some_digits(seed, IMAGES), seed) for seed in seeds]
    scaled = {norm: np.array([losses_and_gradients(norm, *part) for part in parts])
              for norm in (False, True)}  # (seeds, scales, 2) each
    found = {
        kind: np.array([[end(kind, rate, epochs, *part) for rate in RATES] for part in parts])
        for kind in run.progress(KINDS, "norms")
    }  # (seeds, rates, 2) each
    run.figure(draw(scaled, found))
    means = {kind: rows.mean(axis=0).T for kind, rows in found.items()}  # accuracy, growth
    good = {kind: RATES[accuracy >= GOOD] for kind, (accuracy, _) in means.items()}
    run.record(
        config=SETTINGS._asdict() | {"rates": RATES, "scales": SCALES, "images": IMAGES,
                                     "good": GOOD, "epochs": epochs},
        metrics={
            "error_factor": {"no norm": error_factors(False, seeds),
                             "layer norm": error_factors(True, seeds)},
            "loss_changes_at_most": np.ptp(scaled[True][:, :, 0], axis=1).max(),
            "gradient_times_scale_off_by": off_by(scaled[True][:, :, 1]),
            "accuracy": {kind: accuracy for kind, (accuracy, _) in means.items()},
            "accuracy_sd": {kind: rows[:, :, 0].std(axis=0) for kind, rows in found.items()},
            "growth": {kind: growth for kind, (_, growth) in means.items() if kind != "no norm"},
            "good_rates": {kind: len(rates) for kind, rates in good.items()},
            "largest_good_rate": {kind: max(rates, default=0) for kind, rates in good.items()},
        },
    )


def losses_and_gradients(norm, data, seed):
    """The loss, and the length of the gradient, with all weights times each scale: (scales, 2)."""
    X, y, *_ = data
    found = []
    for scale in SCALES:
        network = Bare(norm, stream(seed, "norms"))
        for layer in network.layers:
            layer.W.data *= scale
        loss = functional.cross_entropy(network(X), y)
        loss.backward()
        gradient = np.concatenate([layer.W.grad.ravel() for layer in network.layers])
        found.append((loss.item(), np.linalg.norm(gradient)))
    return np.array(found)


def error_factors(norm, seeds):
    """The mean factor per layer by the scale of the weights."""
    return {c: np.mean([error_factor(norm, c, seed) for seed in seeds]) for c in (0.1, 1.0, 10.0)}


def error_factor(norm, scale, seed):
    """By how much the error grows a layer on its way back through DEEP layers with ReLU."""
    rng = stream(seed, "deep")
    h = x = Tensor(rng.normal(size=(32, 64)), requires_grad=True)
    for _ in range(DEEP):
        layer = Linear(64, 64, rng, bias=False)
        h = relu(h @ (scale * layer.W.data))  # (32, 64)
        if norm:
            h = functional.layer_norm(h, np.ones(64), np.zeros(64))
    error = rng.normal(size=h.shape)
    (h * error).sum().backward()
    return (np.linalg.norm(x.grad) / np.linalg.norm(error)) ** (1 / DEEP)


def off_by(gradients):
    """The largest relative deviation of gradient times scale from its value at scale 1."""
    product = gradients * SCALES
    return np.abs(product / product[:, [len(SCALES) // 2]] - 1).max()


def end(kind, rate, epochs, data, seed):
    """After training: held-out accuracy, and by how much the weights have grown."""
    X, y, X_others, y_others = data
    network = Bare(kind != "no norm", stream(seed, "norms"))
    start, settings = network.lengths(), SETTINGS._replace(learning_rate=rate, epochs=epochs)

    def hold_the_lengths(loss):
        for layer, wanted, now in zip(network.layers, start, network.lengths()):
            layer.W.data *= wanted / now

    try:
        optimizer = optim.SGD(parameters(network), rate)
        batches = BatchOrder(len(y), settings.batch_size, stream(seed, "norms", "batches"))
        after_step = hold_the_lengths if kind == "layer norm, lengths held" else None
        train(network, optimizer, X, y, settings, batches, after_step=after_step)
        accuracy = evaluate(network, X_others, y_others)[1]
    except NonFiniteError:
        return 0.1, 0.0  # it diverged: as good as guessing
    return accuracy, np.mean(network.lengths() / start)


def draw(scaled, found):
    """Left: the gradient over the scale. Right: accuracy over the learning rate."""
    title = "Before a norm the gradient shrinks as weights grow; held in length, rates above 1 fail"
    figure, (left, right) = new_figure(title, columns=2, width=12, height=5)
    for norm, kind in ((False, "no norm"), (True, "layer norm")):
        colour, look = KINDS[kind]
        left.loglog(SCALES, scaled[norm][:, :, 1].mean(axis=0), look, color=colour)
    left.loglog(SCALES, scaled[True][:, :, 1].mean() / SCALES, ":", color="black", zorder=0)
    left.text(0.12, scaled[True][:, :, 1].mean() * 12, "dotted: slope of 1 / scale")
    for kind, (colour, look) in KINDS.items():
        x = draw_by_rate(right, RATES, found[kind][:, :, 0], look, color=colour, label=kind)
    right.axhline(GOOD, color="black", linestyle=":")
    right.set_ylim(0, 1)
    label(left, "all weights times this scale", "length of the gradient")
    label(right, x, "held-out accuracy (dotted: good)", legend=False)
    figure.legend(loc="outside lower center", ncols=3)
    return figure
