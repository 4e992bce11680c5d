"""Schedules at their corners, clipping against its invariants, early stopping on made-up losses."""

import math
from itertools import pairwise

import numpy as np
import pytest

from block04_training.schedules import EarlyStopping, clip_by_norm, cosine, step_decay, warmup
from shared import optim


def test_cosine_falls_from_one_to_zero_and_stays():
    factors = [cosine(t, total=50) for t in range(60)]
    assert factors[0] == 1
    assert factors[50:] == [0] * 10
    assert all(a > b for a, b in pairwise(factors[:51]))
    assert sum(factors[:50]) / 50 == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("step", [0, 4, 5, 17, 99, 100, 200])
def test_the_schedules_of_shared_are_these(step):
    both = warmup(step, steps=5, after=lambda t: cosine(t, total=95))
    assert optim.cosine_schedule(step, peak=0.3, total=100, warmup=5) == pytest.approx(0.3 * both)
    stairs = step_decay(step, every=7, factor=0.5)
    assert optim.step_schedule(step, start=0.3, every=7, factor=0.5) == pytest.approx(0.3 * stairs)


def test_the_cosine_of_shared_ends_where_it_is_told():
    rates = [optim.cosine_schedule(t, peak=1.0, total=10, final=0.2) for t in (0, 5, 10, 11)]
    assert rates == pytest.approx([1, 0.6, 0.2, 0.2])


def test_long_gradients_are_shortened_together():
    gradients = [np.array([3.0, 0.0]), np.array([[0.0], [4.0]])]
    clipped, norm = clip_by_norm(gradients, 1.0)
    assert norm == 5
    assert math.sqrt(sum(np.sum(g * g) for g in clipped)) == pytest.approx(1)
    for g, c in zip(gradients, clipped):
        assert c == pytest.approx(g / 5)  # the direction is kept


def test_short_gradients_stay_as_they_are():
    gradients = [np.array([0.3]), np.array([0.4])]
    clipped, _ = clip_by_norm(gradients, 1.0)
    assert [c.tolist() for c in clipped] == [[0.3], [0.4]]
    assert clip_by_norm([np.zeros(3)], 1.0)[1] == 0


@pytest.mark.parametrize("g", [np.array([200, 0], np.uint8), np.array([2e200, 0.0])])
def test_a_length_is_right_where_squares_overflow(g):
    clipped, norm = clip_by_norm([g], 1.0)
    assert norm == pytest.approx(float(g[0]))
    assert clipped[0] == pytest.approx([1, 0])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_broken_gradient_is_named(value):
    with pytest.raises(ValueError, match="not finite"):
        clip_by_norm([np.array([1.0, value])], 1.0)


def test_early_stopping_waits_and_gives_the_best_back():
    weights = np.zeros(2)
    stopping = EarlyStopping(patience=3)
    stopped = []
    for loss in (1.0, 0.5, 0.6, 0.4, 0.4, 0.7, 0.45):
        weights += 1  # in place, as an optimizer does
        stopped.append(stopping.should_stop(loss, weights))
    assert stopped == [False] * 6 + [True]
    assert stopping.best_loss == 0.4
    assert stopping.best_weights.tolist() == [4, 4]


def test_the_best_weights_of_a_dict_are_copies_too():
    W, b = np.zeros((2, 2)), np.zeros(2)
    stopping = EarlyStopping(patience=1)
    stopping.should_stop(1.0, {"W": W, "all": [W, b]})
    W += 1
    assert not stopping.best_weights["W"].any()
    assert not stopping.best_weights["all"][0].any()


def test_a_run_of_nans_stops():
    stopping = EarlyStopping(patience=2)
    assert not stopping.should_stop(1.0, np.ones(1))
    assert not stopping.should_stop(math.nan, np.zeros(1))
    assert stopping.should_stop(math.nan, np.zeros(1))
    assert stopping.best_weights.tolist() == [1]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: EarlyStopping(0), "patience is 0, it must be at least 1"),
        (lambda: EarlyStopping(math.nan), "patience is nan"),
        (lambda: clip_by_norm([np.ones(2)], -1.0), "clipped to -1.0"),
        (lambda: clip_by_norm([np.ones(2)], math.nan), "clipped to nan"),
        (lambda: step_decay(-1, every=10, factor=0.5), "step is -1"),
        (lambda: step_decay(1, every=0, factor=0.5), "every is 0"),
        (lambda: cosine(-1, total=10), "step is -1"),
        (lambda: cosine(0, total=0), "total is 0"),
        (lambda: warmup(-1, steps=2, after=abs), "step is -1"),
    ],
)
def test_bad_input_is_named(wrong, says):
    with pytest.raises(ValueError, match=says):
        wrong()
