"""Settings, the model, and the training loop of this block: `python -m block07_rnn.train`.

Trains the three cells on the stories and prints their losses; change a setting and see. Nothing is
written; `make block07` runs the experiments too and writes results/.

float32, and the fast cells of shared/recurrent.py: proofs.py shows that they are the ones of
rnn.py, gru.py and lstm.py.
"""

import functools
import math
import time
from typing import NamedTuple

import numpy as np

from block07_rnn.tasks import NOTHING, columns, one_hot
from shared import resume
from shared.functional import cross_entropy
from shared.graph import no_grad
from shared.layers import Linear, parameters
from shared.optim import Adam, cosine_schedule
from shared.recurrent import GRU, LSTM, RNN
from shared.results import open_run
from shared.seeding import stream
from shared.text import (
    SPLITS,
    Tales,
    Vocabulary,
    frequent_characters,
    load_tales,
    read_text,
    split_text,
)

CELLS = {"RNN": RNN, "GRU": GRU, "LSTM": LSTM}


class Settings(NamedTuple):
    """How a network is trained."""

    hidden: int
    learning_rate: float
    batch: int
    steps: int
    clip: float = 1.0  # the gradient's largest length; see the experiment `clipping`
    cosine: bool = False  # whether the rate rises for WARMUP steps and falls to 0 at the end


COPY = Settings(
    hidden=64,
    learning_rate=5e-3,  # with 1e-2 the simple network gets half as far
    batch=32,
    steps=2500,  # by then the gated cells have solved the longest delay tried
)
PARITY = Settings(hidden=32, learning_rate=5e-3, batch=32, steps=1500)  # enough for the gated cells
ACCOUNT = Settings(hidden=64, learning_rate=5e-3, batch=32, steps=2000)
STORIES = Settings(
    hidden=128,  # twice as many take three times as long
    learning_rate=2e-2,  # 5e-3 and 1e-2 end higher in all three cells; no larger one was tried
    batch=32,  # columns of the text, read side by side
    steps=1400,  # two passes over the stories
    cosine=True,
)
WARMUP = 50  # steps; without, the simple network ends half as high again at this rate
PIECE = 64  # steps of a text before the gradient is cut; the state goes on
EVERY = 100  # steps between two lines of the log
HELD_OUT_COLUMNS = 64  # of the validation text, read side by side
MOST_SYMBOLS = 256  # characters of a text of one's own, the most frequent; the rest is UNKNOWN
KEPT_EVERY = 30  # seconds
QUICK_CHARACTERS, QUICK_STEPS = 20_000, 12


class Model:
    """A cell that reads one-hot symbols, and a layer that reads its outputs: logits = h W + b."""

    def __init__(self, kind, symbols, hidden, answers, rng, *, dtype=np.float32, **options):
        self.symbols = symbols
        self.cell = CELLS[kind](symbols, hidden, rng, dtype=dtype, **options)
        self.readout = Linear(hidden, answers, rng, deviation=1 / math.sqrt(hidden), dtype=dtype)

    def __call__(self, inputs, state=None):
        """logits (T, B, K) of inputs (T, B) int, and the state after them."""
        x = one_hot(inputs, self.symbols, self.cell.W.dtype)
        outputs, state = self.cell(x, state)
        return self.readout(outputs), state


class Progress(NamedTuple):
    """What the loop says after each step; arrays and state are what it can go on from."""

    step: int
    loss: float
    gradient_norm: float  # before clipping
    optimizer: Adam
    state: np.ndarray


def train(model, next_batch, settings, *, optimizer=Adam, kept=None):
    """One step after the other, a Progress after each: `for progress in train(...)` looks, logs,
    and stops when it likes.

    next_batch(step) gives (inputs (T, B), targets (T, B), whether they go on from the state of the
    batch before). The gradient never crosses from one batch into another.
    """
    optimizer = optimizer(parameters(model), settings.learning_rate)
    state = None
    if kept is not None:  # (arrays, {"steps": ...}) of a training that was stopped
        arrays, numbers = kept
        state = arrays["carried"]
        moments = {name: array for name, array in arrays.items() if name != "carried"}
        optimizer.restore(moments, numbers["steps"])
    for step in range(optimizer.steps, settings.steps):
        inputs, targets, goes_on = next_batch(step)
        logits, state = model(inputs, state if goes_on else None)
        loss = cross_entropy(logits, targets, ignored=NOTHING)
        optimizer.zero_gradients()
        loss.backward()
        norm = optimizer.clip(settings.clip)
        if settings.cosine:
            optimizer.learning_rate = cosine_schedule(
                step, peak=settings.learning_rate, total=settings.steps, warmup=WARMUP
            )
        optimizer.step()
        yield Progress(step + 1, loss.item(), norm, optimizer, state)


