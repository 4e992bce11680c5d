"""loss_curve.png, and outputs.md: what the line says about patients, and a loss before and after
standardising."""

from block01_regression.gradient_descent import descend
from block01_regression.losses import predict, r_squared
from block01_regression.train import DIABETES, losses_along
from shared.data import fit_standardiser, load_diabetes, train_validation_split
from shared.plots import label, loss_curves, new_figure
from shared.seeding import stream


def draw_losses(run):
    """The logged losses."""
    figure, (axes,) = new_figure("Both losses fall and level off")
    curves = {split: run.logged(split=split) for split in ("train", "validation")}
    loss_curves(axes, curves)
    label(axes, "epoch", "mean squared error (target units squared)", "diabetes, one split")
    run.figure(figure, "loss_curve")


def write_outputs(run, w, b, X, y):
    """outputs.md: ten validation patients, and the fix that made training possible."""
    prediction = predict(X, w, b)
    table = before_after(run.seed)
    run.file("before_after.txt", table)
    lines = ["# Ten validation patients", ""]
    lines += ["| predicted | measured | off by |", "|---|---|---|"]
    for p, t in list(zip(prediction, y))[:10]:
        lines.append(f"| {p:.0f} | {t:.0f} | {p - t:+.0f} |")
    lines += ["", f"R^2 on all {len(y)} validation patients: {r_squared(prediction, y):.2f}", ""]
    lines += ["# Before and after standardising", ""]
    lines += ["The training loss after each update: the same patients, batches and learning rate."]
    lines += ["", "```text", table.rstrip(), "```"]
    run.file("outputs.md", "\n".join(lines) + "\n")


def before_after(seed, updates=7):
    """The training loss after each update, on raw columns and on standardised ones; all else is
    the same: rows, order of the batches, learning rate."""
    table = load_diabetes()
    rows, _ = train_validation_split(
        len(table.y), DIABETES.validation_fraction, stream(seed, "split")
    )
    X, y = table.X[rows], table.y[rows]
    raw, scaled = (
        losses_along(
            descend(
                columns,
                y,
                learning_rate=DIABETES.learning_rate,
                batch_size=DIABETES.batch_size,
                rng=stream(seed, "batches"),
            ),
            columns, y, updates,
        )
        for columns in (X, fit_standardiser(X)(X))
    )
    lines = [f"{'update':>6}  {'raw columns':>12}  {'standardised':>12}"]
    lines += [f"{t:>6}  {a:>12.3g}  {c:>12.0f}" for t, (a, c) in enumerate(zip(raw, scaled))]
    return "\n".join(lines) + "\n"
