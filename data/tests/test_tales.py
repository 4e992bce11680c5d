"""The corpus is what its program says: same bytes, exact probabilities, true marks."""

import collections
import functools
import hashlib
import json
import math
import operator
import re

import numpy as np
import pytest

from data import tales

HERE = tales.HERE
TEXT = (HERE / "tales.txt").read_text(encoding="ascii")
FACTS = json.loads((HERE / "tales.json").read_text(encoding="ascii"))
ASKED = json.loads((HERE / "tales_questions.json").read_text(encoding="ascii"))
STORIES = [TEXT[s : s + n] for s, n in zip(FACTS["starts"], FACTS["lengths"])]
SAMPLE = [int(i) for i in np.random.default_rng(5).permutation(len(STORIES))[:50]]


@pytest.fixture(scope="module")
def told():
    return tales.tell_all()


def derivations(text):
    return [reader.log2p for reader in tales.readings(text)]


# ------------------------------------------------------------------ the files


def test_the_whole_text_is_told_again_byte_for_byte(told):
    text = "".join(t.text + tales.END for t in told[0])
    assert text == TEXT
    assert hashlib.sha256(TEXT.encode()).hexdigest() == FACTS["sha256"]


def test_probabilities_splits_and_floors_are_told_again(told):
    stories, parts = told
    assert [t.log2p for t in stories] == FACTS["log2p"]
    assert parts == FACTS["splits"]
    assert {k: tales.floor(stories, v) for k, v in parts.items()} == FACTS["floors"]


def test_slots_of_the_first_stories_are_found_again(told):
    for t, rows in list(zip(told[0], FACTS["slots"]))[:8]:
        assert [list(row) for row in unpacked(rows)] == [list(row) for row in tales.slots(t)]


def test_questions_are_asked_again(told):
    assert tales.questions(told[0][: tales.ASKED]) == ASKED


def test_the_bytes_are_those_of_a_sum_from_left_to_right_on_every_python():
    """`sum` compensates from 3.12 on, and gives 1 here; so no float is added up by it."""
    assert tales.add_up([1.0, 1e100, 1.0, -1e100]) == 0
    weights = [weight for weight, *_ in tales.SCENES.values()]
    assert tales.add_up(weights) == functools.reduce(operator.add, weights)
    bits = [-log2p for log2p in FACTS["log2p"]]
    assert tales.add_up(bits) == np.cumsum(bits)[-1]


def test_splits_are_a_partition_and_stories_are_distinct():
    numbers = sorted(i for part in FACTS["splits"].values() for i in part)
    assert numbers == list(range(len(STORIES))) == list(range(tales.STORIES))
    assert len(set(STORIES)) == len(STORIES)
    assert "".join(story + tales.END for story in STORIES) == TEXT


def test_object_colour_and_pet_are_recalled_three_times_and_the_hero_too(told):
    for t in told[0]:
        for slot in ("hero", "object", "colour", "pet"):
            assert len(re.findall(rf"\b{t.bound[slot]}\b", t.text)) >= 4


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_a_story_leaves_more_than_0_4_bits_per_character_open(split):
    assert 0.4 <= FACTS["floors"][split]["bits_per_char"] <= 0.7


def test_the_check_counts_a_story_whose_recorded_probability_is_off(monkeypatch, tmp_path):
    assert tales.check(3) == {"parsed": 3, "mismatches": 0}
    (tmp_path / "tales.txt").write_text(TEXT)
    off = {**FACTS, "log2p": [FACTS["log2p"][0] + 1e-6, *FACTS["log2p"][1:]]}
    (tmp_path / "tales.json").write_text(json.dumps(off))
    monkeypatch.setattr(tales, "HERE", tmp_path)
    assert tales.check(3) == {"parsed": 3, "mismatches": 1}
    with pytest.raises(SystemExit) as end:
        tales.main(["--check", "3"])
    assert end.value.code == 1


@pytest.mark.parametrize("count", ["0", "-1", "99999", "x"])
def test_a_check_of_no_story_or_of_too_many_is_refused(count, capsys):
    with pytest.raises(SystemExit) as end:
        tales.main(["--check", count])
    assert end.value.code == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["tales.txt", "tales.json", "tales_questions.json", "tales.py"])
def test_no_file_is_large(name):
    assert (HERE / name).stat().st_size < 2_400_000


# ------------------------------------------------------------------ the probabilities


def test_a_sample_has_exactly_one_derivation_each_with_the_recorded_probability():
    for i in SAMPLE:
        (log2p,) = derivations(STORIES[i])
        assert abs(log2p - FACTS["log2p"][i]) <= 1e-9


