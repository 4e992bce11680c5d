"""A learning rate ten times too big, and the ReLUs it leaves dead."""

import numpy as np

from block03_mlp_manual.experiments.starts import some_digits
from block03_mlp_manual.experiments.training import train, watched_losses
from block03_mlp_manual.many_layers import backward, forward, initialise, predict
from shared.losses import accuracy, cross_entropy_gradient
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream

WIDTH, CLASSES, BATCH_SIZE = 64, 10, 32
SIZES = [64, WIDTH, WIDTH, CLASSES]
GOOD = 0.3  # three times less needs three times the updates, three times more kills units
FACTORS = (0.1, 1, 10)
UPDATES = 200
RATES = (0.1, 0.3, 0.6, 1.0, 1.4, 2.0)
WAKING_RATES = (1.0, 1.4)  # the network works with some dead units; it no longer works


def trained(seed, learning_rate):
    """A three-layer ReLU network on 600 digits: layers, batch losses, X, y."""
    X, y = some_digits(stream(seed, "rate"))
    rng = stream(seed, "rate", learning_rate)
    layers = initialise(SIZES, rng)
    settings = {"learning_rate": learning_rate, "batch_size": BATCH_SIZE, "rng": rng}
    return layers, watched_losses(layers, X, y, UPDATES, **settings), X, y


def dead_units(layers, X):
    """For each hidden layer which units are off for every example: boolean arrays (H,)."""
    _, cache = forward(layers, X)
    return [(z <= 0).all(axis=0) for _, z in cache[:-1]]


def dead_share(layers, X):
    """The share of all hidden units that no example switches on."""
    return float(np.mean(np.concatenate(dead_units(layers, X))))


def keyed(name, number):
    """A key for results/, without a dot: rate_1_4."""
    return f"{name}_{number:g}".replace(".", "_")


# --- ten times too big ---------------------------------------------------------------------------


def a_rate_ten_times_too_big_throws_the_network_away(run):
    """The same network at a tenth of a good rate, at the rate, and at ten times the rate."""
    seeds = list(range(run.seed, run.seed + (1 if run.quick else 5)))
    figure, (axes,) = new_figure("Ten times too big: the loss leaps, and what survives guesses")
    metrics = {}
    for factor, colour in zip(FACTORS, (COLOURS[5], COLOURS[2], COLOURS[1])):
        found = [trained(seed, factor * GOOD) for seed in seeds]
        losses = [losses for _, losses, _, _ in found]
        ends = [float(np.mean(curve[-50:])) for curve in losses if np.isfinite(curve[-1])]
        for curve, name in zip(losses, [f"{factor:g} x", *[None] * len(seeds)]):
            axes.semilogy(curve, color=colour, linewidth=0.8, label=name)
        metrics[keyed("factor", factor)] = {
            "rate": factor * GOOD,
            "highest_loss": max(max(c for c in curve if np.isfinite(c)) for curve in losses),
            "end_loss_mean": np.mean(ends) if ends else None,
            "diverged": len(seeds) - len(ends),
            "accuracy_mean": np.mean([accuracy(predict(n, X), y) for n, _, X, y in found]),
            "dead_share_mean": np.mean([dead_share(n, X) for n, _, X, _ in found]),
        }
    axes.axhline(np.log(CLASSES), color="black", linestyle=":", label="ln 10: guessing")
    axes.set_ylim(1e-4, 1e8)
    label(axes, "update", "batch loss (nats)", f"times the learning rate {GOOD}, five seeds each")
    run.figure(figure, "rate_too_big")
    run.claim(
        "rate_too_big",
        "At ten times a good rate the loss leaps in the first updates; it leaves all bounds or "
        "ends where guessing ends, with many dead units",
        seeds=seeds,
        config={"good_rate": GOOD, "updates": UPDATES, "sizes": SIZES, "batch_size": BATCH_SIZE},
        metrics=metrics,
    )


# --- dead units ----------------------------------------------------------------------------------


def woken_by_layer(layers, X, y, rng):
    """Dead units of each hidden layer before and after 200 gentle updates, (2, 2) as [layer, when];
    and the largest gradient of a dead unit's own weights before."""
    dead = dead_units(layers, X)
    outputs, cache = forward(layers, X)
    gradients = backward(layers, cache, cross_entropy_gradient(outputs, y))
    own = [np.abs(dW[:, off]).max(initial=0) for (dW, _), off in zip(gradients, dead)]
    train(layers, X, y, 200, learning_rate=0.01, batch_size=BATCH_SIZE, rng=rng)
    after = dead_units(layers, X)
    return np.array([[d.sum(), (d & a).sum()] for d, a in zip(dead, after)]), float(max(own))


def counted(waking):
    """The counts of several runs, added up and by name."""
    (first, first_after), (second, second_after) = sum(counts for counts, _ in waking)
    return {
        "layer_1": {"dead": first, "dead_after": first_after},
        "layer_2": {"dead": second, "dead_after": second_after},
        "networks": len(waking),
        "largest_gradient": max(largest for _, largest in waking),
    }


def a_dead_relu_gets_no_gradient_and_stays_dead(run):
    """The share of dead units over the learning rate, and whether gentle training wakes them."""
    seeds = list(range(run.seed, run.seed + (1 if run.quick else 5)))
    shares, reached, waking = [], [], {}
    for rate in RATES:
        found = [trained(seed, rate) for seed in seeds]
        shares.append([dead_share(layers, X) for layers, _, X, _ in found])
        reached.append([accuracy(predict(layers, X), y) for layers, _, X, y in found])
        if rate in WAKING_RATES:
            woken = [
                woken_by_layer(layers, X, y, stream(seed, "waking"))
                for seed, (layers, losses, X, y) in zip(seeds, found)
                if np.isfinite(losses[-1])
            ]
            if woken:  # some run has not diverged
                waking[keyed("rate", rate)] = counted(woken)
    shares, reached = np.array(shares), np.array(reached)  # (6, 5)

    figure, (axes,) = new_figure("The larger the step, the more ReLUs are thrown off the data")
    names = ("dead hidden units", "training digits right")
    for values, name, style in zip((shares, reached), names, ("o-", "s--")):
        mean, sd = 100 * values.mean(axis=1), 100 * values.std(axis=1)
        axes.errorbar(RATES, mean, sd, fmt=style, capsize=3, label=name)
    axes.set_xscale("log")
    axes.set_xticks(RATES, [f"{rate:g}" for rate in RATES])
    axes.minorticks_off()
    label(axes, "learning rate", "per cent (mean and deviation of 5 seeds)")
    run.figure(figure, "dead_relus")
    run.claim(
        "dead_relus",
        "Large steps leave ReLUs that no example switches on, in the layer whose inputs are all "
        "positive; their gradient is exactly zero, and gentle training does not wake them",
        seeds=seeds,
        config={
            "rates": RATES, "updates": UPDATES, "sizes": SIZES, "gentle_rate": 0.01,
            "waking_rates": WAKING_RATES,
        },
        metrics={
            "dead_share": {keyed("rate", r): s.mean() for r, s in zip(RATES, shares)},
            "accuracy": {keyed("rate", r): a.mean() for r, a in zip(RATES, reached)},
            "waking": waking,
            "largest_gradient_of_a_dead_unit": max(
                (w["largest_gradient"] for w in waking.values()), default=None
            ),
        },
    )  # fmt: skip
