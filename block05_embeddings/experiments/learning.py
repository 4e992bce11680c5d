"""What learning has to do with counting."""

import numpy as np

from block05_embeddings.cooccurrence import cooccurrence, numbered
from block05_embeddings.experiments.truth import SKIPGRAM
from block05_embeddings.skipgram import best_scores, noise_distribution
from block05_embeddings.train import LEARNED_WIDE, corpus_of, learned
from shared.plots import label, new_figure

SEEN_OFTEN = 10  # pairs counted less often say little about what their score should be


def learned_table(run):
    """The score that skip-gram learns for a pair is close to the surprise that counting finds, and
    the closer, the more often the pair was met.

    Wide window, three seeds.
    """
    corpus, seeds = corpus_of(run), run.seeds(3, quick=1)
    ids, V = numbered(corpus.stories, corpus.vocabulary), len(corpus.vocabulary)
    counts = cooccurrence(ids, V, LEARNED_WIDE.window)
    best = best_scores(counts, noise_distribution(corpus.counts), LEARNED_WIDE.negatives)
    scores = [score_table(run, seed) for seed in seeds]  # (V, V) each
    often, met = counts >= SEEN_OFTEN, counts > 0
    found = {
        name: np.array([np.corrcoef(table[pairs], best[pairs])[0, 1] for table in scores])
        for name, pairs in (("often", often), ("seldom", met & ~often))
    }
    run.figure(draw(scores[0][often], best[often]))
    run.record(
        config={"often": SEEN_OFTEN} | LEARNED_WIDE._asdict(),
        metrics={
            "correlation": {name: values.mean() for name, values in found.items()},
            "correlation_sd": {name: values.std() for name, values in found.items()},
            "pairs": {"often": often.sum(), "seldom": (met & ~often).sum(),
                      "never": (~met).sum()},
            "mean_score": {"often": scores[0][often].mean(),
                           "seldom": scores[0][met & ~often].mean(),
                           "never": scores[0][~met].mean()},
        },
    )


def score_table(run, seed):
    """w . c of every pair of words. (V, V)"""
    W, C = learned(run, LEARNED_WIDE, seed)
    return W @ C.T


def draw(scores, best):
    """Each pair as a dot: what was counted, what was learned."""
    title = f"Skip-gram's scores lie near the counted ones (pairs met {SEEN_OFTEN} times or more)"
    figure, (axes,) = new_figure(title, height=5)
    axes.plot(best, scores, ".", markersize=1, alpha=0.2, color=SKIPGRAM, rasterized=True)
    ends = [best.min(), best.max()]
    axes.plot(ends, ends, color="black", linewidth=1, label="equal")
    label(axes, "counted: ln P(w, c) / (P(w) Q(c)) - ln K", "learned: score w . c, one seed")
    return figure
