"""Fine-tuning: what it brings, what it forgets, what the adapters can, how much data it takes."""

import numpy as np

from block10_llm_reality.evaluation import harness
from block10_llm_reality.evaluation.tasks import Doc, Task
from block10_llm_reality.experiments.models import (
    NAMES,
    answering,
    bits_per_char,
    learned,
    legend_above,
)
from block10_llm_reality.finetuning import instructions, lora
from block10_llm_reality.train import LORA
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream
from shared.text import STORY_END

MODELS = dict(zip(NAMES, COLOURS))


def task_of(run, phrasing, split="test"):
    """The questions about held-out stories, in known or held-out phrasings."""
    asked = learned(run).data.asked[split][::2]  # every other question, of every story
    ways = {"known": instructions.KNOWN, "held out": instructions.HELD_OUT}[phrasing]
    examples = instructions.question_examples(asked, ways, stream(0, "task", phrasing, split))
    numbers = {story: n for n, story in enumerate(dict.fromkeys(e.story for e in examples))}
    return Task(f"{phrasing} phrasings", "generate_until", [
        Doc(e.prompt, e.answer.removesuffix(STORY_END), (), e.kind, numbers[e.story])
        for e in examples
    ])


def answers(run):
    """Fine-tuning on questions about 600 stories makes the model answer those about others; thin
    adapters reach nearly the same; in phrasings that it was not trained on it is less sure.

    Test stories, greedy, exact match. Bits per character on validation stories: what the story
    writer forgets.
    """
    found = {}
    for name, model in learned(run).all().items():
        tasks = [task_of(run, phrasing) for phrasing in ("known", "held out")]
        asked = answering(name, model)
        results = harness.evaluate(asked, tasks, stream(run.seed, "answers", name))
        found[name] = {
            **{task.name: results[0]["results"][task.name]["exact_match,none"] for task in tasks},
            "interval": [results[0]["results"]["known phrasings"][f"exact_match_{end},none"]
                         for end in ("low", "high")],
            "by_kind": by_kind(results[1]["known phrasings"]),
            "bits_per_char": bits_per_char(run, model),
        }
    run.figure(draw(found))
    fraction = lora.trained_fraction(learned(run).base.shape, LORA)
    run.record(config={"lora": LORA._asdict(), "questions": len(task_of(run, "known").docs)},
               metrics={**found, "lora_trained_fraction": fraction})
    run.headline({
        "sft_exact_match_before": found["base"]["known phrasings"],
        "sft_exact_match_after": found["tuned"]["known phrasings"],
        "sft_exact_match_held_out_phrasings": found["tuned"]["held out phrasings"],
        "lora_exact_match_after": found["adapted"]["known phrasings"],
        "lora_trained_fraction": fraction,
        "bits_per_char_before_sft": found["base"]["bits_per_char"],
        "bits_per_char_after_sft": found["tuned"]["bits_per_char"],
        "bits_per_char_after_lora": found["adapted"]["bits_per_char"],
    })


def by_kind(samples):
    """{kind of question: share of exact matches}."""
    kinds = sorted({row["doc"]["kind"] for row in samples})
    return {kind: np.mean([row["exact_match"] for row in samples if row["doc"]["kind"] == kind])
            for kind in kinds}


def draw(found):
    figure, (left, right) = new_figure("What fine-tuning brings, and what it costs", columns=2,
                                       width=10)
    places = np.arange(2)
    for n, (name, colour) in enumerate(MODELS.items()):
        heights = [found[name][f"{p} phrasings"] for p in ("known", "held out")]
        left.bar(places + (n - 1) * 0.27, heights, 0.27, color=colour, label=NAMES[name])
        right.bar(n, found[name]["bits_per_char"], color=colour)
    left.set_xticks(places, ["known phrasings", "held-out phrasings"])
    left.set_ylim(0, 1)
    right.set_xticks(range(3), ["base", "all\nweights", "LoRA"])
    label(left, "test stories", "exact match", legend=False)
    legend_above(left, 2)
    label(right, "model", "bits per character of stories", legend=False)
    return figure
