"""Train a two-layer network on the spiral and on the digits, then run every experiment.

    python -m block03_mlp_manual.train            writes results/ and the README's numbers
    python -m block03_mlp_manual.train --quick    small sizes, to a temporary folder
"""

from typing import NamedTuple

import numpy as np

from block03_mlp_manual.experiments import EXPERIMENTS
from block03_mlp_manual.two_layers import backward, forward, initialise, predict
from shared.data import fit_standardiser, load_digits, minibatches, spiral, stratified_split
from shared.losses import accuracy, cross_entropy, cross_entropy_gradient, softmax
from shared.plots import label, loss_curves, new_figure
from shared.results import open_run
from shared.seeding import stream


class Settings(NamedTuple):
    """What a run of `train` needs to know."""

    hidden_size: int
    learning_rate: float
    batch_size: int
    epochs: int


SPIRAL = Settings(
    hidden_size=100,  # 30 nearly do, see the widths
    learning_rate=0.3,  # 1.0 rattles at the end, 0.1 needs three times the epochs
    batch_size=30,  # 10 updates an epoch
    epochs=400,  # the validation loss falls hardly any more
)
DIGITS = Settings(
    hidden_size=256,  # 32 end at a higher validation loss
    learning_rate=0.2,  # 0.1 needs twice the epochs; from 1 on units die
    batch_size=32,  # 36 updates an epoch
    epochs=20,  # the validation loss has stopped falling
)
PIXELS_ALONE = "digits, each pixel alone"  # the scaling before the fix


def train(run, problem, settings, X, y, X_validation, y_validation):
    """Stochastic gradient descent on the cross-entropy. -> Parameters"""
    rng = stream(run.seed, problem, "train")
    parameters = initialise(X.shape[1], settings.hidden_size, y.max() + 1, rng)
    for epoch in range(settings.epochs + 1):
        for split, points, classes in (("train", X, y), ("validation", X_validation, y_validation)):
            loss = cross_entropy(forward(parameters, points)[0], classes)
            run.log(step=epoch, split=split, loss=loss, problem=problem)
        if epoch == settings.epochs:
            return parameters
        for rows in minibatches(len(y), settings.batch_size, rng):
            outputs, cache = forward(parameters, X[rows])  # (B, K)
            doutputs = cross_entropy_gradient(outputs, y[rows])  # (B, K)
            gradients = backward(parameters, cache, doutputs)
            for parameter, gradient in zip(parameters, gradients):
                parameter -= settings.learning_rate * gradient


def spiral_data(seed):
    """300 points to train on and 3,000 fresh ones, with the noise of CS231n."""
    return *spiral(300, 0.2, stream(seed, "spiral")), *spiral(3000, 0.2, stream(seed, "fresh"))


def digits_rows(seed):
    """Row numbers (train, validation) of the digits."""
    return stratified_split(load_digits().y, 0.2, stream(seed, "digits"))


def digits_data(seed, *, each_pixel_alone=False):
    """Four fifths of the digits to train on, one for validation; one scale for all pixels.

    With a scale for each pixel one that is lit in a single image becomes huge in that image.
    """
    table = load_digits()
    rows, others = digits_rows(seed)
    standardise = fit_standardiser(table.X[rows])
    if not each_pixel_alone:
        standardise = standardise._replace(scale=np.full(64, table.X[rows].std()))
    X = standardise(table.X)
    return X[rows], table.y[rows], X[others], table.y[others]


def logged(run, problem, split):
    """The steps and losses that `train` logged."""
    rows = [r for r in run.log_rows if r["split"] == split and r["problem"] == problem]
    return [r["step"] for r in rows], [r["loss"] for r in rows]


def draw_losses(run):
    """The logged losses of both problems as loss_curve.png."""
    title = "Both losses fall; the gap between them is what was learnt by heart"
    figure, axes = new_figure(title, columns=2, width=10)
    for axis, problem in zip(axes, ("spiral", "digits")):
        loss_curves(axis, {split: logged(run, problem, split) for split in ("train", "validation")})
        label(axis, "epoch", "cross-entropy (nats)", problem, legend=problem == "spiral")
    run.figure(figure, "loss_curve")


