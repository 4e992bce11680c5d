"""ReLU, tanh and sigmoid over the learning rate, and what makes the sigmoid slow."""

import numpy as np

from block03_mlp_manual.activations import RELU, SIGMOID, TANH, Activation
from block03_mlp_manual.initialisation import he, xavier
from block03_mlp_manual.many_layers import forward, initialise
from block03_mlp_manual.problems import some_digits
from block03_mlp_manual.train import Settings, train
from shared.losses import cross_entropy
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream

WIDTH, CLASSES, BATCH_SIZE, EPOCHS = 32, 10, 32, 8
DEPTHS = (2, 5)
HIGHEST = 20  # nats; rates at which some run ends above it are not drawn
RATES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


def xavier_times_four(fan_in, fan_out, rng):
    """Against the sigmoid's slope of at most 1/4."""
    return 4 * xavier(fan_in, fan_out, rng)


# The sigmoid moved down by 1/2: the same slope, but its values have mean 0 as those of tanh.
CENTRED = Activation(lambda z: SIGMOID.function(z) - 0.5, SIGMOID.derivative)

RACERS = {  # name: activation, start, colour, marker and line
    "ReLU, He": (RELU, he, COLOURS[0], "o", "-"),
    "tanh, Xavier": (TANH, xavier, COLOURS[1], "s", "-"),
    "sigmoid, Xavier": (SIGMOID, xavier, COLOURS[2], "^", "-"),
    "sigmoid, 4 x Xavier": (SIGMOID, xavier_times_four, COLOURS[5], "v", "--"),
    "sigmoid - 1/2, Xavier": (CENTRED, xavier, COLOURS[4], "<", ":"),
    "sigmoid - 1/2, 4 x Xavier": (CENTRED, xavier_times_four, COLOURS[3], ">", "-."),
}


def over_the_rate(run):
    """With five layers and each at its own best rate, eight epochs teach tanh as much as ReLU and
    the plain sigmoid nothing; values around 0 and larger first weights each help it (3 seeds).
    """
    seeds = run.seeds(3, quick=1)
    epochs = 1 if run.quick else EPOCHS
    ends = {
        (name, depth): np.array(
            [[end_of_training(s, name, depth, rate, epochs) for s in seeds] for rate in RATES]
        )  # (rates, seeds, 2): the loss, and the share of dead units
        for name in RACERS
        for depth in DEPTHS
    }
    run.figure(draw(ends, epochs))
    run.record(
        config={"rates": RATES, "width": WIDTH, "batch_size": BATCH_SIZE, "epochs": epochs},
        metrics={
            f"{depth} layers": {name: summary(ends[name, depth]) for name in RACERS}
            for depth in DEPTHS
        },
    )


def end_of_training(seed, name, depth, learning_rate, epochs):
    """The training loss at the end, infinite where it diverged; and the share of units that no
    example switches on, which for ReLU are dead (1 where it diverged)."""
    activation, start = RACERS[name][:2]
    X, y, _, _ = some_digits(seed)
    sizes = (X.shape[1], *[WIDTH] * (depth - 1), CLASSES)
    rng = stream(seed, "race", name, depth, learning_rate)
    layers = initialise(sizes, rng, start)
    try:
        settings = Settings(sizes, learning_rate, BATCH_SIZE, epochs)
        train(layers, X, y, settings, rng, activation=activation)
    except FloatingPointError:
        return np.inf, 1.0
    outputs, cache = forward(layers, X, activation)
    dead = np.mean([(z <= 0).all(axis=0).mean() for _, z in cache[:-1]])
    return cross_entropy(outputs, y), float(dead)


def summary(ends):
    """The best rate by mean loss, the loss there with its spread, and the dead units above it."""
    losses = ends[:, :, 0].mean(axis=1)  # (rates,)
    best = int(losses.argmin())
    above = min(best + 1, len(RATES) - 1)
    return {
        "best_rate": RATES[best],
        "loss_mean": losses[best],
        "loss_sd": ends[best, :, 0].std(),
        "dead_share_at_best_rate": ends[best, :, 1].mean(),
        "dead_share_one_rate_higher": ends[above, :, 1].mean(),
    }


def draw(ends, epochs):
    """The loss at the end over the learning rate, one panel a depth."""
    title = "Each at its own rate all learn with two layers; with five the plain sigmoid does not"
    figure, axes = new_figure(title, columns=2, width=11, height=5)
    for axis, depth in zip(axes, DEPTHS):
        for name, (_, _, colour, marker, line) in RACERS.items():
            losses = ends[name, depth][:, :, 0]  # (rates, seeds)
            drawn = losses.max(axis=1) < HIGHEST
            rates, losses = np.array(RATES)[drawn], losses[drawn]
            axis.plot(rates, losses, marker, color=colour, markersize=3)
            mean = losses.mean(axis=1)
            axis.plot(rates, mean, line, marker=marker, color=colour, markersize=6, label=name)
        axis.axhline(np.log(CLASSES), color="0.7", linewidth=1, zorder=0)
        axis.set(xscale="log", yscale="log", ylim=(8e-4, HIGHEST))
        axis.set_xticks(RATES, [f"{rate:g}" for rate in RATES])
        axis.minorticks_off()
        y = f"training loss after {epochs} epochs (nats)" if depth == DEPTHS[0] else ""
        title = f"{depth} layers; lines: mean, small points: {losses.shape[1]} seeds"
        label(axis, "learning rate (grey line: guessing)", y, title, legend=False)
    axes[0].legend(fontsize=8, loc="lower left")
    return figure
