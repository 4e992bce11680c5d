"""What each part buys: one changed at a time, the same steps; and the size of the vocabulary."""

import numpy as np

from block09_transformer.experiments.small import (
    SETTINGS,
    SHAPE,
    bits,
    learn_small,
    mean_and_sd,
    shortened,
    texts_of,
)
from shared.plots import COLOURS, label, new_figure
from shared.text import load_tales

CHOICES = {
    "as it is": {},
    "one head": {"heads": 1},
    "8 heads": {"heads": 8},
    "learned positions": {"positions": "learned"},
    "sinusoidal positions": {"positions": "sinusoidal"},
    "no positions": {"positions": "none"},
    "no token shift": {"shift": 0},
    "shift of 1": {"shift": 1},
    "not tied": {"tied": False},
    "context of 64 tokens": {"cut": 64},
}


def choices(run):
    """One choice changed at a time, equal steps, validation stories: the token shift buys most of
    what was tried, and no positions at all cost little where it is there.
    """
    seeds, settings = run.seeds(3), shortened(run, SETTINGS)
    texts = texts_of(run)
    found = {}
    for name, change in run.progress(CHOICES.items(), "choices"):
        found[name] = [with_choice(seed, texts, settings, **change) for seed in seeds]
    scores = {name: mean_and_sd(values) for name, values in found.items()}
    base = np.array(found["as it is"])
    paired = {name: mean_and_sd(np.array(values) - base) for name, values in found.items()}
    floor = load_tales().floor("validation")
    run.file("choices.txt", table(scores, paired, floor))
    run.figure(draw(paired, len(seeds)))
    run.record(
        config=settings._asdict() | SHAPE | {"choices": list(CHOICES)},
        metrics={"bits": scores, "difference": paired, "floor": floor},
    )


def with_choice(seed, texts, settings, cut=None, **change):
    """Bits per character on validation; with `cut`, training and test see pieces of so many."""
    if cut:
        examples = {split: pieces(parts, cut) for split, parts in texts.examples.items()}
        texts = texts._replace(examples=examples)
        mean = np.mean([len(example) for example in examples["train"]])
        batch = round(settings.batch_size * 190 / mean)  # as many tokens a step
        settings = settings._replace(batch_size=batch)
    shape, parameters, _ = learn_small(seed, texts, settings, **change)
    return bits(shape, parameters, texts, "validation")


def pieces(examples, length):
    """The examples in pieces; each begins with the token before it, which is not predicted."""
    return [e[i : i + length + 1] for e in examples for i in range(0, len(e) - 1, length)]


def table(scores, paired, floor):
    """Bits per character and the difference to the model as it is, mean and spread."""
    lines = [f"{'':<24}{'bits per character':>20}{'more than as it is':>22}"]
    for name, score in scores.items():
        more = paired[name]
        lines.append(f"{name:<24}{score['mean']:>11.3f} +- {score['sd']:.3f}"
                     f"{more['mean']:>+13.3f} +- {more['sd']:.3f}")
    return "\n".join([*lines, f"{'floor':<24}{floor:>11.3f}"]) + "\n"


def draw(paired, seeds):
    """The difference of each choice to the model as it is, with its standard deviation."""
    figure, (axes,) = new_figure("What changes when one choice is changed", width=9, height=4.8)
    names = [name for name in paired if name != "as it is"][::-1]
    means, sds = ([paired[name][key] for name in names] for key in ("mean", "sd"))
    axes.barh(names, means, xerr=sds, color=COLOURS[0], ecolor="0.3", capsize=3)
    axes.axvline(0, color="0.3", linewidth=1)
    label(axes, f"bits per character more than as it is (bars: sd of the difference, "
          f"{seeds} seeds)", "")
    return figure


# --- the vocabulary ------------------------------------------------------------------------------

MERGES = (0, 256, 1536, 2048)


def vocabularies(run):
    """At equal compute a vocabulary near whole words predicts the stories with fewer bits per
    character than letters do.

    Compute is counted in multiplications, so smaller vocabularies take fewer, longer stories.
    """
    seeds, settings = run.seeds(3), shortened(run, SETTINGS)
    budget = None
    rows = {}
    for merges in sorted(MERGES, key=lambda m: m != 1536):
        texts = texts_of(run, merges)
        length = np.mean([len(example) for example in texts.examples["train"]])
        cost = cost_of_a_story(len(texts.tokenizer), length)
        budget = budget or cost * settings.steps
        steps = max(round(budget / cost), 3)
        own = settings._replace(steps=steps, warmup=min(settings.warmup, steps // 3))
        scores = [
            bits(*learn_small(seed, texts, own, context=1024)[:2], texts, "validation")
            for seed in run.progress(seeds, f"{merges} merges")
        ]
        rows[merges] = mean_and_sd(scores) | {"tokens_a_story": length, "steps": steps}
    rows = dict(sorted(rows.items()))
    run.file("vocabularies.txt", vocabulary_table(rows))
    run.figure(draw_vocabularies(rows, len(seeds)))
    run.record(config=settings._asdict() | SHAPE, metrics={"by_merges": rows})


def cost_of_a_story(vocabulary_size, tokens):
    """Multiplications of one forward pass over a story, the matrices and the attention."""
    C, layers = SHAPE["channels"], SHAPE["layers"]
    return tokens * (layers * (12 * C * C + 2 * tokens * C) + C * vocabulary_size)


def vocabulary_table(rows):
    lines = [f"{'merges':>6}{'tokens a story':>17}{'steps':>8}{'bits per character':>22}"]
    for merges, row in rows.items():
        lines.append(f"{merges:>6}{row['tokens_a_story']:>17.0f}{row['steps']:>8}"
                     f"{row['mean']:>13.3f} +- {row['sd']:.3f}")
    return "\n".join(lines) + "\n"


def draw_vocabularies(rows, seeds):
    """Bits per character over the number of merges."""
    figure, (axes,) = new_figure("At equal compute, tokens near whole words need fewer bits")
    means, sds = ([row[key] for row in rows.values()] for key in ("mean", "sd"))
    axes.errorbar([256 + m for m in rows], means, sds, fmt="o-", color=COLOURS[0], capsize=3)
    axes.set_xscale("log", base=2)
    axes.set_xticks([256 + m for m in rows], [str(256 + m) for m in rows])
    axes.minorticks_off()
    label(axes, "size of the vocabulary",
          f"bits per character, validation (bars: sd, {seeds} seeds)")
    return figure
