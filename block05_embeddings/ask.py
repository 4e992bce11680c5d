"""Ask the word vectors that the last run saved.

    python -m block05_embeddings.ask neighbours king            make neighbours WORD=king
    python -m block05_embeddings.ask analogy man king woman     make analogy A=man B=king C=woman

The file is text: one line "words numbers", then a word and its numbers a line. Other tools read
this format too (word2vec's).
"""

import contextlib
import difflib
import os
import sys
from pathlib import Path

import numpy as np

from block05_embeddings.similarity import nearest_neighbours, unit_rows
from shared.checks import check_finite, check_shapes

SAVED = Path(__file__).resolve().parent / "results" / "vectors.txt"
SHOWN = 8
USAGE = "neighbours WORD, or analogy A B C (A is to B as C is to ?)"


class CannotAnswer(ValueError):
    """The question or the file is at fault; the message says how to mend it."""


# --- the file --------------------------------------------------------------------------------


def as_text(words, vectors):
    """Words and vectors (V, D) as the lines of a vector file.

    Raises ValueError where `read_vectors` would not give them back.
    """
    check_shapes("words (V,), vectors (V, D)", words, vectors)
    check_finite("vectors", vectors)
    wrong = [word for word in words if word.split() != [word] or words.count(word) > 1]
    if wrong:
        raise ValueError(f"{wrong[0]!r} is no word of its own: white space, empty or said twice")
    rows = [" ".join([word, *(f"{x:.3f}" for x in row)]) for word, row in zip(words, vectors)]
    return "\n".join([f"{len(words)} {vectors.shape[1]}", *rows]) + "\n"


def read_vectors(path):
    """The words and vectors (V, D) of a file. Raises CannotAnswer where it cannot be read."""
    try:
        head, *lines = path.read_text(encoding="utf-8").splitlines()
        num_words, size = map(int, head.split())
        rows = [line.split(" ") for line in lines]
        words, vectors = [row[0] for row in rows], np.array([row[1:] for row in rows], dtype=float)
    except FileNotFoundError:
        raise CannotAnswer(f"{path.name} is missing: make it with `make block05`") from None
    except (OSError, ValueError):
        raise CannotAnswer(f"{path.name} is damaged: make it anew with `make block05`") from None
    fits = vectors.shape == (num_words, size) and vectors.size > 0
    if not fits or len(set(words)) < num_words or not np.isfinite(vectors).all():
        raise CannotAnswer(f"{path.name} is damaged: make it anew with `make block05`")
    return words, vectors


# --- the answers -----------------------------------------------------------------------------


def number_of(word, words):
    """The word's number. Raises CannotAnswer with near spellings where it is not there.

    >>> number_of("Kite", ["kite", "kitten"])
    0
    """
    word = word.strip().lower()
    if word in words:
        return words.index(word)
    near = difflib.get_close_matches(word, words, n=4, cutoff=0.6)
    hint = f"; near spellings: {', '.join(near)}" if near else ""
    raise CannotAnswer(f"{word!r} is not one of the {len(words)} words of the stories{hint}")


def answer(arguments, words, vectors):
    """The lines to print. Raises CannotAnswer where the question is none."""
    if "" in arguments:
        raise CannotAnswer(f"a word is missing: ask {USAGE}")
    if arguments[:1] == ["neighbours"] and len(arguments) == 2:
        asked = [number_of(arguments[1], words)]
        query = vectors[asked]  # (1, D)
    elif arguments[:1] == ["analogy"] and len(arguments) == 4:
        asked = [number_of(word, words) for word in arguments[1:]]
        a, b, c = unit_rows(vectors)[asked]
        query = (b - a + c)[None]  # (1, D)
    else:
        raise CannotAnswer(f"ask {USAGE}")
    shown = min(SHOWN, len(words) - len(set(asked)))
    if shown < 1:
        raise CannotAnswer(f"there are only {len(words)} words: none is left to be the answer")
    near, cosines = nearest_neighbours(vectors, query, shown, np.array([asked]))
    cosines = np.round(cosines[0], 3) + 0.0  # -0.0 + 0.0 is 0.0
    return [f"{words[n]:<14}{cosine:6.3f}" for n, cosine in zip(near[0], cosines)]


def fail(message):
    """One line on stderr, if there is one, and exit code 2."""
    if sys.stderr is not None:  # `2>&-`; print would take None for stdout
        with contextlib.suppress(OSError):  # `2>/dev/full`
            print(f"block05_embeddings.ask: {message}", file=sys.stderr, flush=True)
    sys.exit(2)


def main(arguments=None, path=SAVED):
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        lines = answer(arguments, *read_vectors(path))
    except CannotAnswer as error:
        fail(error)
    try:
        print("\n".join(lines), flush=True)
    except OSError as error:  # what is left in the buffer would fail once more when Python ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # else the reader, like `head`, has seen enough
            fail(f"the answer cannot be written ({error.strerror})")


if __name__ == "__main__":
    main()
