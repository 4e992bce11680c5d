"""The corpus as this block needs it: texts as lists of words, and what is true about its words."""

from typing import NamedTuple

import numpy as np

from block05_embeddings.cooccurrence import frequent_words, numbered
from shared.text import load_tales, sentences, words

STORIES_OF_QUICK = 300
OFTEN = 40  # a word that occurs less often has too few neighbours to be judged


class Corpus(NamedTuple):
    """Training texts and held-out ones, and the truth about the V words of the training texts.

    stories, sentences: lists of words, once whole and once cut
    held_out_stories, held_out: those of other stories
    vocabulary: V words, frequent first    counts (V,)    categories (V,) of names
    often (F,): the words judged    relations: name -> (N, 2), pairs of word numbers
    """

    stories: list[list[str]]
    sentences: list[list[str]]
    held_out_stories: list[list[str]]
    held_out: list[list[str]]
    vocabulary: list[str]
    counts: np.ndarray
    categories: np.ndarray
    often: np.ndarray
    relations: dict[str, np.ndarray]

    def ids(self, unit="sentence"):
        """The training texts as arrays of word numbers: whole stories, or sentence by sentence."""
        return numbered(self.sentences if unit == "sentence" else self.stories, self.vocabulary)

    def number(self, word):
        """The number of a word."""
        return self.vocabulary.index(word)


def in_sentences(stories):
    """Each sentence of the stories as a list of words."""
    return [words(sentence) for story in stories for sentence in sentences(story.text)]


def known_pairs(relations, vocabulary):
    """The relations as numbers, without the pairs of which a word is missing."""
    numbers = {word: number for number, word in enumerate(vocabulary)}
    known = {}
    for name, pairs in relations.items():
        rows = [[numbers[a], numbers[b]] for a, b in pairs if a in numbers and b in numbers]
        known[name] = np.array(rows, dtype=np.int64).reshape(-1, 2)
    return known


def load_corpus(quick=False):
    """The training stories (all, or a few), with validation and test stories held out."""
    tales = load_tales()
    told = tales.stories["train"][: STORIES_OF_QUICK if quick else None]
    stories = [words(story.text) for story in told]
    held_out = tales.stories["validation"] + tales.stories["test"]
    vocabulary = frequent_words(stories)
    ids = np.concatenate(numbered(stories, vocabulary))
    counts = np.bincount(ids, minlength=len(vocabulary))
    category_of = {word: name for name, group in tales.categories.items() for word in group}
    return Corpus(
        stories=stories,
        sentences=in_sentences(told),
        held_out_stories=[words(story.text) for story in held_out],
        held_out=in_sentences(held_out),
        vocabulary=vocabulary,
        counts=counts,
        categories=np.array([category_of[word] for word in vocabulary]),
        often=np.flatnonzero(counts >= OFTEN * len(told) / len(tales.stories["train"])),
        relations=known_pairs(tales.relations, vocabulary),
    )
