"""A text of the reader's own: it is cut, its alphabet too, and what is no text is refused."""

import json

import numpy as np
import pytest

from block06_lm_basics import train
from block06_lm_basics.__main__ import main
from shared import plots
from shared.tests.ways import a_run

FILES = {
    "headline.json", "headline.txt", "ladder.json", "ladder.txt", "loss_curve.png", "orders.json",
    "orders.png", "outputs.md", "timing.json", "train_log.jsonl", "two_texts.json", "two_texts.txt",
}


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    monkeypatch.setattr(train, "QUICK_STORIES", {"train": 3, "validation": 1, "test": 1})
    monkeypatch.setattr(train, "QUICK", train.QUICK._replace(steps=10))
    monkeypatch.setattr(plots, "png", lambda figure: b"")


def run_on(content, folder):
    """The files of a quick run on a text of this content."""
    (folder / "text").write_bytes(content)
    main(["--quick", "--text", str(folder / "text"), "--out", str(folder / "out")])
    return {path.name: path.read_bytes() for path in (folder / "out").glob("[!.]*")}


@pytest.mark.parametrize("content", [b"ab", "\ufeffzwei Worte\r\nin zwei Zeilen".encode()])
def test_any_text_of_two_characters_or_more_gets_its_ladder(content, tmp_path, capsys):
    files = run_on(content, tmp_path)
    assert set(files) == FILES
    assert all(np.isfinite(value) for value in json.loads(files["headline.json"]).values())
    assert b"order 5" in files["ladder.txt"] and "order 5" in capsys.readouterr().out
    assert b"floor" not in files["ladder.txt"]


def test_a_character_unseen_in_training_costs_its_number_in_unicode_too(tmp_path):
    """90 characters of a, b, c to train on; among the 10 to predict x is UNKNOWN, and 20.1 bits."""
    files = run_on(b"abc" * 30 + b"abcxabcabc", tmp_path)
    bits = json.loads(files["headline.json"])["bits_per_char_uniform"]
    assert bits == pytest.approx(2 + np.log2(0x110000) / 10, rel=1e-5)
    scores = json.loads(files["ladder.json"])["metrics"]["scores"]
    assert {score["unknown"] for score in scores.values()} == {1}


@pytest.mark.parametrize("content", [b"", b"a", b"\xef\xbb\xbfa", None])
def test_what_is_no_text_ends_the_run_with_one_line(content, tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        if content is None:
            main(["--text", str(tmp_path), "--out", str(tmp_path / "out" / "x")])
        run_on(content, tmp_path)
    assert end.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_quick_run_reads_the_beginning_of_each_part(tmp_path, monkeypatch):
    monkeypatch.setattr(train, "QUICK_CHARACTERS", 20)
    said = "".join(chr(0x4E00 + i) for i in range(500))
    (tmp_path / "text").write_text(said, encoding="utf-8")
    quick, whole = a_run(tmp_path), a_run(tmp_path, quick=False)
    quick.text = whole.text = str(tmp_path / "text")
    assert train.read_texts(quick) == (said[:20], said[450:470], said[450:470], None)
    assert train.read_texts(whole) == (said[:450], said[450:], said[450:], None)


def test_the_rarest_characters_of_a_large_alphabet_are_unknown(tmp_path, monkeypatch):
    """The cap leaves a and b, the most frequent: every c is UNKNOWN."""
    monkeypatch.setattr(train, "QUICK_SYMBOLS", 2)
    run = a_run(tmp_path)
    run.text = str(tmp_path / "text")
    (tmp_path / "text").write_text("abbaac" * 50)
    models = train.learn(run)
    assert models.vocabulary.symbols == ["\ufffd", "a", "b"]
    assert {score.unknown for score in models.by_order} == {5}


def test_each_of_two_texts_is_better_judged_by_the_model_of_its_kind(tmp_path):
    scores = json.loads(run_on(b"0123456789" * 200, tmp_path)["two_texts.json"])["metrics"]
    perplexity = {name: score["perplexity"] for name, score in scores.items()}
    own = perplexity["trained_on_the_text_judging_the_text"]
    assert own < 1.5 < 40 < perplexity["trained_on_the_stories_judging_the_text"]
    stories = perplexity["trained_on_the_stories_judging_the_stories"]
    assert stories < 40 < perplexity["trained_on_the_text_judging_the_stories"]
    assert scores["trained_on_the_stories_judging_the_text"]["unknown"] == 200