@pytest.mark.slow
def test_every_story_has_exactly_one_derivation_with_the_recorded_probability():
    for story, recorded in zip(STORIES, FACTS["log2p"]):
        (log2p,) = derivations(story)
        assert abs(log2p - recorded) <= 1e-9


RIVALS = {  # kind: words that could stand there in another story
    "name": ("Mia", "Tom"),
    "pet": ("dog", "cat"),
    "object": ("kite", "drum"),
    "colour": ("red", "blue"),
    "sum": ("two", "nine"),
}
OTHER_PRONOUN = {"his": "her", "her": "his", "he": "she", "she": "he", "him": "her"}


def contradiction(kind, right):
    """Another word of the kind; a pronoun with a capital where the right one has it."""
    if kind == "pronoun":
        other = OTHER_PRONOUN[right.lower()]
        return other.capitalize() if right[0].isupper() else other
    return next(word for word in RIVALS[kind] if word != right)


@pytest.mark.parametrize("kind", [*RIVALS, "pronoun"])
def test_a_word_that_contradicts_the_story_so_far_cannot_be_read(kind):
    """Another hero, pet, toy, colour, sum or pronoun where the story has settled which."""
    broken = 0
    for i in SAMPLE:
        for offset, length, found, words in unpacked(FACTS["slots"][i]):
            right = STORIES[i][offset : offset + length]
            if found != kind or len(words) > 1:
                continue
            wrong = contradiction(kind, right)
            assert derivations(STORIES[i][:offset] + wrong + STORIES[i][offset + length :]) == []
            broken += 1
            break
    assert broken >= 5


@pytest.mark.parametrize("old, new", [("Mia", "Tom"), ("red", "blue"), ("was", "is")])
def test_a_planted_slip_in_one_place_is_noticed(old, new):
    places = {s: [m.start() for m in re.finditer(rf"\b{old}\b", s)] for s in STORIES}
    stories = [s for s, found in places.items() if len(found) >= 3][:5]
    assert stories
    for story in stories:
        at = places[story][1]
        changed = derivations(story[:at] + new + story[at + len(old) :])
        recorded = FACTS["log2p"][STORIES.index(story)]
        assert all(abs(log2p - recorded) > 1e-9 for log2p in changed)


def tiny(t):
    """A program of a few hundred texts, with weights, a repeated word and an optional one."""
    t.bound["hero"] = t.choose(["Mia", "Tom"], [3.0, 1.0], [[("text", "Mia")], [("text", "Tom")]])
    t.say(t.bound["hero"])
    t.tell_parts(tales.parse_sentence(" met {<temper*> }<number*> [men|boys] and <his> <pet>.", {}))


def all_texts(program):
    """{text: probability} by trying every choice: no text is looked at."""
    found, trail = collections.Counter(), []

    class Tries(tales.Writer):
        def pick(self, weights, starts):
            if self.step == len(trail):
                trail.append(list(range(len(weights))))
            i = trail[self.step][0]
            self.step += 1
            return i, weights[i] / sum(weights)

    while True:
        writer = Tries(None)
        writer.step = 0
        program(writer)
        found[writer.text] += 2.0**writer.log2p
        while trail and len(trail[-1]) == 1:
            trail.pop()
        if not trail:
            return found
        trail[-1] = trail[-1][1:]


def test_all_texts_of_a_tiny_program_sum_to_one_and_read_back():
    texts = all_texts(tiny)
    assert len(texts) == 2 * 17 * 10 * 2 * 8
    assert abs(sum(texts.values()) - 1) <= 1e-9
    for text in list(texts)[::101]:
        read = [2.0**r.log2p for r in tales.readings(text, program=tiny)]
        assert len(read) == 1 and math.isclose(read[0], texts[text], rel_tol=1e-9)


def test_next_words_agree_with_all_texts_of_a_tiny_program():
    texts = all_texts(tiny)
    for prefix in ("Mia met ", "Tom met jolly ", "Tom met two ", "Mia met two men and "):
        counted = collections.Counter()
        for text, p in texts.items():
            if text.startswith(prefix):
                counted[re.match("[A-Za-z]+", text[len(prefix) :])[0]] += p
        total = sum(counted.values())
        told = collections.Counter()
        for (word, _), p in tales.next_words(prefix, [()], tiny).items():
            told[word] += p
        assert told.keys() == counted.keys()
        assert all(abs(told[w] - counted[w] / total) <= 1e-9 for w in told)


