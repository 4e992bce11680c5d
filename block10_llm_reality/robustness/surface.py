"""The same question in many surface forms, and texts in the way: only the surface changes."""

import re
from collections.abc import Callable, Sequence

import numpy as np

from block10_llm_reality.finetuning.instructions import HELD_OUT, KNOWN, Phrasing, lowered
from shared.text import STORY_END, sentences

# Forms that no training example has, each a small change that a reader would not notice.
SMALL: dict[str, Phrasing] = {
    "upper case": str.upper,
    "two signs": lambda q: q + "?",
    "spaces": lambda q: q.replace(" ", "  "),
    "space before the sign": lambda q: q.replace("?", " ?"),
    "quotes": lambda q: f'"{q}"',
    "polite": lambda q: f"Please, {lowered(q)}",
    "typo": lambda q: re.sub(r"\b(t|d|w)(h|i|a)(e|d|s)\b", r"\1\3\2", q, count=1),
    "twice": lambda q: f"{q} {q}",
    "number": lambda q: f"1. {q}",
    "greeting": lambda q: f"Hello! {q}",
}
FORMS: dict[str, Phrasing] = KNOWN | HELD_OUT | SMALL


def with_distractor(story: str, other: str, rng: np.random.Generator) -> str:
    """Two sentences of another story somewhere inside this one, after its opening."""
    parts, foreign = sentences(story), sentences(other)
    start = int(rng.integers(1, len(foreign) - 1))
    place = int(rng.integers(2, len(parts)))
    mixed = [*parts[:place], *foreign[start : start + 2], *parts[place:]]
    return " ".join(mixed) + STORY_END


def with_story_before(story: str, others: Sequence[str], count: int) -> str:
    """So many other stories first, each with its end: a prompt longer than any in training."""
    return "".join(others[:count]) + story


def spread(correct: dict[str, Sequence[float]]) -> dict[str, float]:
    """The lowest, mean and highest accuracy over the forms, each over the same questions."""
    means = [float(np.mean(values)) for values in correct.values()]
    return {"min": min(means), "mean": float(np.mean(means)), "max": max(means)}


def accuracy_by_form(
    answer: Callable[[list[str]], list[str]], questions: Sequence[tuple[str, str, str]],
    prompt: Callable[[str, str], str], match: Callable[[str, str], float],
    forms: dict[str, Phrasing] = FORMS,
) -> dict[str, list[float]]:
    """{form: a score for each (story, question, target)}: the same questions in every form."""
    return {
        name: [
            match(text, target)
            for text, (_, _, target) in zip(
                answer([prompt(story, form(question)) for story, question, _ in questions]),
                questions, strict=True,
            )
        ]
        for name, form in forms.items()
    }
