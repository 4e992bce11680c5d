"""Residuals and norms: deep and shallow models at several learning rates, with and without."""

import numpy as np

from block09_transformer.experiments.small import mean_and_sd, shortened, texts_of
from block09_transformer.model import Shape, Transformer
from block09_transformer.train import Settings, textbook_gradient, train
from shared.checks import NonFiniteError
from shared.layers import parameters
from shared.plots import COLOURS, MARKERS, label, new_figure
from shared.seeding import stream

SETTINGS = Settings(steps=60, batch_size=4, warmup=10, clip=1.0)
DEPTHS, RATES = (2, 8), (3e-3, 1e-2, 3e-2)
ARRANGEMENTS = {
    "pre-norm": {"norms": "pre"},
    "post-norm": {"norms": "post"},
    "no norms in the blocks": {"norms": "none"},
    "pre-norm, no residual": {"norms": "pre", "residual": False},
}
LENGTH = 40  # the first tokens of each story


def depth(run):
    """Eight layers with pre-norms get below the guess that looks at nothing at every rate tried;
    with the norms behind or none they do not at the largest, and without the residual at none.

    The textbook's model, 32 channels, 60 steps of 4 story beginnings; loss over the last 20.
    """
    seeds, settings = run.seeds(3, quick=1), shortened(run, SETTINGS)
    depths, rates = ((2,), (1e-3, 3e-2)) if run.quick else (DEPTHS, RATES)
    texts = texts_of(run)
    examples = [example[: LENGTH + 1] for example in texts.examples["train"]]
    losses = {}
    for layers in depths:
        for name, choice in run.progress(ARRANGEMENTS.items(), f"{layers} layers"):
            for rate in rates:
                own = settings._replace(learning_rate=rate)
                ends = [end_of(seed, examples, len(texts.tokenizer), layers, own, choice)
                        for seed in seeds]
                losses[layers, name, rate] = mean_and_sd(ends)
    unigram = guess(examples, len(texts.tokenizer))
    run.figure(draw(losses, depths, rates, unigram, len(seeds)))
    run.record(
        config=settings._asdict() | {"depths": depths, "rates": rates, "length": LENGTH},
        metrics={
            "losses": {f"{n} layers": {name: {rate: losses[n, name, rate] for rate in rates}
                                       for name in ARRANGEMENTS} for n in depths},
            "unigram": unigram,
        },
    )


def end_of(seed, examples, vocabulary_size, layers, settings, choice):
    """The mean training loss of the last 20 steps; where it diverges, that of a uniform guess."""
    shape = Shape(vocabulary_size, channels=32, layers=layers, heads=2, shift=1, **choice)
    textbook, losses = Transformer(shape, stream(seed, "weights"), np.float32), []
    try:
        train(
            parameters(textbook), textbook_gradient(textbook), examples, settings,
            stream(seed, "order"), watch=lambda step, loss, *rest: losses.append(loss),
        )
    except NonFiniteError:
        return float(np.log(vocabulary_size))
    return float(np.mean(losses[-20:]))


def guess(examples, vocabulary_size):
    """The loss of the best guess that looks at nothing: the entropy of the tokens."""
    counts = np.bincount(np.concatenate([e[1:] for e in examples]), minlength=vocabulary_size)
    p = counts[counts > 0] / counts.sum()
    return float(-(p * np.log(p)).sum())


def draw(losses, depths, rates, unigram, seeds):
    """Loss over the rate, a panel for each depth, a line for each arrangement."""
    title = "Deep models need the residual; the norms decide which rates are right"
    figure, panels = new_figure(title, columns=len(depths), width=11, height=5)
    for axes, layers in zip(panels, depths):
        for name, colour, marker in zip(ARRANGEMENTS, COLOURS, MARKERS):
            rows = [losses[layers, name, rate] for rate in rates]
            axes.errorbar(rates, [row["mean"] for row in rows], [row["sd"] for row in rows],
                          color=colour, marker=marker, capsize=3, label=name)
        axes.axhline(unigram, color="0.4", linestyle=":", label="looks at nothing")
        axes.set_xscale("log")
        axes.set_xticks(rates, [str(rate) for rate in rates])
        axes.minorticks_off()
        axes.set_ylim(3, 5.75)
        label(axes, "peak learning rate", f"loss, last 20 steps (nats; bars: sd, {seeds} seeds)",
              f"{layers} layers", legend=layers == depths[0])
    return figure
