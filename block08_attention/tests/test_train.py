"""The loop: one step by hand, its log recomputed, its streams apart, and what it can learn."""

from typing import NamedTuple

import numpy as np
import pytest

from block08_attention import model, tasks, train
from block08_attention.train import COPY, LOOK_UP, TWO_LOOKS, Settings
from shared.seeding import stream
from shared.tests.ways import a_run, assert_every_setting_matters

SMALL = Settings("two_looks", 12, 2, 5e-3, 4, 6, warmup=3, log_every=2)


class Point(NamedTuple):
    w: np.ndarray


def test_a_step_goes_against_the_gradient_by_the_rate():
    settings = SMALL._replace(learning_rate=0.5, steps=1, warmup=2)
    start = Point(np.array([1.0, -1.0]))
    end = train.train(start, lambda p, _: (0.0, [np.array([3.0, -0.1])]), lambda: None, settings)
    assert end.w == pytest.approx([0.75, -0.75])  # Adam's first step; half the rate in warm-up
    assert start.w.tolist() == [1, -1]


def test_each_step_sees_the_gradient_of_its_own_batch_alone():
    numbers = iter([1.0, 2.0, 4.0, 8.0])
    seen = []

    def slope(p, x):
        seen.append((x, float(p.w[0])))
        return x, [np.array([0.0])]

    train.train(Point(np.zeros(1)), slope, lambda: next(numbers), SMALL._replace(steps=3))
    assert seen == [(1, 0), (2, 0), (4, 0), (8, 0)]


def test_a_square_is_minimised():
    settings = SMALL._replace(steps=300, learning_rate=0.1)
    end = train.train(Point(np.array([2.0])), lambda p, _: (p.w[0] ** 2, [2 * p.w]), lambda: None,
                      settings)
    assert abs(end.w[0]) < 1e-3


def test_a_loss_that_is_none_ends_the_run():
    with pytest.raises(FloatingPointError, match="diverged: the loss is nan at step 0"):
        train.train(Point(np.zeros(1)), lambda p, _: (np.nan, [p.w]), lambda: None, SMALL)


def test_every_setting_matters(tmp_path, monkeypatch):
    monkeypatch.setattr(train, "FRESH", 2)

    def log(settings):
        run = a_run(tmp_path)
        train.learn(run, settings)
        return run.log_rows

    changes = {"task": "look_up", "channels": 14, "num_heads": 3, "learning_rate": 1e-2,
               "batch_size": 5, "steps": 8, "warmup": 1, "log_every": 3}
    assert_every_setting_matters(log, SMALL, changes)


def test_the_log_holds_the_losses_of_the_model_it_ends_with(tmp_path):
    run = a_run(tmp_path, seed=3)
    parameters = train.learn(run, SMALL)
    steps, losses = run.logged(split="train", problem="two_looks")
    _, validation = run.logged(split="validation", problem="two_looks")
    assert steps == [0, 2, 4, 6]
    draw = train.batches(SMALL, 3, "train", 4)
    last = [draw() for _ in range(7)][-1]
    logits, _ = model.forward(parameters, last, 2)
    assert losses[-1] == pytest.approx(model.loss(logits, last), 1e-5)
    end = train.score(parameters, SMALL, 3, "validation")
    assert validation[-1] == pytest.approx(end.loss, 1e-5)
    start = train.score(train.first_parameters(SMALL, 3), SMALL, 3, "validation")
    assert validation[0] == pytest.approx(start.loss, 1e-5)


def test_training_validation_and_test_see_other_words():
    firsts = [train.batches(SMALL, 0, split, 4)().answers[0] for split in
              ("train", "validation", "test")] + [train.batches(SMALL, 1, "test", 4)().answers[0]]
    for i, a in enumerate(firsts):
        assert all(np.abs(a - b).max() > 0.1 for b in firsts[:i])


def test_the_score_is_the_mean_over_fresh_batches():
    parameters = train.first_parameters(SMALL, 0)
    draw = train.batches(SMALL, 0, "test", train.FRESH)  # a stream that no training draws from
    cases = [draw() for _ in range(train.FRESH)]
    results = [model.forward(parameters, batch, 2) for batch in cases]
    found = train.score(parameters, SMALL, 0)
    losses = [model.loss(logits, batch) for (logits, _), batch in zip(results, cases)]
    right = [[r.mean() for r in model.right(l, b)] for (l, _), b in zip(results, cases)]
    assert found.loss == pytest.approx(np.mean(losses))
    assert found.accuracy == pytest.approx(np.mean(right, axis=0))
    assert found.weight.shape == (2, 2)


def test_the_seed_decides_the_start_and_the_batches():
    a, b = (train.trained(SMALL, seed) for seed in (0, 0))
    assert all(np.array_equal(x, y) for x, y in zip(a, b))
    assert np.abs(a.Wq - train.trained(SMALL, 1).Wq).max() > 0.1


def test_a_short_training_learns_to_copy():
    settings = COPY._replace(steps=80, batch_size=16)
    assert train.score(train.trained(settings, 2), settings, 2).accuracy[0] > 0.9


def test_with_shuffled_answers_it_stays_at_guessing(monkeypatch):
    honest = tasks.copy_back

    def shuffled(rng, *given, **options):
        batch = honest(rng, *given, **options)
        asked = batch.targets != tasks.NOT_ASKED
        targets = np.where(asked, rng.integers(0, 16, batch.targets.shape), tasks.NOT_ASKED)
        return batch._replace(targets=targets)

    monkeypatch.setattr(tasks, "copy_back", shuffled)
    settings = COPY._replace(steps=80, batch_size=16)
    assert train.score(train.trained(settings, 2), settings, 2).accuracy[0] < 0.1


def test_both_models_are_learned_from_the_runs_seed(tmp_path, monkeypatch):
    monkeypatch.setattr(train, "learn", lambda run, settings: (run.seed, settings))
    for quick, steps in ((True, 40), (False, 400)):
        learned = train.learn_both(a_run(tmp_path, quick=quick, seed=3))
        assert list(learned) == ["look_up", "two_looks"]
        for seed, settings in learned.values():
            assert (seed, settings.steps) == (3, steps)


def test_a_quick_run_changes_nothing_but_its_length():
    assert train.shorter(LOOK_UP, False) == LOOK_UP
    quick = train.shorter(TWO_LOOKS, True, steps=7)
    assert quick == TWO_LOOKS._replace(steps=7, batch_size=8, log_every=20)


def test_options_reach_the_task():
    options = {"positions": False, "length": 5, "offset": 1}
    batch = train.batches(COPY, 0, "train", 4, **options)()
    expected = tasks.copy_back(stream(0, "copy_back", "train"), 4, 64, **options)
    assert np.array_equal(batch.x, expected.x) and batch.x.shape == (4, 5, 64)
