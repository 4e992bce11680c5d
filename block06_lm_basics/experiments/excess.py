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
    run.file("excess.txt", as_table(kinds, {"truth": truth} | paid, share))
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
        metrics=metrics,
    )
    run.headline({"excess_explained": metrics["n-gram"]["explained"]})


def by_kind(kinds, values):
    """The sum of the values over the characters of each kind: (T,), (T,) -> (K,)."""
    return np.array([math.fsum(values[kinds == number]) for number in range(len(KINDS))])


def as_table(kinds, bits, share):
    """The kinds as aligned lines, and their sums: characters, bits paid, shares of the gap."""
    counted = [by_kind(kinds, values) for values in (np.ones(len(kinds)), *bits.values())]
    rows = np.array([*counted, *share.values()]).T  # (K, columns)
    width = max(map(len, KINDS))
    lines = [f"{'':<{width}}  {'bits paid by':>32}  {'share of the gap':>24}",
             f"{'kind of place':<{width}}"
             + "".join(f"{name:>11}" for name in ["characters", *bits, *share])]
    for kind, row in zip([*KINDS, "all"], [*rows, rows.sum(axis=0)]):
        told = [f"{value:>11,.0f}" for value in row[: len(counted)]]
        told += [f"{100 * value:>9.1f} %" for value in row[len(counted) :]]
        lines.append(f"{kind:<{width}}" + "".join(told))
    return "\n".join(lines) + "\n"


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
