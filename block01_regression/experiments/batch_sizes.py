"""Batch, mini-batch and stochastic descent: what a step costs, and how noisy it is."""

import numpy as np

from block01_regression.gradient_descent import descend, learning_rate_limit
from block01_regression.losses import mse, predict
from block01_regression.normal_equation import normal_equation
from shared.plots import label, new_figure
from shared.seeding import stream

EXAMPLES = 512
TRUE_W = np.array([3.0, -2.0, 1.0, 0.5, 0.0])
TRUE_B = 1.0
NOISE = 1.0  # so the best possible MSE is close to 1
BATCH_SIZES = {"batch": EXAMPLES, "mini-batch": 32, "stochastic": 1}
LEARNING_RATE = 0.02  # a single example's own limit, 2 / (2 |x|^2 + 2), is about 0.17


def line_data(rng):
    """X (512, 5) standard normal, y = X w + b + noise (512,)."""
    X = rng.standard_normal((EXAMPLES, len(TRUE_W)))
    return X, predict(X, TRUE_W, TRUE_B) + NOISE * rng.standard_normal(EXAMPLES)


def excess_losses(X, y, batch_size, updates, rng, learning_rate=LEARNING_RATE):
    """The full-data MSE above the best possible, after each update: (updates,)."""
    best = mse(predict(X, *normal_equation(X, y)), y)
    path = descend(X, y, learning_rate=learning_rate, batch_size=batch_size, rng=rng)
    return np.array([mse(predict(X, *next(path)), y) - best for _ in range(updates)])


def noise_floor(losses):
    """The mean excess loss over the second half of a run, when progress has stopped."""
    return float(np.mean(losses[len(losses) // 2 :]))


def draw_curves(curves):
    """The same three runs against updates and against examples seen."""
    figure, axes = new_figure("Small batches learn from fewer examples, then rattle", columns=2)
    for name, losses in curves.items():
        updates = np.arange(1, len(losses) + 1)
        axes[0].loglog(updates, losses, label=name, linewidth=1)
        axes[1].loglog(updates * BATCH_SIZES[name], losses, label=name, linewidth=1)
    for ax in axes:
        ax.set_ylim(1e-6, 30)  # the full batch goes on down to rounding error
    label(axes[0], "updates", "MSE above the best possible")
    label(axes[1], "examples seen", "MSE above the best possible", legend=False)
    return figure


def smaller_batches_go_further_on_fewer_examples_but_end_noisier(run):
    """Several seeds: the floor of each size, the examples it needs, and half the learning rate."""
    seeds = list(range(run.seed, run.seed + (3 if run.quick else 5)))
    updates = 1000 if run.quick else 6000
    floors = {name: [] for name in [*BATCH_SIZES, "stochastic_half_rate"]}
    examples = {name: [] for name in BATCH_SIZES}
    for seed in run.progress(seeds, "batch sizes"):
        X, y = line_data(stream(seed, "line"))
        curves = {}
        for name, size in BATCH_SIZES.items():
            with run.clock(f"{name}, {updates} updates"):
                curves[name] = excess_losses(X, y, size, updates, stream(seed, "order", name))
            floors[name].append(noise_floor(curves[name]))
            examples[name].append(int(np.argmax(curves[name] < 0.5) + 1) * size)
        half = excess_losses(X, y, 1, 2 * updates, stream(seed, "half"), LEARNING_RATE / 2)
        floors["stochastic_half_rate"].append(noise_floor(half))
        if seed == run.seed:
            run.figure(draw_curves(curves), "batch_sizes")
            limit = learning_rate_limit(X)
    run.claim(
        "batch_sizes",
        "At one learning rate the smaller batch needs fewer examples to come near, and ends on a "
        "higher noise floor; half the rate halves the stochastic floor",
        seeds=seeds,
        config={
            "examples": EXAMPLES, "updates": updates, "learning_rate": LEARNING_RATE,
            "near": "MSE within 0.5 of the best", "batch_sizes": BATCH_SIZES,
            "full_batch_limit": limit,
        },
        metrics={
            "floor": {n: {"mean": np.mean(f), "sd": np.std(f)} for n, f in floors.items()},
            "examples_to_come_near": {n: np.mean(e) for n, e in examples.items()},
        },
    )  # fmt: skip
