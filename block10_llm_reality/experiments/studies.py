"""Comparisons over seeds: how much data, which rank, and what clean and leaked data do.

They start from the shipped weights, or from small fresh models: `make block10 STUDIES=1`.
"""

from pathlib import Path

import numpy as np

from block10_llm_reality import proofs
from block10_llm_reality.evaluation.metrics import exact_match
from block10_llm_reality.experiments.models import answering, learned, write_texts
from block10_llm_reality.finetuning import instructions, lora
from block10_llm_reality.pipeline import run as pipeline
from block10_llm_reality.robustness import formats
from block10_llm_reality.train import (
    ADAPTING,
    BASE,
    TUNING,
    adapters_alone,
    instruction_examples,
    load_data,
    load_models,
    mean_loss,
    story_examples,
    train,
    whole_model,
)
from shared import gpt
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream

WEIGHTS = Path(__file__).resolve().parent.parent / "results" / "weights.npz"
SMALL = {"channels": 64, "layers": 2, "heads": 4, "context": 512, "shift": 2}
QUESTIONS = 200  # test questions of a comparison


def start(run):
    """(base model, data): the shipped weights; a quick run trains its own."""
    if run.quick:
        return learned(run).base, learned(run).data
    base, _ = load_models(WEIGHTS)
    return base, load_data(run)._replace(tokenizer=base.tokenizer)


def shortened(run, settings, steps):
    return settings._replace(steps=4 if run.quick else steps, warmup=2 if run.quick else 20)


def score(run, model, data):
    """(exact match, share of valid JSON) on test stories."""
    asked = data.asked["test"][: 4 if run.quick else QUESTIONS]
    examples = instructions.question_examples(asked, instructions.KNOWN, stream(0, "study"))
    texts = answering("a study's model", model).generate([e.prompt for e in examples])
    right = np.mean([exact_match(t, e.answer) for t, e in zip(texts, examples)])
    asks = instructions.json_examples(data.asked["test"])[: 2 if run.quick else 40]
    replies = write_texts(model, [e.prompt for e in asks], 80)
    valid = formats.counts(replies, instructions.FIELDS)["valid"] / len(replies)
    return float(right), valid


def mean_and_sd(rows):
    """{name: {"mean", "sd"}} of lists of numbers."""
    return {name: {"mean": np.mean(row), "sd": np.std(row)} for name, row in rows.items()}


# --- fine-tuning ---------------------------------------------------------------------------------


def tuned_on(run, base, data, stories, seed, steps):
    """The base model, all weights tuned on the questions about so many stories."""
    chosen = list(instructions.by_story(data.asked["train"]))[:stories]
    asked = [one for one in data.asked["train"] if one.story in set(chosen)]
    examples = instruction_examples(asked, base.tokenizer, stream(seed, "amounts", stories))
    tensors, gradient = whole_model(base.shape, base.parameters)
    settings = shortened(run, TUNING, steps)
    rng = stream(seed, "order", stories)
    return base._replace(parameters=train(tensors, gradient, examples, settings, rng))


def amounts(run):
    """A few stories' questions teach the format; the answers themselves take hundreds.

    Equal steps from the same base model; test stories.
    """
    base, data = start(run)
    sizes = (1, 2) if run.quick else (3, 10, 30, 100, 300, 600)
    rows = {stories: [
        score(run, tuned_on(run, base, data, stories, seed, 200), data)
        for seed in run.seeds(3, quick=1)] for stories in sizes}
    both = {what: {n: [pair[k] for pair in pairs] for n, pairs in rows.items()}
            for k, what in enumerate(("exact match", "valid JSON"))}
    figure, (axes,) = new_figure("The format comes early, the answers late")
    for (what, by_size), colour in zip(both.items(), COLOURS):
        found = mean_and_sd(by_size).values()
        axes.errorbar(sizes, [f["mean"] for f in found], [f["sd"] for f in found], marker="o",
                      color=colour, label=what, capsize=3)
    axes.set_xscale("log")
    axes.set_ylim(0, 1.05)
    label(axes, "stories with questions (bars: sd over 3 seeds)", "share of test answers")
    run.figure(figure)
    run.record(config={"steps": 200, "questions": QUESTIONS},
               metrics={what: mean_and_sd(rows) for what, rows in both.items()})


def ranks(run):
    """Adapters of rank 1 already bring most of what all weights bring; a higher rank adds less and
    less.

    Equal steps; the scale alpha / rank stays 2.
    """
    base, data = start(run)
    found, fractions = {}, {}
    for rank in (1,) if run.quick else (1, 2, 4, 8, 16):
        settings = lora.Settings(rank, 2.0 * rank)
        fractions[rank] = lora.trained_fraction(base.shape, settings)
        for seed in run.seeds(3, quick=1):
            fresh = lora.initialise(base.shape, settings, stream(seed, "adapters", rank))
            tensors, gradient = adapters_alone(base.shape, base.parameters, fresh, settings)
            examples = instruction_examples(
                data.asked["train"], base.tokenizer, stream(seed, "ranks"))
            learnt = train(tensors, gradient, examples, shortened(run, ADAPTING, 250),
                           stream(seed, "order", "ranks"))
            merged = lora.merged(base.shape, base.parameters, learnt, settings)
            model = base._replace(parameters=merged)
            found.setdefault(rank, []).append(score(run, model, data)[0])
    figure, (axes,) = new_figure("Exact match by the adapters' rank")
    rows = mean_and_sd(found)
    axes.errorbar(list(rows), [r["mean"] for r in rows.values()], [r["sd"] for r in rows.values()],
                  marker="o", color=COLOURS[2], capsize=3)
    axes.set_xscale("log", base=2)
    axes.set_ylim(0, 1.05)
    label(axes, "rank (bars: sd over 3 seeds)", "exact match, test stories")
    run.figure(figure)
    run.record(config={"steps": 250}, metrics={"exact_match": rows, "trained_fraction": fractions})


