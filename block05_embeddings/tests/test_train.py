"""The corpus keeps its parts apart, and the loop learns what it should from what it may see."""

import numpy as np
import pytest

from block05_embeddings import train
from block05_embeddings.cooccurrence import cooccurrence, in_one_line, numbered, ppmi
from block05_embeddings.experiments import truth
from block05_embeddings.skipgram import (
    best_scores,
    noise_distribution,
    skipgram_gradient,
    skipgram_loss,
    start_vectors,
    with_made_up,
)
from block05_embeddings.train import Counted, Learned
from shared.seeding import stream
from shared.tensor import Tensor
from shared.tests.ways import a_run, assert_every_setting_matters, learning_rates
from shared.text import load_questions, words

SMALL = Learned(window=3, updates=4, size=8, negatives=2, batch_size=500, log_every=2)


@pytest.fixture(scope="module")
def corpus():
    return train.load_corpus(quick=True)


# --- the corpus ----------------------------------------------------------------------------------


def test_the_corpus_keeps_its_parts_apart(corpus):
    assert len(corpus.vocabulary) == len(corpus.counts) == len(corpus.categories)
    told = {tuple(story) for story in corpus.stories}
    assert len(told) == 200 and len(corpus.held_out) == 240
    assert not any(tuple(story) in told for story in corpus.held_out)
    for word in ("the", "king", "puppy"):
        assert corpus.counts[corpus.number(word)] == sum(s.count(word) for s in corpus.stories)


def test_all_training_stories_and_all_their_words_are_used():
    whole = train.load_corpus()
    assert len(whole.stories) == 1760 and len(whole.questions) == 211
    assert (whole.passages, whole.questions) == load_questions()
    assert whole.counts.sum() == sum(map(len, whole.stories))
    assert (whole.counts[whole.often] >= 40).all() and len(whole.often) == (whole.counts > 39).sum()


def test_a_word_is_judged_if_its_category_has_three_others():
    categories = np.array(["a", "b", "a", "a", "a", "other", "b", "b", "a"])
    assert train.can_be_judged(np.arange(8), categories).tolist() == [0, 2, 3, 4]
    assert train.can_be_judged(np.array([0, 2, 3]), categories).tolist() == []


def test_pairs_with_an_unknown_word_are_left_out():
    found = train.known_pairs({"age": [["king", "prince"], ["man", "boy"]]}, ["boy", "king", "man"])
    assert found["age"].tolist() == [[2, 0]]


def test_a_question_is_about_its_passage(corpus):
    passages, questions = load_questions()
    assert {*corpus.questions} == {q for q in questions if q.passage < len(corpus.passages)}
    for question in questions:
        passage = set(words(passages[question.passage]))
        own, other = (set(words(text)) & passage for text in (question.plain, question.other))
        assert len(own) >= 2 and len(other) < len(own)


# --- counted vectors -----------------------------------------------------------------------------


def test_every_setting_of_counted_vectors_matters(corpus):
    changes = {"window": 3, "rank": 6, "power": 1.0, "sided": True}
    assert_every_setting_matters(
        lambda setting: train.count_vectors(corpus.stories, corpus, setting, 0).tolist(),
        Counted(2, 5), changes,
    )


def test_uncut_vectors_have_the_dot_products_of_the_counted_table(corpus):
    V = len(corpus.vocabulary)
    vectors = train.count_vectors(corpus.stories, corpus, Counted(4, V, power=1.0), 0)
    table = ppmi(cooccurrence(numbered(corpus.stories, corpus.vocabulary), V, 4))
    assert vectors @ vectors.T == pytest.approx(table @ table.T, abs=1e-6)


# --- the loop ------------------------------------------------------------------------------------


def small_line():
    """A line of four words, and their counts."""
    text = stream(0, "toy text").choice(4, p=[0.4, 0.3, 0.2, 0.1], size=400)
    text[1::5] = text[::5]  # a word likes to be repeated
    return in_one_line([text], 2), text, np.bincount(text)


def test_it_ends_at_the_shifted_surprise_of_each_pair():
    line, text, counts = small_line()
    rng, noise = stream(0, "toy"), noise_distribution(counts)
    W, C = map(Tensor, start_vectors(4, 4, rng))
    settings = Learned(window=2, updates=300, size=4, negatives=3, batch_size=4000)
    train.train(W, C, line, noise, settings, rng)
    best = best_scores(cooccurrence([text], 4, 2), noise, 3)
    assert W.data @ C.data.T == pytest.approx(best, abs=0.1)


