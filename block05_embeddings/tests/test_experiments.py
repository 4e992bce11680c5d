"""The experiments measure what they say: on cases whose answer is known."""

from types import SimpleNamespace

import numpy as np
import pytest

from block05_embeddings import report
from block05_embeddings.experiments import analogies, nearness, retrieving, truth, windows
from block05_embeddings.retrieval import embedding_scores, tf_idf_scores
from block05_embeddings.similarity import cosine_similarity
from block05_embeddings.train import Corpus, load_corpus
from shared.seeding import stream
from shared.tests.ways import a_run
from shared.text import Question

ANGLES = np.radians([0, 4, 9, 70, 76, 83])
FAN = np.column_stack([np.cos(ANGLES), np.sin(ANGLES)])  # two bundles of three


def corpus_with(**fields):
    """A corpus that has these fields alone."""
    return Corpus(**(dict.fromkeys(Corpus._fields) | fields))


def toy():
    kinds = np.array(["pet", "pet", "toy", "toy", "toy", "toy"])
    return corpus_with(categories=kinds, judged=np.arange(6), often=np.arange(6))


# --- measures ------------------------------------------------------------------------------------


def test_same_category_by_hand():
    found = truth.same_category(FAN, toy(), k=1)
    assert found.tolist() == [1, 1, 0, 1, 1, 1]
    assert truth.same_category(FAN, toy(), k=2).tolist() == [0.5, 0.5, 0, 1, 1, 1]
    assert truth.same_category(FAN, toy(), np.array([2, 3, 4]), k=1).tolist() == [1, 1, 1]
    few = toy()._replace(judged=np.array([0, 1, 3]))
    assert truth.same_category(FAN, few, k=1).tolist() == [1, 1, 0]


def test_same_topic_by_hand():
    pairs = np.array([[0, 1], [0, 3]])
    relations = dict.fromkeys(truth.TOPICS, pairs) | {"past": np.array([[2, 5]])}
    assert truth.same_topic(FAN, corpus_with(relations=relations), k=2) == 0.5
    assert truth.same_topic(FAN, corpus_with(relations=relations), k=5) == 1


def test_accuracies_are_in_alphabetical_order():
    square = np.array([[1.0, 0, 1], [1, 0, -1], [0, 1, 1], [0, 1, -1], [9, 9, 0]])
    relations = {"z": np.array([[0, 1], [2, 3]]), "a": np.array([[0, 3], [1, 4]])}
    assert truth.analogy_accuracies(square, relations).tolist() == [0.5, 1]
    narrow = np.array([[1.0, 0, 0], [1.0, 0.1, 0], [0.0, 0, 1], [0.0, 0.4, 1]])
    relations = {"z": np.array([[0, 1], [2, 3]])}
    free = truth.analogy_accuracies(narrow, relations, exclude=False)
    assert free < truth.analogy_accuracies(narrow, relations)


def test_each_half_is_scored_by_the_choice_of_the_other():
    scores = {"x": [0.9, 0.1, 0.9, 0.1], "y": [0.2, 0.8, 0.2, 0.8], "z": [0.1, 0.1, 0.1, 0.1]}
    scores = {name: np.array(row) for name, row in scores.items()}
    found, chosen = truth.held_out(scores, np.array([0, 1, 0, 1]))
    assert found.tolist() == [0.2, 0.1, 0.2, 0.1] and chosen == ["y", "x"]


def test_scores_of_a_half_choose_nothing_for_it():
    rng = stream(0, "halves")
    scores = {name: rng.random(8) for name in "abcd"}
    halves = np.arange(8) % 2
    _, chosen = truth.held_out(scores, halves)
    poison = {name: np.where(halves == 0, rng.random(8), row) for name, row in scores.items()}
    found, blind = truth.held_out(poison, halves)
    assert blind[0] == chosen[0]
    assert np.array_equal(found[::2], poison[chosen[0]][::2])


def test_clusters_of_bundles_are_pure():
    kinds = toy()._replace(categories=np.repeat(["pet", "toy"], 3))
    assert truth.purities(7 * FAN, kinds, 0).tolist() == [1] * 5
    assert len(truth.purities(FAN, toy(), 0, starts=2)) == 2
    assert truth.purities(FAN, toy(), 0).tolist() == [5 / 6] * 5


