"""What the experiments measure with."""

import numpy as np
import pytest

from block06_lm_basics.experiments.calibration import (
    ALIKE,
    Question,
    answers,
    averages,
    distances,
    goes_on,
    questions,
    reliability,
    total_variation,
)
from block06_lm_basics.experiments.models import best_of
from block06_lm_basics.experiments.slots import is_guessed
from shared.seeding import stream
from shared.text import Score, Slot, Story, Vocabulary


def test_the_best_order_is_the_first_of_the_lowest():
    scores = [Score(0, nats, 0, 0, 0) for nats in (3.0, 2.0, 2.0, 2.5)]
    assert best_of(scores) == 2


def test_a_word_that_begins_another_one_stands_for_itself_only():
    assert goes_on("he", ["he", "her", "here", "hat"]) == ["her"]
    vocabulary = Vocabulary("aehr ")
    table = dict(zip(vocabulary.symbols, np.array([0, 0.3, 0.1, 0.2, 0.15, 0.25])))

    def independent(ids):
        return np.log([max(table[vocabulary.symbols[i]], 1e-300) for i in ids])

    question = Question("a ", ["he", "her"], np.array([0.5, 0.5]))
    he, her = answers(independent, vocabulary, [question])[0]
    assert her == pytest.approx(table["h"] * table["e"] * table["r"])
    assert he == pytest.approx(table["h"] * table["e"] * (1 - table["r"]))


def test_a_model_that_says_the_truth_is_reliable_and_one_that_does_not_is_not():
    truth = [stream(0, "truth", i).dirichlet(np.ones(5)) for i in range(2000)]
    assert all(abs(q - p) < 1e-12 for q, p, _ in reliability(truth, truth))
    flat = reliability([np.full(5, 0.2)] * 2000, truth)
    assert len(flat) == 1 and flat[0][:2] == pytest.approx((0.2, 0.2))
    sharp = [np.eye(5)[i % 5] for i in range(2000)]
    assert max(abs(q - p) for q, p, _ in reliability(sharp, truth)) > 0.5


def test_the_distance_of_two_distributions():
    assert total_variation(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 1
    assert total_variation(np.array([0.5, 0.5]), np.array([0.5, 0.5])) == 0
    assert total_variation(np.array([0.5, 0.5]), np.array([0.5, 0.0])) == 0.5  # the rest elsewhere


def test_a_question_is_what_stands_before_the_slot():
    slot = Slot(8, 3, "pet", {"cat": 0.9, "dog": 0.1})
    stories = [Story("One tale.\n\n", (), 0.0), Story("She saw cats.\n\n", (slot,), 0.0)]
    (question,) = questions(stories, {"pet": ["cat", "cow", "dog"]}, reach=5)
    assert question.before == " saw "
    assert question.truth.tolist() == [0.9, 0, 0.1]


def test_the_average_is_over_all_places_that_look_alike():
    """Half of the places after "the " are sure of cat and half of dog: the average is half each."""
    words, cat, dog = ["cat", "dog"], np.array([1.0, 0.0]), np.array([0.0, 1.0])
    asked = [Question("a the ", words, cat), Question("b the ", words, dog)] * (ALIKE // 2)
    text = "a the cat b the dog " * (ALIKE // 2)
    means = averages(text, asked, reach=4)
    assert [mean.tolist() for mean in means.values()] == [[0.5, 0.5]]
    half = [np.array([0.5, 0.5])] * len(asked)
    assert distances(asked, half, means, reach=4) == pytest.approx(np.array([[0.5, 0]] * ALIKE))
    assert averages(text + "the end", asked, reach=4) == {}  # it stands elsewhere as well
    assert averages(text, asked[2:], reach=4) == {}  # too few


def test_a_word_is_guessed_when_each_of_its_characters_is_the_first_choice():
    counts_up = lambda ids: np.eye(9)[len(ids)]  # noqa: E731
    assert is_guessed(counts_up, np.arange(9), 3, 4)
    assert not is_guessed(counts_up, np.array([0, 1, 2, 3, 5, 5]), 2, 3)
