"""Robustness: other surface forms, texts in the way, and formats that are kept or not."""

import json

import numpy as np

from block10_llm_reality.evaluation.metrics import exact_match
from block10_llm_reality.experiments.models import ends_of, learned, legend_above, write_texts
from block10_llm_reality.finetuning import instructions
from block10_llm_reality.robustness import constrained, formats, surface
from shared.generate import Rules
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream


def questions_of(run, most):
    """(story, question, answer), spread over the test stories."""
    asked = learned(run).data.asked["test"]
    rows = [(one.story, one.question, one.answer) for one in asked]
    order = stream(0, "questions").permutation(len(rows))
    return [rows[n] for n in order[: 6 if run.quick else most]]


def forms(run):
    """The same questions in other surface forms are answered less well: the forms of training stay
    high, small unseen changes cost little or most, as the form will have it.

    The fine-tuned model, greedy, the same questions in each form.
    """
    found = surface.accuracy_by_form(
        lambda prompts: write_texts(learned(run).tuned, prompts, 16), questions_of(run, 100),
        instructions.prompt_of, exact_match)
    means = {name: float(np.mean(values)) for name, values in found.items()}
    order = sorted(means, key=means.get)
    colours = [COLOURS[0] if name in instructions.KNOWN else COLOURS[1] for name in order]
    figure, (axes,) = new_figure("The same questions in other words", height=6.5)
    axes.barh(range(len(order)), [means[name] for name in order], color=colours)
    axes.barh([0], [0], color=COLOURS[0], label="forms of the training")
    axes.barh([0], [0], color=COLOURS[1], label="forms never trained on")
    axes.set_yticks(range(len(order)), order)
    axes.set_xlim(0, 1)
    label(axes, "exact match", "", legend=False)
    legend_above(axes, 2)
    run.figure(figure)
    spread = surface.spread(found)
    run.record(config={"questions": len(next(iter(found.values())))},
               metrics={"by_form": means, **spread})
    run.headline({"surface_forms": len(means), "surface_accuracy_min": spread["min"],
                  "surface_accuracy_max": spread["max"]})


def in_the_way(run):
    """Foreign sentences in the story and whole stories before it cost the model answers.

    The fine-tuned model; with three stories before it, the prompt is longer than any in training.
    """
    rows, rng = questions_of(run, 200), stream(run.seed, "distractors")
    others = [story.text for story in learned(run).data.tales.stories["validation"]]
    changes = {
        "as asked": lambda story: story,
        "two foreign sentences": lambda story: surface.with_distractor(
            story, others[int(rng.integers(len(others)))], rng),
        "one story before": lambda story: surface.with_story_before(story, others, 1),
        "three stories before": lambda story: surface.with_story_before(story, others, 3),
    }
    found = {}
    for name, change in changes.items():
        prompts = [instructions.prompt_of(change(story), question) for story, question, _ in rows]
        texts = write_texts(learned(run).tuned, prompts, 16)
        found[name] = float(np.mean([exact_match(t, a) for t, (_, _, a) in zip(texts, rows)]))
    figure, (axes,) = new_figure("What stands in the way costs answers")
    axes.barh(range(len(found)), list(found.values()), color=COLOURS[1])
    axes.set_yticks(range(len(found)), list(found))
    axes.set_xlim(0, 1)
    axes.invert_yaxis()
    label(axes, "exact match", "")
    run.figure(figure)
    run.record(config={"questions": len(rows)}, metrics=found)


def json_kept(run):
    """Asked for JSON, the fine-tuned model keeps the format mostly, and the base model never; with
    only valid tokens allowed both keep it always, and the base model's fields are still wrong.

    Test stories, temperature 1.
    """
    examples = instructions.json_examples(learned(run).data.asked["test"])
    examples = examples[: 4 if run.quick else 100]
    prompts = [example.prompt for example in examples]
    facts = [json.loads(example.answer) for example in examples]
    tokenizer, found = learned(run).data.tokenizer, {}
    form = constrained.Format(instructions.FIELDS, tokenizer.tokens, ends_of(tokenizer))
    for name in ("base", "tuned"):
        for how, allowed in (("free", None), ("constrained", form.mask_after)):
            rng = stream(run.seed, "json", name, how)
            most = 250 if how == "constrained" else 80
            texts = write_texts(getattr(learned(run), name), prompts, most, Rules(), rng, allowed)
            found[f"{name}, {how}"] = formats.counts(texts, instructions.FIELDS) | {
                "fields right": np.mean([right_fields(t, f) for t, f in zip(texts, facts)])}
    run.figure(draw_failures(found, len(prompts)))
    run.record(config={"answers": len(prompts), "temperature": 1.0}, metrics=found)
    run.headline({
        "format_valid_unconstrained": found["tuned, free"]["valid"] / len(prompts),
        "format_valid_constrained": found["tuned, constrained"]["valid"] / len(prompts),
    })


def right_fields(text, facts):
    """The share of fields that are right; 0 where the format failed."""
    if formats.failure(text, instructions.FIELDS):
        return 0.0
    given = json.loads(text)
    return float(np.mean([exact_match(given[name], facts[name]) for name in facts]))


def draw_failures(found, answers):
    figure, (axes,) = new_figure("Which answers are the JSON that was asked for")
    left = np.zeros(len(found))
    for n, name in enumerate(("valid", *formats.FAILURES)):
        widths = np.array([row[name] for row in found.values()])
        if widths.any():
            axes.barh(range(len(found)), widths, left=left, color=COLOURS[n % 8], label=name)
        left += widths
    axes.set_yticks(range(len(found)), list(found))
    axes.set_xlim(0, answers)
    axes.invert_yaxis()
    label(axes, "answers", "", legend=False)
    legend_above(axes, 4)
    return figure
