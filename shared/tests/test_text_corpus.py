"""The stories as blocks see them: splits, slots, floors, questions, and files that are damaged."""

import lzma
import math
import shutil

import pytest

from shared import data
from shared.text import (
    SPLITS,
    STORY_END,
    floor_of,
    load_asked,
    load_more_tales,
    load_questions,
    load_tales,
    words,
)

FILES = ("tales.txt", "tales.json", "tales_questions.json", "tales_more.txt.xz")
HELD_OUT = ("validation", "test")


@pytest.fixture(scope="module")
def tales():
    return load_tales()


def test_the_splits_hold_every_story_once(tales):
    whole = (data.FOLDER / "tales.txt").read_text(encoding="ascii")
    stories = [story.text for split in SPLITS for story in tales.stories[split]]
    assert sorted(stories) == sorted(part + STORY_END for part in whole.split(STORY_END)[:-1])
    assert len(set(stories)) == len(stories)
    assert sum(len(tales.text(split)) for split in SPLITS) == len(whole)


def test_each_slot_is_a_whole_word_that_its_distribution_knows(tales):
    assert all(story.slots and story.bits for split in HELD_OUT for story in tales.stories[split])
    for split in HELD_OUT:
        for story in tales.stories[split]:
            for slot in story.slots:
                end = slot.start + slot.length
                word = story.text[slot.start : end]
                assert word.isalpha() and not story.text[end].isalpha()
                assert not story.text[slot.start - 1].isalpha()
                assert 0 < slot.distribution[word] <= 1
                assert math.fsum(slot.distribution.values()) == pytest.approx(1, abs=1e-9)


def test_the_floor_is_the_mean_of_the_exact_probabilities(tales):
    for split in SPLITS:
        bits = sum(-story.log2_probability for story in tales.stories[split])
        assert tales.floor(split) == pytest.approx(bits / len(tales.text(split)), rel=1e-12)
        assert 0.2 <= tales.floor(split) <= 0.4


def test_the_bits_of_a_story_are_its_probability_and_stand_where_a_word_begins(tales):
    for split in HELD_OUT:
        for story in tales.stories[split]:
            assert sum(b for _, b in story.bits) == pytest.approx(-story.log2_probability, abs=1e-6)
            assert all(not story.text[at - 1 : at + 1].isalpha() for at, _ in story.bits[1:])


def test_more_tales_are_further_stories_with_a_floor_of_their_own(tales):
    more = load_more_tales()
    texts = {story.text for story in more}
    assert len(texts) == len(more) == 12_000
    assert not texts & {story.text for split in SPLITS for story in tales.stories[split]}
    assert all(text.endswith(STORY_END) and STORY_END not in text[:-2] for text in texts)
    bits = -sum(story.log2_probability for story in more)
    assert floor_of(more) == pytest.approx(bits / sum(map(len, texts)), rel=1e-9)
    assert floor_of(more) == pytest.approx(tales.floor("train"), abs=0.002)


def test_every_held_out_story_is_asked_about(tales):
    asked = load_asked()
    for split in SPLITS:
        told = {story.text for story in tales.stories[split]}
        about = {question.story for question in asked[split]}
        assert about <= told if split == "train" else about == told
    assert len({question.story for question in asked["train"]}) == 600


def test_each_question_is_answered_by_its_passage():
    passages, questions = load_questions()
    assert len(questions) >= 100
    for question in questions:
        said = set(words(passages[question.passage]))
        names = {word for word in question.plain.rstrip("?.").split()[1:] if word[0].isupper()}
        assert names and set(words(" ".join(names))) <= said
        assert question.other != question.plain


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["missing", "cut", "one bit", "another text"])
def test_a_damaged_corpus_says_how_to_mend_it(name, damage, tmp_path, monkeypatch):
    for file in FILES:
        shutil.copy(data.FOLDER / file, tmp_path / file)
    content = (tmp_path / name).read_bytes()
    damaged = {"cut": content[:-1], "one bit": bytes([content[0] ^ 1]) + content[1:],
               "another text": lzma.compress(b"a") if name.endswith(".xz") else b"a"}
    (tmp_path / name).unlink()
    if damage != "missing":
        (tmp_path / name).write_bytes(damaged[damage])
    monkeypatch.setattr(data, "FOLDER", tmp_path)
    loads = {"tales_questions.json": load_questions, "tales_more.txt.xz": load_more_tales}
    load = loads.get(name, load_tales)
    with pytest.raises(data.DataError, match=rf"data/{name} .*git checkout -- data/{name}"):
        load()
