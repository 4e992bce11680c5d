"""The corpus as blocks see it, hostile texts, vocabularies, and an evaluator that can say no."""

import json
import lzma
import math
import shutil

import numpy as np
import pytest

from shared import data
from shared.checks import NonFiniteError
from shared.seeding import stream
from shared.text import (
    CODE_POINTS,
    SPLITS,
    STORY_END,
    UNKNOWN,
    Slot,
    Story,
    Vocabulary,
    evaluate,
    floor_of,
    load_asked,
    load_more_tales,
    load_questions,
    load_tales,
    read_text,
    sentences,
    slot_bits,
    split_text,
    words,
)

FILES = ("tales.txt", "tales.json", "tales_questions.json", "tales_more.txt.xz")
HELD_OUT = ("validation", "test")


@pytest.fixture(scope="module")
def tales():
    return load_tales()


# --- the corpus --------------------------------------------------------------------------------


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
               "another text": lzma.compress(b"a") if name.endswith(".xz") else b"a"}  # fmt: skip
    (tmp_path / name).unlink()
    if damage != "missing":
        (tmp_path / name).write_bytes(damaged[damage])
    monkeypatch.setattr(data, "FOLDER", tmp_path)
    loads = {"tales_questions.json": load_questions, "tales_more.txt.xz": load_more_tales}
    load = loads.get(name, load_tales)
    with pytest.raises(data.DataError, match=rf"data/{name} .*git checkout -- data/{name}"):
        load()


def test_the_facts_are_strict_json():
    def refuse(constant):
        raise AssertionError(f"tales.json holds {constant}")

    for name in FILES[1:3]:
        json.loads((data.FOLDER / name).read_text(encoding="ascii"), parse_constant=refuse)


# --- words and sentences -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said, expected",
    [
        ("", []),
        ("...", []),
        ("Mia's dog!", ["mia", "s", "dog"]),
        ("two\nlines\n\nhere", ["two", "lines", "here"]),
        ("caf\u00e9", ["caf"]),  # the corpus is ASCII; what is not a-z parts words
        ("\ud800x\U0001f600", ["x"]),
    ],
)
def test_words(said, expected):
    assert words(said) == expected


@pytest.mark.parametrize(
    "said, expected",
    [
        ("", []),
        ("   \n ", []),
        ("No end", ["No end"]),
        ("One. Two! Three? four", ["One.", "Two!", "Three?", "four"]),
        ('"Go! Now." said Mia. She went.', ['"Go! Now." said Mia.', "She went."]),
        ("...", []),
    ],
)
def test_sentences(said, expected):
    assert sentences(said) == expected


def test_the_sentences_of_a_story_hold_all_its_words(tales):
    for story in tales.stories["test"]:
        parts = sentences(story.text)
        assert [w for part in parts for w in words(part)] == words(story.text)
        assert all(part.count('"') % 2 == 0 for part in parts)


# --- a text of the reader's own ------------------------------------------------------------------


@pytest.mark.parametrize(
    "content, expected",
    [
        (b"ab", "ab"),
        (b"\xef\xbb\xbfab", "ab"),  # a byte order mark is no character of the text
        (b"a\r\nb\rc\n", "a\nb\nc\n"),
        (b"a\xffb", f"a{UNKNOWN}b"),
        (b"\xed\xa0\x80x", UNKNOWN * 3 + "x"),  # a surrogate written as UTF-8
        ("\u00e9\u4e2d\U0001f600".encode(), "\u00e9\u4e2d\U0001f600"),
        (b"\0\0", "\0\0"),
        (b"aaaa", "aaaa"),
        (b"x" * 1_000_000, "x" * 1_000_000),  # one long line
        ("ab".encode("utf-16"), UNKNOWN * 2 + "a\0b\0"),  # not UTF-8, and one can see it
    ],
)
def test_any_bytes_become_a_text(content, expected, tmp_path):
    (tmp_path / "text").write_bytes(content)
    found = read_text(str(tmp_path / "text"))
    assert found == expected
    found.encode()  # no lone surrogate is left


@pytest.mark.parametrize("content", [b"", b"a", b"\xef\xbb\xbf", b"\xef\xbb\xbfa", b"\r\n"])
def test_fewer_than_two_characters_are_refused(content, tmp_path):
    (tmp_path / "text").write_bytes(content)
    with pytest.raises(data.DataError, match="at least 2 are needed"):
        read_text(str(tmp_path / "text"))


def test_a_missing_file_and_a_folder_are_errors_of_data(tmp_path):
    for name in (tmp_path / "nothing", tmp_path):
        with pytest.raises(data.DataError, match=r"cannot be read .*: name a text file"):
            read_text(str(name))


def test_the_language_reference_is_english_and_comes_with_python():
    reference = read_text("pydoc")
    assert len(reference) > 300_000
    assert "statement" in reference and "\r" not in reference
    assert read_text("pydoc") == reference


@pytest.mark.parametrize("length", [2, 3, 10, 11, 1000])
@pytest.mark.parametrize("fraction", [0.9, 0.5, 0.0, 1.0])
def test_a_split_has_two_parts_and_loses_nothing(length, fraction):
    whole = "".join(chr(97 + i % 26) for i in range(length))
    train, validation = split_text(whole, fraction)
    assert train + validation == whole
    assert train and validation


# --- vocabularies ------------------------------------------------------------------------------


