"""Train linear regression on the diabetes data, then run every experiment of the block.

    python -m block01_regression.train            writes results/ and the README's numbers
    python -m block01_regression.train --quick    small sizes, to a temporary folder
"""

import numpy as np

from block01_regression.experiments import EXPERIMENTS
from block01_regression.losses import (
    mse,
    mse_gradient,
    parameter_gradient,
    predict,
    r_squared,
)
from shared.data import fit_standardiser, load_diabetes, minibatches, train_validation_split
from shared.plots import label, loss_curves, new_figure
from shared.results import open_run
from shared.seeding import stream

VALIDATION_FRACTION = 0.2  # 88 of 442 patients: enough to see the curve, few enough to spare
LEARNING_RATE = 0.02  # 0.2 diverges on raw columns and rattles on scaled ones, 0.002 takes 10 x
BATCH_SIZE = 32  # 11 updates an epoch
EPOCHS = 60  # the validation loss is flat from epoch 20 on


def split_and_scale(table, rng):
    """X_train, y_train, X_validation, y_validation; scaled by the training rows alone."""
    train, validation = train_validation_split(len(table.y), VALIDATION_FRACTION, rng)
    standardise = fit_standardiser(table.X[train])
    X = standardise(table.X)
    return X[train], table.y[train], X[validation], table.y[validation]


def train(run, X, y, X_validation, y_validation):
    """Mini-batch gradient descent on the MSE. -> w (D,), b"""
    rng = stream(run.seed, "batches")
    w, b = np.zeros(X.shape[1]), 0.0
    for epoch in range(EPOCHS):
        run.log(step=epoch, split="train", loss=mse(predict(X, w, b), y))
        run.log(step=epoch, split="validation", loss=mse(predict(X_validation, w, b), y_validation))
        for rows in minibatches(len(y), BATCH_SIZE, rng):
            prediction = predict(X[rows], w, b)  # (B,)
            dw, db = parameter_gradient(X[rows], mse_gradient(prediction, y[rows]))
            w -= LEARNING_RATE * dw
            b -= LEARNING_RATE * db
    return w, b


def draw_loss(run):
    """The logged losses as loss_curve.png."""
    figure, (axes,) = new_figure("Both losses fall and level off: 10 weights do not overfit")
    curves = {}
    for split in ("train", "validation"):
        rows = [row for row in run.log_rows if row["split"] == split]
        curves[split] = ([row["step"] for row in rows], [row["loss"] for row in rows])
    loss_curves(axes, curves)
    label(axes, "epoch", "mean squared error (target units squared)")
    run.figure(figure, "loss_curve")


def losses_on_raw_columns(table, updates=8):
    """The MSE after each update at this file's learning rate without standardising: it explodes."""
    w, b, losses = np.zeros(table.X.shape[1]), 0.0, []
    for _ in range(updates):
        prediction = predict(table.X, w, b)
        losses.append(mse(prediction, table.y))
        dw, db = parameter_gradient(table.X, mse_gradient(prediction, table.y))
        w, b = w - LEARNING_RATE * dw, b - LEARNING_RATE * db
    return losses


def write_outputs(run, table, w, b, X_validation, y_validation):
    """outputs.md: the explosion before the fix, the losses after it, and ten predictions."""
    raw = losses_on_raw_columns(table)
    scaled = [row["loss"] for row in run.log_rows if row["split"] == "train"][: len(raw)]
    rows = [f"{i:>4}  {a:>12.3g}  {c:>12.0f}" for i, (a, c) in enumerate(zip(raw, scaled))]
    table_text = "\n".join([f"{'step':>4}  {'raw columns':>12}  {'standardised':>12}", *rows])
    run.file("before_after.txt", table_text + "\n")
    lines = ["# Before and after standardising", ""]
    lines += ["Training loss: the first eight updates on raw columns, eight epochs on scaled ones."]
    lines += ["", "```", table_text, "```"]
    lines += ["", "# Ten validation patients", ""]
    lines += ["| predicted | measured | off by |", "|---|---|---|"]
    prediction = predict(X_validation, w, b)
    for p, t in list(zip(prediction, y_validation))[:10]:
        lines.append(f"| {p:.0f} | {t:.0f} | {p - t:+.0f} |")
    run.file("outputs.md", "\n".join(lines) + "\n")
    run.claim(
        "training",
        "Mini-batch descent on standardised columns fits; on raw columns the same rate explodes",
        seeds=[run.seed],
        config={"learning_rate": LEARNING_RATE, "batch_size": BATCH_SIZE, "epochs": EPOCHS},
        metrics={
            "raw_losses": raw,
            "scaled_losses": scaled,
            "validation_mse": mse(prediction, y_validation),
            "validation_r2": r_squared(prediction, y_validation),
            "weights": dict(zip(table.names, w)),
            "intercept": b,
        },
    )


def main(arguments=None):
    with open_run(__file__, "Linear regression on the diabetes data.", arguments) as run:
        table = load_diabetes()
        X, y, X_validation, y_validation = split_and_scale(table, stream(run.seed, "split"))
        w, b = train(run, X, y, X_validation, y_validation)
        draw_loss(run)
        write_outputs(run, table, w, b, X_validation, y_validation)
        for experiment in run.progress(EXPERIMENTS, "experiments"):
            experiment(run)


if __name__ == "__main__":
    main()
