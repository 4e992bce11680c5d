"""Words that the story has settled: what the transformer recalls, and the n-gram guesses."""

import collections
import math

import numpy as np

from block09_transformer.examples import characters
from block09_transformer.experiments.ladder import FLOOR, NGRAM, TRANSFORMER
from block09_transformer.experiments.rivals import as_example, character_log_p, rivals
from block09_transformer.train import trained
from shared.plots import label, new_figure
from shared.text import slot_bits

RECALLED = ("name", "pet", "colour", "thing", "object", "place")
KINDS = (*RECALLED, "pet name", "sum")  # that are recorded; the table has every frequent one
SETTLED = 0.999  # the true probability of a word from which on the story leaves no choice


def slots(run):
    """Where a story has settled a name, a colour, a thing or a place, the transformer says it and
    the n-gram over the same tokens mostly does not.

    Each word with the true text before it; right means that every token of it is the likeliest.
    """
    tokenizer = trained(run).texts.tokenizer
    stories = trained(run).tales.stories["test"][: 6 if run.quick else None]
    rows = measure(rivals(run), tokenizer, stories)
    recalled = np.concatenate([rows[kind] for kind in RECALLED if kind in rows])
    recalled = recalled[recalled[:, 1] == 1]
    common = [kind for kind in rows if len(rows[kind]) >= (3 if run.quick else 25)]
    means = {kind: rows[kind].mean(axis=0) for kind in common}
    run.file("slots.txt", table(means, {kind: len(rows[kind]) for kind in common}))
    run.figure(draw(means))
    names = ("truth_bits", "settled", "ngram_bits", "ngram_right", "gpt_bits", "gpt_right")
    run.record(
        config={"stories": len(stories), "recalled": RECALLED, "settled": SETTLED},
        metrics={
            "by_kind": {kind: dict(zip(names, rows[kind].mean(axis=0))) for kind in KINDS},
            "recalled_slots": len(recalled),
            "recalled": dict(zip(names, recalled.mean(axis=0))),
        },
    )
    run.headline({
        "long_range_accuracy_gpt": recalled[:, 5].mean(),
        "long_range_accuracy_ngram": recalled[:, 3].mean(),
        "sum_accuracy_gpt": rows["sum"][:, 5].mean(),
    })


def measure(both, tokenizer, stories):
    """kind -> (slots, 6): the truth's bits, whether settled, then bits and right of each rival."""
    costs = {name: character_log_p(rival, tokenizer, stories) for name, rival in both.items()}
    rows = collections.defaultdict(list)
    for number, story in enumerate(stories):
        example = as_example(story, tokenizer)
        places = characters(example[1:], tokenizer.tokens)  # the character each token ends in
        paid = {name: slot_bits(cost[number], story) for name, cost in costs.items()}
        for n, slot in enumerate(story.slots):
            p = np.array(list(slot.distribution.values()))
            row = [-math.fsum(p * np.log2(p)), p.max() > SETTLED]
            inside = (places >= slot.start) & (places < slot.start + slot.length)
            for name, rival in both.items():
                where = np.flatnonzero(inside) + 1  # in the example, after the begin token
                right = (rival.guesses(example, where) == example[where]).all()
                row += [paid[name][n][1], right]
            rows[slot.kind].append(row)
    return {kind: np.array(rows[kind], float) for kind in sorted(rows)}


def table(means, counts):
    """One line a kind of slot: bits of truth, n-gram and transformer, and how often right."""
    lines = [f"{'':<14}{'':>6}{'bits a word':^32}{'said right':^24}"]
    lines += [f"{'kind':<14}{'slots':>6}{'truth':>9}{'n-gram':>10}{'transformer':>13}"
              f"{'n-gram':>11}{'transformer':>13}"]
    for kind in sorted(means, key=lambda kind: -counts[kind]):
        truth, _, bits, right, gpt_bits, gpt_right = means[kind]
        lines.append(f"{kind:<14}{counts[kind]:>6}{truth:>9.2f}{bits:>10.2f}{gpt_bits:>13.2f}"
                     f"{100 * right:>9.0f} %{100 * gpt_right:>11.0f} %")
    return "\n".join(lines) + "\n"


def draw(means):
    """Bits a word by kind: truth, transformer, n-gram side by side."""
    title = "For most kinds of word the transformer needs far fewer bits than the n-gram"
    figure, (axes,) = new_figure(title, width=10, height=5)
    kinds = sorted(means, key=lambda kind: -means[kind][2])
    lines = (("n-gram", 2, NGRAM), ("transformer", 4, TRANSFORMER), ("truth", 0, FLOOR))
    for n, (name, column, colour) in enumerate(lines):
        heights = [means[kind][column] for kind in kinds]
        axes.bar(np.arange(len(kinds)) + (n - 1) * 0.27, heights, 0.27, color=colour, label=name)
    axes.set_xticks(range(len(kinds)), kinds, rotation=60, ha="right")
    label(axes, "kind of word", "bits a word, test stories")
    return figure
