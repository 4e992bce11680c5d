"""What a written text is like: repetition, variety, and whether it keeps to what it told."""

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from shared.text import sentences, words


def runs(text: str, n: int) -> list[tuple[str, ...]]:
    """The runs of n words, in order."""
    tokens = words(text)
    return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]


def repetition(text: str, n: int = 4) -> float:
    """The share of runs of n words that stood in the same text before; 0 for a short one.

    >>> repetition("so they ran so they ran", 3)
    0.25
    """
    found = runs(text, n)
    return 1 - len(set(found)) / len(found) if found else 0.0


def distinct(texts: Sequence[str], n: int = 2) -> float:
    """Different runs of n words over all runs, of all texts together. Li et al. 2016.

    >>> distinct(["a b", "a b", "a c"], 2).__round__(3)
    0.667
    """
    found = [run for text in texts for run in runs(text, n)]
    return len(set(found)) / len(found) if found else 0.0


# --- the corpus's own judge ----------------------------------------------------------------------


class Lists(NamedTuple):
    """Words of the corpus by kind, in lower case: names of children and pets, and colours."""

    names: frozenset[str]
    colours: frozenset[str]


def lists_of(categories: dict[str, list[str]]) -> Lists:
    return Lists(
        frozenset(categories["name"] + categories["pet name"]), frozenset(categories["colour"])
    )


# Words that follow a colour where no thing does: "I saw something red near the well."
PLACES = {"near", "by", "beside", "close", "in", "under", "at", "to", "next", "with"}


def recalled(text: str, lists: Lists) -> dict[str, bool]:
    """Does a story keep to its names, its colour and its thing? Every story of the corpus does.

    name    every name stands in the first three sentences, and one of them again later
    colour  one colour is named, at least twice
    thing   after the colour stands the same thing each time, but for words of place
    """
    parts = sentences(text)
    told, later = " ".join(parts[:3]), " ".join(parts[3:])
    names_told, names_later = (names_in(part, lists.names) for part in (told, later))
    named = [word for word in words(text) if word in lists.colours]
    pattern = rf"\b({'|'.join(sorted(lists.colours))}) ([a-z]+)"
    things = {match[2] for match in re.finditer(pattern, text)} - PLACES
    return {
        "name": bool(names_later) and names_later <= names_told,
        "colour": len(named) > 1 and len(set(named)) == 1,
        "thing": len(things) == 1,
    }


def names_in(text: str, names: Collection[str]) -> set[str]:
    """The words with a capital that are names: hope is a word, Hope may be a name."""
    return {word for word in re.findall(r"[A-Z][a-z]+", text) if word.lower() in names}
