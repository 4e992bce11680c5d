"""Parity, which no length can spoil once it is learned, and what a network makes of its own words.
"""

import numpy as np

from block07_rnn.experiments.colours import CELL_COLOURS
from block07_rnn.tasks import (
    ACCOUNT_INPUTS,
    DIGITS,
    PARITY_GUESS,
    PARITY_INPUTS,
    account_batch,
    parity_batch,
)
from block07_rnn.train import ACCOUNT, CELLS, PARITY, Model, train
from shared.graph import no_grad
from shared.losses import log_softmax
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream

# --- parity --------------------------------------------------------------------------------------

TRAINED_LENGTH, TESTED_LENGTH = 20, 200
FRESH = 1000  # sequences
ASKED = {"at every step": True, "at the end alone": False}


def train_parity(kind, seed, settings, at_every_step):
    """A network trained on bits of random lengths up to 20."""
    rng = stream(seed, "parity", kind, int(at_every_step))
    model = Model(kind, PARITY_INPUTS, settings.hidden, 2, rng)

    def next_batch(step):
        length = int(rng.integers(1, TRAINED_LENGTH + 1))
        return *parity_batch(length, settings.batch, rng, at_every_step=at_every_step), False

    for _ in train(model, next_batch, settings):
        pass
    return model


def parity_by_step(model, rng):
    """The share of right answers at each step of 1,000 fresh sequences: (200,)."""
    inputs, targets = parity_batch(TESTED_LENGTH, FRESH, rng)
    with no_grad():
        return np.mean(model(inputs)[0].data.argmax(axis=-1) == targets, axis=1)


def parity(run):
    """Asked at every step, the gated cells learn parity on at most 20 bits with each of three seeds
    and the simple network with two; the LSTM is right at all 200 steps of 1,000 fresh sequences.
    Asked at the end alone, the gated cells learn it in the same number of updates and the simple
    network guesses.
    """
    seeds = run.seeds(3, quick=1)
    settings = PARITY._replace(steps=30, hidden=8) if run.quick else PARITY
    found = {
        (kind, asked): np.array([
            parity_by_step(train_parity(kind, s, settings, every), stream(s, "parity", "fresh"))
            for s in seeds
        ])
        for kind in run.progress(CELLS, "parity")
        for asked, every in ASKED.items()
    }
    run.figure(draw_parity(found))
    run.record(
        config=settings._asdict() | {"trained_length": TRAINED_LENGTH, "fresh": FRESH},
        metrics={
            asked: {
                kind: {"accuracy_within_20": found[kind, asked][:, :TRAINED_LENGTH].mean(axis=1),
                       "accuracy_at_200": found[kind, asked].mean(axis=1)}
                for kind in CELLS
            }
            for asked in ASKED
        } | {"guess_nats": PARITY_GUESS},
    )
    run.headline({"parity_accuracy_at_200": found["LSTM", "at every step"].mean()})


def draw_parity(found):
    """Accuracy over the step, one line a seed."""
    count = len(found["RNN", "at every step"])
    title = f"Parity of 200 bits after at most 20 in training ({count} seeds each)"
    figure, axes = new_figure(title, columns=2, width=11)
    for axis, asked in zip(axes, ASKED):
        for kind in CELLS:
            for i, accuracy in enumerate(found[kind, asked]):
                axis.plot(range(1, TESTED_LENGTH + 1), accuracy, color=CELL_COLOURS[kind],
                          label=kind if i == 0 else None, linewidth=1.2)
        axis.axvline(TRAINED_LENGTH, color="0.7", linewidth=1)
        axis.axhline(0.5, color="0.7", linewidth=1)
        axis.set(ylim=(0.4, 1.02))
        y = "share of right answers" if asked == "at every step" else ""
        label(axis, "step (grey: longest in training; guessing)", y, f"asked {asked}",
              legend=asked != "at every step")
    return figure


# --- teacher forcing and free running ------------------------------------------------------------

TRAINED_ENTRIES, TESTED_ENTRIES, ACCOUNTS = 10, 50, 500
MEASURE_EVERY = 200  # steps


def forced_nats(model, digits):
    """-ln q(right sum) at each entry (E, B) where every sum before it was given rightly."""
    sums = DIGITS + digits.cumsum(axis=0) % DIGITS
    inputs = np.stack([digits, sums], axis=1).reshape(-1, digits.shape[1])  # (2 E, B)
    with no_grad():
        log_q = log_softmax(model(inputs)[0].data[::2].astype(np.float64))  # (E, B, K)
    return -np.take_along_axis(log_q, sums[..., None], axis=2)[..., 0]


