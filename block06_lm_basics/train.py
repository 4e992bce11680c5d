"""Settings, texts, and the training loop of this block: `python -m block06_lm_basics.train`.

Counts n-grams of every order, trains a network on a window of the same text and prints its losses;
change a setting and see. Nothing is written; `make block06` runs the experiments too and writes
results/. With --text FILE the text is the reader's own.
"""

import functools
from typing import NamedTuple

import numpy as np

from block06_lm_basics.window_model import WindowModel, windows
from shared import ngram
from shared.data import BatchOrder
from shared.layers import parameters
from shared.optim import Adam
from shared.results import open_run
from shared.schedules import cosine_schedule
from shared.seeding import stream
from shared.text import (
    SPLITS,
    Score,
    Tales,
    Vocabulary,
    evaluate,
    frequent_characters,
    load_tales,
    read_text,
    split_text,
)


class Settings(NamedTuple):
    """A window model and how it is trained: Adam, up along a line and down along a cosine."""

    context: int  # characters
    channels: int
    hidden_size: int
    learning_rate: float  # the peak
    batch_size: int
    steps: int
    warmup: int  # steps
    log_every: int = 500  # steps


WINDOW = Settings(
    context=9,  # what the best n-gram sees; 10 end 0.01 bits lower, for the same time
    channels=24,  # 16 end 0.05 bits higher
    hidden_size=512,  # 384 end 0.02 bits higher after as much time
    learning_rate=1e-2,  # 6e-3 ends 0.02 bits higher
    batch_size=512,
    steps=3500,  # 1.2 passes over the stories; 5,500 end 0.05 bits lower and take longer
    warmup=100,
)
QUICK = WINDOW._replace(channels=8, hidden_size=64, batch_size=128, steps=150, log_every=50)
LONGEST_ORDER = 12  # validation turns at 10; the rise behind it is worth seeing
QUICK_STORIES = {"train": 70, "validation": 8, "test": 8}
QUICK_CHARACTERS = 60_000  # of each part of the reader's own text
MOST_SYMBOLS, QUICK_SYMBOLS = 4096, 256  # the stories have 58; with 20,000 a run takes minutes
LOGGED = 30_000  # characters of the training and the validation text, on which losses are told
MOST_EPOCHS = 3  # of a short text; where it is read more often, validation rises again


# --- the texts -----------------------------------------------------------------------------------


class Texts(NamedTuple):
    """Three parts of one text. The reader's own text has two: its test part is its validation.

    tales is None where the text is the reader's own.
    """

    train: str
    validation: str
    test: str
    tales: Tales | None


def tales_of(run) -> Tales:
    """The stories; of a quick run the first few of each split."""
    tales = load_tales()
    if not run.quick:
        return tales
    return tales._replace(stories={s: tales.stories[s][: QUICK_STORIES[s]] for s in SPLITS})


def read_texts(run) -> Texts:
    """The stories by split, or the reader's own text cut 90 to 10."""
    if run.text is None:
        tales = tales_of(run)
        return Texts(*(tales.text(split) for split in SPLITS), tales)
    train, validation = split_text(read_text(run.text))
    most = QUICK_CHARACTERS if run.quick else None
    return Texts(train[:most], validation[:most], validation[:most], None)


# --- the loop ------------------------------------------------------------------------------------


def train(model, ids, settings, batches, watch=None):
    """Adam on the mean of -ln P(next character | window). Changes the parameters in place; calls
    watch(step) before the first step, every log_every steps, and after the last.
    """
    rows = windows(ids, model.context)  # (T, N)
    optimizer = Adam(parameters(model), settings.learning_rate)
    for step in range(settings.steps + 1):
        if watch and (step % settings.log_every == 0 or step == settings.steps):
            watch(step)
        if step == settings.steps:
            return
        chosen = batches.next()  # (B,) places in the text
        loss = model.loss(rows[chosen], ids[chosen])
        loss.backward()
        optimizer.learning_rate = cosine_schedule(
            step, peak=settings.learning_rate, total=settings.steps, warmup=settings.warmup
        )
        optimizer.step()
        optimizer.zero_gradients()


