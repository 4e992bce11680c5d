"""Is this a story, or junk? Rules that one can read, and the surprise of a model of clean text."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from shared import ngram
from shared.text import Vocabulary, sentences, words

Array = np.ndarray
COMMON = {"the", "a", "an", "and", "was", "to", "of", "in", "with", "it", "had", "so", "they"}

# --- rules ---------------------------------------------------------------------------------------


class Limits(NamedTuple):
    """What a story must keep to. Source of the kinds: Rae et al. 2021, table A1."""

    words: tuple[float, float] = (60, 600)  # shorter ones are cut off, longer ones run together
    word_length: tuple[float, float] = (3.0, 6.0)  # mean letters
    letters: tuple[float, float] = (0.7, 0.9)  # of all characters; markup and tables have fewer
    common: tuple[float, float] = (0.1, 0.5)  # share of the words in COMMON: lists have none
    different: tuple[float, float] = (0.25, 0.9)  # different words among all
    repeated: tuple[float, float] = (0.0, 0.1)  # share of sentences that stood before
    sentence_words: tuple[float, float] = (4, 30)  # mean words of a sentence


def measures(text: str) -> dict[str, float]:
    """The numbers that `Limits` bounds, of one text; all 0 for an empty one."""
    tokens, parts = words(text), sentences(text)
    if not tokens or not parts:
        return dict.fromkeys(Limits._fields, 0.0)
    letters = sum(character.isalpha() for character in text)
    return {
        "words": len(tokens),
        "word_length": sum(map(len, tokens)) / len(tokens),
        "letters": letters / len(text),
        "common": sum(word in COMMON for word in tokens) / len(tokens),
        "different": len(set(tokens)) / len(tokens),
        "repeated": 1 - len(Counter(parts)) / len(parts),
        "sentence_words": len(tokens) / len(parts),
    }


def broken_rules(text: str, limits: Limits) -> list[str]:
    """The names of the limits that the text does not keep.

    >>> broken_rules("buy buy buy", Limits())
    ['words', 'common', 'sentence_words']
    """
    found = measures(text)
    bounds = limits._asdict().items()
    return [name for name, (low, high) in bounds if not low <= found[name] <= high]


# --- surprise ------------------------------------------------------------------------------------


class Reference(NamedTuple):
    """A character n-gram of clean texts, and the bits per character above which a text is junk."""

    vocabulary: Vocabulary
    model: ngram.NGram
    limit: float


def bits_per_char(text: str, vocabulary: Vocabulary, model: ngram.NGram) -> float:
    """What the text costs under the model; an empty one costs infinitely much."""
    p = ngram.probabilities(model, vocabulary.encode(text))
    return float(-np.log2(p).mean()) if len(p) else float("inf")


def fit_reference(texts: Sequence[str], order: int = 6, times: float = 2.0) -> Reference:
    """Fit on the first two thirds; the limit is so many times what the rest costs on average.

    Twice: a story with one wrong word in twenty costs up to 1.5 times as much, random letters ten.
    Raises ValueError where there are fewer than three texts.
    """
    if len(texts) < 3:
        raise ValueError(f"{len(texts)} clean texts: at least 3 are needed to set a limit")
    cut = 2 * len(texts) // 3
    content = "\n\n".join(texts[:cut])
    vocabulary = Vocabulary(content)
    model = ngram.fit(vocabulary.encode(content), order, len(vocabulary))
    costs = [bits_per_char(text, vocabulary, model) for text in texts[cut:]]
    return Reference(vocabulary, model, times * float(np.mean(costs)))


def junk(documents: Sequence[str], limits: Limits, reference: Reference) -> list[int]:
    """The documents that break a rule, or surprise the model of clean text too much."""
    return [
        number
        for number, document in enumerate(documents)
        if broken_rules(document, limits)
        or bits_per_char(document, reference.vocabulary, reference.model) > reference.limit
    ]