def test_what_is_known_comes_back_and_the_rest_is_unknown():
    letters = Vocabulary("hello world")
    ids = letters.encode("hello, wurld")
    assert letters.decode(ids) == f"hello{UNKNOWN} w{UNKNOWN}rld"
    assert ids.dtype == np.int64 and ids.max() < len(letters)


def test_the_order_of_the_symbols_does_not_matter():
    assert Vocabulary("banana").symbols == Vocabulary("nab").symbols == [UNKNOWN, "a", "b", "n"]


def test_the_unknown_symbol_in_a_text_stays_number_0():
    letters = Vocabulary(f"a{UNKNOWN}b")
    assert len(letters) == 3
    assert letters.encode(UNKNOWN).tolist() == [0]
    assert Vocabulary("").encode("ab").tolist() == [0, 0]


def test_words_are_symbols_too():
    vocabulary = Vocabulary(["the", "cat", "the"])
    assert vocabulary.encode(["the", "dog"]).tolist() == [2, 0]
    assert vocabulary.decode(np.array([2, 1]), " ") == "the cat"


@pytest.mark.parametrize("said", ["", "\ud800", "\U0001f600\u0301", "\0\n\t"])
def test_hostile_symbols_are_encoded(said):
    assert Vocabulary("abc").encode(said).tolist() == [0] * len(said)
    assert Vocabulary(said).encode(said).min(initial=1) >= 1


# --- the evaluator -----------------------------------------------------------------------------


def uniform(V):
    return lambda ids: np.full(len(ids), -math.log(V))


def test_a_uniform_model_needs_log2_v_bits():
    score = evaluate(uniform(8), Vocabulary("abcdefg"), "gfedcba")
    assert score.bits_per_char == pytest.approx(3)
    assert score.perplexity == pytest.approx(8)
    assert score.nats_per_char == pytest.approx(3 * math.log(2))
    assert (score.characters, score.unknown) == (7, 0)


def test_a_model_that_is_certain_and_right_needs_nothing():
    assert evaluate(lambda ids: np.zeros(len(ids)), Vocabulary("a"), "aaa").bits_per_char == 0


def test_the_truth_scores_best():
    """Text from a known coin: its own probabilities cost its entropy, any other more."""
    p = 0.2
    drawn = stream(0, "coin").random(20_000) < p
    said = "".join("ab"[int(face)] for face in drawn)

    def coin(q):
        return lambda ids: np.log(np.where(ids == 2, q, 1 - q))

    letters = Vocabulary("ab")
    scores = {q: evaluate(coin(q), letters, said).bits_per_char for q in (0.1, p, 0.3, 0.5)}
    entropy = -p * math.log2(p) - (1 - p) * math.log2(1 - p)
    assert scores[p] == pytest.approx(entropy, abs=0.03)
    assert min(scores, key=scores.get) == p


def test_an_unknown_character_is_paid_for():
    """No alphabet is too small to lose: what it does not name costs the naming."""
    score = evaluate(uniform(4), Vocabulary("abc"), "ab\u4e2d")
    assert score.unknown == 1
    assert score.bits_per_char == pytest.approx((3 * 2 + math.log2(CODE_POINTS)) / 3)
    small = evaluate(uniform(2), Vocabulary("a"), "aabbcc")
    large = evaluate(uniform(4), Vocabulary("abc"), "aabbcc")
    assert small.bits_per_char > large.bits_per_char


@pytest.mark.parametrize("said", ["\U0001f600\U0001f600", "a", "\ufffd"])
def test_one_character_is_enough(said):
    assert evaluate(uniform(2), Vocabulary("a"), said).characters == len(said)


def test_an_empty_text_is_refused():
    with pytest.raises(ValueError, match="no character to predict"):
        evaluate(uniform(2), Vocabulary("a"), "")


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda ids: np.zeros(len(ids) - 1), r"gave \(2,\) log-probabilities for \(3,\)"),
        (lambda ids: np.zeros((len(ids), 2)), r"gave \(3, 2\)"),
        (lambda ids: np.full(len(ids), 0.5), "above 0 is no ln P"),
    ],
)
def test_what_are_no_log_probabilities_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        evaluate(wrong, Vocabulary("abc"), "abc")


@pytest.mark.parametrize("value", [np.nan, -np.inf])
def test_an_impossible_character_is_an_error_and_not_a_score(value):
    with pytest.raises(NonFiniteError, match=r"log-probabilities\[1\]"):
        evaluate(lambda ids: np.array([-1.0, value, -1.0]), Vocabulary("abc"), "abc")


def test_a_slot_costs_the_bits_of_its_characters():
    story = Story("A red hat.", (Slot(2, 3, "colour", {"red": 0.5}), Slot(6, 3, "o", {})), -1.0)
    log_p = -math.log(2) * np.arange(10.0)
    assert [bits for _, bits in slot_bits(log_p, story)] == pytest.approx([2 + 3 + 4, 6 + 7 + 8])
    assert [slot.kind for slot, _ in slot_bits(log_p, story)] == ["colour", "o"]


def test_the_sum_is_taken_in_float64_and_a_hopeless_model_has_infinite_perplexity():
    alike = evaluate(lambda ids: np.full(100, -0.1), Vocabulary("a"), "a" * 100)
    assert alike.nats_per_char == pytest.approx(0.1, rel=1e-12)
    assert evaluate(lambda ids: np.full(3, -800.0), Vocabulary("a"), "aaa").perplexity == np.inf
