"""loss_curve.png, outputs.md and two_looks.npz: the losses, what the models say, and the weights
that show.py reads."""

import numpy as np

from block08_attention import model, multi_head
from block08_attention.show import EXAMPLE, QUESTIONS, lines_of, look, words_of
from block08_attention.tasks import next_word
from block08_attention.train import (
    COPY,
    LOOK_UP,
    TWO_LOOKS,
    batches,
    first_parameters,
    score,
    shorter,
    trained,
)
from shared.checkpoint import pack
from shared.losses import softmax
from shared.plots import label, loss_curves, new_figure
from shared.seeding import stream


def draw_losses(run):
    """The logged losses of both models."""
    title = "The loss falls on words that no batch before had; two questions take longer"
    figure, axes = new_figure(title, columns=2, width=10)
    for axis, (problem, told) in zip(axes, {"look_up": "look-up, one head",
                                            "two_looks": "two questions, two heads"}.items()):
        curves = {s: run.logged(split=s, problem=problem) for s in ("train", "validation")}
        loss_curves(axis, curves)
        label(axis, "step", "cross-entropy (nats)", f"{told}, one seed")
    run.figure(figure, "loss_curve")


def head_names(parameters, settings, seed):
    """For each head the question on whose answers it puts more of its weight."""
    weight = score(parameters, settings, seed, "validation").weight  # (H, A)
    return [QUESTIONS[question] for question in weight.argmax(axis=1)]


def save_two_looks(run, parameters):
    """The model that show.py loads, in single precision: half the bytes, the same three digits."""
    arrays = {k: v.astype(np.float32) for k, v in parameters._asdict().items()}
    heads = head_names(parameters, TWO_LOOKS, run.seed)
    run.file("two_looks.npz", pack(arrays, {"heads": heads}))
    return heads


# --- outputs.md ----------------------------------------------------------------------------------


def show_outputs(run, networks, heads):
    """outputs.md: a look-up before and after training, a text, a mask before and after a fix."""
    lines = ["# One question, before and after training", "", *a_look_up(run, networks["look_up"])]
    lines += ["# What two heads look at in a text", "", "```text"]
    words = words_of(EXAMPLE)
    lines += lines_of(words, look(networks["two_looks"], words, len(heads)), heads)
    lines += ["```", "", "The first word has nothing to look at. A word that is new finds nothing "
              "earlier that is like it, and spreads its weight or takes what is least unlike."]
    lines += ["", "# Before and after a fix: a mask that is off by one", "", *the_fix(run)]
    run.file("outputs.md", "\n".join(lines) + "\n")


def a_look_up(run, parameters):
    """The first fresh question: the weights of an untrained and of the trained model."""
    batch = batches(LOOK_UP, run.seed, "test", 1, pairs=8)()
    place, target = batch.places[0, 0, 0], batch.targets[0, 0, 0]
    told = f"Eight pairs in memory; pair {place + 1} holds the answer, value {target}."
    lines = [told, "", "```text"]
    for name, p in (("Before", first_parameters(LOOK_UP, run.seed)), ("After", parameters)):
        logits, cache = model.forward(p, batch)
        weights = multi_head.weights_of(cache)[0, 0, 0]
        answer = softmax(logits[0][0, 0])
        lines.append(f"{name:<8}weights {' '.join(f'{w:.2f}' for w in weights)}   "
                     f"answer: value {answer.argmax()}, {100 * answer.max():.0f} %")
    return [*lines, "```", ""]


def the_fix(run):
    """The next word, foretold by a model trained under each mask, for one random sequence."""
    lines = ["Which word comes next, where every word is as likely as any other?", "", "```text"]
    settings = shorter(COPY._replace(task="next_word"), run.quick)
    for name, sees in (("off by one", 1), ("causal", 0)):
        parameters = trained(settings, run.seed, sees=sees)
        batch = next_word(stream(run.seed, "the fix"), 1, settings.channels, sees=sees)
        logits, _ = model.forward(parameters, batch)
        said, comes = logits[0][0, :-1].argmax(axis=1), batch.targets[0, :-1, 0]
        lines.append(f"mask {name:<11}foretold  {' '.join(f'{w:>2}' for w in said)}"
                     f"   right {np.sum(said == comes)} of {len(comes)}")
    lines.append(f"{'':<16}came      {' '.join(f'{w:>2}' for w in comes)}")
    return [*lines, "```", "", "Nobody can foretell these: whoever does has seen them."]
