"""Learning-rate schedules on the digits, each for as many steps and at its own best peak."""

import numpy as np

from block04_training.experiments.network import (
    descend,
    digits,
    evaluate,
    init_network,
    logits,
    validation_part,
)
from block04_training.schedules import cosine, step_decay, warmup
from shared import optim
from shared.plots import label, new_figure
from shared.seeding import stream

EPOCHS = 10
STEPS = EPOCHS * 18  # 1,150 images in batches of 64
PEAKS = [0.03, 0.1, 0.3]  # SGD with momentum; at 1 every schedule diverges
SCHEDULES = {
    "constant": lambda t: 1.0,
    "step": lambda t: step_decay(t, every=STEPS // 3, factor=0.3),
    "cosine": lambda t: cosine(t, total=STEPS),
    "warm-up, cosine": lambda t: warmup(t, steps=20, after=lambda t: cosine(t, total=STEPS - 20)),
}


def scheduled_run(schedule, peak, part, seed, epochs):
    """(validation loss in nats, accuracy) after training with learning rate peak schedule(t)."""
    parameters = init_network([64, 64, 64, 10], stream(seed, "weights"))
    optimizer = optim.SGD(parameters, peak, momentum=0.9)
    model = lambda x: logits(parameters, x)  # noqa: E731
    path = descend(
        model, optimizer, part.X, part.y, epochs=epochs, batch_size=64,
        rng=stream(seed, "batches"), rate_at=lambda t: peak * schedule(t),
    )  # fmt: skip
    if len(list(path)) < epochs:
        return np.log(10), 0.1  # it diverged: as good as guessing
    return evaluate(model, part.X_test, part.y_test)


def draw_schedules(losses):
    """Left: the schedules. Right: the validation loss over the peak."""
    figure, (left, right) = new_figure(
        "A rate that decays may begin higher; how it decays matters less", columns=2, width=10
    )
    for (name, schedule), mark in zip(SCHEDULES.items(), ("-o", "-s", "-^", "-D")):
        left.plot([schedule(t) for t in range(STEPS)], mark, markevery=30, label=name)
        right.plot(range(len(PEAKS)), losses[name], mark, label=name)
    right.set_xticks(range(len(PEAKS)), [f"{peak:g}" for peak in PEAKS])
    label(left, "step", "learning rate / peak")
    label(right, "peak learning rate", "validation loss (nats)")
    return figure


def schedules_compared_at_equal_steps(run):
    """Four schedules, three peaks, several seeds."""
    seeds = list(range(run.seed, run.seed + (1 if run.quick else 5)))
    epochs = 1 if run.quick else EPOCHS
    parts = [validation_part(digits(seed)) for seed in seeds]
    found = {
        name: np.array(
            [
                [scheduled_run(s, peak, part, seed, epochs) for part, seed in zip(parts, seeds)]
                for peak in PEAKS
            ]
        )
        for name, s in SCHEDULES.items()
    }  # (peaks, seeds, 2) each
    losses = {name: runs[:, :, 0].mean(axis=1) for name, runs in found.items()}
    run.figure(draw_schedules(losses), "schedules")
    best = {name: int(loss.argmin()) for name, loss in losses.items()}
    at_best = {name: runs[best[name], :, 0] for name, runs in found.items()}  # (seeds,) each
    run.claim(
        "schedules",
        "At equal steps a decaying rate ends lower on average, and most clearly from a peak at "
        "which a constant rate is too high",
        seeds=seeds,
        config={"epochs": epochs, "peaks": PEAKS, "batch_size": 64, "momentum": 0.9},
        metrics={
            name.replace("-", "_").replace(", ", "_"): {
                "peak": PEAKS[best[name]],
                "loss": at_best[name].mean(),
                "loss_sd": at_best[name].std(),
                "seeds_below_constant": int(np.sum(at_best[name] < at_best["constant"])),
                "accuracy": runs[best[name], :, 1].mean(),
                "loss_by_peak": losses[name],
            }
            for name, runs in found.items()
        },
    )
