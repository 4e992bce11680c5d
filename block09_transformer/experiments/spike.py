"""A loss spike provoked, and mended: warm-up, clipping, both, neither."""

import numpy as np

from block09_transformer.experiments.small import (
    SETTINGS,
    SHAPE,
    learn_small,
    mean_and_sd,
    shortened,
    texts_of,
)
from shared.checks import NonFiniteError
from shared.plots import COLOURS, label, new_figure

RATE, STEPS = 3e-2, 120  # ten times the rate that the small model learns best with
WAYS = {
    "neither": {"warmup": 0, "clip": np.inf},
    "clipping": {"warmup": 0, "clip": 1.0},
    "warm-up": {"warmup": 40, "clip": np.inf},
    "both": {"warmup": 40, "clip": 1.0},
}


def spike(run):
    """At ten times the usual rate a training without warm-up is thrown off in its first steps and
    has not come back after 120; with warm-up it learns, and clipping changes neither.

    The jump is the largest loss after step 3 above the lowest one before it.
    """
    seeds, settings = run.seeds(3), shortened(run, SETTINGS._replace(steps=STEPS))
    texts, curves = texts_of(run), {}
    for name, way in run.progress(WAYS.items(), "spike"):
        own = settings._replace(learning_rate=RATE, **way)
        curves[name] = [losses_of(seed, texts, own) for seed in seeds]
    jumps = {name: mean_and_sd([jump(c) for c in rows]) for name, rows in curves.items()}
    ends = {name: mean_and_sd([np.mean(c[-20:]) for c in rows]) for name, rows in curves.items()}
    run.figure(draw(curves))
    run.record(
        config=settings._asdict() | SHAPE | {"learning_rate": RATE},
        metrics={"jump": jumps, "last_20_steps": ends},
    )


def losses_of(seed, texts, settings):
    """The loss at every step, up to where it diverged."""
    try:
        return learn_small(seed, texts, settings)[2]
    except NonFiniteError:
        return [float(np.log(len(texts.tokenizer)))] * settings.steps


def jump(losses):
    """How far the loss rises above the lowest it had before."""
    losses = np.array(losses)
    return float((losses - np.minimum.accumulate(losses))[3:].max())


def draw(curves):
    """The loss of the first seed over the steps, one line a way."""
    title = "At ten times the rate: how the first steps go (first seed)"
    figure, (axes,) = new_figure(title)
    for (name, rows), colour in zip(curves.items(), COLOURS):
        axes.plot(range(1, len(rows[0]) + 1), rows[0], color=colour, label=name)
    axes.set_yscale("log")
    label(axes, "step", "training loss (nats per token)")
    return figure
