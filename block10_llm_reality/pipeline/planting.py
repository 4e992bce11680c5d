"""A raw corpus with known faults: clean stories, and duplicates, junk and leaks planted in them.

Each fault has kinds to look at while thresholds are chosen (TUNED), and other kinds to measure
recall and precision on (MEASURED): a pipeline that only knows what it was shown fails there.
A kind is a function (text, another text, rng) -> text.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from shared.text import sentences, words

Kind = Callable[[str, str, np.random.Generator], str]


# --- ways to change a text -----------------------------------------------------------------------


def replace_words(share: float) -> Kind:
    """Each word becomes, with this probability, some word of the other text."""

    def kind(text: str, other: str, rng: np.random.Generator) -> str:
        pool = words(other)
        return re.sub(
            r"[A-Za-z]+",
            lambda found: str(rng.choice(pool)) if rng.random() < share else found[0], text,
        )

    return kind


def drop_last_sentence(text: str, other: str, rng: np.random.Generator) -> str:
    return " ".join(sentences(text)[:-1])


def swap_sentences(text: str, other: str, rng: np.random.Generator) -> str:
    """Three times, two neighbouring sentences change places."""
    parts = sentences(text)
    for _ in range(3):
        n = int(rng.integers(1, len(parts)))
        parts[n - 1], parts[n] = parts[n], parts[n - 1]
    return " ".join(parts)


def cut_start(text: str, other: str, rng: np.random.Generator) -> str:
    """The last two thirds of the sentences."""
    parts = sentences(text)
    return " ".join(parts[len(parts) // 3 :])


def typos(text: str, other: str, rng: np.random.Generator) -> str:
    """In a tenth of the words of four letters or more, two neighbouring letters change places."""

    def one(found: re.Match[str]) -> str:
        word = found[0]
        if rng.random() >= 0.1:
            return word
        n = int(rng.integers(1, len(word) - 1))
        return word[:n] + word[n + 1] + word[n] + word[n + 2 :] if n + 1 < len(word) else word

    return re.sub(r"[A-Za-z]{4,}", one, text)


def rename(text: str, other: str, rng: np.random.Generator) -> str:
    """The word that begins with a capital most often (a name) becomes another one everywhere."""
    names = re.findall(r"(?<=[a-z,] )[A-Z][a-z]+", text) or ["Nobody"]
    name = max(sorted(set(names)), key=names.count)
    return re.sub(rf"\b{name}\b", "Zebedee", text)


def frame(text: str, other: str, rng: np.random.Generator) -> str:
    """A site's header and footer around the text."""
    head = f"Stories for children, page {rng.integers(99)}"
    return f"{head}\n\n{text.strip()}\n\nShare | Print | Next"


def typography(text: str, other: str, rng: np.random.Generator) -> str:
    """Curly quotes, hard spaces, line ends of Windows: the same words."""
    text = re.sub(r'"([^"]*)"', "\u201c\\1\u201d", text).replace(". ", ".\r\n")
    return text.replace(", ", ",\u00a0 ")


# --- junk ----------------------------------------------------------------------------------------


def random_letters(text: str, other: str, rng: np.random.Generator) -> str:
    return "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz     ."), len(text)))


def one_sentence(text: str, other: str, rng: np.random.Generator) -> str:
    """The same sentence over and over."""
    return " ".join([sentences(text)[0]] * 12)


def shuffled_words(text: str, other: str, rng: np.random.Generator) -> str:
    return " ".join(rng.permutation(text.split()))


def markup(text: str, other: str, rng: np.random.Generator) -> str:
    """A page's frame: tags, links and no story."""
    items = "".join(f'<li class="m-{n}"><a href="/{w}">{w}</a></li>\n'
                    for n, w in enumerate(words(text)[:60]))
    return f"<html><body><ul>\n{items}</ul></body></html>"


