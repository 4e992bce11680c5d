"""loss_curve.png, and outputs.md: what the models write."""

import math

from block06_lm_basics.sampling import write_on
from block06_lm_basics.train import LOGGED, settings_for, untrained
from shared import ngram
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream
from shared.text import evaluate

WRITTEN = 400  # characters


def draw_losses(run, models):
    """The logged losses in bits, beside the best n-gram and the floor; right: the late part."""
    title = "The network's losses, beside the best n-gram and the floor"
    figure, panels = new_figure(title, columns=2, width=10)
    part = models.texts.validation[:LOGGED]
    best = evaluate(models.table, models.vocabulary, part).bits_per_char
    for axes, told in zip(panels, ("all of the training", "the same, from half of it on")):
        for split, style in (("train", "s--"), ("validation", "s-")):
            steps, losses = run.logged(split=split)
            bits = [loss / math.log(2) for loss in losses]
            axes.plot(steps, bits, style, color=COLOURS[1], label=f"network, {split}")
        told_best = f"n-gram of order {models.best_order}, validation"
        axes.axhline(best, color=COLOURS[0], label=told_best)
        if models.texts.tales:
            floor = models.texts.tales.floor("validation")
            axes.axhline(floor, color="black", linestyle=":", label="floor, validation")
        label(axes, "update", "bits per character", told, legend=axes is panels[0])
    panels[0].set_ylim(0)
    late = [loss / math.log(2) for step, loss in zip(steps, losses) if step >= steps[-1] / 2]
    panels[1].set(xlim=(steps[-1] / 2, steps[-1]), ylim=(0, 1.1 * max(late)))
    run.figure(figure, "loss_curve")


def write_outputs(run, models):
    """outputs.md: what each model writes, from the same beginning and the same drawn numbers."""
    V, settings = len(models.vocabulary), settings_for(run, len(models.texts.train))
    writers = {
        f"n-gram of order {n}": lambda ids, n=n: ngram.distribution(models.ngrams, ids, n)
        for n in sorted({1, 2, 4, models.best_order})
    }
    writers["network before training"] = untrained(V, settings, run.seed).distribution
    writers["network after training"] = models.window.distribution
    start = models.texts.test[: settings.context]
    numbers = stream(run.seed, "sample").random(WRITTEN)
    lines = ["# What the models write", "", f"Each goes on from {start!r}.", ""]
    for name, model in writers.items():
        written = write_on(model, models.vocabulary.encode(start), numbers)
        text = start + models.vocabulary.decode(written)
        lines += [f"## {name}", "", "```text", text.replace("```", "'''"), "```", ""]
    run.file("outputs.md", "\n".join(lines))