# --- the text ------------------------------------------------------------------------------------


class Texts(NamedTuple):
    """Three parts of one text. A reader's own has no third part: its test is its validation.

    tales is None where the text is the reader's own.
    """

    train: str
    validation: str
    test: str
    tales: Tales | None


def read_texts(run):
    """The stories by split, or the reader's own text cut 90 to 10; little of it in a quick run."""
    if run.text is None:
        tales = load_tales()
        train, validation, test = (tales.text(split) for split in SPLITS)
    else:
        tales = None
        train, validation = split_text(read_text(run.text))
        test = validation
    most = QUICK_CHARACTERS if run.quick else None
    return Texts(train[:most], validation[:most], test[:most], tales)


def reading(ids, settings):
    """next_batch of `train` for a text: piece after piece of its columns, and then from the start.

    A text too short for the columns or for a piece gets fewer, and shorter ones.
    """
    inputs, targets = columns(ids, min(settings.batch, max(1, len(ids) // PIECE)))  # (L, B)
    pieces = max(1, len(inputs) // PIECE)

    def next_batch(step):
        start = step % pieces * PIECE
        part = slice(start, start + PIECE)
        return inputs[part], targets[part], start > 0

    return next_batch


def held_out_loss(model, ids):
    """Mean nats per character of a text read in columns, each from the zero state."""
    inputs, targets = columns(ids, min(HELD_OUT_COLUMNS, len(ids)))
    with no_grad():
        return cross_entropy(model(inputs)[0], targets).item()


def learn_text(run, kind, settings, ids, validation_ids, symbols):
    """Train one cell on a text and log both losses; every KEPT_EVERY seconds, and at the end, keep
    what --resume goes on from, bit for bit. -> Model"""
    model = Model(kind, symbols, settings.hidden, symbols, stream(run.seed, "text", kind))
    kept = resume.kept(run, kind)
    recent, saved = kept[1]["recent"] if kept else [], time.monotonic()
    if kept is None:
        run.log(0, {"validation": held_out_loss(model, validation_ids)}, problem=kind)
    for progress in train(model, reading(ids, settings), settings, kept=kept):
        recent.append(progress.loss)
        last = progress.step == settings.steps
        if progress.step % EVERY == 0 or last:
            both = {"train": np.mean(recent), "validation": held_out_loss(model, validation_ids)}
            run.log(progress.step, both, problem=kind)
            recent = []
        if last or time.monotonic() - saved > KEPT_EVERY:
            arrays, steps = progress.optimizer.state()
            arrays["carried"] = progress.state
            resume.keep(run, kind, arrays, {"steps": steps, "recent": recent})
            saved = time.monotonic()
    return model


class Learned(NamedTuple):
    """What was read, and the three networks by name."""

    texts: Texts
    vocabulary: Vocabulary
    models: dict[str, Model]


@functools.lru_cache(maxsize=1)
def learn(run):
    """Train the three cells on the stories, or on the reader's own text. -> Learned

    A run asks for it more than once, and trains once.
    """
    texts = read_texts(run)
    vocabulary = Vocabulary(frequent_characters(texts.train, MOST_SYMBOLS))
    ids, validation_ids = (vocabulary.encode(text) for text in (texts.train, texts.validation))
    settings = STORIES._replace(steps=QUICK_STEPS, hidden=32) if run.quick else STORIES
    models = {}
    for kind in run.progress(CELLS, "cells"):
        with run.clock(f"text_{kind}"):
            models[kind] = learn_text(run, kind, settings, ids, validation_ids, len(vocabulary))
    return Learned(texts, vocabulary, models)


if __name__ == "__main__":
    with open_run(__file__, "Train the three cells.", text=True, writes=False) as run:
        learn(run)
