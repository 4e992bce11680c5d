"""Analogies: settings chosen on one half of the relations, scored on the other; which fail."""

import itertools

import numpy as np

from block05_embeddings.experiments import truth
from block05_embeddings.experiments.truth import analogy_accuracies
from block05_embeddings.similarity import analogy, analogy_questions, cosine_similarity
from block05_embeddings.svd_vectors import word_vectors
from block05_embeddings.train import (
    LEARNED_NARROW,
    LEARNED_WIDE,
    WIDE,
    corpus_of,
    counted,
    directions,
    learned,
)
from shared.plots import heat_map, new_figure

# --- held-out relations --------------------------------------------------------------------------

RANKS, POWERS = (50, 100, 200), (0.0, 0.5, 1.0)


def analogies(run):
    """Offsets answer most questions of relations that had no part in choosing the settings, whether
    the vectors are counted or learned.

    Every second relation of the alphabet is one half; each half is scored with the settings, among
    them one window or two side by side, that are best on the other. Skip-gram has three seeds;
    counting has no luck in it.
    """
    corpus, seeds = corpus_of(run), run.seeds(3, quick=1)
    names = sorted(corpus.relations)
    halves = truth.halves_of(names)
    tried = svd_settings(run, corpus)
    svd, svd_chosen = truth.held_out(tried, halves)
    learnt = [skipgram_settings(run, corpus, seed) for seed in seeds]
    found = [truth.held_out(table, halves) for table in learnt]
    skipgram = np.array([shares for shares, _ in found])  # (seeds, relations)
    run.figure(draw_relations(names, svd, skipgram))
    run.record(
        config={"windows": truth.widths(run), "ranks": RANKS, "powers": POWERS, "relations": names,
                "questions": {n: len(analogy_questions(corpus.relations[n])[0]) for n in names},
                "settings": {"svd": len(tried), "skipgram": len(learnt[0])}},
        metrics={
            "svd": {"mean": svd.mean(), "by_relation": dict(zip(names, svd)),
                    "chosen": svd_chosen},
            "skipgram": {"mean": skipgram.mean(), "sd": skipgram.mean(axis=1).std(),
                         "by_relation": dict(zip(names, skipgram.mean(axis=0))),
                         "chosen": [chosen for _, chosen in found]},
            "words_of_the_question": {
                name: analogy_accuracies(counted(run, WIDE), corpus.relations, exclude=out).mean()
                for name, out in (("forbidden", True), ("allowed", False))},
        },
    )
    run.headline({"analogy_accuracy_svd": svd.mean(), "analogy_accuracy_skipgram": skipgram.mean()})


def svd_settings(run, corpus):
    """The accuracies of all counted vectors: {"windows 2 and 20, rank 50, power 0": (R,), ...}"""
    settings = {window: WIDE._replace(window=window, rank=max(RANKS))
                for window in truth.widths(run)}
    found = {window: directions(corpus.stories, corpus, setting, run.seed)
             for window, setting in settings.items()}
    tried = {}
    for rank, power in itertools.product(RANKS, POWERS):
        vectors = {window: word_vectors(U, S, rank, power) for window, (U, S) in found.items()}
        for name, rows in truth.alone_and_in_pairs(vectors).items():
            accuracies = analogy_accuracies(rows, corpus.relations)
            tried[f"{name}, rank {rank}, power {power:g}"] = accuracies
    return tried


def skipgram_settings(run, corpus, seed):
    """The accuracies of both windows and of the two side by side, by W and by W + C."""
    found = {s.window: learned(run, s, seed) for s in (LEARNED_NARROW, LEARNED_WIDE)}
    tried = {}
    for kind, sums in (("W", False), ("W + C", True)):
        vectors = {window: W + C if sums else W for window, (W, C) in found.items()}
        for name, rows in truth.alone_and_in_pairs(vectors).items():
            tried[f"{name}, {kind}"] = analogy_accuracies(rows, corpus.relations)
    return tried


def draw_relations(names, svd, skipgram):
    """Kinds of vectors down, relations across."""
    title = "Counted and learned vectors answer analogies of held-out relations (share right)"
    figure, (axes,) = new_figure(title, width=9, height=2.4)
    kinds = ["counted (SVD)", f"learned (mean of {len(skipgram)} seeds)"]
    table = np.array([svd, skipgram.mean(axis=0)])
    heat_map(axes, table, kinds, names, number_format=".2f", limits=(0, 1))
    return figure


# --- those that fail -----------------------------------------------------------------------------


def failed_analogies(run):
    """In a narrow window nearly all answers are of the right kind, but for four of nine relations
    mostly the wrong one; a wide window has most of these right, and loses most past tenses.

    Counted vectors of 200 dimensions, five windows.
    """
    corpus, names, widths = corpus_of(run), sorted(corpus_of(run).relations), truth.WIDTHS
    rows = {width: {name: answered(counted(run, WIDE._replace(window=width)), corpus, name)
                    for name in names} for width in widths}
    run.figure(draw_failures(names, rows))
    run.record(
        config=WIDE._asdict() | {"windows": widths},
        metrics={f"window_{width}": row for width, row in rows.items()},
    )


def answered(vectors, corpus, name):
    """How many answers to a relation's questions are right, and how many of the right category;
    how much nearer a word is to its own partner than to those of others; and what a guess is worth.
    """
    pairs, categories = corpus.relations[name], corpus.categories
    questions, answers = analogy_questions(pairs)
    given = analogy(vectors, questions)
    cosines = cosine_similarity(vectors[pairs[:, 0]], vectors[pairs[:, 1]])  # (N, N)
    own = np.eye(len(pairs), dtype=bool)
    return {
        "right": (given == answers).mean(),
        "right_category": (categories[given] == categories[answers]).mean(),
        "partner_margin": cosines[own].mean() - cosines[~own].mean(),
        "guess": 1 / (len(pairs) - 1),
    }


def draw_failures(names, rows):
    """Relations down, windows across: right answers, and answers of the right category."""
    title = "A narrow window finds the kind of the answer, and no one window all the answers"
    figure, panels = new_figure(title, columns=2, width=11)
    for axes, key, told in zip(panels, ("right", "right_category"),
                               ("the right word", "a word of the right category")):
        table = np.array([[row[name][key] for row in rows.values()] for name in names])
        heat_map(axes, table, names, [*map(str, rows)], number_format=".2f", limits=(0, 1))
        axes.set(title=f"share of answers that are {told}", xlabel="window (words on each side)")
    return figure
