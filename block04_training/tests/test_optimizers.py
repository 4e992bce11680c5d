"""Each formula against PyTorch's golden paths, steps by hand, and what it is meant for."""

import numpy as np
import pytest

from block04_training.optimizers import START, adam, adamw, momentum, nesterov, rmsprop, sgd
from block04_training.proofs import RULES, formula_path, load_golden


@pytest.fixture(scope="module")
def golden():
    return load_golden("optimizers")


@pytest.mark.parametrize("name", RULES)
def test_a_hundred_steps_are_pytorchs(name, golden):
    path = formula_path(name, golden)
    assert np.max(np.abs(path[9::10] - golden[name])) <= 1e-10
    assert np.max(np.abs(path[-1] - golden["start"])) > 0.1  # it went somewhere


def test_first_two_steps_by_hand():
    assert sgd(1.0, 2.0, learning_rate=0.1) == (0.8, None)
    w, v = momentum(1.0, 2.0, learning_rate=0.1, momentum=0.5)
    assert (w, v) == (0.8, 2)
    assert momentum(w, 2.0, v, learning_rate=0.1, momentum=0.5) == pytest.approx((0.5, 3))
    w, v = nesterov(1.0, 2.0, learning_rate=0.1, momentum=0.5)
    assert (w, v) == pytest.approx((1 - 0.1 * 3, 2))
    w, s = rmsprop(1.0, 2.0, learning_rate=0.1, decay=0.75, epsilon=0.0)
    assert (w, s) == pytest.approx((0.8, 1))  # s = 0.25 * 4, the step 0.1 * 2 / 1


@pytest.mark.parametrize("rule", [rmsprop, adam])
def test_whole_gradients_do_not_overflow_when_squared(rule):
    g = np.array([200], np.uint8)
    assert rule(1.0, g, learning_rate=0.1)[0] == rule(1.0, np.array([200.0]), learning_rate=0.1)[0]


def test_adams_first_step_is_the_learning_rate_whatever_the_gradient():
    for g in (1e-6, 1.0, -1e6):
        w, (m, s, t) = adam(0.0, g, learning_rate=0.1, epsilon=0.0)
        assert w == pytest.approx(-0.1 * np.sign(g))
        assert (m, s, t) == pytest.approx((0.1 * g, 0.001 * g**2, 1))


def test_adam_does_not_care_for_the_unit_of_the_loss():
    rng = np.random.default_rng(0)
    gradients = rng.standard_normal((20, 3))
    ends = []
    for unit in (1.0, 1000.0):
        w, state = np.zeros(3), START[adam]
        for g in gradients:
            w, state = adam(w, unit * g, state, learning_rate=0.1, epsilon=0.0)
        ends.append(w)
    assert ends[0] == pytest.approx(ends[1])


def test_adamw_shrinks_a_weight_without_a_gradient():
    w, state = adamw(2.0, 0.0, learning_rate=0.1, weight_decay=0.5)
    assert w == pytest.approx(2.0 * 0.95)
    w, _ = adamw(w, 0.0, state, learning_rate=0.1, weight_decay=0.5)
    assert w == pytest.approx(2.0 * 0.95**2)


@pytest.mark.parametrize("name", RULES)
def test_nothing_is_changed_in_place(name, golden):
    start = golden["start"].copy()
    one = formula_path(name, golden, steps=3)
    assert np.array_equal(golden["start"], start)
    assert np.array_equal(formula_path(name, golden, steps=3), one)