def trained(ids, vocabulary_size, settings, seed, watch=None):
    """A fresh window model, trained on ids (T,). watch(step, model)"""
    model = untrained(vocabulary_size, settings, seed)
    batch_size = min(settings.batch_size, len(ids))
    batches = BatchOrder(len(ids), batch_size, stream(seed, "batches"))
    train(model, ids, settings, batches, watch and (lambda step: watch(step, model)))
    return model


def untrained(vocabulary_size, settings, seed):
    """The window model before its first step."""
    sizes = (vocabulary_size, settings.context, settings.channels, settings.hidden_size)
    return WindowModel(*sizes, stream(seed, "start", settings.context))


def settings_for(run, characters):
    """WINDOW with so many steps that a short text is read MOST_EPOCHS times at most, but for the
    steps of a quick run, which every text gets."""
    if run.quick:
        return QUICK
    most = MOST_EPOCHS * characters // WINDOW.batch_size
    return WINDOW._replace(steps=min(WINDOW.steps, max(QUICK.steps, most)))


# --- everything that is fitted -------------------------------------------------------------------


class Models(NamedTuple):
    """What a run has fitted, and on which texts; by_order are the n-grams' scores on validation."""

    texts: Texts
    vocabulary: Vocabulary
    ngrams: ngram.NGram
    by_order: list[Score]
    window: WindowModel

    @property
    def best_order(self):
        """The order with the lowest validation loss."""
        return best_of(self.by_order)

    def table(self, ids, order=None):
        """ln P(ids[t] | ids[:t]) of the n-gram of this order, or the best: (T,) -> (T,)."""
        return np.log(ngram.probabilities(self.ngrams, ids, order or self.best_order))

    def by_name(self):
        """The two models that are compared everywhere, as functions of the ids."""
        return {"n-gram": self.table, "network": self.window.log_probabilities}


def score_orders(ngrams: ngram.NGram, vocabulary: Vocabulary, text: str) -> list[Score]:
    """The score of every order from 1 to the longest."""
    return [
        evaluate(lambda ids, n=n: np.log(ngram.probabilities(ngrams, ids, n)), vocabulary, text)
        for n in range(1, ngrams.order + 1)
    ]


def best_of(scores: list[Score]) -> int:
    """The order with the lowest loss, the first of them."""
    return 1 + min(range(len(scores)), key=lambda i: scores[i].nats_per_char)


def count_orders(train_text, validation_text, most_symbols):
    """-> the vocabulary of the training text, its n-grams, their scores on validation."""
    vocabulary = Vocabulary(frequent_characters(train_text, most_symbols))
    ngrams = ngram.fit(vocabulary.encode(train_text), LONGEST_ORDER, len(vocabulary))
    return vocabulary, ngrams, score_orders(ngrams, vocabulary, validation_text)


@functools.lru_cache(maxsize=1)
def learn(run) -> Models:
    """All that this run fits, once: whoever asks again gets the same. Logs in nats a character."""
    texts = read_texts(run)
    with run.clock("ngrams"):
        most = QUICK_SYMBOLS if run.quick else MOST_SYMBOLS
        vocabulary, ngrams, by_order = count_orders(texts.train, texts.validation, most)
    ids = vocabulary.encode(texts.train)
    parts = {"train": ids[:LOGGED], "validation": vocabulary.encode(texts.validation[:LOGGED])}

    def watch(step, model):
        run.log(step, {name: -model.log_probabilities(p).mean() for name, p in parts.items()})

    with run.clock("window_model"):
        settings = settings_for(run, len(ids))
        window = trained(ids, len(vocabulary), settings, run.seed, watch)
    return Models(texts, vocabulary, ngrams, by_order, window)


if __name__ == "__main__":
    with open_run(__file__, "Count, train and print the losses.", text=True, writes=False) as run:
        for order, score in enumerate(learn(run).by_order, 1):
            print(f"order {order:>2}  validation {score.nats_per_char:.4f}")
