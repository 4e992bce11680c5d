"""Are the numbers right? Gradients, the SVD, the search; and what skip-gram converges to."""

import numpy as np

from block05_embeddings.cooccurrence import cooccurrence, ppmi
from block05_embeddings.experiments.truth import LEARNED
from block05_embeddings.similarity import top_k
from block05_embeddings.skipgram import (
    best_scores,
    noise_distribution,
    skipgram_gradient,
    skipgram_loss,
)
from block05_embeddings.svd_vectors import truncated_svd
from shared.checks import gradient_error
from shared.plots import label, new_figure
from shared.seeding import stream

SEEN_OFTEN = 10  # pairs counted less often say little about what their score should be


def gradients_match_finite_differences(run, corpus, models):
    """dW and dC of skip-gram on batches in which words repeat, as word, neighbour and noise."""
    errors = {}
    for case, scale in (("at_the_start", 0.1), ("sure_of_itself", 3.0)):
        rng = stream(run.seed, "gradient check", case)
        W, C = scale * rng.standard_normal((2, 7, 4))  # V = 7, D = 4
        words, neighbours = rng.integers(7, size=30), rng.integers(7, size=(30, 4))
        dW, dC = skipgram_gradient(W, C, words, neighbours)
        of_W = lambda X, C=C, w=words, n=neighbours: skipgram_loss(X, C, w, n)  # noqa: E731
        of_C = lambda X, W=W, w=words, n=neighbours: skipgram_loss(W, X, w, n)  # noqa: E731
        errors[f"dW_{case}"] = gradient_error(of_W, W, dW)
        errors[f"dC_{case}"] = gradient_error(of_C, C, dC)
    run.claim(
        "gradient_check",
        "The gradients of skip-gram with negative sampling are right",
        seeds=[run.seed],
        config={"words": 7, "size": 4, "pairs": 30, "made_up": 3, "step": 1e-5},
        metrics={"relative_error": errors},
    )
    run.headline({"skipgram_gradient_max_relative_error": max(errors.values())})


def the_short_ways_agree_with_the_long_ones(run, corpus, models):
    """Orthogonal iteration against LAPACK's SVD, top-k against a full sort, on the real tables."""
    table = ppmi(cooccurrence(corpus.ids(), len(corpus.vocabulary), 2))
    exact = np.linalg.svd(table, compute_uv=False)  # (V,)
    U, S, V = truncated_svd(table, 40, stream(run.seed, "svd"))
    left = np.linalg.norm(table - U * S @ V.T)
    least = np.sqrt((exact[40:] ** 2).sum())  # Eckart and Young: no table of rank 40 is nearer
    scores = U @ U.T
    sorted_fully = np.argsort(-scores, axis=1, kind="stable")[:, :10]
    run.claim(
        "exactness",
        "Eight rounds of orthogonal iteration leave hardly more of the table than the exact SVD; "
        "the partial sort finds the same ten words as the full one",
        seeds=[run.seed], config={"rank": 40, "table": len(table)},
        metrics={
            "distance_over_least_distance": left / least,
            "first_singular_value_relative_error": abs(S[0] / exact[0] - 1),
            "top_ten_that_differ": int((top_k(scores, 10) != sorted_fully).sum()),
        },
    )


def skip_gram_learns_the_table_that_was_counted(run, corpus, models):
    """The learned scores W C' against ln P(w, c) / (P(w) Q(c)) - ln K, pair by pair."""
    W, C = models.learned[LEARNED]
    counts = cooccurrence(corpus.ids("story"), len(corpus.vocabulary), 5)
    best = best_scores(counts, noise_distribution(corpus.counts), 5)  # (V, V), -inf: never met
    seen = counts >= SEEN_OFTEN
    learned, counted = (W @ C.T)[seen], best[seen]
    correlation = float(np.corrcoef(learned, counted)[0, 1])
    figure, (axes,) = new_figure("What skip-gram learns is the table that counting finds")
    axes.plot(counted, learned, ".", markersize=1.5, alpha=0.4)
    ends = [float(counted.min()), float(counted.max())]
    axes.plot(ends, ends, color="black", linewidth=1, label="equal")
    label(axes, "counted: ln P(w, c) / (P(w) Q(c)) - ln K", "learned: score w . c")
    run.figure(figure, "learned_table")
    run.claim(
        "learned_table",
        "After training, the score of a pair is its shifted pointwise mutual information",
        seeds=[run.seed],
        config={"pairs_counted_at_least": SEEN_OFTEN, "model": LEARNED, "made_up": 5},
        metrics={
            "correlation": correlation, "pairs": int(seen.sum()),
            "mean_score_of_pairs_that_never_met": float((W @ C.T)[counts == 0].mean()),
        },
    )
