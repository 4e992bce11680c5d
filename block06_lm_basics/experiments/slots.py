"""The marked words of the stories: what each kind of memory costs a model without memory."""

import collections
import math

import numpy as np

from block06_lm_basics.entropy import entropy, to_bits
from shared import ngram
from shared.plots import label, new_figure
from shared.text import slot_bits


def distributions(models):
    """name -> a function from the ids so far to P(next); the table's answers are remembered."""
    known = {}

    def table(ids):
        recent = ids[max(len(ids) - models.best_order + 1, 0) :]
        key = recent.tobytes()
        if key not in known:
            known[key] = ngram.distribution(models.ngrams, recent, models.best_order)
        return known[key]

    return {"ngram": table, "window": models.window.distribution}


def is_guessed(distribution, ids, start, length):
    """Whether every character of the word is the most probable one, given the text before it."""
    places = range(start, start + length)
    return all(int(np.argmax(distribution(ids[:t]))) == ids[t] for t in places)


def score_slots(models, stories):
    """kind -> rows (true entropy, then bits and whether guessed for both models), per slot.

    Also, for both models, all bits paid above the floor on these stories.
    """
    text = "".join(story.text for story in stories)
    ids, rows, begin = models.vocabulary.encode(text), collections.defaultdict(list), 0
    costs = [log_p(ids) for log_p in models.by_name().values()]  # 2 x (T,)
    guessers = list(distributions(models).values())
    for story in stories:
        end = begin + len(story.text)
        bits = [slot_bits(cost[begin:end], story) for cost in costs]
        for slot, *paid in zip(story.slots, *([b for _, b in one] for one in bits)):
            floor = to_bits(entropy(np.array(list(slot.distribution.values()))))
            place = begin + slot.start
            guessed = [is_guessed(model, ids, place, slot.length) for model in guessers]
            rows[slot.kind].append([floor, *paid, *guessed])
        begin = end
    floor = -math.fsum(story.log2_probability for story in stories)
    excess = [-cost.sum() / math.log(2) - floor for cost in costs]
    return {kind: np.array(rows[kind], dtype=float) for kind in sorted(rows)}, excess


def as_table(means, counts):
    """The scores as aligned lines, the most expensive kind first."""
    lines = [f"{'kind':<14} {'slots':>5}  {'bits: truth':>11} {'n-gram':>8} {'network':>8}"
             f"  {'guessed: n-gram':>15} {'network':>8}"]
    for kind in sorted(means, key=lambda kind: -means[kind][1]):
        floor, table, window, hit, window_hit = means[kind]
        lines.append(f"{kind:<14} {counts[kind]:>5}  {floor:>11.2f} {table:>8.2f} {window:>8.2f}"
                     f"  {100 * hit:>13.0f} % {100 * window_hit:>6.0f} %")
    return "\n".join(lines) + "\n"


def draw(means, counts):
    """Bits per slot by kind: the truth, the n-gram, the network; how many slots in brackets."""
    title = "Most of what a story has settled is out of reach of both models"
    figure, (axes,) = new_figure(title, width=9.5)
    kinds = sorted(means, key=lambda kind: -means[kind][1])
    for i, name in enumerate(("truth", "n-gram", "network")):
        places = np.arange(len(kinds)) + 0.27 * (i - 1)
        axes.bar(places, [means[kind][i] for kind in kinds], 0.25, label=name)
    names = [f"{kind} ({counts[kind]})" for kind in kinds]
    axes.set_xticks(range(len(kinds)), names, rotation=40, ha="right")
    label(axes, "kind of slot (how many)", "bits per slot, test split")
    return figure


def words_that_follow_from_the_story_cost_what_a_guess_costs(run, texts, models):
    """Teacher-forced: each slot with the true text before it; bits and greedy guesses by kind."""
    stories = texts.tales.stories["test"][: 8 if run.quick else None]
    rows, excess = score_slots(models, stories)
    means = {kind: values.mean(axis=0) for kind, values in rows.items()}
    counts = {kind: len(values) for kind, values in rows.items()}
    everything = np.concatenate(list(rows.values()))
    above = everything[:, 1:3] - everything[:, :1]  # bits above the truth, both models
    marked = sum(slot.length for story in stories for slot in story.slots)
    names = ("truth", "ngram", "window", "ngram_guessed", "window_guessed")
    run.file("slots.txt", as_table(means, counts))
    run.figure(draw(means, counts), "slots")
    run.claim(
        "slots",
        "Words that the story has settled, as its writer knows them, cost the truth almost nothing "
        "and both models several bits: what settled most of them lies outside the window",
        seeds=[run.seed],
        config={"stories": len(stories), "slots": sum(counts.values())},
        metrics={
            "by_kind": {kind: dict(zip(names, values)) for kind, values in means.items()},
            "all": dict(zip(names, everything.mean(axis=0))),
            "share_of_all_excess_bits": dict(zip(names[1:], above.sum(axis=0) / excess)),
            "share_of_all_characters": marked / sum(len(story.text) for story in stories),
            "names_to_choose_from_log2": math.log2(len(texts.tales.categories["name"])),
        },
    )
