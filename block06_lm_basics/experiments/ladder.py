"""Every model of the block on one text; and every order, with the size of its table."""

import math

import numpy as np

from block06_lm_basics.entropy import perplexity, to_bits
from block06_lm_basics.train import learn, score_orders
from shared.command_line import say
from shared.plots import COLOURS, label, new_figure
from shared.text import evaluate

RUNGS = {1: "unigram", 2: "bigram", 3: "trigram"}
TRAIN_PART = 50_000  # characters of the training text on which its bits are measured


def ladder(run):
    """From uniform to unigram, bigram and the best n-gram the bits per character of a new text
    fall; where the floor is known, neither the best n-gram nor the network is near it.
    """
    models = learn(run)
    uniform, orders, network = climb(models, models.texts.test)
    best, tales = orders[models.best_order - 1], models.texts.tales
    floor = tales and tales.floor("test")
    table = as_table(uniform, orders, network, floor, models.best_order)
    say(table)
    run.file("ladder.txt", table)
    named = {"uniform": uniform, "unigram": orders[0], "bigram": orders[1], "best_ngram": best,
             "mlp": network}
    run.record(
        config={"best_order": models.best_order, "context": models.window.context},
        metrics={
            "scores": {name: score._asdict() for name, score in named.items()},
            "nats_by_order": [score.nats_per_char for score in orders],
            "floor_bits_per_char": floor,
            "network_parameters": models.window.size(),
            "table_entries": entries(models.ngrams, models.best_order),
        },
    )
    if tales:
        over = {"best_ngram_over_floor": best.bits_per_char / floor}
        run.headline({"floor_bits_per_char_test": floor} | over)
    run.headline({f"bits_per_char_{name}": score.bits_per_char for name, score in named.items()})
    run.headline({f"perplexity_{name}": named[name].perplexity for name in ("best_ngram", "mlp")})
    run.headline({"best_order": models.best_order})


def climb(models, text):
    """The scores on the text: of the uniform model, of each order, of the network."""
    V = len(models.vocabulary)
    uniform = evaluate(lambda ids: np.full(len(ids), -math.log(V)), models.vocabulary, text)
    orders = score_orders(models.ngrams, models.vocabulary, text)
    return uniform, orders, evaluate(models.window.log_probabilities, models.vocabulary, text)


def entries(ngrams, order):
    """How many counts the n-gram of this order looks at: (context, character) pairs."""
    return sum(len(level.followers) for level in ngrams.levels[:order])


def as_table(uniform, orders, network, floor, best_order):
    """The ladder as aligned lines, in three units; floor in bits, or None."""
    rows = {"uniform": uniform.nats_per_char}
    for n, score in enumerate(orders, 1):
        told = "best on validation" if n == best_order else RUNGS.get(n)
        rows[f"order {n}" + (f" ({told})" if told else "")] = score.nats_per_char
    rows["network"] = network.nats_per_char
    if floor is not None:
        rows["floor"] = floor * math.log(2)
    lines = [f"{'model':<29} {'nats/char':>10} {'bits/char':>10} {'perplexity':>11}"]
    for name, nats in rows.items():
        lines.append(f"{name:<29} {nats:>10.4f} {to_bits(nats):>10.4f} {perplexity(nats):>11.3f}")
    return "\n".join(lines) + "\n"


# --- orders --------------------------------------------------------------------------------------


def orders(run):
    """Each longer context lowers the bits on the training text; on validation they fall, turn, and
    rise again, while the table of contexts grows and more and more of it was seen once.
    """
    models = learn(run)
    ngrams, texts = models.ngrams, models.texts
    part = TRAIN_PART // (10 if run.quick else 1)
    seen = score_orders(ngrams, models.vocabulary, texts.train[:part])
    train, validation = ([s.bits_per_char for s in scores] for scores in (seen, models.by_order))
    contexts = [len(level.contexts) for level in ngrams.levels]
    once = [int((level.totals == 1).sum()) for level in ngrams.levels]
    floor = texts.tales and texts.tales.floor("validation")
    run.figure(draw(train, validation, floor, contexts, once))
    run.record(
        config={"train_characters": len(texts.train), "train_bits_measured_on": part},
        metrics={
            "train_bits": train,
            "validation_bits": validation,
            "best_order": models.best_order,
            "floor": floor,
            "contexts": contexts,
            "share_seen_once": [a / max(b, 1) for a, b in zip(once, contexts)],
            "possible_contexts_log10": [
                n * math.log10(len(models.vocabulary)) for n in range(ngrams.order)
            ],
        },
    )


def draw(train, validation, floor, contexts, once):
    """Left: bits over the order, and the floor if it is known. Right: the size of the table."""
    title = "Past the best order the table grows on, and a new text costs more again"
    figure, (left, right) = new_figure(title, columns=2, width=10)
    orders = np.arange(1, len(train) + 1)
    left.plot(orders, train, "o--", color=COLOURS[0], label="training text (a part)")
    left.plot(orders, validation, "o-", color=COLOURS[0], label="validation")
    if floor is not None:
        left.axhline(floor, color="black", linestyle=":", label="floor, validation")
    left.set_ylim(0)
    label(left, "order (characters of context + 1)", "bits per character")
    for counts, style, colour, name in (
        (contexts, "o-", COLOURS[0], "different contexts"), (once, "s--", COLOURS[7], "seen once")
    ):
        some = np.flatnonzero(counts)  # a logarithm has no zero
        right.plot(orders[some], np.array(counts)[some], style, color=colour, label=name)
    right.set_yscale("log")
    label(right, "order (characters of context + 1)", "contexts in the training text")
    for axes in (left, right):
        axes.set_xticks(orders)
    return figure
