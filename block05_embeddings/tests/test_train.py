"""The run as a whole: what it wrote, what it refuses, and that it holds for other seeds."""

from pathlib import Path

import numpy as np
import pytest

from block05_embeddings import train
from block05_embeddings.experiments.broken import forgetful_gradient
from block05_embeddings.experiments.corpus import known_pairs, load_corpus
from block05_embeddings.experiments.swapping import as_one_number, frames, still_occur
from block05_embeddings.planted import BUGS
from block05_embeddings.skipgram import skipgram_gradient
from shared.planted_bugs import misfits
from shared.seeding import stream
from shared.tests.block_run import assert_within, headline_of, losses_of, metrics_of
from shared.tests.first_edition import (
    assert_damage_is_named,
    assert_same_files,
    assert_seeds_hold,
    quick_run,
)
from shared.text import load_questions, words

RESULTS = Path(__file__).resolve().parent.parent / "results"

BANDS = {  # headline key: (lowest, highest), the same on every machine
    "analogy_accuracy_svd": (0.85, 1),
    "analogy_accuracy_skipgram": (0.80, 1),
    "neighbour_same_category": (0.90, 1),
    "cluster_purity": (0.85, 1),
    "retrieval_recall_at_5": (0.6, 1),
    "retrieval_recall_at_5_bm25": (0, 0.6),
    "retrieval_recall_at_5_bm25_plain": (0.8, 1),
    "skipgram_gradient_max_relative_error": (0, 1e-7),
    "planted_bugs": (6, 100),
}
QUICK_BANDS = BANDS | {  # a quarter of the text, an eighth of the updates
    "analogy_accuracy_svd": (0.3, 1),
    "analogy_accuracy_skipgram": (0.2, 1),
    "neighbour_same_category": (0.85, 1),
    "cluster_purity": (0.75, 1),
    "retrieval_recall_at_5": (0.2, 1),
    "planted_bugs": (1, 1),
}


def assert_holds(headline, bands):
    assert_within(headline, bands)
    assert headline["retrieval_recall_at_5"] >= headline["retrieval_recall_at_5_bm25"]


def test_committed_headline_is_within_its_bands():
    assert_holds(headline_of(RESULTS), BANDS)


def test_committed_claims_are_true():
    windows, broken = metrics_of(RESULTS, "windows"), metrics_of(RESULTS, "broken")
    assert windows["same_role"]["sentence_2"] > windows["same_role"]["story_12"] + 0.2
    assert windows["same_topic"]["story_12"] > windows["same_topic"]["sentence_2"] + 0.4
    assert broken["losses"]["repeats_lost"][-1] > broken["losses"]["right"][-1] + 0.1
    assert len(set(broken["losses"]["both_zero"])) == 1
    swaps = metrics_of(RESULTS, "swapping")["share_that_still_occurs"]
    assert swaps[-1] > 10 * swaps[len(swaps) // 2]
    purity = metrics_of(RESULTS, "clusters")
    assert purity["greedy"]["mean"] > purity["plain"]["mean"] > purity["random"]["mean"]
    assert metrics_of(RESULTS, "learned_table")["correlation"] > 0.9
    assert metrics_of(RESULTS, "exactness")["top_ten_that_differ"] == 0
    fails = metrics_of(RESULTS, "failed_analogies")
    narrow, middle, wide = (fails[f"window_{n}"] for n in (2, 3, 8))
    assert narrow["food"]["right"] < 0.3 and narrow["food"]["right_category"] > 0.9
    assert middle["food"]["right"] > 0.9 and wide["past"]["right_category"] < 0.3


def test_quick_run_writes_everything_and_learns(tmp_path):
    assert_holds(quick_run(train, tmp_path / "out", 1), QUICK_BANDS)
    assert_same_files(tmp_path / "out", RESULTS)
    losses = losses_of(tmp_path / "out", split="validation")
    assert losses[0] == pytest.approx(6 * np.log(2), abs=1e-5)
    assert losses[-1] < 0.7 * losses[0]


def test_every_planted_bug_fits_the_code():
    assert misfits(BUGS) == []


def test_damaged_data_ends_the_run_with_one_line(tmp_path, monkeypatch, capsys):
    assert_damage_is_named(train, "tales.txt", tmp_path, monkeypatch, capsys)


@pytest.mark.slow
def test_headline_claims_hold_for_nine_of_ten_seeds(tmp_path):
    assert_seeds_hold(train, tmp_path, lambda headline: assert_holds(headline, QUICK_BANDS))


# --- what only the experiments do ------------------------------------------------------------


def test_the_corpus_keeps_its_parts_apart():
    corpus = load_corpus(quick=True)
    assert len(corpus.vocabulary) == len(corpus.counts) == len(corpus.categories)
    assert corpus.counts.sum() == sum(map(len, corpus.stories)) == sum(map(len, corpus.sentences))
    assert (np.diff(corpus.counts) <= 0).all()
    assert corpus.number("the") < 5
    told = {tuple(story) for story in corpus.stories}
    assert not any(tuple(story) in told for story in corpus.held_out_stories)
    assert sum(map(len, corpus.held_out)) == sum(map(len, corpus.held_out_stories))


def test_pairs_with_an_unknown_word_are_left_out():
    found = known_pairs({"age": [["king", "prince"], ["man", "boy"]]}, ["boy", "king", "man"])
    assert found["age"].tolist() == [[2, 0]]


def test_a_question_is_about_its_passage():
    passages, questions = load_questions()
    assert len(questions) >= 100
    for question in questions:
        passage = words(passages[question.passage])
        telling = set(words(question.plain)) & set(passage) - {"the", "near", "was", "to", "how"}
        assert len(telling) >= 2
        assert question.plain != question.other


def test_a_frame_is_known_only_with_words_that_stood_in_it():
    known = np.unique(as_one_number(frames([np.array([0, 1, 2]), np.array([0, 3, 2])]), 4))
    places = np.array([[0, 1, 2], [2, 1, 0]])
    assert still_occur(places, known, 3, 4).tolist() == [True, False]
    assert still_occur(places, known, 0, 4).tolist() == [False, False]


def test_the_forgetful_gradient_is_right_only_without_repeats():
    rng = stream(0, "forgetful")
    W, C = rng.standard_normal((2, 12, 3))
    apart = np.arange(4), np.arange(8).reshape(4, 2)
    for right, forgetful in zip(skipgram_gradient(W, C, *apart), forgetful_gradient(W, C, *apart)):
        assert forgetful == pytest.approx(right)
    repeated = np.zeros(4, dtype=int), apart[1]
    right, forgetful = (g(W, C, *repeated)[0] for g in (skipgram_gradient, forgetful_gradient))
    assert np.abs(right - forgetful).max() > 0.01
