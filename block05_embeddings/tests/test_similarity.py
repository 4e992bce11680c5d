"""Cosines and neighbours by hand and by a full sort; analogies on a parallelogram."""

import numpy as np
import pytest

from block05_embeddings.proofs import search_differences
from block05_embeddings.similarity import (
    analogy,
    analogy_questions,
    cosine_similarity,
    nearest_neighbours,
    top_k,
    unit_rows,
)
from shared.seeding import stream


def test_cosines_by_hand():
    A = np.array([[1.0, 0.0], [3.0, 4.0], [0.0, 0.0]])
    B = np.array([[2.0, 0.0], [-1.0, 0.0], [0.0, 5.0]])
    expected = [[1, -1, 0], [0.6, -0.6, 0.8], [0, 0, 0]]
    assert cosine_similarity(A, B) == pytest.approx(np.array(expected))


def test_length_does_not_matter():
    rng = stream(0, "lengths")
    A, B = rng.standard_normal((5, 3)), rng.standard_normal((4, 3))
    scaled = cosine_similarity(A * rng.uniform(0.1, 10, (5, 1)), 7 * B)
    assert scaled == pytest.approx(cosine_similarity(A, B))
    assert np.linalg.norm(unit_rows(A), axis=1) == pytest.approx(np.ones(5))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_no_cosine_is_above_one_and_tiny_and_huge_rows_have_an_angle(dtype):
    X = stream(0, "rows").standard_normal((200, 7)).astype(dtype)
    cosines = cosine_similarity(X, X)
    assert cosines.dtype == dtype and np.abs(cosines).max() <= 1
    assert np.diag(cosines) == pytest.approx(np.ones(200), abs=1e-6)
    small = np.finfo(dtype).tiny
    for scale in (small, small / 8, np.finfo(dtype).max / 8):
        row = np.array([[3.0, 4.0]]).astype(dtype) * dtype(scale)
        assert cosine_similarity(row, np.array([[4, 3]])) == pytest.approx(0.96, abs=0.02)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, bool, list])
def test_whole_numbers_of_any_kind_are_floats_here(dtype):
    table = [[1, 0, 1], [1, 1, 1], [0, 1, 0]]
    X = table if dtype is list else np.array(table, dtype=dtype)
    expected = np.array([[0], [1], [1 / np.sqrt(3)]])
    assert cosine_similarity(X, [[0, 200, 0]]) == pytest.approx(expected[[0, 2, 1]])
    assert top_k(X, 2).tolist() == [[0, 2], [0, 1], [1, 0]]
    assert nearest_neighbours(X, X, 1, [[0], [1], [2]])[0].tolist() == [[1], [0], [1]]


@pytest.mark.parametrize("k", [1, 3, 40])
def test_top_k_is_the_head_of_a_full_sort(k):
    rng = stream(0, "scores")
    scores = np.round(rng.standard_normal((50, 40)), 1)  # rounded: many ties
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    assert np.array_equal(top_k(scores, k), expected)


def test_many_ties_in_many_rows():
    assert search_differences(0) == 0


def test_top_k_with_minus_infinity():
    scores = np.array([[-np.inf, 1.0, -np.inf, 0.0]])
    assert top_k(scores, 3).tolist() == [[1, 3, 0]]


def test_neighbours_leave_out_what_is_excluded():
    X = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    itself = np.arange(3)[:, None]
    near, cosines = nearest_neighbours(X, X, 1, itself)
    assert near[:, 0].tolist() == [1, 0, 1]
    assert cosines[0, 0] == pytest.approx(0.9 / np.hypot(0.9, 0.1))
    assert nearest_neighbours(X, X, 1)[0][:, 0].tolist() == [0, 1, 2]


def square():
    """Unit vectors with 1 - 0 = 3 - 2 (man, woman, king, queen), and a stranger."""
    return unit_rows(
        np.array([[1.0, 0, 1], [1.0, 0, -1], [0.0, 1, 1], [0.0, 1, -1], [-1.0, -1, 0]])
    )


def test_a_parallelogram_is_completed():
    questions, answers = analogy_questions(np.array([[0, 1], [2, 3]]))
    assert len(questions) == 4
    assert np.array_equal(analogy(square(), questions), answers)


def test_with_a_short_offset_the_answer_is_in_the_question_unless_excluded():
    X = np.array([[1.0, 0, 0], [1.0, 0.1, 0], [0.0, 0, 1], [0.0, 0.4, 1]])
    question = np.array([[0, 1, 2]])
    assert analogy(X, question).tolist() == [3]
    assert analogy(X, question, exclude=False).tolist() == [2]


def test_analogies_compare_directions_not_lengths():
    rng = stream(0, "analogies")
    X = rng.standard_normal((40, 5)) * np.geomspace(0.01, 100, 40)[:, None]
    units = X / np.sqrt((X**2).sum(axis=1))[:, None]
    questions = np.array([rng.choice(40, size=3, replace=False) for _ in range(60)])
    for (a, b, c), found in zip(questions, analogy(X, questions)):
        scores = units @ (units[b] - units[a] + units[c])
        scores[[a, b, c]] = -np.inf
        assert found == scores.argmax()


def test_a_single_pair_asks_nothing():
    questions, answers = analogy_questions(np.array([[0, 1]]))
    assert questions.shape == (0, 3)
    assert answers.shape == (0,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cosine_similarity(np.ones((2, 3)), np.ones((2, 4))), "expected"),
        (lambda: cosine_similarity(np.ones(3), np.ones((2, 3))), "expected"),
        (lambda: cosine_similarity(np.full((1, 2), np.nan), np.ones((1, 2))), "NaN"),
        (lambda: unit_rows([[np.inf, 1.0]]), "infinity"),
        (lambda: nearest_neighbours(np.eye(3), np.eye(3)[:1], 3, [[0]]), "leaves 2 rows"),
        (lambda: nearest_neighbours(np.eye(3), np.eye(3)[:1], 1, [[-1]]), "is -1, expected 0 to 2"),
        (lambda: nearest_neighbours(np.eye(3), np.eye(3)[:1], 1, [[3]]), "is 3, expected 0 to 2"),
        (lambda: nearest_neighbours(np.eye(3), np.eye(3)[:1], 1, [[True]]), "bool"),
        (lambda: nearest_neighbours(np.eye(3), np.eye(3)[:2], 1, [[0]]), "excluded has shape"),
        (lambda: analogy(np.eye(5), np.array([[0, 1, -1]])), r"\[0, 2\] is -1, expected 0 to 4"),
        (lambda: analogy(np.eye(5), [[0, 1, 5]]), "is 5"),
        (lambda: analogy(np.eye(5), [[0.0, 1.0, np.nan]]), "whole numbers"),
        (lambda: analogy(np.eye(3), [[0, 1, 2]]), "leaves 0 rows"),
        (lambda: analogy_questions(np.array([[0, 1], [2, -1]])), "is -1"),
        (lambda: cosine_similarity(np.ones((1, 2)), np.full((1, 2), np.inf)), "infinity"),
        (lambda: top_k(np.array([[1.0, np.nan, np.nan, 0.0]]), 3), "NaN"),
        (lambda: top_k(np.ones((2, 3)), 4), "4 largest"),
        (lambda: top_k(np.ones((2, 3)), 0), "0 largest"),
        (lambda: analogy(np.eye(3), np.array([[0, 1]])), r"expected \(Q, 3\)"),
    ],
)
def test_wrong_shapes_and_numbers_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
