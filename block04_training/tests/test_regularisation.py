"""Penalties against finite differences and each other; dropout against its own statistics."""

import numpy as np
import pytest

from block04_training.optimizers import adam, adamw, sgd
from block04_training.regularisation import (
    adam_with_l2,
    dropout,
    dropout_backward,
    dropout_mask,
    l2_gradient,
    l2_penalty,
)
from shared.checks import gradient_error
from shared.seeding import stream


def test_l2_gradient_equals_central_differences():
    w = stream(0, "l2").standard_normal((3, 4))
    assert gradient_error(lambda v: l2_penalty(v, 0.3), w, l2_gradient(w, 0.3)) <= 1e-7


def test_with_sgd_penalty_and_decay_are_one_thing():
    w, g = 2.0, 0.7
    with_penalty, _ = sgd(w, g + l2_gradient(w, 0.5), learning_rate=0.1)
    decayed, _ = sgd(w * (1 - 0.1 * 0.5), g, learning_rate=0.1)
    assert with_penalty == pytest.approx(decayed)


def test_with_adam_they_are_not():
    """Where the loss is flat: the penalty takes a whole step off, the decay its share."""
    for strength in (1e-4, 1.0):
        w, _ = adam_with_l2(2.0, 0.0, learning_rate=0.1, weight_decay=strength, epsilon=0.0)
        assert w == pytest.approx(1.9)
        w, _ = adamw(2.0, 0.0, learning_rate=0.1, weight_decay=strength)
        assert w == pytest.approx(2.0 * (1 - 0.1 * strength))


def test_adam_with_l2_is_adam_on_the_penalised_loss():
    w, state = 2.0, (0.3, 0.2, 5)
    found = adam_with_l2(w, 0.7, state, learning_rate=0.1, weight_decay=0.5)
    assert found == adam(w, 0.7 + 0.5 * 2.0, state, learning_rate=0.1)


def test_a_mask_has_the_mean_one_and_two_values():
    mask = dropout_mask((400, 500), 0.2, stream(0, "mask"))
    assert set(np.unique(mask)) == {0, 1.25}
    assert mask.mean() == pytest.approx(1, abs=0.01)
    assert np.mean(mask == 0) == pytest.approx(0.2, abs=0.005)


def test_training_drops_and_evaluation_does_not():
    x = stream(0, "x").standard_normal((50, 20))
    y, mask = dropout(x, 0.5, stream(0, "mask"), training=True)
    assert np.array_equal(y, x * mask)
    assert 0.4 < np.mean(y == 0) < 0.6
    y, mask = dropout(x, 0.5, stream(0, "mask"), training=False)
    assert np.array_equal(y, x)
    assert np.all(mask == 1)


def test_dropout_gradient_with_the_mask_held():
    x = stream(0, "x").standard_normal((4, 3))
    dy = stream(0, "dy").standard_normal((4, 3))
    _, mask = dropout(x, 0.5, stream(0, "mask"), training=True)
    objective = lambda v: float(np.sum(dropout(v, 0.5, stream(0, "mask"), True)[0] * dy))  # noqa: E731
    assert gradient_error(objective, x, dropout_backward(dy, mask)) <= 1e-7


def test_a_penalty_by_hand_in_any_dtype():
    assert l2_penalty(np.array([3.0, 4.0]), 0.5) == 0.25 * 25
    assert l2_penalty(np.array([200, 100], np.uint8), 0.5) == 0.25 * 50_000


@pytest.mark.parametrize("strength", [-0.1, float("nan"), float("inf")])
def test_a_penalty_that_rewards_is_refused(strength):
    with pytest.raises(ValueError, match="strength"):
        l2_penalty(np.ones(2), strength)


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_a_rate_outside_its_range_is_refused(rate):
    with pytest.raises(ValueError, match="dropout rate"):
        dropout_mask((2,), rate, stream(0, "mask"))
    with pytest.raises(ValueError, match="dropout rate"):
        dropout(np.ones(2), rate, stream(0, "mask"), training=False)
