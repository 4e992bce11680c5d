"""loss_curve.png, training.txt, and outputs.md: what the model writes, early and late."""

import math

from block09_transformer.train import a_story, sizes, trained
from shared.plots import COLOURS, label, new_figure

STARTS = ("Once", "In a small hut by the wide field lived")


def bits_per_character(run, split):
    """The logged losses of a split in bits per character: (steps, bits)."""
    texts = trained(run).texts
    tokens = sum(len(example) - 1 for example in texts.examples[split])
    steps, losses = run.logged(split=split)
    factor = tokens / texts.characters[split] / math.log(2)
    return steps, [loss * factor for loss in losses]


def draw_losses(run):
    """Training and validation loss in bits per character, and the floor where it is known."""
    figure, (axes,) = new_figure("Training and validation fall together towards the floor")
    for split, colour in (("train", COLOURS[5]), ("validation", COLOURS[0])):
        axes.plot(*bits_per_character(run, split), "o-", markersize=3, color=colour, label=split)
    if not run.text:
        floor = trained(run).tales.floor("validation")
        axes.axhline(floor, color=COLOURS[6], linestyle="--", label="floor of the validation text")
    axes.set_yscale("log")
    axes.set_yticks([0.2, 0.3, 0.5, 1, 2], ["0.2", "0.3", "0.5", "1", "2"], minor=False)
    axes.minorticks_off()
    label(axes, "step", "bits per character")
    run.figure(figure, "loss_curve")


def tell_training(run):
    """training.txt: loss, perplexity and bits per character over the steps."""
    every = 1 if run.quick else 2
    steps, losses = run.logged(split="validation")
    bits = bits_per_character(run, "validation")[1]
    heads = ("nats per token", "perplexity per token", "bits per character")
    lines = [f"{'step':>6}" + "".join(f"{head:>22}" for head in heads)]
    lines += [
        f"{step:>6}{loss:>22.3f}{math.exp(loss):>22.2f}{bit:>22.3f}"
        for step, loss, bit in list(zip(steps, losses, bits))[every - 1 :: every]
    ]
    run.file("training.txt", "\n".join(lines) + "\n")


def show_outputs(run):
    """outputs.md: samples during training, and stories of the trained model."""
    learned, settings = trained(run), sizes(run)[0]
    lines = ["# What the model writes while it learns", ""]
    for step, text in learned.samples:
        lines += [f"After {step} of {settings.steps} steps, at most 60 tokens:", "", *quoted(text)]
    lines += ["# What it writes at the end", ""]
    for start in ("", *STARTS):
        text = a_story(run, learned, "outputs", start=start)
        lines += [f"From {start!r}:" if start else "From the begin token alone:", "", *quoted(text)]
    if "no_mask.txt" in run.files:
        lines += ["# Before and after a fix: the causal mask", "", "After the same steps:", ""]
        lines += ["```text", run.files["no_mask.txt"].decode().strip(), "```", ""]
    run.file("outputs.md", "\n".join(lines))


def quoted(text):
    """A text as a quotation in Markdown, on one line."""
    return ["> " + " ".join(text.split()), ""]
