"""Which word looks at which: python -m block08_attention.show --text="the cat saw the dog".

Prints the weights of the two heads that block 08 trains, and writes one HTML file that needs no
network: point at a word, or reach it with Tab and the arrow keys, and what it looks at lights up.
The words may be any: a word's code is drawn from its letters, and no word was seen in training.
"""

import html
import json
import re
import sys
import tempfile
from pathlib import Path

import numpy as np

from block08_attention import model, multi_head
from block08_attention.tasks import codes, text_batch
from shared.checkpoint import CheckpointError, load
from shared.command_line import (
    MADE_BY,
    OneLineParser,
    RunError,
    open_streams,
    output_folder,
    say,
)
from shared.files import write_atomically
from shared.seeding import stream

SAVED = Path(__file__).resolve().parent / "results" / "two_looks.npz"
PAGE = Path(__file__).resolve().parent / "show.html"
LONGEST = 24  # words: the model has learned no more places
EXAMPLE = "the cat saw the dog and the dog saw a cat"
QUESTIONS = ("the word before", "the same word earlier")

# --- words and weights ---------------------------------------------------------------------------


def words_of(text):
    """The words and punctuation marks of a text, 1 to LONGEST. Raises RunError where there are
    none or more.

    >>> words_of("It's a cat.")
    ['It', "'", 's', 'a', 'cat', '.']
    """
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    words = re.findall(r"\w+|[^\w\s]", text)
    if not 1 <= len(words) <= LONGEST:
        raise RunError(f"the text has {len(words)} words and marks, expected 1 to {LONGEST}")
    return words


def batch_of(words, channels):
    """One sequence for the model; words that differ only in their capitals are one word."""
    names = [word.casefold() for word in words]
    known = sorted(set(names))
    table = np.concatenate([codes(1, channels, stream(0, "word", name)) for name in known])
    return text_batch(np.array([[known.index(name) for name in names]]), table)


def look(parameters, words, num_heads):
    """What each head looks at: (H, T, T). The first word has nothing to look at: a row of 0."""
    _, cache = model.forward(parameters, batch_of(words, len(parameters.Wq)), num_heads)
    return multi_head.weights_of(cache)[0]


def load_model(path=SAVED):
    """The parameters, and the name of what each head has learned to look at."""
    try:
        arrays, state = load(path)
        return multi_head.Parameters(**arrays), state["heads"]
    except (OSError, CheckpointError, KeyError, TypeError) as error:
        told = f"{path.name} cannot be read ({error}): make it with `make block08`"
        raise RunError(told) from None


# --- in the terminal -----------------------------------------------------------------------------


def strongest(words, row, shown=2):
    """The words that a row of weights (T,) looks at most, with their places and shares.

    >>> strongest(["a", "b", "a"], np.array([0.1, 0.0, 0.9]))
    'a (3) 90 %, a (1) 10 %'
    """
    order = np.argsort(-row, kind="stable")[:shown]
    told = [f"{words[s]} ({s + 1}) {100 * row[s]:.0f} %" for s in order if row[s] >= 0.01]
    return ", ".join(told) or "nothing"


def lines_of(words, weights, heads):
    """A table: each word with its place, and what each head looks at."""
    names = [f"{word} ({t + 1})" for t, word in enumerate(words)]
    rows = [["word", *heads]]
    rows += [[name, *(strongest(words, head[t]) for head in weights)]
             for t, name in enumerate(names)]
    widths = [max(map(len, column)) + 3 for column in zip(*rows)]
    return ["".join(f"{x:<{n}}" for x, n in zip(row, widths)).rstrip() for row in rows]


# --- as a page -----------------------------------------------------------------------------------


def panel(head, name, words):
    """One head: its name, and the words as buttons. The text is escaped."""
    buttons = "".join(
        f'<button type="button" data-token="{t}"><span>{html.escape(word)}</span><small></small>'
        "</button>"
        for t, word in enumerate(words)
    )
    return f'<section data-head="{head}"><h2>{html.escape(name)}</h2><p>{buttons}</p></section>'


def page_of(words, weights, heads):
    """The whole page as text; the weights stand in it as numbers with three decimals."""
    parts = {
        "PANELS": "\n".join(panel(h, name, words) for h, name in enumerate(heads)),
        "WEIGHTS": json.dumps(np.round(weights, 3).tolist()),
    }
    template = PAGE.read_text(encoding="utf-8")
    return re.sub("<!--(PANELS|WEIGHTS)-->", lambda found: parts[found[1]], template)


# --- the command ---------------------------------------------------------------------------------


def write_page(page, out):
    """Write attention.html to the folder named, or to a new temporary one, and return its path.

    Raises RunError where the folder holds something else, or lies in this repository.
    """
    home = SAVED.parent.parent
    temporary = out is None
    folder = Path(tempfile.mkdtemp(prefix="attention-")) if temporary else output_folder(out, home)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / MADE_BY, home.name.encode())
    write_atomically(folder / "attention.html", page.encode())
    return folder / "attention.html"


def main(arguments=None):
    parser = OneLineParser(prog="python -m block08_attention.show", description="Who looks where?")
    parser.add_argument("--text", default=EXAMPLE, help=f"1 to {LONGEST} words")
    parser.add_argument("--out", help="a folder for attention.html (default: a temporary one)")
    options = parser.parse_args(arguments)
    open_streams()
    try:
        words = words_of(options.text)
        parameters, heads = load_model()
        weights = look(parameters, words, len(heads))
        path = write_page(page_of(words, weights, heads), options.out)
        say("\n".join([*lines_of(words, weights, heads), "", f"written: {path}"]))
    except (RunError, OSError) as error:
        print(f"block08_attention.show: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
