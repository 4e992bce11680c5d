"""Both tokenizers: the published example, ties, pieces, round trips, special tokens, files."""

import json

import pytest

from block09_transformer import bpe as slow
from block09_transformer import proofs
from shared import bpe
from shared.data import DataError
from shared.text import load_tales

BOTH = pytest.mark.parametrize("train", [slow.train, bpe.train])


def test_both_give_the_published_ids():
    assert proofs.published_example() == [258, 100, 258, 97, 99]


@BOTH
def test_ties_go_to_the_smallest_pair(train):
    # "ba" and "dc" once each: (98, 97) is the smaller pair; after it nothing but (100, 99) is left
    assert train("dc.ba", 5) == [(98, 97), (100, 99)]
    # ab, bc, cd twice each; once ab is 256, (99, 100) is smaller than (256, 99)
    assert train("abcd abcd", 2)[:2] == [(97, 98), (99, 100)]


@BOTH
def test_neighbours_in_a_run_are_counted_as_they_overlap(train):
    # "aaa" holds aa twice, " b" stands there once in each of its pieces
    assert train("aaa b", 1) == [(97, 97)]


@BOTH
def test_no_merge_crosses_the_border_of_a_piece(train):
    tokens = slow.symbols(train("the dog. the dog, the dog. the dog,", 50))
    assert b" dog" in tokens and not any(b"g." in token or b"e d" in token for token in tokens)


@BOTH
def test_training_ends_where_no_pair_is_left(train):
    assert train("", 3) == [] and train("a b", 3) == [(32, 98)]


def test_incremental_training_equals_the_recount_on_stories():
    text = load_tales().text("validation")[:6_000]
    assert bpe.train(text, 100) == slow.train(text, 100)


def test_random_inputs_come_back_and_none_makes_a_special_token():
    expected = {"differences": 0, "failures": 0, "special_ids": 0}
    assert proofs.tokenizer_errors(3, 300) == expected


def test_a_long_run_of_one_letter_is_encoded_as_the_recount_does():
    pairs = [(97, 97), (256, 256), (257, 97)]
    assert bpe.Tokenizer(pairs).encode("a" * 999).tolist() == slow.encode("a" * 999, pairs)


def test_special_tokens_have_ids_of_their_own_and_no_bytes():
    tokenizer = bpe.Tokenizer([(97, 98)], ["<|begin|>", "<|end|>"])
    assert tokenizer.special == {"<|begin|>": 257, "<|end|>": 258} and len(tokenizer) == 259
    assert tokenizer.encode("<|end|>").max() < 257
    assert tokenizer.decode([257, 256, 258]) == "ab"
    with pytest.raises(ValueError, match="named twice"):
        bpe.Tokenizer([], ["x", "x"])


def test_bytes_that_are_no_text_come_back_and_surrogates_become_question_marks():
    tokenizer = bpe.Tokenizer(bpe.train(b"\xff\xfe\xff\xfe", 1))
    assert tokenizer.decode_bytes(tokenizer.encode(b"\xff\xfe\x80")) == b"\xff\xfe\x80"
    assert tokenizer.decode(tokenizer.encode("a\ud800")) == "a?"
    assert tokenizer.decode([0x80]) == "\ufffd"
    with pytest.raises(ValueError, match=r"ids\[0\] is 257, expected 0 to 256"):
        tokenizer.decode([257])


def test_the_memory_of_pieces_has_an_end(monkeypatch):
    monkeypatch.setattr(bpe, "MOST_KNOWN", 3)
    tokenizer = bpe.Tokenizer([(97, 98)])
    text = " ".join("ab" * n for n in range(1, 9))
    assert tokenizer.encode(text).tolist() == slow.encode(text, [(97, 98)])
    assert len(tokenizer._known) <= 3


def test_a_saved_tokenizer_is_readable_and_comes_back(tmp_path):
    tokenizer = bpe.Tokenizer(bpe.train("the other the", 4), ["<|begin|>"])
    tokenizer.save(tmp_path / "bpe.json")
    again = bpe.load(tmp_path / "bpe.json")
    assert (again.pairs, again.special) == (tokenizer.pairs, tokenizer.special)
    assert '"the"' in (tmp_path / "bpe.json").read_text()
    pairs = slow.train("the other the", 4)
    assert slow.from_json(slow.to_json(pairs)) == pairs


@pytest.mark.parametrize("content", [
    b"", b"[]", b"\xff", b'{"merges": [], "specials": [3]}',
    b'{"merges": [[104, 101, "th"]], "specials": []}',
    b'{"merges": [[256, 256, ""]], "specials": []}', b'{"merges": [[1.0, 2, "x"]], "specials": []}',
    b'{"merges": [[104, 101]], "specials": []}', b'{"merges": [[-1, 101, "e"]], "specials": []}',
    b"[" * 100_000,
])
def test_a_damaged_tokenizer_file_is_one_line(content, tmp_path):
    path = tmp_path / "bpe.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"bpe\.json is no whole tokenizer \(.*\): train it again"):
        bpe.load(path)


def test_a_missing_tokenizer_file_is_one_line(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        bpe.load(tmp_path / "none.json")


@pytest.mark.parametrize("text", ['[[104, 101, "th"]]', '[[256, 256, ""]]'])
def test_the_textbook_refuses_a_line_that_does_not_spell_its_pair(text):
    with pytest.raises((ValueError, IndexError)):
        slow.from_json(text)


def test_every_token_of_a_real_tokenizer_spells_its_own_bytes():
    pairs = bpe.train(load_tales().text("validation"), 200)
    tokenizer = bpe.Tokenizer(pairs)
    assert tokenizer.tokens == slow.symbols(pairs)
    assert len(set(tokenizer.tokens)) == 456
    assert json.loads(slow.to_json(pairs))[0][2] == tokenizer.tokens[256].decode()
