"""Where a model's bits above the floor are paid: every character of the test stories has one kind.

The stories' maker says at which places it drew (Story.bits) and which words follow from the story
(Story.slots); the truth pays at these places alone. What a model pays is counted character by
character, what the truth pays place by place, and each kind's excess is the difference of its own
two sums. That the kinds add up to the whole gap, which is counted from -log2 P of the stories, is
what is tested.
"""

import math
import re

import numpy as np

from block06_lm_basics.train import learn
from shared.plots import COLOURS, label, new_figure
from shared.text import slot_bits

NEAR, FAR = 60, 300  # characters back to where a recalled word was said last
KINDS = (
    "chosen word, new to the story",
    "chosen word, said before",
    f"recalled word, said less than {NEAR} characters ago",
    f"recalled word, said {NEAR} to {FAR} characters ago",
    f"recalled word, said more than {FAR} characters ago",
    "word that follows from the story",
    "settled word, its first letter",
    "settled word, the letters after it",
    "space or sign",
    "other",
)
NUMBER = {kind: number for number, kind in enumerate(KINDS)}
WORD = re.compile(r"[A-Za-z]+")


def excess(run):
    """The bits above the floor, by kind of place, add up to the whole gap. The largest parts are
    paid for words that the story's maker drew, and for words told long before the model's view.
    """
    models = learn(run)
    stories = models.texts.tales.stories["test"]
    kinds, truth = kinds_and_truth(stories)
    ids = models.vocabulary.encode("".join(story.text for story in stories))
    paid = {name: -log_p(ids) / math.log(2) for name, log_p in models.by_name().items()}  # (T,)
    above = {name: by_kind(kinds, bits - truth) for name, bits in paid.items()}  # (K,)
    floor = -math.fsum(story.log2_probability for story in stories)
    gap = {name: math.fsum(bits) - floor for name, bits in paid.items()}
    share = {name: values / gap[name] for name, values in above.items()}
    rows = table_rows(kinds, truth, paid, share)
    run.file("excess.txt", as_table(rows))
    run.figure(draw(share))
    metrics = {
        name: {
            "gap_bits_per_char": gap[name] / len(ids),
            "explained": math.fsum(above[name]) / gap[name],
            "share_of_gap": dict(zip(KINDS, share[name])),
        }
        for name in paid
    }
    run.record(
        config={"stories": len(stories), "near": NEAR, "far": FAR, "order": models.best_order},
        metrics=metrics | {"kinds": rows, "names": names_by_order(models, stories)},
    )
    run.headline({"excess_explained": metrics["n-gram"]["explained"]})


# --- the kinds -----------------------------------------------------------------------------------


def kinds_and_truth(stories):
    """The number of each character's kind, and the bits that the truth pays there: (T,), (T,)."""
    found = [(kinds_of(story), truth_of(story)) for story in stories]
    kinds, truth = zip(*found)
    return np.concatenate(kinds), np.concatenate(truth)


def truth_of(story):
    """-log2 of the true probability, at the first character of what was drawn; 0 elsewhere: (T,).

    At a marked word it is that of its true distribution.
    """
    truth = np.zeros(len(story.text))
    for start, bits in story.bits:
        truth[start] = bits
    for slot in story.slots:
        truth[slot.start] = -math.log2(slot.distribution[word_at(story.text, slot.start)])
    return truth


def kinds_of(story):
    """The number of the kind of each character: (T,). A marked word is no chosen one."""
    text, kinds = story.text, np.full(len(story.text), NUMBER["other"])
    chosen, marked = {start for start, _ in story.bits}, {slot.start for slot in story.slots}
    for sign in re.finditer(r"[^A-Za-z]", text):
        kinds[sign.start()] = NUMBER["space or sign"]
    for word in WORD.finditer(text):
        start, end = word.span()
        distance = distance_back(text, start)
        if start in marked:
            kinds[start:end] = NUMBER[recalled(distance)]
        elif start in chosen:
            said = "new to the story" if distance is None else "said before"
            kinds[start:end] = NUMBER[f"chosen word, {said}"]
        else:
            kinds[start] = NUMBER["settled word, its first letter"]
            kinds[start + 1 : end] = NUMBER["settled word, the letters after it"]
    return kinds


