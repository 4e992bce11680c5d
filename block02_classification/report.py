"""loss_curve.png, and outputs.md: a fixed loss before and after, and what the model says."""

import numpy as np

from block02_classification.problems import digits_parts
from block02_classification.softmax_regression import logits
from shared.losses import cross_entropy, softmax
from shared.plots import label, loss_curves, new_figure


def draw_losses(run):
    """The logged losses, from that of a guess among ten."""
    figure, (axes,) = new_figure("From the loss of a guess, log 10, down: training and validation")
    loss_curves(axes, {split: run.logged(split=split) for split in ("train", "validation")})
    axes.axhline(np.log(10), color="black", linestyle=":", label="log 10, a guess")
    label(axes, "epoch", "cross-entropy (nats), one seed")
    run.figure(figure, "loss_curve")


def show_outputs(run, model):
    """outputs.md: cross-entropy before and after its fix, ten answers, the surest mistakes."""
    _, _, X, y = digits_parts(run.seed)
    p = softmax(logits(X, *model))  # (N, K)
    guess = p.argmax(axis=1)
    table = stability_table()
    run.file("before_after.txt", "\n".join(table) + "\n")
    lines = ["# Cross-entropy before and after the largest logit is subtracted", "", "```text"]
    lines += [*table, "```", ""]
    lines += ["# Ten validation digits", "", "| true | predicted | probability |", "|---|---|---|"]
    lines += [f"| {y[n]} | {guess[n]} | {p[n].max():.3f} |" for n in range(10)]
    lines += ["", "# The three validation digits misread with the most confidence", ""]
    lines += ["The denser the sign, the stronger the ink.", ""]
    for n in surest_mistakes(p, y)[:3]:
        lines += [f"A {y[n]} read as {guess[n]}, probability {p[n].max():.3f}:", "", "```text"]
        lines += [*as_text(X[n]), "```", ""]
    run.file("outputs.md", "\n".join(lines).rstrip() + "\n")


def surest_mistakes(p, y):
    """The rows of wrong answers, the most confident first: p (N, K), y (N,) -> (M,)."""
    wrong = np.flatnonzero(p.argmax(axis=1) != y)
    return wrong[np.argsort(-p[wrong].max(axis=1), kind="stable")]


def naive_cross_entropy(z, target):
    """-log of a softmax typed in as the formula stands: right until exp overflows at 710."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        powers = np.exp(z)
        return float(-np.log(powers[target] / powers.sum()))


def stability_table():
    """The loss of two logits, the target being the larger (0) or the smaller (1), written twice."""
    rows = ["         logits  target  formula typed in  largest logit subtracted"]
    for size in (1, 30, 800, 10_000):
        z = np.array([size, -size], dtype=float)
        for target in (0, 1):
            naive = naive_cross_entropy(z, target)
            stable = cross_entropy(z[None], np.array([target]))
            rows.append(f"{size:+7}, {-size:+7}  {target:>6}  {naive:>16.4g}  {stable:>24.4g}")
    return rows


def as_text(image):
    """An image (64,) of 0 to 1 as eight lines of characters, from no ink to the most."""
    shades = " .:-=+*#%@"
    rows = np.minimum((image * len(shades)).astype(int), len(shades) - 1).reshape(8, 8)
    return ["".join(2 * shades[v] for v in row).rstrip() for row in rows]
