"""Why cosine and not the dot product: what the length of a vector says, and what it spoils."""

import numpy as np

from block05_embeddings.cooccurrence import cooccurrence
from block05_embeddings.experiments.counting import vectors_of
from block05_embeddings.experiments.truth import NARROW, svd_vectors
from block05_embeddings.similarity import top_k
from shared.plots import label, new_figure

MOST = 20  # words called the most frequent


def dot_neighbours(chosen, k=3):
    """The k other rows with the largest dot product. (F, D) -> (F, k)"""
    scores = chosen @ chosen.T
    np.fill_diagonal(scores, -np.inf)
    return top_k(scores, k)


def compared(vectors, corpus):
    """Length against frequency, and the neighbours by dot product and by cosine."""
    chosen = vectors[corpus.often]
    lengths = np.linalg.norm(chosen, axis=1)
    categories = corpus.categories[corpus.often]
    metrics = {
        "correlation": float(
            np.corrcoef(np.log(corpus.counts[corpus.often]), np.log(lengths))[0, 1]
        )
    }
    for name, rows in (("dot", chosen), ("cosine", chosen / lengths[:, None])):
        near = dot_neighbours(rows)  # (F, 3)
        common = np.bincount(near.ravel(), minlength=len(chosen))
        metrics[name] = {
            "same_category": float((categories[near] == categories[:, None]).mean()),
            "share_of_the_20_commonest_answers": float(np.sort(common)[-MOST:].sum() / near.size),
        }
    return lengths, metrics


def the_dot_product_prefers_long_vectors(run, corpus, models):
    """Vectors of raw counts, of PPMI and of skip-gram: length against count, dot against cosine."""
    counts = cooccurrence(corpus.ids(), len(corpus.vocabulary), NARROW["window"])
    kinds = {
        "raw": vectors_of(counts, NARROW | {"power": 1.0}, run.seed),
        "ppmi": svd_vectors(corpus, run.seed, **NARROW | {"power": 1.0}),
        "skipgram": models.learned["sentence 2"][0].astype(np.float64),
    }
    titles = {"raw": "raw counts", "ppmi": "PPMI", "skipgram": "skip-gram"}
    figure, axes = new_figure(
        "In raw counts the length of a vector is the frequency of its word; PPMI takes that out",
        columns=3, width=12,
    )
    metrics = {}
    for panel, (kind, vectors) in zip(axes, kinds.items()):
        lengths, metrics[kind] = compared(vectors, corpus)
        panel.loglog(corpus.counts[corpus.often], lengths, ".", markersize=4)
        title = f"{titles[kind]}: correlation {metrics[kind]['correlation']:.2f}"
        label(panel, "occurrences of the word", "length of its vector", title)
    run.figure(figure, "lengths")
    run.claim(
        "lengths",
        "In raw counts the length of a vector is the frequency of its word, and every dot product "
        "is largest with the same few words; in PPMI and skip-gram the lengths say little about "
        "frequency, and cosine still finds better neighbours",
        seeds=[run.seed],
        config={"raw_and_ppmi": NARROW | {"power": 1.0}, "skipgram": "sentence 2"},
        metrics=metrics,
    )
