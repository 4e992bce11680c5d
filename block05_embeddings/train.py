"""Train skip-gram on the stories, then run every experiment of the block.

python -m block05_embeddings.train            writes results/ and the README's numbers
python -m block05_embeddings.train --quick    small sizes, to a temporary folder
"""

import numpy as np

from block05_embeddings.ask import as_text
from block05_embeddings.cooccurrence import numbered, window_pairs
from block05_embeddings.experiments import EXPERIMENTS
from block05_embeddings.experiments.corpus import load_corpus
from block05_embeddings.experiments.report import write_outputs
from block05_embeddings.experiments.truth import LEARNED, NARROW, WIDE, Models, svd_vectors
from block05_embeddings.skipgram import (
    noise_distribution,
    skipgram_gradient,
    skipgram_loss,
    start_vectors,
    with_made_up,
)
from shared.data import BatchOrder
from shared.optim import Adam, cosine_schedule
from shared.plots import label, new_figure
from shared.results import open_run
from shared.seeding import stream
from shared.tensor import Tensor

SIZE = 64  # numbers a word; half as many and twice as many both know fewer analogies
MADE_UP = 5  # made-up neighbours a true one; with 2 a fifth of the analogies is lost
EPOCHS = 3  # a fourth gains nothing
BATCH_SIZE = 8192  # pairs; a quarter of it takes twice as long and is no better
LEARNING_RATE = 0.05  # six times as much and a tenth as much lose a quarter of the analogies
MODELS = {"sentence 2": ("sentence", 2), "sentence 5": ("sentence", 5), "story 5": ("story", 5)}
LOGGED_PAIRS = 20_000  # a fixed sample of each split: two samples differ by about 0.01 nats
LOG_EVERY = 20  # steps


def loss_sample(ids, window, noise, rng):
    """A fixed sample of pairs with fixed made-up neighbours, to hold each step's loss against."""
    words, neighbours = window_pairs(ids, window)
    rows = rng.permutation(len(words))[:LOGGED_PAIRS]
    return words[rows], with_made_up(neighbours[rows], noise, MADE_UP, rng)


def train(run, ids, counts, window, samples=()):
    """Skip-gram on the texts. -> W (V, D), C (V, D) float32; samples: (split, pairs) to log."""
    rng = stream(run.seed, "skip-gram", window)
    noise = noise_distribution(counts)
    words, neighbours = window_pairs(ids, window)  # (P,), (P,)
    start = start_vectors(len(counts), SIZE, rng, np.float32)
    W, C = (Tensor(array, requires_grad=True) for array in start)
    optimizer = Adam({"W": W, "C": C}, LEARNING_RATE)
    order = BatchOrder(len(words), min(BATCH_SIZE, len(words)), rng)
    steps = EPOCHS * len(words) // order.batch_size
    for step in range(steps + 1):
        if step % LOG_EVERY == 0 or step == steps:
            for split, sample in samples:
                run.log(step=step, split=split, loss=skipgram_loss(W.data, C.data, *sample))
        rows = order.next()
        drawn = with_made_up(neighbours[rows], noise, MADE_UP, rng)  # (B, 1 + K)
        W.grad[...], C.grad[...] = skipgram_gradient(W.data, C.data, words[rows], drawn)
        optimizer.learning_rate = cosine_schedule(step, peak=LEARNING_RATE, total=steps)
        optimizer.step()
    return W.data, C.data


def train_all(run, corpus):
    """The three models: only the main one is logged. -> {name: (W, C)}"""
    noise = noise_distribution(corpus.counts)
    held_out = numbered(corpus.held_out_stories, corpus.vocabulary)
    splits = {"train": corpus.ids("story"), "validation": held_out}
    samples = [
        (split, loss_sample(ids, 5, noise, stream(run.seed, "logged", split)))
        for split, ids in splits.items()
    ]
    models = {}
    for name, (unit, window) in run.progress(MODELS.items(), "skip-gram"):
        logged = samples if name == LEARNED else ()
        with run.clock(f"train {name}"):
            models[name] = train(run, corpus.ids(unit), corpus.counts, window, logged)
    return models


def draw_loss(run):
    """The logged losses as loss_curve.png."""
    figure, (axes,) = new_figure("Skip-gram: from guessing to what the stories allow")
    for split in ("train", "validation"):
        rows = [row for row in run.log_rows if row["split"] == split]
        axes.plot([row["step"] for row in rows], [row["loss"] for row in rows], label=split)
    guess = (1 + MADE_UP) * np.log(2)
    axes.axhline(guess, color="black", linestyle=":", label="guessing: 6 ln 2")
    label(axes, "update", "loss per pair (nats)")
    run.figure(figure, "loss_curve")


def main(arguments=None):
    with open_run(__file__, "Word vectors of the stories.", arguments) as run:
        corpus = load_corpus(run.quick)
        learned = train_all(run, corpus)
        draw_loss(run)
        run.file("vectors.txt", as_text(corpus.vocabulary, learned[LEARNED][0]))
        counted = (svd_vectors(corpus, run.seed, **setting) for setting in (NARROW, WIDE))
        models = Models(*counted, learned)
        for experiment in run.progress(EXPERIMENTS, "experiments"):
            experiment(run, corpus, models)
        write_outputs(run, corpus, models)


if __name__ == "__main__":
    main()
