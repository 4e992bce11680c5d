"""Count n-grams and train a window model on the stories, then run every experiment of the block.

    python -m block06_lm_basics.train                 writes results/ and the README's numbers
    python -m block06_lm_basics.train --quick         small sizes, to a temporary folder
    python -m block06_lm_basics.train --text FILE     the same ladder on a text of your own
    python -m block06_lm_basics.train --text pydoc    on the language reference inside CPython
"""

import numpy as np

from block06_lm_basics.counts import add_k
from block06_lm_basics.experiments import EXPERIMENTS
from block06_lm_basics.experiments.models import Models, Texts, best_of, score_orders
from block06_lm_basics.experiments.own_text import (
    perplexity_is_about_a_text_and_not_about_a_model,
    the_ladder_on_a_text_of_ones_own,
)
from block06_lm_basics.sampling import write_on
from block06_lm_basics.window_model import WindowModel, windows
from block06_lm_basics.witten_bell import distribution, fit
from shared import ngram
from shared.data import BatchOrder
from shared.optim import Adam, cosine_schedule
from shared.plots import label, new_figure
from shared.results import open_run
from shared.seeding import stream
from shared.text import Vocabulary, load_tales, read_text, split_text

LONGEST_ORDER = 12  # validation turns at 9; the rise behind it is worth seeing
LONGEST_ORDER_OF_OWN_TEXT = 8  # a megabyte of other English turns at 5
CONTEXT = 8  # as the best n-gram; see experiments/context_length.py
CHANNELS = 24  # 16 ends 0.05 bits higher
HIDDEN = 320  # 160 ends 0.12 bits higher; 640 ends 0.06 lower and takes 1.6 times as long
STEPS = 5000  # an epoch and a half; the curve still falls, slowly
BATCH = 256
LEARNING_RATE = 1e-2  # 3e-3 ends 0.09 bits higher, 2e-2 ends 0.02 higher; down to 0 by a cosine
WARMUP = 100
LOG_EVERY = 500
QUICK_CHARACTERS, QUICK_STEPS = 60_000, 200


def read_texts(run):
    """The stories by split, or the reader's own text cut 90 to 10."""
    if run.text is None:
        tales = load_tales()
        train, validation, test = (tales.text(s) for s in ("train", "validation", "test"))
    else:
        tales = None
        train, validation = split_text(read_text(run.text))
        test = validation
    return Texts(train[:QUICK_CHARACTERS] if run.quick else train, validation, test, tales)


def train(run, model, ids, validation_ids):
    """Adam on the mean of -ln P(next character | window). Logs in nats per character."""
    steps = QUICK_STEPS if run.quick else STEPS
    rows = windows(ids, model.context)  # (T, N)
    batches = BatchOrder(len(ids), min(BATCH, len(ids)), stream(run.seed, "batches"))
    optimizer = Adam(model.parameters, LEARNING_RATE)
    recent = []
    for step in run.progress(range(steps), "window model"):
        if step == 0:
            loss = -model.log_probabilities(validation_ids).mean()
            run.log(step=0, split="validation", loss=loss)
        chosen = batches.next()
        loss = model.loss(rows[chosen], ids[chosen])
        optimizer.zero_gradients()
        loss.backward()
        optimizer.learning_rate = cosine_schedule(
            step, peak=LEARNING_RATE, total=steps, warmup=WARMUP
        )
        optimizer.step()
        recent.append(loss.item())
        if (step + 1) % LOG_EVERY == 0 or step + 1 == steps:
            run.log(step=step + 1, split="train", loss=np.mean(recent))
            loss = -model.log_probabilities(validation_ids).mean()
            run.log(step=step + 1, split="validation", loss=loss)
            recent = []


