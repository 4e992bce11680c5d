"""Smoothing on and off: what the counts alone say about a text they have not seen."""

import math

import numpy as np

from block06_lm_basics.counts import add_k, contexts_before, maximum_likelihood
from block06_lm_basics.sampling import write_on
from block06_lm_basics.witten_bell import distribution, fit, probabilities
from shared.plots import label, new_figure
from shared.seeding import stream

ORDERS = (1, 2, 3, 4, 6, 8)
KS = (1.0, 0.1, 0.01, 0.0001)
CHARACTERS = 10_000  # of the validation split: dictionaries are slow
WRITING_ORDER, WRITTEN = 6, 120  # of the models that write, and how many characters they write


def bits(probabilities_of_text):
    """Mean of -log2 p over the characters."""
    p = list(probabilities_of_text)
    return -math.fsum(map(math.log2, p)) / len(p)


def one_order(tables, order, text, vocabulary_size):
    """What maximum likelihood calls impossible, and the bits of add-k and Witten-Bell."""
    counts = tables[order - 1]
    places = list(zip(contexts_before(text, order - 1), text))
    unsmoothed = [maximum_likelihood(counts, h, c) for h, c in places]
    scores = {
        f"add {k:g}": bits(add_k(counts, h, c, k, vocabulary_size) for h, c in places) for k in KS
    }
    scores["Witten-Bell"] = bits(probabilities(tables[:order], text, vocabulary_size))
    return unsmoothed, scores


def draw(orders, impossible, scores):
    """Left: the share of characters that are impossible without smoothing. Right: the bits."""
    title = "Without smoothing one unseen character costs infinity; how to smooth decides the rest"
    figure, (left, right) = new_figure(title, columns=2, width=9.5)
    left.plot(orders, [100 * share for share in impossible], "o-")
    label(left, "order", "validation characters with probability 0 (%)", "maximum likelihood")
    for (name, values), style in zip(scores.items(), ("o-", "s--", "^-.", "v:", "D-")):
        right.plot(orders, values, style, label=name)
    right.set_ylim(0)
    label(right, "order", "bits per character, validation")
    return figure


def without_smoothing_a_new_text_is_impossible(run, texts, models):
    """Maximum likelihood, add-k and Witten-Bell on the same counts, in dictionaries."""
    orders = ORDERS[:3] if run.quick else ORDERS
    text = texts.validation[: CHARACTERS // 10 if run.quick else CHARACTERS]
    tables = fit(texts.train, max(orders))
    impossible, by_method = [], {}
    for order in orders:
        unsmoothed, scores = one_order(tables, order, text, len(models.vocabulary))
        impossible.append(sum(p == 0 for p in unsmoothed) / len(text))
        for name, score in scores.items():
            by_method.setdefault(name, []).append(score)
    run.figure(draw(orders, impossible, by_method), "smoothing")
    run.claim(
        "smoothing",
        "Maximum likelihood gives probability 0 to part of every new text; adding the same k to "
        "every character drowns long contexts; Witten-Bell gains from them",
        seeds=[],
        config={"orders": orders, "k": KS, "characters": len(text)},
        metrics={
            "impossible": impossible,
            "bits": {"witten_bell": by_method.pop("Witten-Bell")}
            | {f"add_k_{i}": by_method[f"add {k:g}"] for i, k in enumerate(KS)},
        },
    )


def what_add_one_writes_is_noise(run, texts, models):
    """before_after.txt: the same counts and drawn numbers, with add-one and with Witten-Bell."""
    vocabulary, length = models.vocabulary, WRITING_ORDER - 1
    tables, symbols = fit(texts.train, WRITING_ORDER), vocabulary.symbols
    smoothings = {
        "add one": lambda h: [add_k(tables[length], h, c, 1, len(symbols)) for c in symbols],
        "Witten-Bell": lambda h: distribution(tables, h, symbols),
    }
    start, numbers = texts.test[:length], stream(run.seed, "before and after").random(WRITTEN)
    lines, seen = [], []
    for name, smoothing in smoothings.items():

        def model(ids, smoothing=smoothing):
            return np.array(smoothing(vocabulary.decode(ids[-length:])))

        text = start + vocabulary.decode(write_on(model, vocabulary.encode(start), numbers))
        lines.append(f"{name}, order {WRITING_ORDER}:\n{text!r}\n")
        seen.append(np.mean([h in tables[length] for h in contexts_before(text, length)[length:]]))
    run.file("before_after.txt", "\n".join(lines))
    run.claim(
        "before_after",
        "Left to write, add-one soon stands in contexts that the training text does not have, "
        "where it draws from all characters alike; Witten-Bell on the same counts rarely does",
        seeds=[run.seed],
        config={"order": WRITING_ORDER, "characters": WRITTEN},
        metrics={"contexts_seen": dict(zip(("add_one", "witten_bell"), seen))},
    )