def test_words_fall_as_often_as_their_distributions_say():
    """The surprise at all open marked places, against its mean and variance: within 4 sigma."""
    square = variance = 0.0
    for story, rows in zip(STORIES, FACTS["slots"]):
        for offset, length, _, words in unpacked(rows):
            if 1 < len(words):
                p = words[story[offset : offset + length]]
                terms = [-math.log2(q) for q in words.values()]
                mean = sum(q * x for q, x in zip(words.values(), terms))
                variance += sum(q * (x - mean) ** 2 for q, x in zip(words.values(), terms))
                square += -math.log2(p) - mean
    assert variance > 100
    assert abs(square) <= 4 * math.sqrt(variance)


@pytest.mark.parametrize("word, column", [("weather", "trace"), ("mood", "deed")])
def test_effects_follow_their_causes_as_often_as_their_weights_say(word, column):
    """Pearson's chi-square of the two effects of each cause against the weights of the list."""
    square = cases = 0
    for cause in tales.WORDS.lists[word][0]:
        effects, weights = tales.WORDS.facts[word, column, cause]
        first, second = (
            len(re.findall(rf"\b{cause}\b[^.]*\b{effect}\b", TEXT)) for effect in effects
        )
        p, n = weights[0] / sum(weights), first + second
        square += (first - p * n) ** 2 / (n * p * (1 - p))
        cases += 1
    assert square <= cases + 5 * math.sqrt(2 * cases)


# ------------------------------------------------------------------ the marks


def unpacked(rows):
    """[(offset, length, kind, {word: probability})] from the rows of tales.json."""
    for offset, length, kind, index in rows:
        flat = FACTS["distributions"][index]
        yield offset, length, FACTS["kinds"][kind], dict(zip(flat[::2], flat[1::2]))


def test_marks_point_at_whole_words_that_are_possible_there():
    for story, rows in zip(STORIES, FACTS["slots"]):
        for offset, length, _, words in unpacked(rows):
            assert re.match(r"[A-Za-z]+", story[offset:])[0] == story[offset : offset + length]
            assert story[offset : offset + length] in words
            assert not story[offset - 1].isalpha()


def test_distributions_sum_to_one():
    for flat in FACTS["distributions"]:
        assert abs(sum(flat[1::2]) - 1) <= 1e-9 and min(flat[1::2]) > 0


def test_every_kind_is_marked_often_enough_to_be_scored():
    counts = collections.Counter(k for rows in FACTS["slots"] for _, _, k, _ in unpacked(rows))
    assert set(counts) == set(FACTS["kinds"])
    assert min(counts[kind] for kind in tales.MARKS.values()) >= 40


# ------------------------------------------------------------------ the words


def test_the_vocabulary_comes_from_the_lists_and_covers_the_text():
    counts = collections.Counter(tales.words_of(TEXT))
    assert set(counts) == set(FACTS["vocabulary"])
    assert 400 <= len(FACTS["vocabulary"]) <= 900


def test_stories_have_60_to_150_words():
    words = [len(tales.words_of(story)) for story in STORIES]
    assert min(words) >= 60 and max(words) <= 150


def test_every_word_has_one_category():
    words = [word for group in FACTS["categories"].values() for word in group]
    assert sorted(words) == FACTS["vocabulary"]


def test_every_relation_word_occurs_at_least_40_times():
    counts = collections.Counter(tales.words_of(TEXT))
    for pairs in FACTS["relations"].values():
        assert all(counts[word] >= 40 for pair in pairs for word in pair)


def test_a_word_with_two_categories_is_refused():
    with pytest.raises(ValueError, match="red is both"):
        tales.Words("list colour (colour): red\nlist mood (mood): red")


@pytest.mark.parametrize("weight", ["0", "-1", "nan", "inf"])
def test_a_weight_that_is_none_is_refused(weight):
    with pytest.raises(ValueError, match="above 0"):
        tales.read_weighted(f"red*2 blue*{weight}")


def test_english_slips_are_absent():
    assert not re.search(r"\b[Aa] [aeiou]|\b(\w+) \1\b|  | [.,!?]", TEXT)


# ------------------------------------------------------------------ the questions


def test_there_are_100_questions_and_each_names_its_passage():
    assert len(ASKED["questions"]) >= 100
    for question in ASKED["questions"]:
        i, offset, length = ASKED["passages"][question["passage"]]
        said = set(tales.words_of(STORIES[i][offset : offset + length]))
        frame = set(tales.words_of(re.sub("<.*?>", "", tales.QUESTIONS[question["kind"]])))
        assert set(tales.words_of(question["plain"])) - frame <= said


def test_questions_in_other_words_share_no_synonym_with_their_passage():
    for question in ASKED["questions"]:
        for plain, other in zip(question["plain"].split(), question["other"].split(), strict=True):
            word = plain.strip(".")
            assert other.strip(".") == tales.SYNONYM.get(word, word)
        assert question["plain"] != question["other"]
