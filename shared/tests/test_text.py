"""Hostile texts, vocabularies, and an evaluator that can say no."""

import json
import math
import os

import numpy as np
import pytest

from shared import data, text
from shared.checks import NonFiniteError, ShapeError
from shared.seeding import stream
from shared.text import (
    CODE_POINTS,
    MARKS,
    SPLITS,
    UNKNOWN,
    Slot,
    Story,
    Vocabulary,
    evaluate,
    frequent_characters,
    load_tales,
    read_text,
    sentences,
    slot_bits,
    split_text,
    words,
)


@pytest.fixture(scope="module")
def tales():
    return load_tales()


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
        (b"\xed\xa0\x80x", UNKNOWN + "x"),  # a surrogate written as UTF-8
        (b"\xff\xfe\x00\xd8x\x00", UNKNOWN + "x"),  # and as UTF-16
        ("\u00e9\u4e2d\U0001f600".encode(), "\u00e9\u4e2d\U0001f600"),
        (b"x" * 1_000_000, "x" * 1_000_000),  # one long line
        *((mark + "ab\r\n\U0001f600".encode(c), "ab\n\U0001f600") for mark, c in MARKS.items()),
    ],
)
def test_bytes_become_the_text_that_they_are(content, expected, tmp_path):
    (tmp_path / "text").write_bytes(content)
    assert read_text(str(tmp_path / "text")) == expected
    expected.encode()  # no lone surrogate is left


@pytest.mark.parametrize(
    "content, message",
    [
        (b"caf\xe9 au lait", "is no UTF-8: byte 3 is 0xe9; save it as UTF-8"),
        (b"\xef\xbb\xbfabc\xff", "is no UTF-8: byte 6 is 0xff"),  # counted from the mark on
        (b"\xff\xfea\0b", "is no UTF-16-LE: byte 4 is 0x62"),
        ("ab".encode("utf-16-le"), "UTF-16 without its mark: character 1 is NUL"),
        (b"1234567890", "larger than 0 MB"),
        *((few, "at least 2 are needed") for few in (b"", b"a", b"\xef\xbb\xbfa", b"\r\n")),
    ],
)
def test_bytes_that_are_no_text_or_too_few_or_too_many_are_refused(
    content, message, tmp_path, monkeypatch
):
    monkeypatch.setattr(text, "LARGEST_TEXT", 9 if len(content) == 10 else 1000)
    (tmp_path / "text").write_bytes(content)
    with pytest.raises(data.DataError, match=message) as refused:
        read_text(str(tmp_path / "text"))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["nothing", ".", "pipe", "a\0b", "/dev/zero"])
def test_what_is_no_plain_file_is_an_error_of_data_and_not_a_wait(name, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(data.DataError, match=r"cannot be read .*: name a text file"):
        read_text(str(tmp_path / name))


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
    for wrong in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="cannot be split"):
            split_text(whole, wrong)


# --- vocabularies ------------------------------------------------------------------------------


def test_what_is_known_comes_back_and_the_rest_is_unknown():
    letters = Vocabulary("hello world")
    ids = letters.encode("hello, wurld")
    assert letters.decode(ids) == f"hello{UNKNOWN} w{UNKNOWN}rld"
    assert ids.dtype == np.int64 and ids.max() < len(letters)


@pytest.mark.parametrize("ids", [[-1], [3], [True], [0.0], [math.nan]])
def test_what_is_no_number_of_a_symbol_is_not_decoded(ids):
    with pytest.raises(ValueError, match="expected"):
        Vocabulary("ab").decode(np.array(ids))


def test_the_most_frequent_characters_and_ties_by_their_code():
    assert frequent_characters("dccbba", 3) == ["b", "c", "a"]
    assert frequent_characters("ba", 9) == ["a", "b"]
    with pytest.raises(ValueError, match="0 characters"):
        frequent_characters("ab", 0)


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


@pytest.mark.parametrize("split", SPLITS)
def test_uniform_costs_log2_v_and_the_truth_costs_the_floor_on_each_split(tales, split):
    """The writer's own probabilities, each story's spread over its characters."""
    letters, said = Vocabulary(tales.text("train")), tales.text(split)
    score = evaluate(uniform(len(letters)), letters, said)
    assert score.bits_per_char == pytest.approx(math.log2(len(letters)), rel=1e-12)
    assert score.nats_per_char == pytest.approx(math.log(len(letters)), rel=1e-12)
    assert score.perplexity == pytest.approx(len(letters))
    assert (score.characters, score.unknown) == (len(said), 0)
    truth = [
        np.full(len(story.text), story.log2_probability * math.log(2) / len(story.text))
        for story in tales.stories[split]
    ]
    floor = evaluate(lambda ids: np.concatenate(truth), letters, said).bits_per_char
    facts = json.loads((data.FOLDER / "tales.json").read_text())["floors"][split]
    assert floor == pytest.approx(tales.floor(split), rel=1e-12)
    assert floor == pytest.approx(facts["bits_per_char"], rel=1e-8)


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
    with pytest.raises(ShapeError, match="expected"):
        slot_bits(np.append(log_p, 0), story)


def test_the_sum_is_taken_in_float64_and_a_hopeless_model_has_infinite_perplexity():
    alike = evaluate(lambda ids: np.full(100, -0.1), Vocabulary("a"), "a" * 100)
    assert alike.nats_per_char == pytest.approx(0.1, rel=1e-12)
    assert evaluate(lambda ids: np.full(3, -800.0), Vocabulary("a"), "aaa").perplexity == np.inf
