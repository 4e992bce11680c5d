"""Where a model's bits above the floor are paid, by kind of place.

What a model pays is counted character by character, what the truth pays place by place, and each
kind's excess is the difference of its own two sums. The whole gap is counted from the recorded
-log2 P of the stories; that the kinds add up to it is what is tested.
"""

import math

import numpy as np

from block06_lm_basics.train import learn
from block06_lm_basics.true_bits import FAR, KINDS, NEAR, kinds_and_truth
from shared.plots import COLOURS, label, new_figure
from shared.text import slot_bits


def excess(run):
    """The bits above the floor, by kind of place, add up to the whole gap. The largest parts are
    paid for new words that the story's maker drew, and for words said 60 to 300 characters ago.
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
