"""The loop learns, uses every setting, and looks at nothing it should not see."""

import numpy as np
import pytest

from block06_lm_basics import train
from block06_lm_basics.counts import count
from block06_lm_basics.train import Settings, Texts
from block06_lm_basics.window_model import WindowModel
from shared import ngram
from shared.data import BatchOrder
from shared.layers import parameters
from shared.losses import softmax
from shared.seeding import stream
from shared.tests.ways import a_run, assert_every_setting_matters, learning_rates
from shared.text import SPLITS, Score, Vocabulary, load_tales

SMALL = Settings(3, 4, 8, 0.02, 16, 30, warmup=5, log_every=10)
POISON = "q" * 40 + "xyz" * 40


def a_text(length, seed=0):
    """Words of a small language: what stands before decides much of what comes."""
    words = stream(seed, "words").choice(["banana ", "bandana ", "cab ", "dab "], length)
    return "".join(words)[:length]


def learned(tmp_path, monkeypatch, parts, seed=0):
    """What a run fits on these three parts, and its log."""
    monkeypatch.setattr(train, "read_texts", lambda run: Texts(*parts, None))
    monkeypatch.setattr(train, "QUICK", SMALL)
    run = a_run(tmp_path, seed=seed)
    return train.learn(run), run


def arrays(model):
    return [tensor.data.copy() for tensor in parameters(model).values()]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(arrays(one), arrays(other)))


# --- the loop ------------------------------------------------------------------------------------


def test_one_step_is_the_rate_times_the_sign_of_the_gradient():
    """Adam's first step; of the output layer's bias the gradient is known: p - y, on the mean."""
    ids = Vocabulary("abc").encode(a_text(50).replace("n", "c").replace("d", "a"))
    model = WindowModel(5, 3, 4, 8, stream(0, "one step"))
    settings = SMALL._replace(batch_size=50, steps=1, warmup=0)
    gradient = 1 / 5 - np.bincount(ids, minlength=5) / 50  # W2 is zero: every p is 1 / V
    train.train(model, ids, settings, BatchOrder(50, 50, stream(0, "order")))
    assert model.output.b.data == pytest.approx(-0.02 * np.sign(gradient), rel=1e-3)


def test_a_trained_network_has_learned_what_follows_what(tmp_path):
    text = a_text(3000)
    vocabulary = Vocabulary(text)
    ids = vocabulary.encode(text)
    settings = SMALL._replace(hidden_size=32, batch_size=64, steps=300)
    model = train.trained(ids[:2500], len(vocabulary), settings, 0)
    p = model.distribution(vocabulary.encode("ban"))
    after = count(text, 3)["ban"]
    expected = [after.get(c, 0) / sum(after.values()) for c in vocabulary.symbols]
    assert p == pytest.approx(expected, abs=0.1)
    shuffled = stream(0, "shuffle").permutation(ids)
    blind = train.trained(shuffled[:2500], len(vocabulary), settings, 0)
    unigram = -np.log(np.bincount(ids)[ids] / len(ids)).mean()
    assert -model.log_probabilities(ids[2500:]).mean() < 0.6 * unigram
    assert -blind.log_probabilities(ids[2500:]).mean() > 0.9 * unigram


def test_every_setting_matters():
    ids = Vocabulary("abcdn ").encode(a_text(300))

    def log(settings):
        seen = []
        train.trained(ids, 7, settings, 0, lambda step, model: seen.append(
            (step, -model.log_probabilities(ids).mean())))
        return seen

    changes = {"context": 4, "channels": 5, "hidden_size": 9, "learning_rate": 0.03,
               "batch_size": 17, "steps": 31, "warmup": 6, "log_every": 15}
    assert_every_setting_matters(log, SMALL, changes)


def test_the_rate_goes_up_and_comes_down_to_nothing(monkeypatch):
    rates = learning_rates(monkeypatch, train)
    train.trained(np.ones(20, int), 3, SMALL, 0)
    assert rates[:5] == pytest.approx(0.02 * np.arange(1, 6) / 5)
    assert rates[5] == 0.02 and rates[-1] < 0.001 and np.all(np.diff(rates[5:]) < 0)


