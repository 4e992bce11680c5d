"""Against learning by heart: dropout, and when it helps; early stopping."""

import numpy as np

from block04_training.experiments.network import (
    descend,
    digits,
    evaluate,
    init_network,
    logits,
    train_plainly,
    validation_part,
)
from block04_training.schedules import EarlyStopping
from shared import optim
from shared.plots import label, new_figure
from shared.seeding import stream

# --- dropout -------------------------------------------------------------------------------------

SIZES = [64, 128, 10]
LEARNING_RATE = 3e-3  # 1e-3 has not yet learned the noise by heart when the run ends
RATE = 0.5
CASES = {  # images, share of random labels, epochs
    "small_noisy": (200, 0.2, 80),
    "small_clean": (200, 0.0, 80),
    "full_clean": (None, 0.0, 15),  # about as many steps
}


def gains(case, seeds, quick):
    """Test accuracy without and with dropout, same data, weights and batches: (seeds, 2)."""
    images, noise, epochs = CASES[case]
    found = []
    for seed in seeds:
        data = digits(seed, images, noise)
        settings = {
            "sizes": SIZES, "learning_rate": LEARNING_RATE, "seed": seed,
            "epochs": epochs // 4 if quick else epochs, "batch_size": 40 if images else 64,
        }  # fmt: skip
        found.append(
            [train_plainly(data, optim.Adam, dropout=rate, **settings)[0] for rate in (0.0, RATE)]
        )
    return np.array(found)


def draw_gains(found):
    """One dot a seed: accuracy with dropout over accuracy without."""
    figure, axes = new_figure(
        "Dropout pays where there is noise to learn by heart", columns=3, width=12, height=4.4
    )
    for (case, pairs), ax in zip(found.items(), axes):
        ax.scatter(*pairs.T, s=25)
        low, high = pairs.min() - 0.01, pairs.max() + 0.01
        ax.plot([low, high], [low, high], "k:", label="no difference")
        ax.set(xlim=(low, high), ylim=(low, high))
        label(ax, "accuracy without dropout", "accuracy with dropout", case.replace("_", ", "))
        ax.legend(loc="lower right")
    return figure


def dropout_helps_against_noise_and_not_without(run):
    """200 images with 20 % random labels, 200 clean ones, and all images; paired seeds."""
    seeds = list(range(run.seed, run.seed + (2 if run.quick else 10)))
    found = {case: gains(case, seeds, run.quick) for case in run.progress(CASES, "dropout")}
    gain = {case: pairs[:, 1] - pairs[:, 0] for case, pairs in found.items()}
    run.figure(draw_gains(found), "dropout")
    run.claim(
        "dropout",
        "Dropout gains test accuracy where 20 % of 200 labels are random, and next to nothing on "
        "clean labels",
        seeds=seeds,
        config={"sizes": SIZES, "rate": RATE, "cases": CASES, "learning_rate": LEARNING_RATE},
        metrics={
            case: {
                "without": pairs[:, 0].mean(), "with": pairs[:, 1].mean(),
                "gain": gain[case].mean(), "gain_sd": gain[case].std(ddof=1),
                "seeds_improved": int(np.sum(gain[case] > 0)),
            }
            for case, pairs in found.items()
        },
    )  # fmt: skip
    run.headline(
        {
            "dropout_gain_small_data": gain["small_noisy"].mean(),
            "dropout_gain_small_data_sd": gain["small_noisy"].std(ddof=1),
            "dropout_gain_clean_labels": gain["small_clean"].mean(),
            "dropout_gain_full_data": gain["full_clean"].mean(),
        }
    )


# --- early stopping ------------------------------------------------------------------------------

PATIENCE = 5  # epochs; 2 stops at the first bump, 20 only wastes time


def stopped_run(seed, epochs):
    """Train to the end while early stopping watches a validation part.

    -> the losses (epochs, 2) train and validation, the epoch of the best weights, the epoch where
    it stops, and (test loss, test accuracy) at the best weights and at the end
    """
    noisy = digits(seed, images=250, random_labels=0.2)
    part = validation_part(noisy)
    parameters = init_network(SIZES, stream(seed, "weights"))
    optimizer = optim.Adam(parameters, LEARNING_RATE)
    model = lambda x: logits(parameters, x)  # noqa: E731
    stopping, losses, stopped = EarlyStopping(PATIENCE), [], None
    rng = stream(seed, "batches")
    path = descend(model, optimizer, part.X, part.y, epochs=epochs, batch_size=20, rng=rng)
    for epoch, train_loss in path:
        validation_loss = evaluate(model, part.X_test, part.y_test)[0]
        losses.append((train_loss, validation_loss))
        if stopped is None and stopping.should_stop(validation_loss, optimizer.values):
            stopped = epoch
    best = int(np.argmin([validation for _, validation in losses[: (stopped or epochs) + 1]]))
    at_end = evaluate(model, noisy.X_test, noisy.y_test)
    optimizer.values[:] = stopping.best_weights
    at_best = evaluate(model, noisy.X_test, noisy.y_test)
    return np.array(losses), best, stopped, at_best, at_end


def early_stopping_saves_a_run_that_overfits(run):
    """250 images, 20 % random labels, no other regularisation: train far too long, and watch."""
    seeds = list(range(run.seed, run.seed + (1 if run.quick else 5)))
    epochs = 20 if run.quick else 80
    runs = [stopped_run(seed, epochs) for seed in seeds]
    losses, best, stopped, *_ = runs[0]
    figure, (axes,) = new_figure(
        "The validation loss turns while the training loss goes on falling"
    )
    axes.semilogy(losses[:, 0], label="training")
    axes.semilogy(losses[:, 1], label="validation")
    axes.axvline(best, color="black", linestyle=":", label="weights kept")
    if stopped is not None:
        axes.axvline(stopped, color="grey", linestyle="--", label="stopped here")
    label(axes, "epoch", "loss (nats)")
    run.figure(figure, "early_stopping")
    at_best, at_end = (np.array([r[i] for r in runs]) for i in (3, 4))  # (seeds, 2)
    run.claim(
        "early_stopping",
        "Stopping early and going back to the best weights beats training to the end",
        seeds=seeds,
        config={"images": 250, "random_labels": 0.2, "patience": PATIENCE, "epochs": epochs},
        metrics={
            "stopped_at": [r[2] for r in runs],
            "best_epoch": [r[1] for r in runs],
            "test_loss": {"stopped": at_best[:, 0].mean(), "at_the_end": at_end[:, 0].mean()},
            "test_accuracy": {"stopped": at_best[:, 1].mean(), "at_the_end": at_end[:, 1].mean()},
            "seeds_improved": int(np.sum(at_best[:, 1] > at_end[:, 1])),
        },
    )
