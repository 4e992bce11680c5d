"""Smoothing on and off: what the counts alone say about a text they have not seen."""

import math

import numpy as np

from block06_lm_basics.counts import add_k, contexts_before, maximum_likelihood
from block06_lm_basics.sampling import write_on
from block06_lm_basics.train import learn
from block06_lm_basics.witten_bell import distribution, fit, probabilities
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream

ORDERS = (1, 2, 3, 4, 6, 8)
KS = (1.0, 0.1, 0.01, 0.0001)
TRAIN, JUDGED = 300_000, 5_000  # characters of the training and validation text: dictionaries are
# slow, so every number here is for a fifth of the stories
WRITING_ORDER, WRITTEN = 6, 120  # of the models that write, and how many characters they write


def smoothing(run):
    """Maximum likelihood calls part of every new text impossible; adding the same k to each
    character drowns long contexts, whichever of four k it is; Witten-Bell gains from them.
    """
    models = learn(run)
    orders = ORDERS[:3] if run.quick else ORDERS
    V, text = len(models.vocabulary), models.texts.validation[: 500 if run.quick else JUDGED]
    tables = fit(models.texts.train[:TRAIN], max(*orders, WRITING_ORDER))
    found = [one_order(tables[:order], text, V) for order in orders]
    impossible = [share for share, _ in found]
    bits = {name: [by_name[name] for _, by_name in found] for name in found[0][1]}
    run.figure(draw(orders, impossible, bits))
    seen = write_both(run, models, tables)
    run.record(
        config={"orders": orders, "k": KS, "train_characters": TRAIN, "characters": len(text),
                "writing_order": WRITING_ORDER, "written": WRITTEN},
        metrics={"impossible": impossible, "bits": bits, "contexts_seen": seen},
    )


def one_order(tables, text, V):
    """-> the share of characters that maximum likelihood calls impossible, and
    {smoothing: bits per character}; the tables are those of contexts up to order - 1."""
    counts = tables[-1]
    places = list(zip(contexts_before(text, len(tables) - 1), text))
    unsmoothed = [maximum_likelihood(counts, h, c) for h, c in places]
    scores = {f"add {k:g}": bits_of(add_k(counts, h, c, k, V) for h, c in places) for k in KS}
    scores["Witten-Bell"] = bits_of(probabilities(tables, text, V))
    return unsmoothed.count(0.0) / len(text), scores


def bits_of(probabilities):
    """Mean of -log2 p over the characters."""
    p = list(probabilities)
    return -math.fsum(map(math.log2, p)) / len(p)


def draw(orders, impossible, bits):
    """Left: the share of characters that are impossible without smoothing. Right: the bits."""
    title = "Unsmoothed, a new text is impossible; add-k drowns long contexts, Witten-Bell gains"
    figure, (left, right) = new_figure(title, columns=2, width=10)
    left.plot(orders, [100 * share for share in impossible], "o-", color=COLOURS[7])
    left.set_ylim(0)
    label(left, "order", "characters with probability 0 (%)", "maximum likelihood, validation")
    styles = (("s--", 4), ("^-.", 2), ("v:", 3), ("D--", 6), ("o-", 0))
    for (name, values), (style, colour) in zip(bits.items(), styles):
        right.plot(orders, values, style, color=COLOURS[colour], label=name)
    right.set_ylim(0)
    label(right, "order", "bits per character", "smoothed, validation")
    for axes in (left, right):
        axes.set_xticks(orders)
    return figure


# --- left to write -------------------------------------------------------------------------------


def write_both(run, models, tables):
    """before_after.txt: the same counts and drawn numbers, with add-one and with Witten-Bell.
    -> {smoothing: share of the contexts it stood in that the training text has}"""
    vocabulary, length = models.vocabulary, WRITING_ORDER - 1
    symbols = vocabulary.symbols
    rules = {
        "add one": lambda h: [add_k(tables[length], h, c, 1, len(symbols)) for c in symbols],
        "Witten-Bell": lambda h: distribution(tables[:WRITING_ORDER], h, symbols),
    }
    numbers = stream(run.seed, "before and after").random(WRITTEN)
    start, lines, seen = models.texts.test[:length], [], {}
    for name, rule in rules.items():

        def model(ids, rule=rule):
            return np.array(rule(vocabulary.decode(ids[-length:])))

        text = start + vocabulary.decode(write_on(model, vocabulary.encode(start), numbers))
        lines.append(f"{name}, order {WRITING_ORDER}:\n{text!r}\n")
        stood_in = contexts_before(text, length)[length:]
        seen[name] = np.mean([h in tables[length] for h in stood_in])
    run.file("before_after.txt", "\n".join(lines))
    return seen