def test_the_log_holds_the_losses_of_the_network_it_ends_with(tmp_path, monkeypatch):
    monkeypatch.setattr(train, "LOGGED", 70)
    parts = a_text(300), a_text(90, seed=1), POISON
    models, run = learned(tmp_path, monkeypatch, parts, seed=3)
    start = train.untrained(len(models.vocabulary), SMALL, 3)
    for split, part in (("train", parts[0][:70]), ("validation", parts[1][:70])):
        ids = models.vocabulary.encode(part)
        steps, losses = run.logged(split=split)
        assert steps == [0, 10, 20, 30]
        for model, loss in ((start, losses[0]), (models.window, losses[-1])):
            rows = [model.logits(np.array([[0] * max(3 - t, 0) + list(ids[max(t - 3, 0) : t])]))
                    for t in range(len(ids))]
            p = [softmax(row.data[0].astype(float))[c] for row, c in zip(rows, ids)]
            assert loss == pytest.approx(-np.log(p).mean(), rel=1e-4)


def test_another_seed_is_another_network(tmp_path, monkeypatch):
    parts = a_text(300), a_text(90, seed=1), POISON
    networks = [learned(tmp_path, monkeypatch, parts, seed)[0].window for seed in (0, 0, 1)]
    assert same(networks[0], networks[1]) and not same(networks[1], networks[2])


# --- what it may see -----------------------------------------------------------------------------


def test_nothing_that_is_fitted_looks_at_the_test_part_nor_at_validation(tmp_path, monkeypatch):
    parts = [a_text(400), a_text(90, seed=1), a_text(90, seed=2)]
    honest, run = learned(tmp_path, monkeypatch, parts)
    blind, other_run = learned(tmp_path, monkeypatch, [*parts[:2], POISON])
    assert same(honest.window, blind.window) and run.log_rows == other_run.log_rows
    assert blind.by_order == honest.by_order
    unseen, _ = learned(tmp_path, monkeypatch, [parts[0], POISON, parts[2]])
    assert same(honest.window, unseen.window)
    assert unseen.vocabulary.symbols == honest.vocabulary.symbols
    for level, other in zip(honest.ngrams.levels, unseen.ngrams.levels):
        assert all(np.array_equal(a, b) for a, b in zip(level, other))
    assert unseen.by_order != honest.by_order


def test_the_best_order_is_the_first_of_the_lowest_on_validation(tmp_path, monkeypatch):
    scores = [Score(0, nats, 0, 0, 0) for nats in (3.0, 2.0, 2.0, 2.5)]
    assert train.best_of(scores) == 2
    parts = a_text(400), a_text(90, seed=1), POISON
    models, _ = learned(tmp_path, monkeypatch, parts)
    ids = models.vocabulary.encode(parts[1])
    nats = [-np.log(ngram.probabilities(models.ngrams, ids, n)).mean() for n in range(1, 13)]
    assert [score.nats_per_char for score in models.by_order] == pytest.approx(nats)
    assert models.best_order == 1 + np.argmin(nats)
    assert -models.table(ids).mean() == pytest.approx(min(nats))
    assert -models.table(ids, 1).mean() == pytest.approx(nats[0])


def test_what_is_fitted_once_is_not_fitted_again(tmp_path, monkeypatch):
    models, run = learned(tmp_path, monkeypatch, (a_text(300), a_text(90), POISON))
    assert train.learn(run) is models


# --- texts ---------------------------------------------------------------------------------------


def test_the_parts_of_the_stories_are_their_splits_and_a_quick_run_has_the_first_ones(tmp_path):
    tales = load_tales()
    for quick in (False, True):
        texts = train.read_texts(a_run(tmp_path, quick=quick))
        for split, part in zip(SPLITS, texts):
            stories = tales.stories[split][: train.QUICK_STORIES[split] if quick else None]
            assert part == "".join(story.text for story in stories) == texts.tales.text(split)
            assert texts.tales.stories[split] == stories


def test_a_short_text_is_read_three_times_and_a_very_short_one_for_as_long_as_a_quick_run(tmp_path):
    whole, quick = a_run(tmp_path, quick=False), a_run(tmp_path)
    assert train.settings_for(whole, 10**9) == train.WINDOW
    some = train.settings_for(whole, 400 * train.WINDOW.batch_size)
    assert some == train.WINDOW._replace(steps=400 * 3)
    assert train.settings_for(whole, 2).steps == train.QUICK.steps
    assert train.settings_for(quick, 10**9) == train.QUICK
