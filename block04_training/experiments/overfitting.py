"""Against learning by heart: dropout, and when it helps; early stopping."""

import numpy as np

from block04_training.experiments.problems import some_digits
from block04_training.schedules import EarlyStopping
from block04_training.train import Settings, evaluate, trained
from shared.layers import parameters
from shared.plots import COLOURS, label, new_figure

SETTINGS = Settings(
    sizes=(64, 128, 10),
    learning_rate=3e-3,  # 1e-3 has not yet learned the noise by heart when the run ends
    batch_size=40,
    epochs=80,
)

# --- dropout -------------------------------------------------------------------------------------

DROPOUT = {"input_dropout": 0.2, "dropout": 0.5}  # of the paper, and of DIGITS in train.py
CASES = {  # images, share of random labels, epochs
    "200 images, 20 % random labels": (200, 0.2, 80),
    "200 images, right labels": (200, 0.0, 80),
    "1,151 images, right labels": (None, 0.0, 14),  # as many steps
}
SMALL_NOISY, SMALL_CLEAN, FULL_CLEAN = CASES


def dropout(run):
    """Where 20 % of 200 labels are random, dropout gains held-out accuracy on each of ten seeds;
    with right labels it gains a tenth of that, and on 1,151 images, in as many steps, it loses.

    Ten paired seeds: the same images, weights and batches, with dropout (0.2 of the pixels, 0.5 of
    the hidden units) and without.
    """
    seeds = run.seeds(10, quick=2)
    found = {case: pairs(case, seeds, run.quick) for case in run.progress(CASES, "dropout")}
    gains = {case: ends[:, 1] - ends[:, 0] for case, ends in found.items()}  # (seeds, 3)
    by_heart = found[SMALL_NOISY][:, :, 2]  # (seeds, 2)
    run.figure(draw_dropout({case: 100 * gain[:, 1] for case, gain in gains.items()}))
    run.record(
        config=SETTINGS._asdict() | DROPOUT | {"cases": CASES},
        metrics={
            name: {
                "without": found[case][:, 0, 1].mean(), "with": found[case][:, 1, 1].mean(),
                "gain": gains[case][:, 1].mean(), "gain_sd": gains[case][:, 1].std(),
                "seeds_improved": np.sum(gains[case][:, 1] > 0),
            }
            for name, case in zip(("small noisy", "small clean", "full clean"), CASES)
        }
        | {"wrong_labels_learned": dict(zip(("without", "with"), by_heart.mean(axis=0))),
           "wrong_labels_learned_sd": dict(zip(("without", "with"), by_heart.std(axis=0)))},
    )
    run.headline(
        {
            "dropout_gain_small_data": gains[SMALL_NOISY][:, 1].mean(),
            "dropout_gain_small_data_sd": gains[SMALL_NOISY][:, 1].std(),
            "dropout_gain_clean_labels": gains[SMALL_CLEAN][:, 1].mean(),
            "dropout_gain_full_data": gains[FULL_CLEAN][:, 1].mean(),
        }
    )