def as_text(pixels):
    """An image of 64 pixels from 0 to 16 as eight lines of text."""
    levels = (pixels.reshape(8, 8) / 16 * 4.99).astype(int)
    return ["".join(2 * " .:+#"[level] for level in row) for row in levels]


def shown(pixels, probabilities, target):
    """One digit as text, with the three likeliest classes."""
    best = np.argsort(-probabilities)[:3]
    guesses = ", ".join(f"{k}: {100 * probabilities[k]:.1f} %" for k in best)
    said = f"It is a {target}. The network says {guesses}"
    return [said, "", "```text", *as_text(pixels), "```", ""]


def before_and_after(run):
    """The validation loss of the digits by epoch: each pixel scaled alone, and all alike."""
    epochs, before = logged(run, PIXELS_ALONE, "validation")
    _, after = logged(run, "digits", "validation")
    lines = ["epoch  each pixel alone  all pixels alike"]
    for epoch, b, a in zip(epochs, before, after):
        if epoch in (0, 1, 2, 5, 10, 15, 20):
            lines.append(f"{epoch:>5}{b:>18.3f}{a:>18.3f}")
    return "\n".join(lines) + "\n"


def write_outputs(run, before, after, X, y, pixels):
    """outputs.md: a digit before and after training, the worst mistakes, and a fix."""
    p_before, p_after = (softmax(forward(p, X)[0]) for p in (before, after))
    own = p_after[np.arange(len(y)), y]  # (N,) what it gave the right class
    lines = ["# The first digit, before and after training", ""]
    lines += ["Before:", "", *shown(pixels[0], p_before[0], y[0])]
    lines += ["After:", "", *shown(pixels[0], p_after[0], y[0])]
    lines += ["# The three digits it is most wrong about", ""]
    for n in np.argsort(own)[:3]:
        lines += shown(pixels[n], p_after[n], y[n])
    fix = before_and_after(run)
    lines += ["# Before and after the fix: one scale for all pixels", ""]
    lines += ["The validation loss in nats:", "", "```text", fix.rstrip(), "```", ""]
    run.file("outputs.md", "\n".join(lines))
    run.file("before_after.txt", fix)


def learn_spiral(run):
    """Train on the spiral; the accuracy on fresh points."""
    settings = SPIRAL._replace(epochs=40) if run.quick else SPIRAL
    X, y, X_fresh, y_fresh = spiral_data(run.seed)
    parameters = train(run, "spiral", settings, X, y, X_fresh, y_fresh)
    return accuracy(predict(parameters, X_fresh), y_fresh)


def learn_digits(run):
    """Train on the digits, with both scalings, and show what came of it: numbers by name."""
    settings = DIGITS._replace(epochs=5) if run.quick else DIGITS
    alone = digits_data(run.seed, each_pixel_alone=True)
    train(run, PIXELS_ALONE, settings, *alone)
    X, y, X_validation, y_validation = digits_data(run.seed)
    before = initialise(64, settings.hidden_size, 10, stream(run.seed, "digits", "train"))
    after = train(run, "digits", settings, X, y, X_validation, y_validation)
    pixels = load_digits().X[digits_rows(run.seed)[1]]
    write_outputs(run, before, after, X_validation, y_validation, pixels)
    return {
        "digits_validation_accuracy": accuracy(predict(after, X_validation), y_validation),
        "largest_pixel_scaled_alone": alone[0].max(),
        "largest_pixel_scaled_alike": X.max(),
    }


def main(arguments=None):
    with open_run(__file__, "Networks of two layers, gradients by hand.", arguments) as run:
        found = {"spiral_fresh_accuracy": learn_spiral(run), **learn_digits(run)}
        draw_losses(run)
        run.claim(
            "training",
            "The same loop learns the spiral and the digits",
            seeds=[run.seed],
            config={"spiral": SPIRAL._asdict(), "digits": DIGITS._asdict()},
            metrics=found,
        )
        for experiment in run.progress(EXPERIMENTS, "experiments"):
            experiment(run)


if __name__ == "__main__":
    main()