def test_the_first_update_goes_against_the_sign_of_the_gradient():
    """Adam's first step; the pairs are drawn again from the same stream."""
    line, _, counts = small_line()
    noise, settings = noise_distribution(counts), SMALL._replace(window=2, updates=1)
    W, C = start_vectors(4, 8, stream(0, "start"))
    C += 0.1
    one, other = Tensor(W.copy()), Tensor(C.copy())
    train.train(one, other, line, noise, settings, stream(0, "pairs"))
    rng = stream(0, "pairs")
    pairs, true = train.random_pairs(line, 2, 500, rng)
    dW, dC = skipgram_gradient(W, C, pairs, with_made_up(true, noise, 2, rng))
    assert one.data == pytest.approx(W - 0.05 * np.sign(dW), abs=1e-4)
    assert other.data == pytest.approx(C - 0.05 * np.sign(dC), abs=1e-4)


def test_the_learning_rate_falls_as_a_cosine(monkeypatch):
    rates = learning_rates(monkeypatch, train)
    line, _, counts = small_line()
    W, C = map(Tensor, start_vectors(4, 8, stream(0, "start")))
    train.train(W, C, line, noise_distribution(counts), SMALL._replace(window=2), stream(0))
    assert rates == pytest.approx([0.05, 0.05 * (1 + 0.5**0.5) / 2, 0.025,
                                   0.05 * (1 - 0.5**0.5) / 2])


def test_every_vector_moves_and_a_seed_decides(corpus):
    settings = SMALL._replace(batch_size=20_000)
    W, C = train.learn(corpus, settings, 3)
    start, _, _ = train.first_vectors(corpus, settings, 3)
    assert (W != start.data).any(axis=1).all() and C.any(axis=1).all()
    assert W.dtype == C.dtype == np.float32
    assert np.array_equal(train.learn(corpus, settings, 3)[0], W)
    assert not np.array_equal(train.learn(corpus, settings, 4)[0], W)


def test_every_setting_of_skip_gram_matters(corpus):
    def log(settings):
        told = []
        train.learn(corpus, settings, 0, lambda *row: told.append(row))
        return told

    changes = {"window": 5, "updates": 5, "size": 9, "negatives": 3, "learning_rate": 0.1,
               "batch_size": 400, "log_every": 1}
    assert_every_setting_matters(log, SMALL, changes)


def test_the_log_holds_the_losses_of_both_splits(corpus):
    told = []
    W, C = train.learn(corpus, SMALL, 3, lambda *row: told.append(row))
    assert [update for update, _ in told] == [0, 2, 4]
    assert told[0][1] == pytest.approx({"train": 3 * np.log(2), "validation": 3 * np.log(2)})
    noise = noise_distribution(corpus.counts)
    for split, stories in (("train", corpus.stories), ("validation", corpus.held_out)):
        line = in_one_line(numbered(stories, corpus.vocabulary), 3)
        sample = train.loss_sample(line, noise, SMALL, 3)
        assert told[-1][1][split] == pytest.approx(skipgram_loss(W, C, *sample))


def test_what_is_learned_is_the_wide_one_of_the_runs_seed_in_the_log(tmp_path, corpus):
    run = a_run(tmp_path, seed=3)
    W, _ = train.learned(run, train.LEARNED_WIDE, 3)
    rows = len(run.log_rows)
    assert rows == 6 and train.learned(run, train.LEARNED_WIDE, 3)[0] is W
    train.learned(run, train.LEARNED_NARROW, 3), train.learned(run, train.LEARNED_WIDE, 4)
    assert len(run.log_rows) == rows
    assert run.logged(split="train")[1][-1] < 0.75 * 6 * np.log(2)
    narrow = train.counted(run, train.NARROW)
    again = train.count_vectors(corpus.stories, corpus, train.NARROW, 3)
    assert np.array_equal(narrow, again)


# --- what it may see -----------------------------------------------------------------------------


def test_no_vector_sees_a_held_out_story(corpus):
    poison = corpus._replace(held_out=[["king", "cheese"] * 40] * 50)
    honest, blind = ([*train.learn(each, SMALL, 0)] for each in (corpus, poison))
    assert all(map(np.array_equal, honest, blind))
    last = []
    for each in (corpus, poison):
        rows = []
        train.learn(each, SMALL._replace(updates=40), 0, lambda *row, to=rows: to.append(row))
        last.append(rows[-1][1])
    assert last[0]["train"] == last[1]["train"]
    assert abs(last[0]["validation"] - last[1]["validation"]) > 0.002


def test_in_shuffled_stories_neighbours_are_at_chance(corpus):
    line = stream(0, "shuffle").permutation([word for story in corpus.stories for word in story])
    shuffled = [part.tolist() for part in np.array_split(line, 200)]
    vectors = train.count_vectors(shuffled, corpus, train.NARROW, 0)
    _, sizes = np.unique(corpus.categories[corpus.judged], return_counts=True)
    chance = (sizes * (sizes - 1)).sum() / sizes.sum() / (sizes.sum() - 1)
    assert truth.same_category(vectors, corpus).mean() == pytest.approx(chance, abs=0.05)
    assert truth.same_topic(vectors, corpus) < 0.15