def pairs(case, seeds, quick):
    """Without and with dropout: held-out loss and accuracy, and the share of the wrong labels
    that the network gives back on the images it was trained on: (seeds, 2, 3)."""
    images, noise, epochs = CASES[case]
    plain = SETTINGS._replace(epochs=epochs // 7 if quick else epochs)
    found = []
    for seed in seeds:
        X, y, *others = some_digits(seed, images, noise)
        wrong = y != some_digits(seed, images)[1]
        networks = [trained(s, X, y, seed) for s in (plain, plain._replace(**DROPOUT))]
        by_heart = [wrong.any() and evaluate(net, X[wrong], y[wrong])[1] for net in networks]
        found.append([(*evaluate(net, *others), share) for net, share in zip(networks, by_heart)])
    return np.array(found)


def draw_dropout(gains):
    """One dot a pair: accuracy with dropout minus accuracy without, in points."""
    noisy, few, many = (gain.mean() for gain in gains.values())
    title = f"Dropout gains {noisy:.1f} points with random labels, {few:.1f} and {many:.1f} without"
    figure, (axes,) = new_figure(title)
    for place, gain in enumerate(gains.values()):
        axes.plot(place + np.linspace(-0.2, 0.2, len(gain)), np.sort(gain), "o", color=COLOURS[0])
        axes.plot([place - 0.25, place + 0.25], [gain.mean()] * 2, color=COLOURS[1])
    axes.axhline(0, color="black", linestyle=":")
    axes.set_xticks(range(len(gains)), list(gains))
    label(axes, "a dot: one pair of runs, in order of gain; a line: the mean", "gain (points)")
    return figure


# --- early stopping ------------------------------------------------------------------------------

IMAGES, NOISE = 250, 0.2
PATIENCE = 5  # epochs; 2 stops at the first bump, 20 only wastes time


def early_stopping(run):
    """On noisy labels the validation loss turns while the training loss falls on; the weights of
    its lowest point read more of the held-out digits than those of the end, on each of five seeds.

    200 images to train on and 50 to validate, a fifth of the labels of both random.
    """
    seeds = run.seeds(5)
    epochs = 20 if run.quick else SETTINGS.epochs
    runs = [stopped_run(seed, epochs) for seed in run.progress(seeds, "early stopping")]
    losses = np.array([found[0] for found in runs])  # (seeds, epochs + 1, 2)
    best, stopped = [found[1] for found in runs], [found[2] for found in runs]
    at_best, at_end = (np.array([found[i] for found in runs]) for i in (3, 4))  # (seeds, 2)
    run.figure(draw_losses(losses, best))
    names = ("loss", "accuracy")
    run.record(
        config=SETTINGS._asdict() | {"images": IMAGES, "random_labels": NOISE,
                                     "patience": PATIENCE, "epochs": epochs},
        metrics={
            "stopped_at": stopped, "best_epoch": best,
            "stopped": dict(zip(names, at_best.mean(axis=0))),
            "stopped_sd": dict(zip(names, at_best.std(axis=0))),
            "at_the_end": dict(zip(names, at_end.mean(axis=0))),
            "at_the_end_sd": dict(zip(names, at_end.std(axis=0))),
            "seeds_improved": np.sum(at_best[:, 1] > at_end[:, 1]),
        },
    )


def stopped_run(seed, epochs):
    """Train to the end while early stopping watches a fifth of the noisy images.

    -> the losses (epochs + 1, 2) of training and validation, the epoch of the best weights, the
    epoch where it stops (or None), and (loss, accuracy) on the held-out images of both ends
    """
    X, y, X_others, y_others = some_digits(seed, IMAGES, NOISE)
    cut = len(y) // 5
    stopping, losses, epoch_of = EarlyStopping(PATIENCE), [], {"best": 0, "stop": None}

    def watch(epoch, network):
        parts = ((X[cut:], y[cut:]), (X[:cut], y[:cut]))
        losses.append([evaluate(network, *part)[0] for part in parts])
        if epoch_of["stop"] is None:
            weights = {name: tensor.data for name, tensor in parameters(network).items()}
            epoch_of["stop"] = epoch if stopping.should_stop(losses[-1][1], weights) else None
            epoch_of["best"] = epoch - stopping.waited

    settings = SETTINGS._replace(batch_size=20, epochs=epochs)
    network = trained(settings, X[cut:], y[cut:], seed, watch)
    at_end = evaluate(network, X_others, y_others)
    for name, tensor in parameters(network).items():
        tensor.data = stopping.best_weights[name]
    at_best = evaluate(network, X_others, y_others)
    return losses, epoch_of["best"], epoch_of["stop"], at_best, at_end


def draw_losses(losses, best):
    """Both losses of every seed, and where the weights are kept."""
    title = f"No dropout: validation loss turns, training loss falls on ({len(losses)} seeds)"
    figure, (axes,) = new_figure(title)
    for i, (name, colour) in enumerate((("training", COLOURS[0]), ("validation", COLOURS[1]))):
        axes.plot(losses[:, :, i].T, color=colour, linewidth=1)
        axes.plot([], [], color=colour, label=name)
    kept = [losses[k, epoch, 1] for k, epoch in enumerate(best)]
    axes.plot(best, kept, "ko", label="weights kept")
    axes.set(yscale="log")
    label(axes, "epoch", "loss (nats)")
    return figure
