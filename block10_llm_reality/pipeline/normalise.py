"""One way to write each text, and duplicates that are equal up to case, signs and spaces."""

import re
import unicodedata
from collections.abc import Sequence

from shared.text import words

# Signs that are drawn in several ways: quotes, dashes, dots, the space that does not break.
SAME = str.maketrans({
    "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00ab": '"', "\u00bb": '"',
    "\u2010": "-", "\u2013": "-", "\u2014": "-", "\u2026": "...", "\u00a0": " ", "\u200b": None,
    "\ufeff": None, "\u00ad": None,
})


def normalise(text: str) -> str:
    """Composed letters (NFC), plain quotes and dashes, no control characters, single spaces.

    Line breaks stay, at most two together. Doing it twice changes nothing more.

    >>> normalise("\\u201cYes,\\u201d  said Ann.\\r\\n")
    '"Yes," said Ann.'
    """
    text = unicodedata.normalize("NFC", text).translate(SAME)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c)[0] != "C")
    text = re.sub(r"[^\S\n]+", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def exact_duplicates(documents: Sequence[str]) -> list[int]:
    """The documents whose words, in lower case, an earlier one has too, all in the same order.

    >>> exact_duplicates(["A cat.", "a   CAT", "A dog."])
    [1]
    """
    seen: set[tuple[str, ...]] = set()
    again = []
    for number, document in enumerate(documents):
        key = tuple(words(document)) or (document,)
        if key in seen:
            again.append(number)
        seen.add(key)
    return again
