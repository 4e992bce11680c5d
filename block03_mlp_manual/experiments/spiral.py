"""The spiral: straight borders fail, hidden units bend them, and how many it takes."""

import numpy as np

from block03_mlp_manual.experiments.training import train
from block03_mlp_manual.many_layers import initialise, predict
from shared.data import spiral
from shared.losses import accuracy
from shared.plots import decision_boundary, label, new_figure
from shared.seeding import stream

TRAIN_POINTS, FRESH_POINTS, NOISE = 300, 3000, 0.2  # CS231n's 100 points an arm and its noise
HIDDEN = 100  # CS231n's
LEARNING_RATE, BATCH_SIZE = 0.3, 30  # 1.0 ends in rattling, 0.1 needs three times the epochs
EPOCHS = 450  # the training loss has levelled off; without hidden units it has after 45
WIDTHS = (2, 4, 10, 30, 100)


def trained(seed, sizes, epochs):
    """A network trained on a spiral of this seed, and its training points."""
    X, y = spiral(TRAIN_POINTS, NOISE, stream(seed, "spiral"))
    rng = stream(seed, "spiral", "training", *sizes)
    layers = initialise(sizes, rng)
    updates = epochs * TRAIN_POINTS // BATCH_SIZE
    train(layers, X, y, updates, learning_rate=LEARNING_RATE, batch_size=BATCH_SIZE, rng=rng)
    return layers, X, y


def fresh_points(seed):
    """Points of the same spiral that no network was trained on."""
    return spiral(FRESH_POINTS, NOISE, stream(seed, "spiral", "fresh"))


def nearest_arm(X, num_classes=3):
    """The best any rule can do: at this radius r the arm whose angle 4 (k + r) is nearest.

    The noise is normal on the angle alone, so the nearest arm is the likeliest.
    """
    angle, radius = np.arctan2(X[:, 0], X[:, 1]), np.linalg.norm(X, axis=1)  # (N,) each
    arms = 4 * (np.arange(num_classes) + radius[:, None])  # (N, 3)
    return np.abs(np.angle(np.exp(1j * (angle[:, None] - arms)))).argmin(axis=1)


def summary(values):
    """Mean, deviation and all values of one number per seed."""
    return {"mean": np.mean(values), "sd": np.std(values), "all": values}


def hidden_units_bend_the_border(run):
    """No hidden layer against one of 100 units, on fresh points, five seeds."""
    seeds = list(range(run.seed, run.seed + (1 if run.quick else 5)))
    epochs = 300 if run.quick else EPOCHS
    networks = {  # name: (sizes, epochs)
        "no hidden layer": ([2, 3], epochs // 10),
        "100 hidden units": ([2, HIDDEN, 3], epochs),
    }
    figure, axes = new_figure("Three straight lines cannot unroll a spiral", columns=2, width=10)
    scores = {name: [] for name in networks}
    radii = []  # of the fresh points that the network gets wrong
    for name, axis in zip(networks, axes):
        for seed in seeds:
            layers, X, y = trained(seed, *networks[name])
            X_fresh, y_fresh = fresh_points(seed)
            found = predict(layers, X_fresh)
            scores[name].append(accuracy(found, y_fresh))
            if name == "100 hidden units":
                radii += list(np.linalg.norm(X_fresh[found != y_fresh], axis=1))
            if seed == seeds[0]:
                share = 100 * scores[name][0]
                decision_boundary(axis, lambda Z, n=layers: predict(n, Z), X, y)
                label(axis, "x1", "x2", f"{name}: {share:.1f} % of fresh points", legend=False)
                axis.legend(loc="upper right")  # looking for the best place takes a second
    run.figure(figure, "spiral")
    ceiling = [accuracy(nearest_arm(X), y) for X, y in map(fresh_points, seeds)]
    run.claim(
        "spiral",
        "Without hidden units about half of the spiral's fresh points are right, with 100 nearly "
        "all; what is missing lies where the arms meet and where they end, not in the noise",
        seeds=seeds,
        config={
            "train_points": TRAIN_POINTS, "fresh_points": FRESH_POINTS, "noise": NOISE,
            "hidden": HIDDEN, "learning_rate": LEARNING_RATE, "batch_size": BATCH_SIZE,
            "epochs": epochs,
        },
        metrics={
            "linear": summary(scores["no hidden layer"]),
            "mlp": summary(scores["100 hidden units"]),
            "best_possible": summary(ceiling),
            "errors_within_radius_0_1": np.mean(np.array(radii) < 0.1),
            "errors_beyond_radius_0_8": np.mean(np.array(radii) > 0.8),
        },
    )  # fmt: skip
    linear, mlp = np.mean(scores["no hidden layer"]), np.mean(scores["100 hidden units"])
    run.headline({"spiral_linear_accuracy": linear, "spiral_mlp_accuracy": mlp})


def more_hidden_units_make_more_folds(run):
    """Widths from 2 to 100: the border, and the accuracy on fresh points of three seeds."""
    seeds = list(range(run.seed, run.seed + (1 if run.quick else 3)))
    epochs = 30 if run.quick else 120
    figure, axes = new_figure("Each ReLU unit adds one fold", columns=4, width=12, height=3.6)
    panels = dict(zip((4, 10, 100), axes))
    scores = {}
    for width in WIDTHS:
        scores[width] = []
        for seed in seeds:
            layers, X, y = trained(seed, [2, width, 3], epochs)
            X_fresh, y_fresh = fresh_points(seed)
            scores[width].append(accuracy(predict(layers, X_fresh), y_fresh))
            if seed == seeds[0] and width in panels:
                decision_boundary(panels[width], lambda Z, n=layers: predict(n, Z), X, y)
                label(panels[width], "x1", "x2", f"{width} hidden units", legend=False)
    mean, sd = np.mean(list(scores.values()), axis=1), np.std(list(scores.values()), axis=1)
    axes[3].errorbar(WIDTHS, 100 * mean, 100 * sd, fmt="o-", capsize=3)
    axes[3].set_xscale("log")
    axes[3].set_xticks(WIDTHS, WIDTHS)
    axes[3].minorticks_off()
    label(axes[3], "hidden units", "fresh points right (%)")
    run.figure(figure, "width")
    run.claim(
        "width",
        "The border is made of straight pieces: the more hidden units, the better it bends",
        seeds=seeds,
        config={"widths": WIDTHS, "epochs": epochs, "learning_rate": LEARNING_RATE},
        metrics={
            "accuracy_mean": dict(zip(map(str, WIDTHS), mean)),
            "accuracy_sd": dict(zip(map(str, WIDTHS), sd)),
        },
    )