def draw_loss(run, scores, floor):
    """The logged losses, with the n-grams of some orders and the floor as lines."""
    figure, (axes,) = new_figure("The network learns letters at once, words slowly, memory never")
    for split, style in (("train", "o--"), ("validation", "s-")):
        rows = [row for row in run.log_rows if row["split"] == split]
        axes.plot([r["step"] for r in rows], [r["loss"] for r in rows], style, label=split)
    end = run.log_rows[-1]["step"]
    best = best_of(scores)
    for order in sorted({1, 2, 3, best}):
        loss = scores[order - 1].nats_per_char
        axes.axhline(loss, color="grey", linewidth=1)
        axes.text(1.02 * end, loss, f"order {order}", va="bottom", fontsize=9)
    if floor is not None:
        axes.axhline(floor * np.log(2), color="black", linestyle=":", label="floor")
    axes.set(xlim=(-0.02 * end, 1.12 * end), ylim=0)
    label(axes, "update", "nats per character")
    run.figure("loss_curve", figure)


def add_one(counts, symbols):
    """The add-one n-gram as a model to sample from."""
    length = len(next(iter(counts)))

    def model(ids):
        context = "".join(symbols[i] for i in ids)[-length:]
        return np.array([add_k(counts, context, c, 1, len(symbols)) for c in symbols])

    return model


def write_before_after(run, texts, vocabulary, order=6):
    """before_after.txt: the same counts and drawn numbers, with add-one and with Witten-Bell."""
    tables, symbols = fit(texts.train, order), vocabulary.symbols
    models = {
        "add one": add_one(tables[-1], symbols),
        "Witten-Bell": lambda ids: np.array(
            distribution(tables, vocabulary.decode(ids[-order:]), symbols)
        ),
    }
    start, numbers = texts.test[:order], stream(run.seed, "before and after").random(120)
    lines = []
    for name, model in models.items():
        written = write_on(model, vocabulary.encode(start), numbers)
        lines.append(f"{name}, order {order}:\n{start + vocabulary.decode(written)!r}\n")
    run.file("before_after.txt", "\n".join(lines))


def write_outputs(run, texts, models, untrained):
    """outputs.md: what each model writes, from the same beginning and the same drawn numbers."""
    writers = {
        f"n-gram of order {n}": lambda ids, n=n: ngram.distribution(models.ngrams, ids, n)
        for n in sorted({1, 2, 4, models.best_order})
    }
    writers["window model before training"] = untrained.distribution
    writers["window model after training"] = models.window.distribution
    start = texts.test[:CONTEXT]
    numbers = stream(run.seed, "sample").random(400)
    lines = ["# What the models write", "", f"Each goes on from {start!r}.", ""]
    for name, model in writers.items():
        written = write_on(model, models.vocabulary.encode(start), numbers)
        text = start + models.vocabulary.decode(written)
        lines += [f"## {name}", "", "```text", text.replace("```", "'''"), "```", ""]
    run.file("outputs.md", "\n".join(lines))


def main(arguments=None):
    title = "Character n-grams and a neural model over a window."
    with open_run(__file__, title, arguments, text=True) as run:
        texts = read_texts(run)
        vocabulary = Vocabulary(texts.train)
        ids = vocabulary.encode(texts.train)
        longest = LONGEST_ORDER if texts.tales else LONGEST_ORDER_OF_OWN_TEXT
        with run.clock("ngrams"):
            ngrams = ngram.fit(ids, longest, len(vocabulary))
            scores = score_orders(ngrams, vocabulary, texts.validation)
        sizes = (len(vocabulary), CONTEXT, CHANNELS, HIDDEN)
        untrained, window = (WindowModel(*sizes, stream(run.seed, "start")) for _ in range(2))
        with run.clock("window_model"):
            train(run, window, ids, vocabulary.encode(texts.validation))
        models = Models(vocabulary, ngrams, best_of(scores), window)
        draw_loss(run, scores, texts.tales and texts.tales.floor("validation"))
        write_outputs(run, texts, models, untrained)
        if texts.tales:
            write_before_after(run, texts, vocabulary)
            for experiment in run.progress(EXPERIMENTS, "experiments"):
                with run.clock(experiment.__name__):
                    experiment(run, texts, models)
        else:
            print(f"n-grams: {run.seconds['ngrams']:.1f} s")
            the_ladder_on_a_text_of_ones_own(run, texts, models)
        if run.text == "pydoc":
            perplexity_is_about_a_text_and_not_about_a_model(run, texts, models)


if __name__ == "__main__":
    main()
