"""The next character of a text: the three cells beside the n-gram, and where each of them stands
when the word that is asked was said long ago."""

import functools
import itertools
import math
from typing import NamedTuple

import numpy as np

from block07_rnn.experiments.colours import CELL_COLOURS
from block07_rnn.train import CELLS, PIECE, STORIES, learn
from shared import ngram
from shared.graph import no_grad
from shared.losses import log_softmax
from shared.plots import COLOURS, label, new_figure
from shared.text import evaluate, slot_bits

LONGEST_ORDER = 12  # of the n-gram; validation turns before
AT_A_TIME = 2000  # characters read in one go, the state carried on
COLOUR_OF = CELL_COLOURS | {"n-gram": COLOURS[7], "floor": COLOURS[6]}


def log_probabilities(model, ids):
    """ln P(ids[t] | ids[:t]) of a whole text read as one sequence: (T,) -> (T,)."""
    before = np.concatenate([[0], ids[:-1]])  # as in training, the first follows symbol 0
    state, found = None, []
    with no_grad():
        for start in range(0, len(ids), AT_A_TIME):
            part = slice(start, start + AT_A_TIME)
            logits, state = model(before[part, None], state)
            log_p = log_softmax(logits.data[:, 0].astype(np.float64))  # (t, V)
            found.append(log_p[np.arange(len(log_p)), ids[part]])
    return np.concatenate(found)


class Scored(NamedTuple):
    """ln P of every character of the test text by model, and the order of the n-gram."""

    log_p: dict[str, np.ndarray]
    order: int
    validation_bits: dict[int, float]


@functools.lru_cache(maxsize=1)
def scored(run):
    """The three networks and the n-gram fitted on the same text, its order by validation."""
    texts, vocabulary, models = learn(run)
    ids = vocabulary.encode(texts.train)
    counts = ngram.fit(ids, LONGEST_ORDER, len(vocabulary))
    validation = vocabulary.encode(texts.validation)
    bits = {
        order: -np.log2(ngram.probabilities(counts, validation, order)).mean()
        for order in range(1, LONGEST_ORDER + 1)
    }
    order = min(bits, key=lambda order: bits[order])
    test = vocabulary.encode(texts.test)
    log_p = {name: log_probabilities(model, test) for name, model in models.items()}
    log_p["n-gram"] = np.log(ngram.probabilities(counts, test, order))
    return Scored(log_p, order, bits)


def bits_per_char(run):
    """{model: bits per character of the whole test text}."""
    texts, vocabulary, _ = learn(run)
    return {
        name: evaluate(lambda ids, log_p=log_p: log_p, vocabulary, texts.test).bits_per_char
        for name, log_p in scored(run).log_p.items()
    }


def next_character(run):
    """After two passes over the stories the GRU predicts the next character far better than the
    simple network and the LSTM no better; all three do worse than an n-gram that counted the same
    text.
    """
    texts, vocabulary, models = learn(run)
    found, best = bits_per_char(run), scored(run)
    floor = None if texts.tales is None else texts.tales.floor("test")
    run.figure(draw_bits(found, floor, best.order))
    sizes = {kind: sum(t.data.size for t in model.cell.parameters().values())
             for kind, model in models.items()}
    run.record(
        config=STORIES._asdict() | {"piece": PIECE, "characters": len(texts.train),
                                    "tested_characters": len(texts.test)},
        metrics={
            "bits_per_char": found, "floor": floor, "uniform": math.log2(len(vocabulary)),
            "ngram_order": best.order, "ngram_validation_bits": best.validation_bits,
            "parameters_of_the_cell": sizes,
        },
    )
    numbers = {f"bits_per_char_{kind.lower()}": found[kind] for kind in CELLS}
    run.headline(numbers | {"bits_per_char_best_ngram": found["n-gram"],
                            "bits_per_char_floor": floor})


def draw_bits(found, floor, order):
    """One bar a model, the floor as a line."""
    figure, (axes,) = new_figure("Bits per character of the test text (one seed)", height=3.8)
    names = {name: f"n-gram, order {order}" if name == "n-gram" else name for name in found}
    bars = axes.barh(list(names.values()), list(found.values()),
                     color=[COLOUR_OF[name] for name in found])
    axes.bar_label(bars, fmt="%.2f", padding=3)
    if floor is not None:
        axes.axvline(floor, color=COLOUR_OF["floor"], linestyle=":")
    axes.invert_yaxis()
    axes.set(xlim=(0, 1.15 * max(found.values())))
    label(axes, "bits per character" + ("" if floor is None else " (dotted: the floor)"), "")
    return figure


# --- slots by distance ---------------------------------------------------------------------------

EDGES = (0, 30, 60, 100, 150, 200, 300, 1000)  # characters back to the word's last mention


def distance_back(story, slot):
    """Characters from a slot back to where its word was last said, or None where it never was."""
    word = story.text[slot.start : slot.start + slot.length]
    before = story.text.rfind(word, 0, slot.start)
    return None if before < 0 else slot.start - before


def slots_with_distance(run):
    """Distances (S,), and bits {model: (S,)}, of the slots whose word the story has settled: the
    true probability is 1, and the word was said before."""
    texts, _, _ = learn(run)
    log_p = scored(run).log_p
    distances, bits, start = [], {name: [] for name in log_p}, 0
    for story in texts.tales.stories["test"]:
        end = start + len(story.text)
        if end > len(texts.test):
            break  # a quick run reads the first stories alone
        back = [distance_back(story, slot) for slot in story.slots]
        kept = [i for i, slot in enumerate(story.slots)
                if back[i] is not None and max(slot.distribution.values()) > 1 - 1e-9]
        distances += [back[i] for i in kept]
        for name, values in log_p.items():
            paid = slot_bits(values[start:end], story)
            bits[name] += [paid[i][1] for i in kept]
        start = end
    return np.array(distances), {name: np.array(values) for name, values in bits.items()}


def slots_by_distance(run):
    """At every distance a word that the story has settled costs each network more than five bits,
    and none of them pays clearly less than an n-gram, which sees the last few characters alone.
    """
    distances, bits = slots_with_distance(run)
    places = np.digitize(distances, EDGES[1:-1])  # (S,) the bin of each slot
    groups = {f"{low}-{high}": places == i
              for i, (low, high) in enumerate(itertools.pairwise(EDGES)) if np.any(places == i)}
    found = {
        group: {name: values[chosen].mean() for name, values in bits.items()}
        for group, chosen in groups.items()
    }
    counts = {group: int(chosen.sum()) for group, chosen in groups.items()}
    errors = {
        name: [values[chosen].std() / math.sqrt(chosen.sum()) for chosen in groups.values()]
        for name, values in bits.items()
    }
    run.figure(draw_slots(found, errors, counts))
    run.record(
        config={"edges": EDGES, "slots": len(distances)},
        metrics={"bits_by_distance": found, "slots_by_distance": counts,
                 "bits_of_all": {name: values.mean() for name, values in bits.items()}},
    )


def draw_slots(found, errors, counts):
    """Bits a slot by distance, one line a model, with the standard error over the slots."""
    title = "Words that the story has settled cost much at every distance (one seed)"
    figure, (axes,) = new_figure(title, width=9)
    for name, error in errors.items():
        means = [found[group][name] for group in found]
        axes.errorbar(range(len(found)), means, error, marker="o", capsize=3, label=name,
                      color=COLOUR_OF[name])
    axes.set_xticks(range(len(found)), [f"{group}\n({counts[group]})" for group in found])
    axes.set(ylim=(0, None))
    label(axes, "characters since the word was last said (how many words)",
          "bits a word (bars: standard error)")
    return figure
