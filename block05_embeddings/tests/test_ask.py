"""The command that asks the saved vectors: answers, and one clear line where there is none."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from block05_embeddings.ask import SAVED, answer, as_text, main, read_vectors
from block05_embeddings.similarity import analogy
from shared.seeding import stream

WORDS = ["man", "woman", "king", "queen", "kite"]
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
VECTORS = np.array([[1.0, 0, 1], [1.0, 0, -1], [0.0, 1, 1], [0.0, 1, -1], [-1.0, -1, 0]])


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text(as_text(WORDS, VECTORS))
    return path


def fails(capsys, arguments, path):
    """The one line on stderr; the exit code must be 2 and nothing else may be printed."""
    with pytest.raises(SystemExit) as end:
        main(arguments, path)
    assert end.value.code == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.count("\n") == 1
    return error


def test_what_is_written_is_read_back(saved):
    words, vectors = read_vectors(saved)
    assert words == WORDS
    assert np.array_equal(vectors, VECTORS)


@pytest.mark.parametrize("words", [["a", "a"], ["a", "b c"], ["a", ""], ["a", "b\n"], ["a"]])
def test_what_would_not_be_read_back_is_not_written(words):
    with pytest.raises(ValueError, match=r"no word of its own|vectors has shape"):
        as_text(words, np.ones((2, 3)))
    with pytest.raises(ValueError, match="is nan"):
        as_text(["a"], np.array([[np.nan]]))


def test_neighbours_and_analogies(saved, capsys, monkeypatch):
    monkeypatch.setattr("block05_embeddings.ask.SHOWN", 2)
    main(["neighbours", "King"], saved)
    assert capsys.readouterr().out.split() == ["man", "0.500", "queen", "0.000"]
    lines = answer(["analogy", "man", "king", "woman"], WORDS, VECTORS)
    assert lines[0].split()[0] == "queen"


def test_few_words_give_few_answers(saved, capsys, tmp_path):
    main(["neighbours", "king"], saved)
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 4 and "inf" not in out
    alone = tmp_path / "alone.txt"
    alone.write_text(as_text(WORDS[:1], VECTORS[:1]))
    assert "none is left" in fails(capsys, ["neighbours", "man"], alone)


def test_an_analogy_is_that_of_similarity_whatever_the_lengths():
    rng = stream(0, "lengths")
    words = [f"word{chr(97 + i)}" for i in range(12)]
    X = rng.standard_normal((12, 4)) * np.geomspace(0.1, 9, 12)[:, None]
    for _ in range(20):
        asked = rng.choice(12, size=3, replace=False)
        first = answer(["analogy", *(words[i] for i in asked)], words, X)[0].split()[0]
        assert first == words[analogy(X, asked[None])[0]]


def test_an_unknown_word_gets_near_spellings(saved, capsys):
    error = fails(capsys, ["neighbours", "kingg"], saved)
    assert "'kingg' is not one of the 5 words" in error
    assert "near spellings: king" in error
    assert "near spellings" not in fails(capsys, ["analogy", "man", "zzzzzz", "woman"], saved)


@pytest.mark.parametrize(
    "arguments",
    [[], ["neighbours"], ["neighbours", "a", "b"], ["analogy", "man", "king"], ["sing", "king"]],
)
def test_questions_that_are_none(saved, capsys, arguments):
    assert "ask neighbours WORD, or analogy A B C" in fails(capsys, arguments, saved)


def run(question, redirect):
    """Exit code, stdout and stderr of the command with a redirection by the shell."""
    command = f'"$0" -u -m block05_embeddings.ask {question} {redirect}'
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command, sys.executable],
        cwd=SAVED.parents[2], capture_output=True, text=True,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("question", "redirect", "code", "lines"),
    [
        ("neighbours king", "| head -1", 0, 1),
        ("neighbours king", "| sleep 0", 0, 0),
        ("neighbours king", ">&-", 0, 0),
        ("neighbours kinggg", "2>&-", 2, 0),
        pytest.param("neighbours kinggg", "2>/dev/full", 2, 0, marks=FULL),
        pytest.param("neighbours king", ">/dev/full", 2, 0, marks=FULL),
    ],
)
def test_whoever_cannot_or_will_not_read_gets_no_traceback(question, redirect, code, lines):
    found, out, error = run(question, redirect)
    assert (found, len(out.splitlines())) == (code, lines)
    full = "block05_embeddings.ask: the answer cannot be written (No space left on device)\n"
    assert error == (full if redirect == ">/dev/full" else "")


def test_an_empty_word(saved, capsys):
    assert "a word is missing: ask neighbours WORD" in fails(capsys, ["neighbours", ""], saved)
    assert "a word is missing" in fails(capsys, ["analogy", "man", "", "king"], saved)


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "5\n",
        "2 3\nman 1 2\n",
        "1 2\nman 1 x\n",
        "1 1\nman nan\n",
        "2 1\nman 1\n",
        "1 0\nman\n",
        "2 1\nman 1\nman 2\n",
        "\x00",
    ],
)
def test_a_damaged_file(tmp_path, capsys, damage):
    path = tmp_path / "vectors.txt"
    path.write_text(damage)
    assert "vectors.txt is damaged" in fails(capsys, ["neighbours", "man"], path)


def test_bytes_that_are_no_text_and_no_file_at_all(tmp_path, capsys):
    path = tmp_path / "vectors.txt"
    path.write_bytes(b"\xff\xfe\xff")
    assert "vectors.txt is damaged" in fails(capsys, ["neighbours", "man"], path)
    missing = fails(capsys, ["neighbours", "man"], Path(tmp_path) / "other.txt")
    assert "other.txt is missing: make it with `make block05`" in missing


def test_a_queen_is_among_the_two_nearest_answers_of_the_committed_vectors():
    answers = answer(["analogy", "man", "king", "woman"], *read_vectors(SAVED))
    assert "queen" in [line.split()[0] for line in answers[:2]]
