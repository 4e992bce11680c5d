"""No causal mask: the model reads the answer off the next place."""

import numpy as np

from block09_transformer.proofs import causality_change
from block09_transformer.train import a_story, fused, sizes, train, trained
from shared import gpt
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream

STEPS = 300


def no_mask(run):
    """Without the causal mask the training loss falls far below the floor, which no honest model
    can; what such a model writes is garbage, and the leak test tells the two apart.

    The same model and data, 300 steps each.
    """
    learned = trained(run)
    settings = sizes(run)[0]._replace(steps=15 if run.quick else STEPS)
    losses, stories, changes = {}, {}, {}
    for name, causal in (("with mask", True), ("no mask", False)):
        shape = learned.shape._replace(causal=causal)
        losses[name], model = learn_with(run, learned, shape, settings)
        stories[name] = a_story(run, model, "no mask", most=60)
        changes[name] = causality_change(shape, model.parameters, run.seed)
    floor = floor_per_token(learned)
    ends = {name: np.mean(curve[-20:]) for name, curve in losses.items()}
    run.figure(draw(losses, floor))
    told = [f"{name}:\n{text.strip()}\n" for name, text in stories.items()]
    run.file("no_mask.txt", "\n".join(told))
    run.record(
        config=settings._asdict(),
        metrics={"last_losses": ends, "floor": floor, "largest_change": changes,
                 "over_floor": {name: end / floor for name, end in ends.items()}},
    )
    run.headline({"no_mask_train_loss_over_floor": ends["no mask"] / floor})


def floor_per_token(learned):
    """The floor of the corpus's training stories in nats per token of this tokenizer."""
    stories = learned.tales.stories["train"][:200]
    tokens = sum(len(learned.texts.tokenizer.encode(story.text)) for story in stories)
    return -sum(story.log2_probability for story in stories) * np.log(2) / tokens


def learn_with(run, learned, shape, settings):
    """Train a fresh model of this shape: its loss at every step, and the model."""
    curve = []
    tensors, gradient = fused(shape, stream(run.seed, "weights"))
    optimizer = train(
        tensors, gradient, learned.texts.examples["train"], settings, stream(run.seed, "order"),
        watch=lambda step, loss, *rest: curve.append(loss),
    )
    parameters = gpt.views(shape, optimizer.values)
    return curve, learned._replace(shape=shape, parameters=parameters)


def draw(losses, floor):
    """Both training losses over the steps, smoothed over 10 steps, and the floor."""
    figure, (axes,) = new_figure("Without the mask the loss falls through the floor")
    for (name, curve), colour in zip(losses.items(), (COLOURS[0], COLOURS[3])):
        smooth = np.convolve(curve, np.ones(10) / 10, "valid")
        axes.plot(np.arange(10, len(curve) + 1), smooth, color=colour, label=name)
    axes.axhline(floor, color=COLOURS[6], linestyle="--", label="floor")
    axes.set_yscale("log")
    axes.set_yticks([0.05, 0.1, 0.2, 0.5, 1, 2, 5], ["0.05", "0.1", "0.2", "0.5", "1", "2", "5"])
    axes.minorticks_off()
    label(axes, "step", "training loss (nats per token), mean of 10")
    return figure
