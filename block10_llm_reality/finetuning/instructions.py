"""Instructions about stories with their answers: questions in many phrasings, JSON, telling.

A prompt is the story, the instruction and "Answer:"; the answer ends as a story does. All of it is
plain text, so the base model's tokenizer and vocabulary serve as they are.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from shared.text import STORY_END, Asked

Phrasing = Callable[[str], str]
FIELDS = ("hero", "friend", "home", "colour")


class Example(NamedTuple):
    """What is asked and what should be answered, with the kind of question and its story."""

    prompt: str
    answer: str
    kind: str
    story: str


def prompt_of(story: str, instruction: str) -> str:
    """The text before the answer; the story may be "" where none is asked about.

    >>> prompt_of("A cat ran.\\n\\n", "Who ran?")
    'A cat ran.\\n\\nQuestion: Who ran?\\nAnswer:'
    """
    return f"{story}Question: {instruction}\nAnswer:"


def answer_of(text: str) -> str:
    """The text after the prompt: a space, the answer, and the end."""
    return f" {text.strip()}{STORY_END}"


# --- phrasings -----------------------------------------------------------------------------------


def lowered(question: str) -> str:
    return question[0].lower() + question[1:]


def reworded(question: str, rules: Mapping[str, str]) -> str:
    """The question by the first rule whose pattern fits it, or as it is."""
    for pattern, words in rules.items():
        if re.fullmatch(pattern, question):
            return re.sub(pattern, words, question)
    return question


RULES = {
    r"Where did (.+) live\?": r"Where was the home of \1?",
    r"Where did (.+)\?": r"At which place did \1?",
    r"Who was the friend of (\w+)\?": r"Name the friend of \1.",
    r"What colour was (.+)\?": r"Which colour did \1 have?",
    r"What did (.+) do when (.+)\?": r"When \2, what did \1 do?",
    r"How many (.+)\?": r"Say how many \1.",
    r"Where was (.+)\?": r"In which place was \1?",
    r"Why (.+)\?": r"For what reason \1?",
}
OTHER_RULES = {
    r"Where did (.+) live\?": r"\1 lived in which home?",
    r"Where did (.+)\?": r"What is the place where did \1?",
    r"Who was the friend of (\w+)\?": r"With whom was \1 friends?",
    r"What colour was (.+)\?": r"Name the colour of \1.",
    r"What did (.+) do when (.+)\?": r"Say what \1 did when \2.",
    r"How many (.+)\?": r"What number of \1?",
    r"Where was (.+)\?": r"\1 was at which place?",
    r"Why (.+)\?": r"How come: why \1?",
    r"(Whom?) (.+)\?": r"\1 was it: \1 \2?",  # each kind of question has a rule: none stays plain
}
KNOWN: dict[str, Phrasing] = {
    "plain": lambda q: q,
    "tell me": lambda q: f"Please tell me: {lowered(q)}",
    "a few words": lambda q: f"{q} Answer in a few words.",
    "I want to know": lambda q: f"I want to know this: {lowered(q)}",
    "read": lambda q: f"Read the story. {q}",
    "reworded": lambda q: reworded(q, RULES),
    "lower case": lowered,
    "no sign": lambda q: q.rstrip("?"),
}
HELD_OUT: dict[str, Phrasing] = {
    "say": lambda q: f"Can you say {lowered(q)}",
    "look back": lambda q: f"Look back at the story and answer: {q}",
    "thank you": lambda q: f"{q} Thank you!",
    "reworded in another way": lambda q: reworded(q, OTHER_RULES),
    "I forgot": lambda q: f"I forgot. {q}",
    "short": lambda q: f"{q} Be brief.",
}


def question_examples(
    asked: Sequence[Asked], phrasings: Mapping[str, Phrasing], rng: np.random.Generator
) -> list[Example]:
    """Every question once, in a phrasing drawn at random."""
    ways = list(phrasings.values())
    return [
        Example(
            prompt_of(one.story, ways[int(rng.integers(len(ways)))](one.question)),
            answer_of(one.answer), one.kind, one.story,
        )
        for one in asked
    ]


# --- a story's facts -----------------------------------------------------------------------------


def facts_of(questions: Sequence[Asked]) -> dict[str, str]:
    """hero, friend, home, colour and thing of one story, from what is asked about it.

    >>> ask = lambda question, answer: Asked("", "", question, answer)
    >>> facts_of([ask("Where did Ann live?", "in a hut"), ask("Who was the friend of Ann?", "Bo")])
    {'hero': 'Ann', 'home': 'in a hut', 'friend': 'Bo'}
    """
    found: dict[str, str] = {}
    for one in questions:
        if match := re.fullmatch(r"Where did ([A-Z]\w+) live\?", one.question):
            found |= {"hero": match[1], "home": one.answer}
        elif re.fullmatch(r"Who was the friend of \w+\?", one.question):
            found["friend"] = one.answer
        elif match := re.match(r"What colour was the (\w+)", one.question):
            found |= {"colour": one.answer, "thing": match[1]}
    return found


def by_story(asked: Sequence[Asked]) -> dict[str, list[Asked]]:
    """The questions of each story, stories in their order."""
    found: dict[str, list[Asked]] = {}
    for one in asked:
        found.setdefault(one.story, []).append(one)
    return found


JSON_REQUEST = f"Retell the story as JSON with the fields {', '.join(FIELDS)}."


def json_examples(asked: Sequence[Asked]) -> list[Example]:
    """Retell as JSON: one line, the fields in this order; stories that lack one are left out."""
    found = []
    for story, questions in by_story(asked).items():
        facts = facts_of(questions)
        if set(FIELDS) <= facts.keys():
            text = json.dumps({name: facts[name] for name in FIELDS})
            found.append(Example(prompt_of(story, JSON_REQUEST), answer_of(text), "json", story))
    return found


def telling_examples(asked: Sequence[Asked]) -> list[Example]:
    """Tell a story with a given hero and thing: no story in the prompt, the story is the answer."""
    found = []
    for story, questions in by_story(asked).items():
        facts = facts_of(questions)
        if {"hero", "colour", "thing"} <= facts.keys():
            thing = f"a {facts['colour']} {facts['thing']}"
            request = f"Tell a story about {facts['hero']} and {thing}."
            found.append(Example(prompt_of("", request), answer_of(story), "telling", story))
    return found


# --- texts to learn from -------------------------------------------------------------------------

Parts = list[tuple[str, bool]]  # a text piece by piece: what, and is it an answer to be learnt?


def exchanged(
    questions: Sequence[Asked], groups: Sequence[Sequence[str]], rng: np.random.Generator
) -> list[Asked]:
    """The same story and questions with other names, colours, ...: in each group the words change
    places at random, in story, question and answer alike.

    A model that knows the story by heart then answers wrongly; one that reads it does not.
    """
    other: dict[str, str] = {}
    for group in groups:
        other |= {group[n]: group[m] for n, m in enumerate(rng.permutation(len(group)))}

    def another(found: re.Match[str]) -> str:
        word = found[0]
        new = other.get(word.lower(), word)
        return new.capitalize() if word[0].isupper() else new

    def change(text: str) -> str:
        return re.sub(r"[A-Za-z]+", another, text)

    return [Asked(change(q.story), q.kind, change(q.question), change(q.answer)) for q in questions]


def conversation(
    questions: Sequence[Asked], phrasings: Mapping[str, Phrasing], rng: np.random.Generator
) -> Parts:
    """All that is asked about one story in one text, in random order, JSON among it.

    The story is read once for some ten answers, which makes an epoch that much cheaper; a question
    alone after its story is the first turn of such a text.
    """
    examples = question_examples(questions, phrasings, rng) + json_examples(questions)
    parts: Parts = []
    for n in rng.permutation(len(examples)):
        story = "" if parts else examples[n].story
        parts.append((story + examples[n].prompt[len(examples[n].story) :], False))
        parts.append((examples[n].answer, True))
    return parts


def single(example: Example) -> Parts:
    """One prompt and its answer."""
    return [(example.prompt, False), (example.answer, True)]


# --- tokens and weights --------------------------------------------------------------------------


class Encoded(NamedTuple):
    """inputs, targets (T,), and weights (T,): 1 where the target belongs to the answer, else 0."""

    inputs: np.ndarray
    targets: np.ndarray
    weights: np.ndarray


def encoded(parts: Parts, encode: Callable[[str], np.ndarray], begin: int) -> Encoded:
    """The loss is on the answers alone: what is asked is given, and need not be learnt."""
    pieces = [encode(text) for text, _ in parts]
    ids = np.concatenate([[begin], *pieces])
    weights = np.repeat([float(learnt) for _, learnt in parts], [len(piece) for piece in pieces])
    return Encoded(ids[:-1], ids[1:], weights)
