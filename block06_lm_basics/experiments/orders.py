"""The order of an n-gram: what a longer context gains, and what it costs."""

import math

from block06_lm_basics.experiments.models import best_of, score_orders
from shared.plots import label, new_figure

TRAIN_PART = 50_000  # characters of the training text that the training loss is measured on


def draw(orders, train, validation, floor, contexts, once):
    """Left: both losses over the order. Right: contexts in the table."""
    title = "Longer contexts: training bits only fall, validation turns, the table explodes"
    figure, (left, right) = new_figure(title, columns=2, width=9.5)
    left.plot(orders, train, "o--", label="training text")
    left.plot(orders, validation, "s-", label="validation split")
    left.axhline(floor, color="black", linestyle=":", label="floor (validation)")
    left.set_ylim(0)
    label(left, "order (characters of context + 1)", "bits per character")
    right.semilogy(orders, contexts, "o-", label="different contexts")
    some = [i for i, number in enumerate(once) if number]  # a logarithm has no zero
    right.semilogy([orders[i] for i in some], [once[i] for i in some], "s--", label="seen once")
    label(right, "order (characters of context + 1)", "contexts of this length")
    return figure


def validation_bits_turn_where_contexts_become_too_rare(run, texts, models):
    """Orders 1 to the longest: bits on the training text and on validation, and the table."""
    vocabulary, levels = models.vocabulary, models.ngrams.levels
    scores = score_orders(models.ngrams, vocabulary, texts.validation)
    validation = [score.bits_per_char for score in scores]
    seen = score_orders(models.ngrams, vocabulary, texts.train[:TRAIN_PART])
    train = [score.bits_per_char for score in seen]
    orders = list(range(1, len(levels) + 1))
    contexts = [len(level.contexts) for level in levels]
    once = [int((level.totals == 1).sum()) for level in levels]
    floor = texts.tales.floor("validation")
    run.figure(draw(orders, train, validation, floor, contexts, once), "orders")
    run.claim(
        "orders",
        "Training bits fall with every order; validation bits fall to a lowest point and rise "
        "again, while the number of contexts grows without a limit in sight",
        seeds=[],
        config={
            "orders": orders,
            "train_characters": len(texts.train),
            "train_bits_measured_on": min(TRAIN_PART, len(texts.train)),
        },
        metrics={
            "train_bits": train,
            "validation_bits": validation,
            "best_order": best_of(scores),
            "floor": floor,
            "contexts": contexts,
            "share_seen_once": [a / b for a, b in zip(once, contexts)],
            "possible_contexts_log10": [(n - 1) * math.log10(len(vocabulary)) for n in orders],
        },
    )
