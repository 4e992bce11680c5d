"""Find the sentence that answers a question: in its own words, and in other words."""

import numpy as np

from block05_embeddings.experiments.truth import LEARNED, WIDE
from block05_embeddings.retrieval import (
    bm25_scores,
    embedding_scores,
    mean_reciprocal_rank,
    ranks,
    recall_at,
    term_counts,
    tf_idf_scores,
)
from shared.plots import label, new_figure
from shared.text import load_questions, words

DEPTHS = [1, 2, 3, 5, 10, 20, 50, 100]
TITLES = {"tf_idf": "TF-IDF", "bm25": "BM25", "svd": "averaged vectors (SVD)",
          "skipgram": "averaged vectors (skip-gram)"}


def searched(corpus, models):
    """Passages, questions, and {wording: {method: scores (Q, N)}}."""
    passages, questions = load_questions()
    inside = term_counts([words(passage) for passage in passages], corpus.vocabulary)  # (N, V)
    vectors = {"svd": models.wide, "skipgram": models.learned[LEARNED][0]}
    found = {}
    for wording in ("plain", "other"):
        texts = [words(getattr(question, wording)) for question in questions]
        asked = term_counts(texts, corpus.vocabulary)  # (Q, V)
        found[wording] = {
            "tf_idf": tf_idf_scores(asked, inside), "bm25": bm25_scores(asked, inside),
        } | {name: embedding_scores(asked, inside, v) for name, v in vectors.items()}
    return passages, questions, found


def draw(run, places):
    figure, axes = new_figure(
        "Shared words win on the story's own words, vectors win on other words",
        columns=2, width=10,
    )
    titles = {"plain": "asked in the story's words", "other": "asked in other words"}
    for panel, (wording, methods) in zip(axes, places.items()):
        for (name, found), style in zip(methods.items(), ("^:", "s--", "o-", "D-.")):
            shares = [recall_at(k, found) for k in DEPTHS]
            panel.plot(DEPTHS, shares, style, label=TITLES[name])
        panel.set_xscale("log")
        panel.set_xticks(DEPTHS, [str(k) for k in DEPTHS])
        panel.minorticks_off()
        panel.set_ylim(-0.02, 1.02)
        label(panel, "passages read, k", "recall at k", titles[wording], legend=False)
    axes[0].legend(loc="lower right")
    run.figure(figure, "retrieval")


def examples(passages, questions, found):
    """A question of each kind in other words, with the first five passages of two methods."""
    lines = []
    kinds = [question.kind for question in questions]
    for q in sorted(kinds.index(kind) for kind in set(kinds)):
        question = questions[q]
        lines += [f"asked:      {question.other}", f"answer:     {passages[question.passage]}"]
        for name in ("bm25", "svd"):
            order = np.argsort(-found["other"][name][q], kind="stable")[:5]
            for place, number in enumerate(order, 1):
                mark = "*" if number == question.passage else " "
                lines.append(f"{name:>6} {place} {mark} {passages[number]}")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def vectors_find_what_is_asked_in_other_words(run, corpus, models):
    """Recall at 5 and mean reciprocal rank of four methods on both wordings."""
    passages, questions, found = searched(corpus, models)
    answers = np.array([question.passage for question in questions])
    places = {
        wording: {name: ranks(scores, answers) for name, scores in methods.items()}
        for wording, methods in found.items()
    }
    draw(run, places)
    run.file("retrieval.txt", examples(passages, questions, found))
    kinds = np.array([question.kind for question in questions])
    metrics = {
        wording: {
            name: {
                "recall_at_1": recall_at(1, row), "recall_at_5": recall_at(5, row),
                "mrr": mean_reciprocal_rank(row),
                "recall_at_5_by_kind": {k: recall_at(5, row[kinds == k]) for k in np.unique(kinds)},
            }
            for name, row in methods.items()
        }
        for wording, methods in places.items()
    }
    run.claim(
        "retrieval",
        "Averaged vectors find sentences that tell what was asked in synonyms; BM25 is better "
        "where the words are the same",
        seeds=[run.seed],
        config={"passages": len(passages), "questions": len(questions), "svd": WIDE,
                "skipgram": LEARNED},
        metrics=metrics,
    )
    run.headline(
        {
            "retrieval_recall_at_5": metrics["other"]["svd"]["recall_at_5"],
            "retrieval_recall_at_5_bm25": metrics["other"]["bm25"]["recall_at_5"],
            "retrieval_recall_at_5_bm25_plain": metrics["plain"]["bm25"]["recall_at_5"],
        }
    )
