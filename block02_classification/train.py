"""Train softmax regression on the digits, then run every experiment of the block.

    python -m block02_classification.train            writes results/ and the README's numbers
    python -m block02_classification.train --quick    small sizes, to a temporary folder
"""

import numpy as np

from block02_classification.experiments import EXPERIMENTS
from block02_classification.softmax_regression import logits, parameter_gradient
from shared.data import load_digits, minibatches, stratified_split
from shared.losses import accuracy, cross_entropy, cross_entropy_gradient, softmax
from shared.plots import label, loss_curves, new_figure
from shared.results import open_run
from shared.seeding import stream

CLASSES = 10
PIXEL_MAX = 16  # pixels become 0 to 1, so that one learning rate suits all of them
VALIDATION_FRACTION = 0.2  # 359 images: one mistake is 0.3 %
LEARNING_RATE = 1.0  # 0.1 needs ten times the epochs; at 5 the accuracy swings by a per cent
BATCH_SIZE = 128  # 12 updates an epoch; 32 costs four times as many for the same accuracy
EPOCHS = 80  # the accuracy stands still from 40 on, the loss falls a little further
PENALTY = 1e-4  # 1e-2 underfits (three times the validation loss); 0 is as good in 80 epochs


def train(run, X, y, X_validation, y_validation):
    """Mini-batch gradient descent on the cross-entropy. -> W (64, 10), b (10,)"""
    rng = stream(run.seed, "batches")
    W, b = np.zeros((X.shape[1], CLASSES)), np.zeros(CLASSES)
    for epoch in range(EPOCHS + 1):
        scores, validation_scores = logits(X, W, b), logits(X_validation, W, b)
        run.log(step=epoch, split="train", loss=cross_entropy(scores, y))
        run.log(
            step=epoch,
            split="validation",
            loss=cross_entropy(validation_scores, y_validation),
            accuracy=accuracy(validation_scores.argmax(axis=1), y_validation),
        )
        if epoch == EPOCHS:
            return W, b
        for rows in minibatches(len(y), BATCH_SIZE, rng):
            dlogits = cross_entropy_gradient(logits(X[rows], W, b), y[rows])  # (B, K)
            dW, db = parameter_gradient(X[rows], dlogits)
            W -= LEARNING_RATE * (dW + PENALTY * W)
            b -= LEARNING_RATE * db


def draw_loss(run):
    """The logged losses as loss_curve.png."""
    figure, (axes,) = new_figure("From log 10 = 2.3, a guess, down: 650 weights read digits")
    curves = {}
    for split in ("train", "validation"):
        rows = [row for row in run.log_rows if row["split"] == split]
        curves[split] = ([row["step"] for row in rows], [row["loss"] for row in rows])
    loss_curves(axes, curves)
    label(axes, "epoch", "cross-entropy (nats)")
    run.figure(figure, "loss_curve")


# --- outputs -------------------------------------------------------------------------------------


def naive_cross_entropy(z, target):
    """-log of a softmax written down as on paper: right until exp overflows at 710."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        powers = np.exp(z)
        return float(-np.log(powers[target] / powers.sum()))


def stability_table():
    """The loss of two logits, the target being the larger (0) or the smaller (1), written twice."""
    rows = ["         logits  target   on paper  largest logit subtracted"]
    for size in (1, 30, 800, 10_000):
        z = np.array([size, -size], dtype=float)
        for target in (0, 1):
            naive = naive_cross_entropy(z, target)
            stable = cross_entropy(z[None], np.array([target]))
            rows.append(f"{size:+7}, {-size:+7}  {target:>6}  {naive:>9.4g}  {stable:>24.4g}")
    return rows


def as_text(image):
    """An image (64,) of 0 to 1 as eight lines of characters, dark to bright."""
    shades = " .:-=+*#%@"
    rows = np.minimum((image * len(shades)).astype(int), len(shades) - 1).reshape(8, 8)
    return ["".join(2 * shades[v] for v in row).rstrip() for row in rows]


def write_outputs(run, W, b, X, y):
    """outputs.md: cross-entropy before and after its fix, and the surest mistakes."""
    p = softmax(logits(X, W, b))  # (N, K)
    guess = p.argmax(axis=1)
    wrong = np.flatnonzero(guess != y)
    surest = wrong[np.argsort(-p[wrong].max(axis=1), kind="stable")][:3]
    before_after = stability_table()
    run.file("before_after.txt", "\n".join(before_after) + "\n")
    lines = ["# Cross-entropy before and after the fix", "", "```text", *before_after, "```", ""]
    lines += ["# Ten validation digits", "", "| true | predicted | probability |", "|---|---|---|"]
    lines += [f"| {y[n]} | {guess[n]} | {p[n].max():.3f} |" for n in range(10)]
    lines += ["", "# The three mistakes made with the most confidence", ""]
    for n in surest:
        lines += [f"A {y[n]} read as {guess[n]}, probability {p[n].max():.3f}:", "", "```text"]
        lines += [*as_text(X[n]), "```", ""]
    run.file("outputs.md", "\n".join(lines).rstrip() + "\n")
    run.claim(
        "training",
        "650 weights and plain descent read the digits of a validation part",
        seeds=[run.seed],
        config={
            "learning_rate": LEARNING_RATE, "batch_size": BATCH_SIZE, "epochs": EPOCHS,
            "penalty": PENALTY, "examples": len(y),
        },
        metrics={
            "validation_accuracy": accuracy(guess, y),
            "validation_loss": cross_entropy(logits(X, W, b), y),
            "first_loss": run.log_rows[0]["loss"],
            "mistakes": len(wrong),
            "surest_mistake": p[surest[0]].max(),
        },
    )  # fmt: skip


def main(arguments=None):
    with open_run(__file__, "Softmax regression on the digits.", arguments) as run:
        table = load_digits()
        X, y = table.X / PIXEL_MAX, table.y
        rows, held_out = stratified_split(y, VALIDATION_FRACTION, stream(run.seed, "split"))
        W, b = train(run, X[rows], y[rows], X[held_out], y[held_out])
        draw_loss(run)
        write_outputs(run, W, b, X[held_out], y[held_out])
        for experiment in run.progress(EXPERIMENTS, "experiments"):
            experiment(run)


if __name__ == "__main__":
    main()
