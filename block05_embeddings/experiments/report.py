"""outputs.md: what the vectors answer, in words."""

import numpy as np

from block05_embeddings.experiments.truth import LEARNED, clusterings
from block05_embeddings.similarity import analogy, nearest_neighbours

WORDS = ["king", "kitten", "france", "sang", "three", "quickly", "the", "saw"]
ASKED = ["man king woman", "king prince queen", "france paris peru", "dog puppy cow",
         "dog puppy goat", "baker whisk tailor", "kite kites scarf", "sing sang write",
         "italy pasta egypt", "boy girl prince"]
CLUSTERS = 8


def neighbour_rows(corpus, kinds):
    """A table of the five nearest words, one column per kind of vectors."""
    rows = [f"| word | {' | '.join(kinds)} |", "|---" * (len(kinds) + 1) + "|"]
    for word in (word for word in WORDS if word in corpus.vocabulary):
        number, cells = corpus.number(word), []
        for vectors in kinds.values():
            near, _ = nearest_neighbours(vectors, vectors[[number]], 5, np.array([[number]]))
            cells.append(", ".join(corpus.vocabulary[n] for n in near[0]))
        rows.append(f"| {word} | {' | '.join(cells)} |")
    return rows


def analogy_rows(corpus, kinds):
    """A table of answers: with the question's words excluded, and with them allowed."""
    rows = [f"| question | {' | '.join(kinds)} | {next(iter(kinds))}, nothing excluded |"]
    rows.append("|---" * (len(kinds) + 2) + "|")
    for question in ASKED:
        a, b, c = question.split()
        if not {a, b, c} <= set(corpus.vocabulary):
            continue
        numbers = np.array([[corpus.number(word) for word in (a, b, c)]])
        answers = [analogy(vectors, numbers)[0] for vectors in kinds.values()]
        answers.append(analogy(next(iter(kinds.values())), numbers, exclude=False)[0])
        cells = " | ".join(corpus.vocabulary[n] for n in answers)
        rows.append(f"| {a} : {b} = {c} : ? | {cells} |")
    return rows


def cluster_rows(corpus, vectors, seed):
    """The first clusters of k-means, the words of each."""
    labels, _ = clusterings(vectors, corpus, seed, starts=1)[0]
    rows = []
    for k in range(min(CLUSTERS, labels.max() + 1)):
        members = [corpus.vocabulary[n] for n in corpus.often[labels == k]]
        rows.append(f"- {', '.join(members)}")
    return rows


def write_outputs(run, corpus, models):
    """Neighbours, analogies, clusters, and what was retrieved."""
    narrow, wide = models.narrow, models.wide
    learned = models.learned[LEARNED][0]
    kinds = {"window 2 (SVD)": narrow, "window 5 (SVD)": wide, "window 5 (skip-gram)": learned}
    text = ["# The five nearest words", "", *neighbour_rows(corpus, kinds)]
    kinds = {"window 5 (SVD)": wide, "window 5 (skip-gram)": learned, "window 2 (SVD)": narrow}
    text += ["", "# Analogies", "", *analogy_rows(corpus, kinds)]
    text += ["", "# Some of the clusters (window 2, k-means)", ""]
    text += cluster_rows(corpus, narrow, run.seed)
    text += ["", "# Asked in other words (* the right sentence)", "", "```text"]
    text += [run.files["retrieval.txt"].decode().rstrip("\n"), "```"]
    text += ["", "# Before and after: two bugs of the training", "", "```text"]
    text += [run.files["before_after.txt"].decode().rstrip("\n"), "```"]
    run.file("outputs.md", "\n".join(text) + "\n")
