"""What the experiments measure with."""

import numpy as np
import pytest

from block06_lm_basics.experiments import slots
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
from block06_lm_basics.experiments.ladder import (
    as_table,
    each_rung_needs_fewer_bits_than_the_one_below,
)
from block06_lm_basics.experiments.models import Models, Texts, best_of
from block06_lm_basics.experiments.slots import is_guessed, score_slots
from block06_lm_basics.window_model import WindowModel
from shared import ngram
from shared.seeding import stream
from shared.text import Score, Slot, Story, Vocabulary, load_tales


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


def test_a_model_that_knows_the_slots_and_nothing_else_guesses_them_all(monkeypatch):
    """It pays what the truth pays in the slots; a place within the story is not one in the text."""
    stories = load_tales().stories["test"][:4]
    said = "".join(story.text for story in stories)
    vocabulary = Vocabulary(said)
    ids = vocabulary.encode(said)
    guess, nats, begin = (ids + 1) % len(vocabulary), np.full(len(ids), 9.0), 0  # wrong elsewhere
    for story in stories:
        for slot in story.slots:
            word = slice(begin + slot.start, begin + slot.start + slot.length)
            guess[word], nats[word] = ids[word], 0
            nats[word.start] = -np.log(slot.distribution[said[word]])
        begin += len(story.text)

    class Knows:
        def by_name(self):
            return {name: lambda ids: -nats for name in ("ngram", "window")}

    Knows.vocabulary = vocabulary
    one_hot = lambda ids: np.eye(len(vocabulary))[guess[len(ids)]]  # noqa: E731
    knowing = {"ngram": one_hot, "window": one_hot}
    monkeypatch.setattr(slots, "distributions", lambda models: knowing)
    rows, excess = score_slots(Knows(), stories)
    table = np.concatenate(list(rows.values()))
    assert len(table) == sum(len(story.slots) for story in stories)
    assert (table[:, 3:] == 1).all()
    floors, expected = [], []
    for kind in sorted(rows):
        for story in stories:
            begin = said.index(story.text)
            for slot in (slot for slot in story.slots if slot.kind == kind):
                p = np.array(list(slot.distribution.values()))
                floors.append(-np.sum(p * np.log2(p)))
                word = story.text[slot.start : slot.start + slot.length]
                expected.append(-np.log2(slot.distribution[word]))
    assert table[:, 0] == pytest.approx(floors, abs=1e-12)
    assert table[:, 1] == pytest.approx(expected, abs=1e-12)
    paid = nats.sum() / np.log(2) + sum(story.log2_probability for story in stories)
    assert excess == pytest.approx([paid, paid])


def test_the_ladder_stands_on_the_test_split_and_the_other_two_are_not_looked_at():
    """The parts it may not use are poisoned: each of their characters would be unknown."""
    tales = load_tales()
    vocabulary, test = Vocabulary(tales.text("train")), tales.text("test")
    ids = vocabulary.encode(tales.text("train")[:20_000])
    window = WindowModel(len(vocabulary), 4, 2, 3, stream(0, "start"))  # untrained: uniform
    models = Models(vocabulary, ngram.fit(ids, 4, len(vocabulary)), 4, window)
    written = {}

    class Run:
        seed = 0

        def file(self, name, content):
            written[name] = content

        def claim(self, name, claim, *, metrics, **rest):
            written.update(metrics)

        def headline(self, numbers):
            written.update(numbers)

    poison = "\u4e2d" * 500
    each_rung_needs_fewer_bits_than_the_one_below(Run(), Texts(poison, poison, test, tales), models)
    scores = written["scores"]
    for name, order in (("unigram", 1), ("bigram", 2), ("trigram", 3), ("best_ngram", 4)):
        nats = -np.log(ngram.probabilities(models.ngrams, vocabulary.encode(test), order)).mean()
        assert scores[name]["nats_per_char"] == pytest.approx(nats, rel=1e-12)
        assert scores[name]["bits_per_char"] == pytest.approx(nats / np.log(2), rel=1e-12)
    for name in ("uniform", "mlp"):
        assert scores[name]["bits_per_char"] == pytest.approx(np.log2(len(vocabulary)), rel=1e-6)
    assert written["floor_bits_per_char_test"] == tales.floor("test")
    assert written["bits_per_char_bigram"] == scores["bigram"]["bits_per_char"]
    stories = tales.stories["test"]
    bits = -sum(story.log2_probability for story in stories) / len(stories)
    assert written["floor_bits_per_story"] == pytest.approx(bits)
    rows = [line.split() for line in written["ladder.txt"].splitlines()]
    assert rows[-1][0] == "floor" and float(rows[-1][2]) == round(tales.floor("test"), 4)


def test_a_row_of_the_ladder_has_nats_bits_and_perplexity_in_this_order():
    row = as_table({"uniform": np.log(8)}).splitlines()[1]
    assert row.split()[1:] == ["2.0794", "3.0000", "8.000"]


def test_a_word_is_guessed_when_each_of_its_characters_is_the_first_choice():
    counts_up = lambda ids: np.eye(9)[len(ids)]  # noqa: E731
    assert is_guessed(counts_up, np.arange(9), 3, 4)
    assert not is_guessed(counts_up, np.array([0, 1, 2, 3, 5, 5]), 2, 3)
