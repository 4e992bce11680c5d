"""Find the sentence that answers a question: by shared words (TF-IDF, BM25), or by near vectors.

A passage and a question are lists of words. Each method gives every passage a score for every
question; the passages with the largest scores are what a language model would be given to read
(retrieval-augmented generation, RAG). How often the right one is among the first five is the
recall at 5.
"""

import numpy as np

from block05_embeddings.cooccurrence import ABSENT, numbered
from block05_embeddings.similarity import cosine_similarity, unit_rows
from shared.checks import check_ids, check_shapes


def term_counts(texts, vocabulary):
    """How often each word of the vocabulary occurs in each text; others are left out. (N, V)"""
    counts = np.zeros((len(texts), len(vocabulary)))
    for row, ids in zip(counts, numbered(texts, vocabulary)):
        np.add.at(row, ids[ids != ABSENT], 1)
    return counts


def check_counts(questions, passages):
    """Both as float64. Raises ValueError unless they are (Q, V) and (N, V), finite and >= 0."""
    check_shapes("questions (Q, V), passages (N, V)", questions, passages)
    both = [np.asarray(counts, dtype=np.float64) for counts in (questions, passages)]
    if not all(np.isfinite(counts).all() and counts.min(initial=0) >= 0 for counts in both):
        raise ValueError("counts are finite numbers >= 0")
    return both


def inverse_document_frequency(counts):
    """ln(1 + (N - n + 1/2) / (n + 1/2)), n the number of texts with the word. (N, V) -> (V,)

    Large for a word of few texts, near 0 for one that stands everywhere.
    Source: Robertson and Zaragoza 2009, eq. 3.3, with 1 added inside so that it is never negative.
    """
    if len(counts) == 0:
        raise ValueError("there is no passage to search in")
    counts = check_counts(counts, counts)[0]
    n = (counts > 0).sum(axis=0)  # (V,)
    return np.log1p((len(counts) - n + 0.5) / (n + 0.5))


def tf_idf_scores(questions, passages):
    """Cosine of count x idf. questions (Q, V), passages (N, V) counts -> (Q, N)"""
    questions, passages = check_counts(questions, passages)
    idf = inverse_document_frequency(passages)  # (V,)
    return cosine_similarity(questions * idf, passages * idf)


def bm25_scores(questions, passages, k1=1.5, b=0.75):
    """Sum over a question's words of idf f (k1 + 1) / (f + k1 (1 - b + b length / mean length)).

    f is how often the word stands in the passage: a second time counts less than the first (k1),
    and in a long passage each counts less (b). questions (Q, V), passages (N, V) -> (Q, N)
    Raises ValueError unless k1 > 0 and 0 <= b < 1, and where counts are no counts.
    Source: Robertson and Zaragoza 2009, eq. 3.15, with its usual constants.
    """
    if not (0 < k1 < np.inf and 0 <= b < 1):
        raise ValueError(f"k1 is {k1} and b is {b}: expected k1 > 0 and 0 <= b < 1")
    questions, passages = check_counts(questions, passages)
    idf = inverse_document_frequency(passages)  # (V,)
    lengths = passages.sum(axis=1, keepdims=True)  # (N, 1)
    norm = k1 * (1 - b + b * lengths / (lengths.mean() or 1))
    saturated = passages * (k1 + 1) / (passages + norm)  # (N, V)
    return questions @ (saturated * idf).T


def embedding_scores(questions, passages, vectors, *, weighted=True):
    """Cosine of question and passage vectors. questions (Q, V), passages (N, V) -> (Q, N)

    A text's vector is the sum of idf times the unit vector of each of its words: an average
    without its denominator, which cosine would remove anyway. weighted=False leaves idf out.
    vectors (V, D).
    """
    questions, passages = check_counts(questions, passages)
    check_shapes("questions (Q, V), vectors (V, D)", questions, vectors)
    weights = inverse_document_frequency(passages) if weighted else np.ones(len(vectors))  # (V,)
    words = unit_rows(vectors) * weights[:, None]  # (V, D)
    return cosine_similarity(questions @ words, passages @ words)


def fused_scores(*scores, k=60):
    """Reciprocal rank fusion: sum over the methods of 1 / (k + place of the passage). (Q, N) each

    Only the order that a method gives counts, so that its scale does not matter; equal scores
    share the mean of their places. Source: Cormack, Clarke and Buettcher 2009, with their k.
    """
    if not scores or k <= 0:
        raise ValueError(f"{len(scores)} methods and k = {k}: expected at least one, and k > 0")
    return sum(1 / (k + all_places(each)) for each in scores)


def all_places(scores):
    """The place of every passage in each row, 1 the largest score, means where equal. (Q, N)

    >>> all_places(np.array([[0.2, 0.9, 0.9]])).tolist()
    [[3.0, 1.5, 1.5]]
    """
    check_shapes("scores (Q, N)", scores)
    rows = []
    for row in np.asarray(scores):
        _, group, sizes = np.unique(-row, return_inverse=True, return_counts=True)
        rows.append((np.cumsum(sizes) - (sizes - 1) / 2)[group])
    return np.array(rows)


# --- how good is a ranking ----------------------------------------------------------------------


def ranks(scores, answers):
    """The place of the right passage in each row, 1 the first. scores (Q, N), answers (Q,) -> (Q,)

    Passages with the same score share the mean of their places: a method that gives all of them
    the same score is never better than a shuffle.

    >>> ranks(np.array([[0.2, 0.9, 0.5], [0.5, 0.5, 0.1]]), np.array([2, 0])).tolist()
    [2.0, 1.5]
    """
    sizes = check_shapes("scores (Q, N), answers (Q,)", scores, answers)
    scores, answers = np.asarray(scores), check_ids("answers", answers, sizes["N"])
    if not np.isfinite(scores).all():
        raise ValueError("a score is NaN or infinite: it has no place")
    right = np.take_along_axis(scores, answers[:, None], axis=1)  # (Q, 1)
    better, equal = (scores > right).sum(axis=1), (scores == right).sum(axis=1)
    return better + (equal + 1) / 2


def check_places(places):
    """places (Q,) as float64. Raises ValueError where there is none, or one is below 1."""
    places = np.asarray(places, dtype=np.float64)
    if not (places.size and (places >= 1).all()):
        raise ValueError("places are numbers from 1 up, one for each of at least one question")
    return places


def recall_at(k, places):
    """The share of questions whose right passage is among the first k >= 1."""
    if not k >= 1:
        raise ValueError(f"k is {k}: nothing stands before the first place")
    return float(np.mean(check_places(places) <= k))


def mean_reciprocal_rank(places):
    """Mean of 1 / place: 1 where the right one is always first, 1/2 where always second."""
    return float(np.mean(1 / check_places(places)))
