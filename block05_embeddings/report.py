"""loss_curve.png, vectors.txt for `make neighbours`, and outputs.md: what the vectors answer."""

import numpy as np

from block05_embeddings.ask import as_text
from block05_embeddings.clustering import random_start, spread_start
from block05_embeddings.experiments.truth import SKIPGRAM, clusterings, purities
from block05_embeddings.retrieval import bm25_scores, embedding_scores, term_counts
from block05_embeddings.similarity import analogy, nearest_neighbours
from block05_embeddings.train import LEARNED_WIDE, NARROW, WIDE, corpus_of, counted, learned
from shared.plots import label, new_figure
from shared.text import words

WORDS = ["king", "kitten", "france", "sang", "three", "warmly", "baker", "saw"]
ASKED = ["man king woman", "king prince queen", "france paris peru", "dog puppy goat",
         "baker whisk tailor", "kite kites scarf", "sing sang write", "italy pasta egypt"]
CLUSTERS, QUESTIONS = 8, 3  # shown


def draw_losses(run):
    """The logged losses of the wide skip-gram vectors."""
    figure, (axes,) = new_figure("Skip-gram's loss falls from guessing, on held-out stories too")
    for split, line in (("train", "o-"), ("validation", "s--")):
        axes.plot(*run.logged(split=split), line, color=SKIPGRAM, markersize=4, label=split)
    guess = (1 + LEARNED_WIDE.negatives) * np.log(2)
    axes.axhline(guess, color="black", linestyle=":", label="guessing: 6 ln 2")
    label(axes, "update", "loss per pair (nats), one seed")
    run.figure(figure, "loss_curve")


def show_outputs(run):
    """outputs.md, vectors.txt, and what a better start of k-means is worth."""
    corpus, wide = corpus_of(run), learned(run, LEARNED_WIDE, run.seed)[0]
    saved = 20 if run.quick else len(wide)
    run.file("vectors.txt", as_text(corpus.vocabulary[:saved], wide[:saved]))
    kinds = {"narrow, counted": counted(run, NARROW), "wide, counted": counted(run, WIDE),
             "wide, learned": wide}
    starts = starts_of_k_means(run, corpus)
    run.file("starts.txt", starts)
    parts = {
        "The five nearest words": neighbour_rows(corpus, kinds),
        "Analogies": analogy_rows(corpus, kinds),
        "Some of the clusters (narrow vectors)": cluster_rows(run, corpus),
        "Asked in other words (* the right passage)": ["```text", *found(run, corpus), "```"],
        "Before and after a fix: where k-means starts": ["```text", *starts.splitlines(), "```"],
    }
    lines = [line for title, rows in parts.items() for line in (f"# {title}", "", *rows, "")]
    run.file("outputs.md", "\n".join(lines))


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
    """A table of answers, one column per kind of vectors."""
    rows = [f"| question | {' | '.join(kinds)} |", "|---" * (len(kinds) + 1) + "|"]
    for question in (text.split() for text in ASKED if {*text.split()} <= {*corpus.vocabulary}):
        asked = np.array([[corpus.number(word) for word in question]])
        given = [corpus.vocabulary[analogy(vectors, asked)[0]] for vectors in kinds.values()]
        rows.append("| {} : {} = {} : ? | ".format(*question) + " | ".join(given) + " |")
    return rows


def cluster_rows(run, corpus):
    """The first clusters of k-means, the words of each."""
    labels = clusterings(counted(run, NARROW), corpus, run.seed, starts=1)[0]
    members = [corpus.judged[labels == k] for k in range(CLUSTERS)]
    return [f"- {', '.join(corpus.vocabulary[n] for n in group)}" for group in members]


def found(run, corpus):
    """A few questions in other words, with the first three passages of two methods."""
    questions = corpus.questions[:: len(corpus.questions) // QUESTIONS][:QUESTIONS]
    asked = term_counts([words(each.other) for each in questions], corpus.vocabulary)
    passages = term_counts([words(each) for each in corpus.passages], corpus.vocabulary)
    scores = {"BM25": bm25_scores(asked, passages),
              "vectors": embedding_scores(asked, passages, counted(run, WIDE))}
    lines = []
    for q, question in enumerate(questions):
        lines += [f"asked:      {question.other}"]
        for name, table in scores.items():
            for place, n in enumerate(np.argsort(-table[q], kind="stable")[:3], 1):
                mark = "*" if n == question.passage else " "
                lines.append(f"{name:>7} {place} {mark} {corpus.passages[n]}")
    return lines


def plain_start(X, K, rng):
    """k-means++ with one candidate a centre."""
    return spread_start(X, K, rng, tries=1)


def starts_of_k_means(run, corpus):
    """The purity of the clusters from three kinds of first centres, as lines."""
    starts = {"random words": random_start, "far from each other (k-means++)": plain_start,
              "the best of six such draws each": spread_start}
    lines = [f"{'first centres':<36}purity (mean and sd of 5)"]
    for name, start in starts.items():
        purity = purities(counted(run, NARROW), corpus, run.seed, start, 1 if run.quick else 5)
        lines.append(f"{name:<36}{purity.mean():.3f} +- {purity.std():.3f}")
    return "\n".join(lines) + "\n"
