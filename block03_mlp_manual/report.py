"""loss_curve.png, and outputs.md: what the network says about digits, before and after."""

import numpy as np

from block03_mlp_manual.many_layers import forward, initialise
from block03_mlp_manual.problems import (
    digits_data,
    digits_split,
    scale_all_alike,
    scale_each_pixel,
)
from block03_mlp_manual.train import DIGITS, first_layers, train
from shared.data import load_digits
from shared.losses import softmax
from shared.plots import label, loss_curves, new_figure
from shared.seeding import stream


def draw_losses(run):
    """The logged losses of both problems."""
    title = "Both losses fall; validation stays above training"
    figure, axes = new_figure(title, columns=2, width=10)
    for axis, problem in zip(axes, ("spiral", "digits")):
        curves = {s: run.logged(split=s, problem=problem) for s in ("train", "validation")}
        loss_curves(axis, curves)
        label(axis, "epoch", "cross-entropy (nats)", f"{problem}, one seed")
    run.figure(figure, "loss_curve")


def show_digits(run, layers):
    """outputs.md: a validation digit before and after training, the worst mistakes, and a fix."""
    fit, validation, _ = digits_split(run.seed)
    _, _, X, y = digits_data(fit, validation)
    pixels = load_digits().X[validation]
    untrained, _ = first_layers(run.seed, "digits", DIGITS)
    before, after = (softmax(forward(network, X)[0]) for network in (untrained, layers))
    worst = np.argsort(after[np.arange(len(y)), y], kind="stable")[:3]
    ink = "Ink from little to much: `.` `:` `+` `#`."
    lines = [ink, "", "# The first validation digit, before and after training", ""]
    lines += [*shown(pixels[0], y[0], {"Before": before[0], "After": after[0]})]
    lines += ["# The three validation digits it is most wrong about", ""]
    for n in worst:
        lines += shown(pixels[n], y[n], {"The network": after[n]})
    lines += ["# Before and after a fix: the scale of the pixels", "", *the_fix(run)]
    run.file("outputs.md", "\n".join(lines))


def the_fix(run):
    """A validation digit as the network with a scale for each pixel sees it and as one with one
    scale for all: of the split whose largest pixel is largest, the digit that gains most."""
    largest, split = max((largest_alone(split), split) for split in range(5))
    fit, validation, _ = digits_split(split)
    settings = DIGITS._replace(epochs=3) if run.quick else DIGITS
    p = {}
    for name, scaling in (("Each pixel alone", scale_each_pixel), ("All alike", scale_all_alike)):
        X, y, X_validation, y_validation = digits_data(fit, validation, scaling)
        rng = stream(run.seed, "the fix")
        layers = train(initialise(settings.sizes, rng), X, y, settings, rng)
        p[name] = softmax(forward(layers, X_validation)[0])  # (N, 10)
    rows = np.arange(len(validation))
    n = int((p["All alike"] - p["Each pixel alone"])[rows, y_validation].argmax())
    told = (
        f"Scaled alone, the largest pixel of these digits is {largest:.0f} standard deviations "
        "from its mean. The digit whose right class gains most:"
    )
    said = {name: probabilities[n] for name, probabilities in p.items()}
    return [told, "", *shown(load_digits().X[validation[n]], y_validation[n], said)]


def largest_alone(split):
    """The largest validation pixel of a split where each pixel is scaled alone."""
    fit, validation, _ = digits_split(split)
    return np.abs(digits_data(fit, validation, scale_each_pixel)[2]).max()


def shown(pixels, target, probabilities):
    """One digit as text, with the three likeliest classes of each network, by its name."""
    lines = [f"The digit is {target}.", "", "```text", *as_text(pixels)]
    for name, p in probabilities.items():
        guesses = ", ".join(f"{k}: {100 * p[k]:.1f} %" for k in np.argsort(-p, kind="stable")[:3])
        lines.append(f"{name}: {guesses}")
    return [*lines, "```", ""]


def as_text(pixels):
    """An image of 64 pixels from 0 to 16 as eight lines of text."""
    levels = (pixels.reshape(8, 8) / 16 * 4.99).astype(int)
    symbols = " .:+#"
    return ["".join(2 * symbols[level] for level in row) for row in levels]