def word_at(text, start):
    """The word that begins there."""
    return WORD.match(text, start)[0]


def distance_back(text, start):
    """How many characters ago the word that begins at start was said last, or None.

    >>> distance_back("a cat, a catfish, a cat", 20)
    18
    """
    places = re.finditer(rf"\b{word_at(text, start)}\b", text[:start])
    last = max((found.start() for found in places), default=None)
    return None if last is None else start - last


def recalled(distance):
    """The kind of a marked word, by the distance back to where it was said last."""
    if distance is None:
        return "word that follows from the story"
    if distance < NEAR:
        return f"recalled word, said less than {NEAR} characters ago"
    if distance <= FAR:
        return f"recalled word, said {NEAR} to {FAR} characters ago"
    return f"recalled word, said more than {FAR} characters ago"


# --- sums ----------------------------------------------------------------------------------------


def by_kind(kinds, values):
    """The sum of the values over the characters of each kind: (T,), (T,) -> (K,)."""
    return np.array([math.fsum(values[kinds == number]) for number in range(len(KINDS))])


def table_rows(kinds, truth, paid, share):
    """{kind: how many characters, bits a story of truth and models, share of each gap}."""
    characters = by_kind(kinds, np.ones(len(kinds)))
    sums = {"truth": by_kind(kinds, truth)} | {n: by_kind(kinds, b) for n, b in paid.items()}
    return {
        kind: {"characters": int(characters[k])}
        | {f"{name} bits": values[k] for name, values in sums.items()}
        | {f"{name} share": values[k] for name, values in share.items()}
        for k, kind in enumerate(KINDS)
    }


def as_table(rows):
    """The kinds as aligned lines, and their sums."""
    columns = ["characters", "truth bits", "n-gram bits", "network bits"]
    shares = ["n-gram share", "network share"]
    width = max(map(len, rows))
    head = ["characters", "truth", "n-gram", "network", "n-gram", "network"]
    lines = [f"{'':<{width}}  {'bits paid by':>32}  {'share of the gap':>24}",
             f"{'kind of place':<{width}}" + "".join(f"{name:>11}" for name in head)]
    total = {name: sum(row[name] for row in rows.values()) for name in columns + shares}
    for kind, row in (rows | {"all": total}).items():
        told = [f"{row[name]:>11,.0f}" for name in columns]
        told += [f"{100 * row[name]:>9.1f} %" for name in shares]
        lines.append(f"{kind:<{width}}" + "".join(told))
    return "\n".join(lines) + "\n"


def names_by_order(models, stories):
    """What a marked name costs n-grams of several orders, in bits, on the mean; and what a fair
    draw among all names would cost."""
    ids = models.vocabulary.encode("".join(story.text for story in stories))
    ends = np.cumsum([len(story.text) for story in stories])[:-1]
    costs = {}
    for order in range(2, models.ngrams.order + 1, 2):
        parts = np.split(models.table(ids, order), ends)
        slots = [pair for log_p, story in zip(parts, stories) for pair in slot_bits(log_p, story)]
        costs[f"order {order}"] = np.mean([bits for slot, bits in slots if slot.kind == "name"])
    names = len(models.texts.tales.categories["name"])
    return {"bits": costs, "fair_draw_bits": math.log2(names)}


def draw(share):
    """The share of each kind in the gap of each model, as bars."""
    title = "Where the bits above the floor are paid"
    figure, (axes,) = new_figure(title, width=9.5, height=4.8)
    for i, (name, values) in enumerate(share.items()):
        places = np.arange(len(KINDS)) + 0.38 * (i - 0.5)
        axes.barh(places, 100 * values, 0.36, color=COLOURS[i], label=name)
    axes.set_yticks(range(len(KINDS)), KINDS)
    axes.invert_yaxis()
    label(axes, "share of the model's gap (%), test stories", "")
    return figure
