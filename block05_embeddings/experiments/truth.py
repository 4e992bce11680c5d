"""Word vectors held against what is true about the words: neighbours, analogies, clusters."""

from typing import NamedTuple

import numpy as np

from block05_embeddings.clustering import k_means, purity, spread_start
from block05_embeddings.cooccurrence import cooccurrence, ppmi
from block05_embeddings.similarity import (
    analogy,
    analogy_questions,
    nearest_neighbours,
    unit_rows,
)
from block05_embeddings.svd_vectors import truncated_svd, word_vectors
from shared.seeding import stream

NARROW = {"unit": "sentence", "window": 2, "rank": 40, "power": 0.5}  # same role
WIDE = {"unit": "story", "window": 5, "rank": 200, "power": 0.5}  # same topic
LEARNED = "story 5"  # the skip-gram model that is logged, drawn, compared and saved


class Models(NamedTuple):
    """The vectors that several experiments share: two counted ones (V, rank), and skip-gram's.

    learned: name -> W (V, D), C (V, D)
    """

    narrow: np.ndarray
    wide: np.ndarray
    learned: dict[str, tuple[np.ndarray, np.ndarray]]


def ends_if_quick(items, run):
    """All items, or in a quick run the first and the last."""
    return [items[0], items[-1]] if run.quick else list(items)


def directions(corpus, unit, window, rank, seed):
    """U and S of the PPMI table of these windows."""
    table = ppmi(cooccurrence(corpus.ids(unit), len(corpus.vocabulary), window))
    rank = min(rank, len(corpus.vocabulary))
    return truncated_svd(table, rank, stream(seed, "svd"))[:2]


def svd_vectors(corpus, seed, *, unit, window, rank, power):
    """The vectors of one setting, such as NARROW or WIDE. -> (V, rank)"""
    U, S = directions(corpus, unit, window, rank, seed)
    return word_vectors(U, S, len(S), power)


def same_category(vectors, corpus, k=3):
    """Of each frequent word's k nearest frequent words, the share with its category. -> (F,)"""
    chosen, categories = vectors[corpus.often], corpus.categories[corpus.often]
    itself = np.arange(len(chosen))[:, None]
    near, _ = nearest_neighbours(chosen, chosen, k, itself)  # (F, k)
    return (categories[near] == categories[:, None]).mean(axis=1)


def analogy_accuracies(vectors, relations, *, exclude=True):
    """The share of right answers for each relation that has at least two pairs."""
    found = {}
    for name, pairs in relations.items():
        questions, answers = analogy_questions(pairs)
        if len(questions):
            right = analogy(vectors, questions, exclude=exclude) == answers
            found[name] = float(right.mean())
    return found


def mean_accuracy(vectors, relations):
    """The mean over the relations, each with the same weight."""
    return float(np.mean([*analogy_accuracies(vectors, relations).values()]))


def clusterings(vectors, corpus, seed, start=spread_start, starts=5):
    """k-means of the frequent words, K the number of categories: (labels (F,), sums) a start."""
    X, K = unit_rows(vectors[corpus.often]), len(np.unique(corpus.categories[corpus.often]))
    runs = [k_means(X, K, stream(seed, "k-means", number), start) for number in range(starts)]
    return [(labels, sums) for labels, _, sums in runs]


def purities(runs, corpus):
    """The purity of each clustering of the frequent words."""
    return [purity(labels, corpus.categories[corpus.often]) for labels, _ in runs]
