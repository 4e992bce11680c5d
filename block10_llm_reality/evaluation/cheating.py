"""Models that do not do what a task is meant to ask for, and the check for what was seen before."""

from collections.abc import Sequence

from block10_llm_reality.evaluation.harness import Model
from block10_llm_reality.evaluation.tasks import Doc
from block10_llm_reality.pipeline import leakage
from shared.text import STORY_END, words


def finds_words(context: str, continuation: str) -> float:
    """The share of the continuation's words that stand in the story. The question is not read.

    >>> finds_words("A cat ran.\\n\\nWho ran?", " the cat")
    0.5
    """
    story, wanted = set(words(context.split(STORY_END)[0])), words(continuation)
    return sum(word in story for word in wanted) / max(len(wanted), 1)


def word_finder() -> Model:
    """A "model" without a parameter: what is in the story is right, of equals the longer one."""

    def log_likelihoods(requests: list[tuple[str, str]]) -> list[tuple[float, bool]]:
        return [(finds_words(a, b) + 1e-3 * len(b), False) for a, b in requests]

    return Model("word finder", lambda contexts: [""] * len(contexts), log_likelihoods)


def always_the_longest() -> Model:
    """Another one, that looks at the choices alone."""
    return Model(
        "longest choice", lambda contexts: [""] * len(contexts),
        lambda requests: [(float(len(b)), False) for _, b in requests],
    )


def contaminated(
    docs: Sequence[Doc], training: Sequence[str], settings: leakage.Settings
) -> list[int]:
    """The examples whose story overlaps with a training text, as the pipeline judges leaks."""
    known = leakage.index(training, settings.words)
    stories = [doc.context.split(STORY_END)[0] for doc in docs]
    overlap = {
        story: leakage.overlap(story, known, settings.words, settings.least)
        for story in dict.fromkeys(stories)
    }
    return [n for n, story in enumerate(stories) if overlap[story] >= settings.threshold]
