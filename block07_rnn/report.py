"""loss_curve.png, and outputs.md: what the networks write, before and after."""

import numpy as np

from block07_rnn.experiments.colours import CELL_COLOURS
from block07_rnn.experiments.copying import courses
from block07_rnn.tasks import MESSAGE, copy_batch
from block07_rnn.train import CELLS, Model
from shared.graph import no_grad
from shared.losses import softmax
from shared.plots import label, new_figure
from shared.seeding import stream

CONTINUED, BEFORE = 300, 60  # characters that are written, and those they go on from


def draw_losses(run):
    """The logged losses of the three cells."""
    title = "The gated cells pass the simple network early and stay below (one seed)"
    figure, (axes,) = new_figure(title)
    for kind in CELLS:
        for split, line in (("train", ":"), ("validation", "-")):
            steps, losses = run.logged(split=split, problem=kind)
            axes.plot(steps, losses, line, color=CELL_COLOURS[kind], label=f"{kind}, {split}")
    axes.set(ylim=(0, None))
    label(axes, "update", "nats per character")
    run.figure(figure, "loss_curve")


def write_on(model, ids, numbers):
    """Free running: symbols drawn one after the other, each read before the next is drawn.

    ids (T,) what comes before, numbers (N,) in [0, 1)  ->  (N,)
    """
    written, inputs, state = [], np.concatenate([[0], ids])[:, None], None
    with no_grad():
        for number in numbers:
            logits, state = model(inputs, state)
            below = np.cumsum(softmax(logits.data[-1, 0].astype(np.float64)))
            drawn = int(np.sum(below <= number * below[-1]))
            written.append(drawn)
            inputs = np.array([[drawn]])
    return np.array(written)


def write_outputs(run, learned):
    """outputs.md: what each network writes, before and after training, from the same beginning."""
    texts, vocabulary, models = learned
    before = texts.test[:BEFORE]
    numbers = stream(run.seed, "outputs").random(20 if run.quick else CONTINUED)
    hidden, rng = models["GRU"].cell.hidden, stream(run.seed, "text", "GRU")
    untrained = Model("GRU", len(vocabulary), hidden, len(vocabulary), rng)
    writers = {"GRU before training": untrained}
    writers |= {f"{kind} after training": model for kind, model in models.items()}
    lines = ["# What the networks write", "", f"Each goes on from {before!r}, with the same drawn "
             "numbers, and reads what it wrote.", ""]
    for name, model in writers.items():
        written = vocabulary.decode(write_on(model, vocabulary.encode(before), numbers))
        lines += [f"## {name}", "", "```text", (before + written).replace("```", "'''"), "```", ""]
    if run.text is None:
        lines += the_fix(run)
    run.file("outputs.md", "\n".join(lines))


def the_fix(run):
    """Messages repeated by the LSTM after a third of the delay that it had solved, and after all of
    it: what the experiment `gates` first asked, and what it asks now."""
    model, solved = courses(run.seed, run.quick)["LSTM"]
    delay = solved[-1][1] if solved else 2
    lines = ["# Before and after a fix: the delay that the LSTM is asked after", "",
             f"It had solved a delay of {delay}, after shorter ones. The letters stand for the ten "
             "symbols.", "", "```text"]
    for said, wait in (("Before", delay // 3), ("After", delay)):
        inputs, _ = copy_batch(wait, 5, stream(run.seed, "the fix"))
        with no_grad():
            answers = model(inputs)[0].data[-MESSAGE:].argmax(axis=-1)
        pairs = [f"{letters(m)} -> {letters(a)}" for m, a in zip(inputs[:MESSAGE].T - 1, answers.T)]
        lines.append(f"{said}, asked after {wait:>2}: {', '.join(pairs)}")
    return [*lines, "```", ""]


def letters(symbols):
    """The symbols 0 to 9 as letters from a to j."""
    return "".join("abcdefghij"[symbol] for symbol in symbols)