def test_the_cosine_of_a_pair_is_the_mean_of_the_two():
    tables = {2: np.array([[3.0, 4], [5, 0]]), 20: np.array([[0.0, 0, 2], [0, 0, -7]]),
              40: np.array([[1.0], [9]])}
    found = truth.alone_and_in_pairs(tables)
    cosines = {name: cosine_similarity(rows, rows)[0, 1] for name, rows in found.items()}
    assert cosines == pytest.approx({
        "window 2": 0.6, "window 20": -1, "window 40": 1,
        "windows 2 and 20": -0.2, "windows 2 and 40": 0.8, "windows 20 and 40": 0,
    })


# --- windows and text ----------------------------------------------------------------------------


def test_some_stories_are_a_share_of_them_and_a_seed_decides():
    corpus = corpus_with(stories=list(range(100)))
    half, other = windows.some(corpus, 0.5, 0), windows.some(corpus, 0.5, 1)
    assert len({*half}) == 50 and half != other
    assert {*windows.some(corpus, 0.25, 0)} < {*half}


def test_all_of_the_text_is_no_draw(tmp_path):
    run = a_run(tmp_path)
    corpus = windows.corpus_of(run)
    assert windows.both_measures(run, corpus, 1, 0) == windows.both_measures(run, corpus, 1, 5)
    assert windows.both_measures(run, corpus, 0.5, 0) != windows.both_measures(run, corpus, 0.5, 5)


def test_a_wider_window_finds_topics_and_loses_roles():
    corpus = load_corpus(quick=True)
    role, topic = zip(*(windows.by_width(corpus, width, False, 0) for width in (2, 40)))
    assert role[0] > role[1] + 0.2 and topic[1] > topic[0] + 0.2
    assert windows.by_width(corpus, 40, True, 0)[0] > role[1]


# --- nearness ------------------------------------------------------------------------------------


def test_lengths_spoil_the_dot_product_and_not_the_cosine():
    counts = np.array([1, 10, 100, 1, 10, 1000])
    corpus = toy()._replace(counts=counts, categories=np.repeat(["pet", "toy"], 3))
    lengths, found = nearness.compared(FAN * counts[:, None], corpus)
    assert lengths == pytest.approx(counts)
    assert found["correlation"] == pytest.approx(1)
    assert found["cosine"]["same_category"] == pytest.approx(2 / 3)  # two of three others
    assert found["dot"]["same_category"] < 2 / 3
    assert nearness.compared(FAN / counts[:, None], corpus)[1]["correlation"] == pytest.approx(-1)


def test_a_frame_is_known_only_with_words_that_stood_in_it():
    ids = [np.array([0, 1, 2]), np.array([0, 3, 2]), np.array([4, 4])]
    known = np.unique(nearness.as_one_number(nearness.frames(ids), 5))
    places = np.array([[0, 1, 2], [2, 1, 0], [0, 3, 2]])
    tried, kept = nearness.swapped([(1, 3), (3, 1), (1, 0), (4, 1)], places, known, 5)
    assert tried.tolist() == [2, 1, 2, 0] and kept.tolist() == [1, 1, 0, 0]


def test_shares_by_bin_are_of_all_swaps_in_it():
    cosines = np.array([0.5, 0.45, 0.99, 0.96, -0.3])
    found = nearness.shares_by_bin(
        cosines, np.array([300, 100, 200, 200, 299]), np.array([30, 50, 100, 300, 299]))
    shown = ~np.isnan(found)
    assert found[shown].tolist() == [80 / 400, 400 / 400]
    assert nearness.EDGES[:-1][shown].tolist() == [0.4, 0.95]


def test_half_of_the_pairs_to_swap_are_near():
    corpus = corpus_with(often=np.arange(40))
    vectors = stream(0, "vectors").standard_normal((50, 6))
    pairs = nearness.pairs_to_swap(corpus, vectors, stream(0, "pairs"), 1000)
    assert pairs.max() < 40 and (pairs[:, 0] != pairs[:, 1]).all()
    assert len(pairs) == pytest.approx(1000 * 39 / 40 + 40 * 30, abs=20)
    assert len({*map(tuple, pairs[-40 * 30 :].tolist())}) == 40 * 30


# --- analogies -----------------------------------------------------------------------------------


