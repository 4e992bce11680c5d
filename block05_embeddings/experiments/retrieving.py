"""Find the passage that answers a question: in its own words, and in other words."""

import numpy as np

from block05_embeddings.experiments import truth
from block05_embeddings.experiments.truth import BM25, BOTH, COUNTS, SKIPGRAM, SVD
from block05_embeddings.retrieval import (
    bm25_scores,
    embedding_scores,
    fused_scores,
    mean_reciprocal_rank,
    ranks,
    recall_at,
    term_counts,
    tf_idf_scores,
)
from block05_embeddings.train import LEARNED_WIDE, WIDE, corpus_of, counted, learned
from shared.plots import label, new_figure
from shared.text import words

WORDINGS = {"plain": "asked in the passage's words", "other": "asked in other words"}
NAMES = ("name", "pet name")  # categories
DEPTHS = [1, 2, 3, 5, 10, 20, 50, 100]
METHODS = {  # title, colour and line where it is drawn
    "tf_idf": ("TF-IDF", COUNTS, "^:"),
    "bm25": ("BM25", BM25, "s--"),
    "unweighted": ("counted vectors, plain average", SVD, "v:"),
    "svd": ("counted vectors, weighted by rarity", SVD, "o-"),
    "skipgram": ("learned vectors, weighted by rarity", SKIPGRAM, "D-."),
    "names": ("counted vectors, names once more as words", None, None),
    "fused": ("BM25 and counted vectors combined", BOTH, "x-"),
}


def retrieval(run):
    """Asked in other words, averaged vectors weighted by rarity put the right passage first more
    often than BM25 does; without the weights they fail, and combined with BM25 they lie between.

    211 questions, 2,827 passages. Every second question is one half; each half is answered by the
    windows, one or two side by side, that are best on the other (MRR, in other words).
    """
    corpus = corpus_of(run)
    answers = np.array([question.passage for question in corpus.questions])
    vectors, chosen = vectors_by_half(run, corpus, answers)
    found = {wording: searched(run, corpus, wording, vectors) for wording in WORDINGS}
    places = {
        wording: {name: ranks(scores, answers) for name, scores in methods.items()}
        for wording, methods in found.items()
    }
    run.figure(draw(places))
    run.file("retrieval.txt", table(places))
    run.record(
        config={"passages": len(corpus.passages), "questions": len(corpus.questions),
                "svd": WIDE._asdict() | {"window": truth.widths(run)}, "chosen": chosen,
                "skipgram": LEARNED_WIDE._asdict()},
        metrics={wording: {name: measured(row) for name, row in methods.items()}
                 for wording, methods in places.items()},
    )
    other, plain = places["other"], places["plain"]
    run.headline(
        {
            "retrieval_recall_at_1": recall_at(1, other["svd"]),
            "retrieval_recall_at_5": recall_at(5, other["svd"]),
            "retrieval_recall_at_5_bm25": recall_at(5, other["bm25"]),
            "retrieval_recall_at_5_bm25_plain": recall_at(5, plain["bm25"]),
        }
    )


def vectors_by_half(run, corpus, answers):
    """The counted vectors that answer the questions of half 0 and of half 1, and their windows."""
    asked, passages = counts_of(corpus, "other")
    tables = truth.alone_and_in_pairs(
        {window: counted(run, WIDE._replace(window=window)) for window in truth.widths(run)}
    )
    reciprocal = {name: 1 / ranks(embedding_scores(asked, passages, vectors), answers)
                  for name, vectors in tables.items()}
    _, chosen = truth.held_out(reciprocal, truth.halves_of(answers))
    return [tables[name] for name in chosen], chosen


def by_half(asked, passages, vectors, **how):
    """Each question's row of scores, by the vectors of its half. -> (Q, N)"""
    scores = [embedding_scores(asked, passages, table, **how) for table in vectors]
    return np.where(truth.halves_of(asked)[:, None] == 0, *scores)


def counts_of(corpus, wording):
    """Term counts of the questions in one wording (Q, V), and of the passages (N, V)."""
    texts = [words(getattr(question, wording)) for question in corpus.questions]
    passages = [words(each) for each in corpus.passages]
    return term_counts(texts, corpus.vocabulary), term_counts(passages, corpus.vocabulary)


def searched(run, corpus, wording, vectors):
    """The scores (Q, N) of every method for the questions in one wording."""
    asked, passages = counts_of(corpus, wording)
    names = np.isin(corpus.categories, NAMES)  # (V,)
    W, _ = learned(run, LEARNED_WIDE, run.seed)
    found = {
        "tf_idf": tf_idf_scores(asked, passages),
        "bm25": bm25_scores(asked, passages),
        "unweighted": by_half(asked, passages, vectors, weighted=False),
        "svd": by_half(asked, passages, vectors),
        "skipgram": embedding_scores(asked, passages, W),
    }
    found["names"] = found["svd"] + tf_idf_scores(asked * names, passages * names)
    found["fused"] = fused_scores(found["bm25"], found["svd"])
    return found


def measured(places):
    """The three usual figures of a list of places."""
    return {
        "recall_at_1": recall_at(1, places), "recall_at_5": recall_at(5, places),
        "mrr": mean_reciprocal_rank(places),
    }


def table(places):
    """One line a method: recall at 1, recall at 5 and MRR, in other words and in the passage's."""
    head = "recall@1  recall@5   MRR"
    lines = [f"{'':<44}{'in other words':<28}in the passage's words", f"{'':<44}{head:<28}{head}"]
    for name, (title, *_) in METHODS.items():
        cells = []
        for wording in ("other", "plain"):
            found = measured(places[wording][name]).values()
            cells.append("{:>8.2f}  {:>8.2f}  {:>4.2f}".format(*found))
        lines.append(f"{title:<44}{cells[0]:<28}{cells[1]}")
    return "\n".join(lines) + "\n"


def draw(places):
    title = "Asked in other words, weighted vectors find more in 50 passages than shared words do"
    figure, panels = new_figure(title, columns=2, width=11, height=5)
    for axes, (wording, told) in zip(panels, WORDINGS.items()):
        for name, (method, colour, line) in METHODS.items():
            if line:
                shares = [recall_at(k, places[wording][name]) for k in DEPTHS]
                axes.plot(DEPTHS, shares, line, color=colour, markersize=5, label=method)
        axes.set(xscale="log", ylim=(-0.02, 1.02))
        axes.set_xticks(DEPTHS, [str(k) for k in DEPTHS])
        axes.minorticks_off()
        label(axes, "passages read, k", "recall at k", told, legend=False)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure
