"""What a reader's own text costs: it is cut, and so is its alphabet."""

import json

import numpy as np
import pytest

from block06_lm_basics import train


class Run:
    quick, text = True, None


def test_a_quick_run_reads_the_beginning_of_each_part(tmp_path, monkeypatch):
    monkeypatch.setattr(train, "QUICK_CHARACTERS", 20)
    Run.text = str(tmp_path / "text")
    said = "".join(chr(0x4E00 + i) for i in range(500))
    (tmp_path / "text").write_text(said, encoding="utf-8")
    texts = train.read_texts(Run)
    assert (texts.train, texts.validation) == (said[:20], said[450:470])
    assert texts.test == texts.validation
    Run.quick = False
    texts = train.read_texts(Run)
    assert (texts.train, texts.validation) == (said[:450], said[450:])


def test_the_rarest_characters_of_a_large_alphabet_are_unknown(tmp_path, monkeypatch):
    """The cap leaves a and b, the most frequent: every c costs its code as well."""
    monkeypatch.setattr(train, "QUICK_SYMBOLS", 2)
    (tmp_path / "text").write_text("abbaac" * 50)
    out = tmp_path / "out"
    train.main(["--quick", "--text", str(tmp_path / "text"), "--out", str(out)])
    scores = json.loads((out / "ladder.json").read_text())["metrics"]["scores"]
    assert scores["uniform"]["unknown"] == 5
    expected = np.log2(3) + 5 / 30 * np.log2(0x110000)
    assert scores["uniform"]["bits_per_char"] == pytest.approx(expected)
