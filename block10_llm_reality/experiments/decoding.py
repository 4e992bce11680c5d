"""Decoding: what each rule makes of the same model, and what a draft saves."""

import numpy as np

from block10_llm_reality.decoding import character, full_pass
from block10_llm_reality.evaluation.metrics import bootstrap_interval
from block10_llm_reality.experiments.models import learned, prompt_ids, write_texts
from shared import ngram
from shared.generate import Rules, fold, speculate
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream
from shared.text import STORY_END, sentences

RULES = {  # greedy is None
    "greedy": None,
    "temperature 0.5": Rules(temperature=0.5),
    "temperature 1": Rules(),
    "temperature 1.5": Rules(temperature=1.5),
    "top-k 10": Rules(top_k=10),
    "top-p 0.9": Rules(top_p=0.9),
    "min-p 0.1": Rules(min_p=0.1),
    "penalty 1.2": Rules(repetition_penalty=1.2),
}
COUNTED = {"recall_greedy": "greedy", "recall_temperature_1": "temperature 1",
           "recall_top_p": "top-p 0.9"}  # with 200 stories each
MOST = 260  # tokens of a story
OPENINGS = 20  # stories written with drafts
WHAT = ("name", "colour", "thing")


def rules(run):
    """The rule decides what the same model is like: a higher temperature makes stories more varied
    and less true to themselves, and greedy writing is the truest.

    Each story goes on from the first sentence of a held-out one. Recalled: name, colour and thing
    are kept all through, by a judge that finds no fault in the corpus.
    """
    stories = held_out(run)
    lists = character.lists_of(learned(run).data.tales.categories)
    rows, intervals = {}, {}
    for name in run.progress(RULES, "rules"):
        many = name in COUNTED.values()
        texts = continued(run, stories[: (6 if run.quick else 200 if many else 60)], name)
        kept = [all(character.recalled(text, lists).values()) for text in texts]
        intervals[name] = bootstrap_interval(
            kept, range(len(kept)), stream(run.seed, "interval", name))
        rows[name] = {
            "recalled": np.mean(kept), "distinct": character.distinct(texts[:60]),
            "repetition": np.mean([character.repetition(text) for text in texts]),
            "stories": len(texts),
            **{what: np.mean([character.recalled(t, lists)[what] for t in texts]) for what in WHAT},
        }
    run.file("rules.txt", table(rows))
    run.figure(draw(rows, intervals))
    run.record(
        config={"rules": {n: r and r._asdict() for n, r in RULES.items()}, "most": MOST},
        metrics={"by_rule": rows, "intervals": intervals},
    )
    run.headline({key: rows[name]["recalled"] for key, name in COUNTED.items()})


def held_out(run):
    stories = learned(run).data.tales.stories
    return [story.text for story in stories["test"] + stories["validation"]]


def continued(run, stories, rule):
    """Whole stories: the given opening and what the model made of it."""
    openings = [sentences(story)[0] for story in stories]
    rng = stream(run.seed, "rules", rule)
    most = 40 if run.quick else MOST
    written = write_texts(learned(run).base, openings, most, RULES[rule], rng)
    return [f"{opening} {text}{STORY_END}" for opening, text in zip(openings, written)]


def table(rows):
    heads = ("recalled", "name", "colour", "thing", "repetition", "distinct")
    lines = [f"{'rule':<18}" + "".join(f"{head:>12}" for head in heads)]
    for name, row in rows.items():
        lines.append(f"{name:<18}" + "".join(f"{row[head]:>12.3f}" for head in heads))
    return "\n".join(lines) + "\n"


def draw(rows, intervals):
    figure, (left, right) = new_figure("What the rule does to the same model", columns=2, width=10)
    places = np.arange(len(rows))
    means = np.array([row["recalled"] for row in rows.values()])
    ends = np.array([intervals[name] for name in rows]).T  # (2, rules)
    left.barh(places, means, color=COLOURS[0], xerr=np.abs(ends - means), ecolor=COLOURS[6])
    right.barh(places, [row["distinct"] for row in rows.values()], color=COLOURS[0])
    left.set_yticks(places, list(rows))
    right.set_yticks(places, [""] * len(rows))
    for axes in (left, right):
        axes.invert_yaxis()
    left.set_xlim(0, 1)
    label(left, "stories that keep name, colour and thing\n(bars: 95 % bootstrap interval)", "")
    label(right, "different pairs of words / all pairs", "")
    return figure


# --- what a cache and a draft save ---------------------------------------------------------------


def cheaper(run):
    """With a cache the next token costs nearly the same wherever it stands, without one as much as
    all tokens before it; and an n-gram's guesses, judged by the model, save passes on top.

    Left: multiplications of matrices for the base model, by formula (seconds are in bench.json).
    Right: temperature 1, the draft is a Witten-Bell n-gram over the same tokens.
    """
    lengths = [2**n for n in range(1, 10)]
    shape = learned(run).base.shape
    counts = {
        kind: [full_pass.multiplications(shape, n, kind == "cache") for n in lengths]
        for kind in ("full pass", "cache")
    }
    rates = {length: tokens_per_pass(run, length) for length in (1, 2, 3, 4, 6, 8)}
    figure, (left, right) = new_figure("A cache, and a draft", columns=2, width=10)
    for (kind, numbers), colour in zip(counts.items(), (COLOURS[7], COLOURS[5])):
        left.loglog(lengths, numbers, "o-", color=colour, label=kind, base=2)
    right.plot(list(rates), list(rates.values()), "o-", color=COLOURS[6], label="n-gram draft")
    right.axhline(1, color=COLOURS[7], linestyle="--", label="no draft")
    right.set_ylim(0, None)
    label(left, "tokens before", "multiplications for the next token")
    label(right, "tokens of a draft", "tokens written for each pass")
    run.figure(figure)
    at = lengths.index(256)
    run.record(
        config={"shape": shape._asdict(), "lengths": lengths, "openings": OPENINGS},
        metrics={**counts, "ratio_at_256": counts["full pass"][at] / counts["cache"][at],
                 "cache_numbers_at_256": full_pass.cache_numbers(shape, 256),
                 "tokens_per_pass": rates},
    )
    run.headline({"speculative_tokens_per_pass": rates[4]})


def tokens_per_pass(run, length):
    """Tokens written for each pass of the model, with drafts of this length."""
    data, base = learned(run).data, learned(run).base
    guess = draft_of(data, order=3 if run.quick else 5)
    weights, rng = fold(base.shape, base.parameters), stream(run.seed, "draft", length)
    written, passes = 0, 0
    for opening in held_out(run)[: 2 if run.quick else OPENINGS]:
        ids = prompt_ids(base, sentences(opening)[0])
        most = 20 if run.quick else 120
        tokens, taken = speculate(weights, guess, ids, most, length, Rules(), rng)
        written, passes = written + len(tokens), passes + taken
    return written / passes


def draft_of(data, order):
    """ids -> P of the next token (V,), by an n-gram of the training stories."""
    tokenizer = data.tokenizer
    begin = tokenizer.special["<|begin|>"]
    ids = np.concatenate([
        np.concatenate([[begin], tokenizer.encode(story)]) for story in data.stories[:6000]])
    model = ngram.fit(ids, order, len(tokenizer))
    return lambda tokens: ngram.distribution(model, np.array(tokens[-order:]))
