"""Bad and decent initialisation, and what training makes of each."""

import numpy as np

from block03_mlp_manual.experiments.training import watched_losses
from block03_mlp_manual.initialisation import INITIALISATIONS
from block03_mlp_manual.many_layers import initialise, predict
from shared.data import fit_standardiser, load_digits
from shared.losses import accuracy
from shared.plots import label, new_figure
from shared.seeding import stream

WIDTH, CLASSES = 32, 10
DEPTHS = (2, 6)
LEARNING_RATE, BATCH_SIZE = 0.1, 32  # He and Xavier train well at both depths
EPOCH = 19  # batches of 32 in 600 rows
ROWS = 600  # enough digits to tell the six starts apart


def some_digits(rng):
    """X (600, 64) standardised, y (600,)."""
    table = load_digits()
    rows = rng.permutation(len(table.y))[:ROWS]
    return fit_standardiser(table.X[rows])(table.X[rows]), table.y[rows]


def different_units(W):
    """How many columns of W differ: units that compute different things."""
    return len(np.unique(W.round(9), axis=1).T)


def train_from(seed, start, depth, updates):
    """Batch losses, final accuracy on the training rows, and the different first-layer units."""
    rng = stream(seed, "starts", start, depth)
    X, y = some_digits(stream(seed, "starts"))
    sizes = [X.shape[1], *[WIDTH] * (depth - 1), CLASSES]
    layers = initialise(sizes, rng, INITIALISATIONS[start])
    settings = {"learning_rate": LEARNING_RATE, "batch_size": BATCH_SIZE, "rng": rng}
    losses = watched_losses(layers, X, y, updates, **settings)
    return losses, accuracy(predict(layers, X), y), different_units(layers[0][0])


def smooth(losses):
    """The mean batch loss of each epoch, so that the curves can be told apart."""
    whole = len(losses) // EPOCH * EPOCH
    return np.reshape(losses[:whole], (-1, EPOCH)).mean(axis=1)


def draw_starts(found):
    """One panel a depth, one curve an initialisation; losses above 100 leave the picture."""
    title = "Zero never moves, equal moves as one, too small waits, too large starts wrong"
    figure, axes = new_figure(title, columns=2, width=10)
    for axis, depth in zip(axes, DEPTHS):
        for start, style in zip(INITIALISATIONS, (":", "-.", "--", "--", "-", "-")):
            curve = smooth(found[start, depth][0][0])
            axis.semilogy(np.arange(1, len(curve) + 1), curve, style, label=start)
        axis.axhline(np.log(CLASSES), color="0.7", linewidth=1, zorder=0)
        axis.text(len(curve), np.log(CLASSES) * 1.08, "ln 10: guessing", ha="right", fontsize=9)
        axis.set_ylim(1e-3, 100)
        label(axis, "epoch", "batch loss (nats)", f"{depth} layers", legend=depth == DEPTHS[0])
    return figure


def a_bad_start_is_not_mended_by_training(run):
    """Six initialisations, 2 and 6 layers, three seeds, the same learning rate."""
    seeds = list(range(run.seed, run.seed + (1 if run.quick else 3)))
    updates = EPOCH * (5 if run.quick else 12)
    found = {
        (start, depth): [train_from(seed, start, depth, updates) for seed in seeds]
        for start in INITIALISATIONS
        for depth in DEPTHS
    }
    run.figure(draw_starts(found), "starts")
    metrics = {}
    for (start, depth), runs in found.items():
        reached = [share for _, share, _ in runs]
        last = np.mean([np.mean(losses[-EPOCH:]) for losses, _, _ in runs])
        metrics.setdefault(f"{depth}_layers", {})[start.replace(" ", "_")] = {
            "first_loss": runs[0][0][0],
            "last_epoch_loss": last if np.isfinite(last) else None,
            "accuracy_mean": np.mean(reached),
            "accuracy_sd": np.std(reached),
            "different_units": [units for _, _, units in runs],
        }
    run.claim(
        "starts",
        "From zero weights nothing but the last bias learns, from equal ones all units stay one; "
        "too small ones stand still in a deep network, too large ones start with a huge loss",
        seeds=seeds,
        config={
            "width": WIDTH, "learning_rate": LEARNING_RATE, "batch_size": BATCH_SIZE,
            "updates": updates, "rows": ROWS, "activation": "ReLU",
        },
        metrics=metrics,
    )  # fmt: skip
