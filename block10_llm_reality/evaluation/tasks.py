"""Tasks: what is asked, what counts as right; from the corpus's questions and marked words."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from shared.text import Asked, Story

Prompt = Callable[[str, str], str]  # story, question -> prompt
CLOZE_KINDS = ("name", "pet name", "colour", "thing", "place", "person")
FAR = 200  # characters back to where the word last stood, at the least


class Doc(NamedTuple):
    """One example: the context, the right continuation, choices (none: free text), its story."""

    context: str
    target: str
    choices: tuple[str, ...]
    kind: str
    story: int


class Task(NamedTuple):
    """Examples and how they are answered: "generate_until" (free text), "multiple_choice", or
    "loglikelihood_rolling" (nothing is asked: how likely is the text?)."""

    name: str
    output_type: str
    docs: list[Doc]


def story_numbers(asked: Sequence[Asked]) -> list[int]:
    """For each question the number of its story, in order of appearance."""
    numbers: dict[str, int] = {}
    return [numbers.setdefault(question.story, len(numbers)) for question in asked]


def perplexity(name: str, stories: Sequence[Story]) -> Task:
    """Whole stories, each from its beginning."""
    docs = [Doc("", story.text, (), "story", n) for n, story in enumerate(stories)]
    return Task(name, "loglikelihood_rolling", docs)


def free_answers(name: str, asked: Sequence[Asked], prompt: Prompt) -> Task:
    """The model writes the answer; it must match exactly."""
    docs = [
        Doc(prompt(one.story, one.question), " " + one.answer, (), one.kind, number)
        for one, number in zip(asked, story_numbers(asked))
    ]
    return Task(name, "generate_until", docs)


def easy_choices(
    name: str, asked: Sequence[Asked], prompt: Prompt, rng: np.random.Generator
) -> Task:
    """The right answer, and one of the same kind from another story, in random order.

    It looks fair, and gives itself away: the other one's words are not in the story.
    """
    answers: dict[str, list[str]] = {}
    for one in asked:
        answers.setdefault(one.kind, []).append(one.answer)
    docs = []
    for one, number in zip(asked, story_numbers(asked)):
        others = [answer for answer in answers[one.kind] if answer != one.answer]
        if not others:
            continue
        choices = [one.answer, others[int(rng.integers(len(others)))]]
        order = rng.permutation(2)
        texts = tuple(" " + choices[n] for n in order)
        docs.append(Doc(prompt(one.story, one.question), " " + one.answer, texts, one.kind, number))
    return Task(name, "multiple_choice", docs)


def hard_choices(name: str, asked: Sequence[Asked], prompt: Prompt) -> Task:
    """Two questions of one kind about one story, and their two answers as the choices of both.

    Each choice is right for one of the two. So whoever does not read the question, whatever else
    they look at, gives both the same answer, and is right exactly half of the time.
    """
    pairs: dict[tuple[int, str], list[Asked]] = {}
    for one, number in zip(asked, story_numbers(asked)):
        pairs.setdefault((number, one.kind), []).append(one)
    docs = []
    for (number, kind), questions in pairs.items():
        answers = sorted({question.answer for question in questions})
        if len(questions) != 2 or len(answers) != 2:
            continue
        texts = tuple(" " + answer for answer in answers)
        docs += [Doc(prompt(q.story, q.question), " " + q.answer, texts, kind, number)
                 for q in questions]
    return Task(name, "multiple_choice", docs)


def cloze(
    name: str, stories: Sequence[Story], rng: np.random.Generator, choices: int = 4
) -> Task:
    """A story breaks off before a word that is settled, and last stood FAR characters ago or more.

    Among the choices are other words of its kind, from other stories. The space before the word
    belongs to the continuation, as it does in the tokens.
    """
    pools: dict[str, set[str]] = {}
    for story in stories:
        for slot in story.slots:
            pools.setdefault(slot.kind, set()).add(word_of(story, slot))
    docs = []
    for number, story in enumerate(stories):
        for slot in story.slots:
            word = word_of(story, slot)
            last = story.text.rfind(word, 0, slot.start)
            far = len(slot.distribution) == 1 and last >= 0 and slot.start - last >= FAR
            if slot.kind not in CLOZE_KINDS or not far or story.text[slot.start - 1] != " ":
                continue
            others = sorted(pools[slot.kind] - {word})
            drawn = rng.choice(len(others), min(choices - 1, len(others)), replace=False)
            texts = [" " + others[n] for n in drawn] + [" " + word]
            texts = tuple(texts[n] for n in rng.permutation(len(texts)))
            docs.append(Doc(story.text[: slot.start - 1], " " + word, texts, slot.kind, number))
    return Task(name, "multiple_choice", docs)


def word_of(story: Story, slot) -> str:
    return story.text[slot.start : slot.start + slot.length]
