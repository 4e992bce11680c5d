"""Measures of written text by hand, and a judge that agrees with every story of the corpus."""

import re

import numpy as np
import pytest

from block10_llm_reality.decoding import character
from shared.text import load_tales


@pytest.fixture(scope="module")
def tales():
    return load_tales()


@pytest.fixture(scope="module")
def lists(tales):
    return character.lists_of(tales.categories)


def test_repetition_and_variety_by_hand():
    assert character.repetition("a b c d e", 4) == 0 == character.repetition("", 4)
    assert character.repetition("a b a b a b", 2) == 1 - 2 / 5
    assert character.distinct(["a b c", "a b d"], 2) == 3 / 4
    assert character.distinct(["a"], 2) == 0


def test_every_story_of_the_corpus_keeps_to_what_it_told(tales, lists):
    for story in tales.stories["validation"] + tales.stories["train"][:300]:
        assert all(character.recalled(story.text, lists).values()), story.text


@pytest.mark.parametrize("what", ["name", "colour", "thing"])
def test_a_story_with_its_last_mention_changed_is_judged_wrong(tales, lists, what):
    """The last name, colour or thing becomes another one; that alone is found in most stories."""
    stories, rng, found = tales.stories["test"], np.random.default_rng(0), []
    for story in stories:
        pool = tales.categories[{"name": "name", "colour": "colour", "thing": "toy"}[what]]
        slots = [slot for slot in story.slots if slot.kind == what and
                 len(slot.distribution) == 1 and slot.start > len(story.text) / 2]
        if what == "thing":  # one that stands after its colour
            slots = [slot for slot in slots if re.search(
                rf"({'|'.join(lists.colours)}) $", story.text[: slot.start])]
        if not slots:
            continue
        slot = slots[-1]
        word = story.text[slot.start : slot.start + slot.length]
        other = str(rng.choice([w for w in pool if w.lower() not in story.text.lower()]))
        other = other.capitalize() if word[0].isupper() else other
        text = story.text[: slot.start] + other + story.text[slot.start + slot.length :]
        judged = character.recalled(text, lists)
        found.append(not judged[what] and sum(judged.values()) == 2)
    assert len(found) > 60 and np.mean(found) > 0.95


def test_a_name_that_comes_in_late_is_no_recalled_one(lists):
    told = "Anna ran. Anna sat. Anna ate. "
    laters = {"Anna slept.": True, "Rob slept. Anna woke.": False, "It ran.": False}
    for later, kept in laters.items():
        assert character.recalled(told + later, lists)["name"] is kept


def test_an_unfinished_story_recalls_nothing(lists):
    judged = character.recalled("Once there was a child named Ann.", lists)
    assert judged == {"name": False, "colour": False, "thing": False}