# --- data ----------------------------------------------------------------------------------------


def corpora(run):
    """At an equal training budget the cleaned corpus gives a lower loss on held-out stories than
    the raw one; validation stories in the training data lower the validation loss alone, and not
    that on stories never seen.

    Raw: 800 stories with duplicates and junk planted, half as many of each, no leaks. Leaked: 60
    validation stories among 600, four times each. Small fresh models, 300 steps.
    """
    data, rows, leaks = load_data(run), {}, {}
    for seed in run.seeds(3, quick=1):
        for name, texts in raw_and_cleaned(run, seed).items():
            loss = losses_on(trained_on(run, texts, data, seed), data, [data.validation])[0]
            rows.setdefault(name, []).append(loss)
        for name, losses in honest_and_leaked(run, data, seed).items():
            leaks.setdefault(name, []).append(losses)
    gains = {
        "clean_vs_raw_val_gain": np.subtract(rows["raw"], rows["cleaned"]),
        "leaked_val_gain": np.subtract(leaks["honest, validation"], leaks["leaked, validation"]),
        "leaked_true_gain": np.subtract(leaks["honest, never seen"], leaks["leaked, never seen"]),
    }
    figure, both = new_figure("What the data does at an equal budget", columns=2, width=11)
    for axes, found in zip(both, (rows, leaks)):
        bars(axes, found, "held-out loss, nats per token")
    run.figure(figure)
    run.record(config={"stories": 800, "leaked": 60, "steps": 300},
               metrics={"raw": mean_and_sd(rows), "leaked": mean_and_sd(leaks),
                        "gains": mean_and_sd(gains)})
    for name, values in gains.items():
        run.headline({name: np.mean(values), name + "_sd": np.std(values)})


def raw_and_cleaned(run, seed):
    """{name: documents} of a raw corpus without leaks, cleaned, and as it was before planting."""
    rng = stream(seed, "cleaned")
    raw, held_out, reference = proofs.raw_corpus(40 if run.quick else 800, 0.5, rng)
    rows = [n for n, kind in enumerate(raw.labels) if kind != "leak"]
    found = pipeline.clean([raw.documents[n] for n in rows], held_out, reference, rng)
    clean = [k for k, n in enumerate(rows) if raw.labels[n] == "clean"]
    return {"raw": found.documents, "cleaned": [found.documents[n] for n in found.kept],
            "never raw": [found.documents[k] for k in clean]}


def honest_and_leaked(run, data, seed):
    """Losses on validation stories and on others, with and without a leak of the former."""
    stories = [story.text for story in data.tales.stories["train"]][: 30 if run.quick else 600]
    validation = data.validation[: 4 if run.quick else 60]
    unseen = [story.text for story in data.tales.stories["test"]][: len(validation)]
    found = {}
    for name, texts in (("honest", stories), ("leaked", stories + 4 * validation)):
        losses = losses_on(trained_on(run, texts, data, seed), data, [validation, unseen])
        found |= {f"{name}, validation": losses[0], f"{name}, never seen": losses[1]}
    return found


def losses_on(model, data, sides):
    """Nats per token of each list of stories; without their end, which the pipeline takes off."""
    return [
        mean_loss(*model, story_examples([text.strip() for text in texts], data.tokenizer))
        for texts in sides
    ]


def trained_on(run, texts, data, seed, steps=300):
    """A small fresh model after so many batches of these texts: (shape, parameters)."""
    shape = gpt.Shape(len(data.tokenizer), **SMALL)
    tensors, gradient = whole_model(shape, gpt.initialise(shape, stream(seed, "small")))
    examples = [
        e._replace(**{name: part[:400] for name, part in e._asdict().items()})
        for e in story_examples([text.strip() for text in texts if text.strip()], data.tokenizer)
    ]
    settings = shortened(run, BASE, steps)
    return shape, train(tensors, gradient, examples, settings, stream(seed, "order"))


def bars(axes, rows, what):
    """A bar for each row of numbers: mean, and sd over the seeds."""
    found = mean_and_sd(rows)
    axes.bar(range(len(found)), [row["mean"] for row in found.values()], color=COLOURS[0],
             yerr=[row["sd"] for row in found.values()], capsize=4)
    axes.set_xticks(range(len(found)), [name.replace(", ", ",\n") for name in found])
    label(axes, "training data (bars: standard deviation over the seeds)", what)