def free_nats(model, digits, numbers):
    """The same where the network reads what it drew itself, by the numbers (E, B) in [0, 1)."""
    sums = DIGITS + digits.cumsum(axis=0) % DIGITS
    state, nats = None, np.empty(digits.shape)
    with no_grad():
        for entry, digit in enumerate(digits):
            logits, state = model(digit[None], state)
            log_q = log_softmax(logits.data[0].astype(np.float64))  # (B, K)
            nats[entry] = -log_q[np.arange(len(digit)), sums[entry]]
            below = np.exp(log_q).cumsum(axis=1)
            drawn = np.sum(below <= (numbers[entry] * below[:, -1])[:, None], axis=1)
            _, state = model(drawn[None], state)
    return nats


def both_ways(seed, settings):
    """[(step, forced (E,), free (E,))] of one network as it learns, means over fresh accounts."""
    rng, fresh = stream(seed, "account"), stream(seed, "account", "fresh")
    model = Model("RNN", ACCOUNT_INPUTS, settings.hidden, ACCOUNT_INPUTS, rng)
    digits = fresh.integers(0, DIGITS, (TESTED_ENTRIES, ACCOUNTS))
    numbers, found = fresh.random(digits.shape), []

    def next_batch(step):
        return *account_batch(TRAINED_ENTRIES, settings.batch, rng), False

    for progress in train(model, next_batch, settings):
        if progress.step % MEASURE_EVERY == 0 or progress.step == settings.steps:
            ways = forced_nats(model, digits), free_nats(model, digits, numbers)
            found.append((progress.step, *(nats.mean(axis=1) for nats in ways)))
    return found


def free_running(run):
    """Keeping an account, a simple network that is given the right sum each time pays little; fed
    with the sums it drew itself it pays many times that, and more the longer it goes on.
    """
    seeds = run.seeds(3, quick=1)
    settings = ACCOUNT._replace(steps=30, hidden=16) if run.quick else ACCOUNT
    found = [both_ways(seed, settings) for seed in run.progress(seeds, "accounts")]
    steps = [step for step, _, _ in found[0]]
    losses = np.array([[(forced, free) for _, forced, free in one] for one in found])
    run.figure(draw_both(steps, losses))  # (seeds, looks, 2, E)
    forced, free = losses[:, -1].transpose(1, 0, 2)  # (seeds, E) each
    run.record(
        config=settings._asdict() | {"entries": TRAINED_ENTRIES, "tested_entries": TESTED_ENTRIES,
                                     "accounts": ACCOUNTS, "cell": "RNN"},
        metrics={
            "forced_nats": forced.mean(), "free_nats": free.mean(),
            "gap_nats": {"mean": (free - forced).mean(), "sd": (free - forced).mean(axis=1).std()},
            "gap_within_the_trained_length": (free - forced)[:, :TRAINED_ENTRIES].mean(),
            "free_at_entry": {n: free[:, n - 1].mean() for n in (1, 10, 25, 50)},
            "forced_at_entry": {n: forced[:, n - 1].mean() for n in (1, 10, 25, 50)},
            "guess_nats": np.log(DIGITS),
        },
    )
    run.headline({"free_running_gap_nats": (free - forced).mean()})


def draw_both(steps, losses):
    """Both losses while it learns, and over the entries at the end."""
    title = (f"Fed with its own sums, it pays more with every entry "
             f"({len(losses)} seeds, band: standard deviation)")
    figure, (left, right) = new_figure(title, columns=2, width=11)
    entries = np.arange(1, TESTED_ENTRIES + 1)
    panels = [(left, steps, losses.mean(axis=3), "update", "while it learns, mean of 50 entries"),
              (right, entries, losses[:, -1].transpose(0, 2, 1), "entry", "at the end of training")]
    for axis, xs, values, x, name in panels:  # values (seeds, xs, 2)
        for way, (said, colour) in enumerate([("its own sums", COLOURS[3]),
                                              ("the right sums", COLOURS[5])][::-1]):
            mean, sd = values[..., way].mean(axis=0), values[..., way].std(axis=0)
            axis.plot(xs, mean, color=colour, label=said)
            axis.fill_between(xs, np.maximum(mean - sd, 0), mean + sd, color=colour, alpha=0.25)
        axis.axhline(np.log(DIGITS), color="0.7", linewidth=1)
        axis.set(ylim=(0, None))
        y = "nats for each answer (grey: guessing)" if axis is left else ""
        label(axis, x, y, name, legend=axis is right)
    return figure
