"""Word vectors held against what is true of the words: neighbours, topics, analogies, clusters."""

import itertools

import numpy as np

from block05_embeddings.clustering import k_means, purity, spread_start
from block05_embeddings.similarity import analogy, analogy_questions, nearest_neighbours, unit_rows
from shared.plots import COLOURS
from shared.seeding import stream

WIDTHS = (2, 5, 10, 20, 40)  # words on each side
TOPICS = ("capital", "food", "tool", "young")  # relations of one topic and two categories
# One thing has one colour in every picture of the block.
SVD, SKIPGRAM, ROLE, TOPIC, ANALOGIES, BOTH, BM25, COUNTS = COLOURS


def alone_and_in_pairs(vectors):
    """{window: (V, D)} -> {"window 5": (V, D), "windows 2 and 20": (V, 2D), ...}

    A pair's unit rows stand one after the other, so its cosine is the mean of the two cosines: a
    narrow window's role and a wide one's topic in one list of numbers.
    """
    units = {window: unit_rows(rows) for window, rows in vectors.items()}
    pairs = itertools.combinations(units, 2)
    return {f"window {window}": rows for window, rows in units.items()} | {
        f"windows {a} and {b}": np.hstack([units[a], units[b]]) for a, b in pairs
    }


def widths(run):
    """The windows that are compared; of a quick run the ends."""
    return WIDTHS[:1] + WIDTHS[-1:] if run.quick else WIDTHS


def same_category(vectors, corpus, words=None, k=3):
    """Of each word's k nearest among these words, the share of its category. -> (J,)

    words (J,) are the judged ones if not given.
    """
    words = corpus.judged if words is None else words
    chosen, categories = vectors[words], corpus.categories[words]
    near, _ = nearest_neighbours(chosen, chosen, k, np.arange(len(chosen))[:, None])  # (J, k)
    return (categories[near] == categories[:, None]).mean(axis=1)


def same_topic(vectors, corpus, k=10):
    """The share of words whose partner in a topic (dog: puppy) is among their k nearest words."""
    pairs = np.concatenate([corpus.relations[name] for name in TOPICS])
    pairs = np.concatenate([pairs, pairs[:, ::-1]])  # each asks for the other
    near, _ = nearest_neighbours(vectors, vectors[pairs[:, 0]], k, pairs[:, :1])  # (P, k)
    return float((near == pairs[:, 1:]).any(axis=1).mean())


def analogy_accuracies(vectors, relations, *, exclude=True):
    """The share of right answers for each relation, in alphabetical order. -> (R,)"""
    found = []
    for name in sorted(relations):
        questions, answers = analogy_questions(relations[name])
        found.append(np.mean(analogy(vectors, questions, exclude=exclude) == answers))
    return np.array(found)


def halves_of(items):
    """Every second item is of one half: 0, 1, 0, ... (N,)"""
    return np.arange(len(items)) % 2


def held_out(scores, halves):
    """Each item's score under the setting that is best on the items of the other half.

    scores: {setting: (N,)}, halves (N,) of 0 and 1  ->  (N,), and the settings by which half 0 and
    half 1 were scored. Of equally good settings the first is taken.
    """
    table, found, chosen = np.array([*scores.values()]), np.empty(len(halves)), []
    for half in (0, 1):
        best = int(table[:, halves != half].mean(axis=1).argmax())
        found[halves == half] = table[best, halves == half]
        chosen.append([*scores][best])
    return found, chosen


def clusterings(vectors, corpus, seed, start=spread_start, starts=5):
    """k-means of the judged words, as many clusters as categories: labels (J,) for each start."""
    categories = corpus.categories[corpus.judged]
    X, K = unit_rows(vectors[corpus.judged]), len(np.unique(categories))
    return [k_means(X, K, stream(seed, "k-means", n), start)[0] for n in range(starts)]


def purities(vectors, corpus, seed, start=spread_start, starts=5):
    """The purity of each of these clusterings. (starts,)"""
    categories = corpus.categories[corpus.judged]
    labels = clusterings(vectors, corpus, seed, start, starts)
    return np.array([purity(each, categories) for each in labels])


def with_bars(axes, x, rows, line, **look):
    """Means of rows (seeds, X) over x, equally spaced as logarithms, with a standard deviation."""
    axes.errorbar(x, rows.mean(axis=0), rows.std(axis=0), fmt=line, capsize=3, markersize=4, **look)
    axes.set(xscale="log", ylim=(-0.02, 1.02))
    axes.set_xticks(x, [f"{value:,}" for value in x])
    axes.minorticks_off()
