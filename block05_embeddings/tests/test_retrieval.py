"""BM25 and TF-IDF by hand, ranks with ties, and vectors that find a synonym."""

import numpy as np
import pytest

from block05_embeddings.retrieval import (
    all_places,
    bm25_scores,
    embedding_scores,
    fused_scores,
    inverse_document_frequency,
    mean_reciprocal_rank,
    ranks,
    recall_at,
    term_counts,
    tf_idf_scores,
)
from shared.seeding import stream

VOCABULARY = ["cat", "sat", "sea", "ocean"]
PASSAGES = term_counts([["cat", "sat"], ["cat", "sea"], ["cat", "cat", "sea", "sea"]], VOCABULARY)


def test_counts_leave_out_unknown_words():
    found = term_counts([["cat", "dog", "cat"], []], VOCABULARY)
    assert found.tolist() == [[2, 0, 0, 0], [0, 0, 0, 0]]


def test_a_rare_word_weighs_more():
    idf = inverse_document_frequency(PASSAGES)
    assert idf == pytest.approx(np.log1p([0.5 / 3.5, 2.5 / 1.5, 1.5 / 2.5, 3.5 / 0.5]))


def test_bm25_by_hand():
    question = term_counts([["sea"]], VOCABULARY)
    idf = np.log1p(1.5 / 2.5)
    short, long = 1.5 * (0.25 + 0.75 * 2 / (8 / 3)), 1.5 * (0.25 + 0.75 * 4 / (8 / 3))
    expected = [0, idf * 1 * 2.5 / (1 + short), idf * 2 * 2.5 / (2 + long)]
    assert bm25_scores(question, PASSAGES)[0] == pytest.approx(expected)


def test_tf_idf_by_hand():
    question = term_counts([["sea"]], VOCABULARY)
    idf = inverse_document_frequency(PASSAGES)
    cosine = idf[2] / np.hypot(idf[0], idf[2])
    assert tf_idf_scores(question, PASSAGES)[0] == pytest.approx([0, cosine, cosine])
    question = term_counts([["sea", "cat"]], VOCABULARY)
    assert tf_idf_scores(question, PASSAGES)[0][1:] == pytest.approx([1, 1])


def test_a_word_asked_twice_counts_twice_and_the_mean_length_may_be_small():
    once, twice = (term_counts([["sea"] * n], VOCABULARY) for n in (1, 2))
    assert bm25_scores(twice, PASSAGES) == pytest.approx(2 * bm25_scores(once, PASSAGES))
    sparse = term_counts([["sea"], [], []], VOCABULARY)  # mean length 1/3
    expected = np.log1p(2.5 / 1.5) * 2.5 / (1 + 1.5 * (0.25 + 0.75 * 3))
    assert bm25_scores(once, sparse)[0] == pytest.approx([expected, 0, 0])
    for wrong in ({"k1": 0}, {"b": 1}, {"b": -0.1}):
        with pytest.raises(ValueError, match="expected k1 > 0"):
            bm25_scores(once, PASSAGES, **wrong)


def test_only_vectors_find_a_synonym():
    question = term_counts([["ocean"]], VOCABULARY)
    vectors = np.array([[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0], [0, 0.1, 1.0]])
    assert not bm25_scores(question, PASSAGES).any()
    assert not tf_idf_scores(question, PASSAGES).any()
    scores = embedding_scores(question, PASSAGES, vectors)[0]
    assert scores[1] > 0.9 > scores[0]


def test_a_weighted_sum_by_hand_and_one_without_weights():
    question = term_counts([["cat", "sea"]], VOCABULARY)
    vectors = np.eye(4)
    idf = inverse_document_frequency(PASSAGES)
    u, v = idf * [1, 0, 1, 0], idf * [1, 1, 0, 0]
    cosine = u @ v / np.sqrt((u @ u) * (v @ v))
    assert embedding_scores(question, PASSAGES, vectors)[0, 0] == pytest.approx(cosine)
    plain = embedding_scores(question, PASSAGES, vectors, weighted=False)
    assert plain[0] == pytest.approx([1 / 2, 1, 1])


