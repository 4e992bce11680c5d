"""Count n-grams and train a window model on the stories, then run every experiment of the block.

python -m block06_lm_basics.train                 writes results/ and the README's numbers
python -m block06_lm_basics.train --quick         small sizes, to a temporary folder
python -m block06_lm_basics.train --text FILE     the same ladder on a text of your own
python -m block06_lm_basics.train --text pydoc    on the language reference inside CPython
"""

import numpy as np

from block06_lm_basics.experiments import EXPERIMENTS
from block06_lm_basics.experiments.models import Models, Texts, best_of, score_orders
from block06_lm_basics.experiments.own_text import (
    perplexity_is_about_a_text_and_not_about_a_model,
    the_ladder_on_a_text_of_ones_own,
)
from block06_lm_basics.sampling import write_on
from block06_lm_basics.window_model import WindowModel, windows
from shared import ngram
from shared.data import BatchOrder
from shared.optim import Adam, cosine_schedule
from shared.plots import label, new_figure
from shared.results import open_run
from shared.seeding import stream
from shared.text import Vocabulary, frequent_characters, load_tales, read_text, split_text

LONGEST_ORDER = 12  # validation turns at 8; the rise behind it is worth seeing
LONGEST_ORDER_OF_OWN_TEXT = 8  # the language reference turns at 5
CONTEXT = 10  # 8 ends 0.02 bits higher; 12 gains nothing and takes a sixth longer
CHANNELS = 24  # 16 ends 0.04 bits higher; 32 gains nothing in the same time
HIDDEN = 512  # 256 ends 0.07 bits higher; 1024 ends 0.04 lower and takes twice as long
STEPS = 5500  # nearly three epochs; twice as many end lower still, and take twice as long
EPOCHS = 3  # no more of a shorter text: seven of the language reference end 0.2 bits higher
BATCH = 512  # 256 and twice the steps end at the same bits after the same time
LEARNING_RATE = 1e-2  # 3e-3 ends 0.05 bits higher, 2e-2 0.01 higher; down to 0 by a cosine
WARMUP = 100
LOG_EVERY = 500
QUICK_CHARACTERS, QUICK_STEPS = 60_000, 200
MOST_SYMBOLS = 4096  # characters of a text of one's own, the most frequent; the rest is UNKNOWN.
QUICK_SYMBOLS = 256  # the stories have 60; with 20,000 a quick run takes two minutes


def read_texts(run):
    """The stories by split, or the reader's own text cut 90 to 10."""
    if run.text is None:
        tales = load_tales()
        train, validation, test = (tales.text(s) for s in ("train", "validation", "test"))
    else:
        tales = None
        train, validation = split_text(read_text(run.text))
        test = validation
    most = QUICK_CHARACTERS if run.quick else None  # all of the stories' validation is less
    return Texts(train[:most], validation[:most], test[:most], tales)


def updates(run, characters):
    """How many updates: STEPS, fewer where that would be more than EPOCHS of the text."""
    if run.quick:
        return QUICK_STEPS
    return min(STEPS, max(QUICK_STEPS, EPOCHS * characters // BATCH))


def log_losses(run, step, model, validation_ids, recent):
    """The mean of the recent batches' losses, if there are any, and the validation loss."""
    if recent:
        run.log(step=step, split="train", loss=np.mean(recent))
    loss = -model.log_probabilities(validation_ids).mean()
    run.log(step=step, split="validation", loss=loss)


def train(run, model, ids, validation_ids):
    """Adam on the mean of -ln P(next character | window). Logs in nats per character."""
    steps = updates(run, len(ids))
    rows = windows(ids, model.context)  # (T, N)
    batches = BatchOrder(len(ids), min(BATCH, len(ids)), stream(run.seed, "batches"))
    optimizer = Adam(model.parameters, LEARNING_RATE)
    recent = []
    log_losses(run, 0, model, validation_ids, recent)
    for step in run.progress(range(steps), "window model"):
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
            log_losses(run, step + 1, model, validation_ids, recent)
            recent = []


def draw_loss(run, scores, floor):
    """The logged losses, with the n-grams of some orders and the floor (None: unknown) as lines."""
    figure, (axes,) = new_figure("The network passes one n-gram after the other, and then it slows")
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
    run.figure(figure, "loss_curve")


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
        most = QUICK_SYMBOLS if run.quick else MOST_SYMBOLS
        vocabulary = Vocabulary(frequent_characters(texts.train, most))
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