def table(text: str, other: str, rng: np.random.Generator) -> str:
    """Lines of numbers with a word in front."""
    rows = (f"{word}; {rng.integers(1000)}; {rng.random():.3f}" for word in words(text)[:90])
    return "\n".join(rows)


def fragment(text: str, other: str, rng: np.random.Generator) -> str:
    """A dozen words."""
    return " ".join(text.split()[:12])


def keywords(text: str, other: str, rng: np.random.Generator) -> str:
    """The longer words alone, as of a search engine's bait."""
    return ", ".join(word for word in words(text + other) if len(word) > 4)


def no_vowels(text: str, other: str, rng: np.random.Generator) -> str:
    return re.sub("[aeiou]", "", text)


def other_letters(text: str, other: str, rng: np.random.Generator) -> str:
    """Each letter 13 places on: as long, as regular, and no English."""
    return text.translate({**{97 + n: 97 + (n + 13) % 26 for n in range(26)},
                           **{65 + n: 65 + (n + 13) % 26 for n in range(26)}})


# --- leaks: the text is a held-out one, the other one of the training side -----------------------


def whole(text: str, other: str, rng: np.random.Generator) -> str:
    return text


def inside(text: str, other: str, rng: np.random.Generator) -> str:
    """The whole held-out story between the halves of another."""
    parts = sentences(other)
    cut = len(parts) // 2
    return " ".join([*parts[:cut], *sentences(text), *parts[cut:]])


def second_half_added(text: str, other: str, rng: np.random.Generator) -> str:
    parts = sentences(text)
    return " ".join([*sentences(other), *parts[len(parts) // 2 :]])


def shouted(text: str, other: str, rng: np.random.Generator) -> str:
    """Upper case, no signs."""
    return " ".join(words(text)).upper()


def backwards(text: str, other: str, rng: np.random.Generator) -> str:
    """The sentences from the last to the first."""
    return " ".join(reversed(sentences(text)))


def excerpt(text: str, other: str, rng: np.random.Generator) -> str:
    """Some two fifths of the sentences, in one piece."""
    parts = sentences(text)
    size = max(2 * len(parts) // 5, 1)
    start = int(rng.integers(0, len(parts) - size + 1))
    return " ".join(parts[start : start + size])


# --- the raw corpus ------------------------------------------------------------------------------

TUNED: dict[str, list[Kind]] = {
    "duplicate": [whole, replace_words(0.05), drop_last_sentence],
    "junk": [random_letters, one_sentence],
    "leak": [whole, inside],
}
MEASURED: dict[str, list[Kind]] = {
    "duplicate": [typography, replace_words(0.12), swap_sentences, cut_start, typos, rename, frame],
    "junk": [shuffled_words, markup, table, fragment, keywords, no_vowels, other_letters],
    "leak": [replace_words(0.15), second_half_added, shouted, backwards, excerpt],
}


class Raw(NamedTuple):
    """Documents in random order, what each one is, and the number of the text it was made of."""

    documents: list[str]
    labels: list[str]  # "clean", or a key of the kinds
    sources: list[int]  # of junk -1
    kinds: list[str]


def plant(
    clean: Sequence[str], held_out: Sequence[str], kinds: Mapping[str, Sequence[Kind]],
    share: float, rng: np.random.Generator,
) -> Raw:
    """The clean texts, and for each fault share * len(clean) documents, its kinds in turn."""
    rows = [(text, "clean", number, "clean") for number, text in enumerate(clean)]
    for label, ways in kinds.items():
        pool = held_out if label == "leak" else clean
        for n in range(round(share * len(clean))):
            source, other = int(rng.integers(len(pool))), str(rng.choice(np.array(clean)))
            kind = ways[n % len(ways)]
            text = kind(pool[source], other, rng)
            name = getattr(kind, "__name__", "kind")
            rows.append((text, label, -1 if label == "junk" else source, name))
    order = rng.permutation(len(rows))
    return Raw(*(list(column) for column in zip(*(rows[n] for n in order))))