def test_fused_scores_by_hand():
    first, second = np.array([[9.0, 8.0, 1.0]]), np.array([[0.2, 0.1, 0.1]])
    expected = [1 / 61 + 1 / 61, 1 / 62 + 1 / 62.5, 1 / 63 + 1 / 62.5]
    assert fused_scores(first, second)[0] == pytest.approx(expected)
    assert fused_scores(100 * first, second) == pytest.approx(fused_scores(first, second))
    assert fused_scores(first, second, k=1)[0, 0] == pytest.approx(1 / 2 + 1 / 2)


def test_all_places_are_those_of_ranks():
    scores = np.round(stream(0, "places").standard_normal((6, 9)), 1)
    for answer in range(9):
        assert np.array_equal(all_places(scores)[:, answer], ranks(scores, np.full(6, answer)))


def test_the_length_of_a_word_vector_does_not_decide():
    question = term_counts([["sea", "cat"]], VOCABULARY)
    vectors = np.array([[1.0, 0], [0.5, 0.5], [0, 1.0], [0.1, 0.9]])
    longer = vectors * np.array([[9.0], [1.0], [0.1], [2.0]])
    first, second = (embedding_scores(question, PASSAGES, v) for v in (vectors, longer))
    assert first == pytest.approx(second)


def test_a_question_of_unknown_words_scores_zero_everywhere():
    question = term_counts([["dog"]], VOCABULARY)
    for scores in (
        bm25_scores(question, PASSAGES),
        tf_idf_scores(question, PASSAGES),
        embedding_scores(question, PASSAGES, np.eye(4)),
    ):
        assert not scores.any()
        assert ranks(scores, np.array([1]))[0] == 2  # the middle of three: no better than chance


def test_ranks_recall_and_reciprocal_rank_by_hand():
    scores = np.array([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0], [1.0, 1.0, 0.0]])
    places = ranks(scores, np.array([0, 2, 1]))
    assert places.tolist() == [1, 3, 1.5]
    assert recall_at(1, places) == pytest.approx(1 / 3)
    assert recall_at(2, places) == pytest.approx(2 / 3)
    assert mean_reciprocal_rank(places) == pytest.approx((1 + 1 / 3 + 2 / 3) / 3)


def test_counts_of_8_bits_and_lists_score_like_floats():
    questions, few = term_counts([["sea", "cat"]], VOCABULARY), 60 * PASSAGES
    for method in (tf_idf_scores, bm25_scores, lambda q, p: embedding_scores(q, p, np.eye(4))):
        expected = method(questions, few)
        assert np.array_equal(method(questions.astype(np.uint8), few.astype(np.uint8)), expected)
        assert np.array_equal(method(questions.tolist(), few.tolist()), expected)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bm25_scores(np.zeros((1, 4)), np.zeros((0, 4))), "no passage"),
        (lambda: bm25_scores(-PASSAGES, PASSAGES), ">= 0"),
        (lambda: tf_idf_scores(PASSAGES, PASSAGES * np.nan), ">= 0"),
        (lambda: inverse_document_frequency(-PASSAGES), ">= 0"),
        (lambda: bm25_scores(np.ones((1, 1)), PASSAGES), "passages has shape"),
        (lambda: bm25_scores(PASSAGES, PASSAGES, k1=np.inf), "k1 is inf"),
        (lambda: bm25_scores(PASSAGES, PASSAGES, b=np.nan), "b is nan"),
        (lambda: embedding_scores(PASSAGES, PASSAGES, np.eye(3)), "vectors has shape"),
        (lambda: term_counts([["a"]], ["a", "a"]), "twice"),
        (lambda: ranks(np.array([[np.nan, 1.0]]), np.array([0])), "no place"),
        (lambda: ranks(np.eye(2), np.array([0, -1])), r"answers\[1\] is -1, expected 0 to 1"),
        (lambda: ranks(np.eye(2), np.array([0, 2])), "is 2"),
        (lambda: ranks(np.eye(2), np.array([True, False])), "bool"),
        (lambda: ranks(np.eye(2), np.array([0])), "answers has shape"),
        (lambda: fused_scores(), "0 methods"),
        (lambda: fused_scores(np.eye(2), k=0), "k = 0"),
        (lambda: recall_at(0, [1.0]), "k is 0"),
        (lambda: recall_at(np.nan, [1.0]), "k is nan"),
        (lambda: recall_at(1, []), "at least one question"),
        (lambda: recall_at(1, [np.nan]), "from 1 up"),
        (lambda: mean_reciprocal_rank([0, 1]), "from 1 up"),
    ],
)
def test_what_cannot_be_searched_or_judged_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