def test_a_failed_answer_may_be_of_the_right_kind():
    vectors = np.array([[1.0, 0, 1], [1, 0, -1], [0, 1, 1], [0, 1, -1], [-1, -1, 0]])
    corpus = corpus_with(
        relations={"gender": np.array([[0, 1], [2, 3]]), "wrong": np.array([[0, 1], [2, 4]])},
        categories=np.array(["man", "woman", "man", "woman", "woman"]),
    )
    found = analogies.answered(vectors, corpus, "gender")
    assert found["right"] == found["right_category"] == found["guess"] == 1
    assert found["partner_margin"] == pytest.approx(0.5)
    wrong = analogies.answered(vectors, corpus, "wrong")
    assert wrong["right"] < wrong["right_category"]


# --- retrieval -----------------------------------------------------------------------------------


def test_each_method_is_what_its_name_says(tmp_path):
    run = a_run(tmp_path)
    corpus = windows.corpus_of(run)
    vectors = [windows.counted(run, setting) for setting in (windows.WIDE, windows.NARROW)]
    found = retrieving.searched(run, corpus, "plain", vectors)
    assert set(found) == set(retrieving.METHODS)
    asked, passages = (
        retrieving.term_counts([retrieving.words(text) for text in texts], corpus.vocabulary)
        for texts in ([q.plain for q in corpus.questions], corpus.passages)
    )
    assert np.array_equal(found["tf_idf"], tf_idf_scores(asked, passages))
    names = np.isin(corpus.categories, ["name", "pet name"])
    extra = found["names"] - found["svd"]
    assert extra == pytest.approx(tf_idf_scores(asked * names, passages * names), abs=1e-12)
    places = {name: retrieving.ranks(scores, np.zeros(len(asked), int))
              for name, scores in found.items()}
    assert len({row.tobytes() for row in places.values()}) == len(found)


def two_tables(monkeypatch, wordings):
    """A run of two windows: in window 2 `glad` is `merry`, in window 40 `sad` is `gloomy`."""
    known = ["glad", "merry", "sad", "gloomy"]
    tables = {2: np.eye(4)[[0, 0, 1, 2]], 40: np.eye(4)[[0, 1, 2, 2]]}
    corpus = corpus_with(
        vocabulary=known, passages=["merry", "gloomy"],
        questions=[Question("", other, "", 0) for other in wordings],
    )
    monkeypatch.setattr(retrieving, "counted", lambda run, setting: tables[setting.window])
    monkeypatch.setattr(retrieving.truth, "alone_and_in_pairs",
                        lambda each: {f"window {width}": rows for width, rows in each.items()})
    return corpus, tables


def test_each_half_of_the_questions_is_answered_by_the_windows_best_on_the_other(monkeypatch):
    corpus, tables = two_tables(monkeypatch, ["glad", "sad", "glad", "sad"])
    answers = np.array([0, 1, 0, 1])  # half 0 needs window 2, and half 1 window 40
    quick = SimpleNamespace(quick=True)
    vectors, chosen = retrieving.vectors_by_half(quick, corpus, answers)
    assert chosen == ["window 40", "window 2"]
    assert vectors[0] is tables[40] and vectors[1] is tables[2]
    asked, passages = retrieving.counts_of(corpus, "other")
    found = retrieving.by_half(asked, passages, vectors)
    for half, table in ((0, tables[40]), (1, tables[2])):
        rows = slice(half, None, 2)
        assert np.array_equal(found[rows], embedding_scores(asked[rows], passages, table))
    assert found.max() == 0  # so neither half finds its own passage


def test_the_table_has_other_words_first():
    places = {"other": dict.fromkeys(retrieving.METHODS, np.array([2.0, 1.0])),
              "plain": dict.fromkeys(retrieving.METHODS, np.array([1.0, 1.0]))}
    line = retrieving.table(places).splitlines()[3]
    assert line.split() == ["BM25", "0.50", "1.00", "0.75", "1.00", "1.00", "1.00"]


# --- the page ------------------------------------------------------------------------------------


def test_the_shown_answers_are_those_of_the_vectors():
    square = np.array([[1.0, 0, 1], [1, 0, -1], [0, 1, 1], [0, 1, -1], [-1, -1, 0]])
    corpus = corpus_with(vocabulary=["man", "woman", "king", "queen", "kite"])
    rows = report.analogy_rows(corpus, {"square": square})
    assert rows[2:] == ["| man : king = woman : ? | queen |"]
    vectors = np.vstack([square, square[2] + 0.1]).round(3)
    corpus = corpus_with(vocabulary=["a", "b", "king", "c", "d", "prince"])
    assert report.neighbour_rows(corpus, {"x": vectors})[2].startswith("| king | prince, ")
