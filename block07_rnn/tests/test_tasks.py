"""The tasks ask what they say, and what guessing reaches is what the formula says."""

import math

import numpy as np
import pytest

from block07_rnn import tasks
from block07_rnn.tasks import MESSAGE, NOTHING, SYMBOLS
from shared.losses import cross_entropy
from shared.seeding import stream


def test_the_copy_is_the_message_after_the_delay():
    inputs, targets = tasks.copy_batch(5, 200, stream(0, "copy"))
    assert inputs.shape == targets.shape == (2 * MESSAGE + 5, 200)
    assert np.array_equal(targets[-MESSAGE:], inputs[:MESSAGE] - 1)
    assert (targets[:-MESSAGE] == NOTHING).all()
    assert (inputs[MESSAGE:-MESSAGE] == tasks.BLANK).all() and (inputs[-MESSAGE] == tasks.GO).all()
    assert (inputs[-MESSAGE + 1 :] == tasks.BLANK).all()  # the answer is not shown
    assert set(np.unique(inputs[:MESSAGE])) == set(range(1, SYMBOLS + 1))


def test_guessing_the_copy_costs_what_the_formula_says():
    """Over all steps: the blanks are known and cost 0, each answer ln 10."""
    delay, answers = 7, MESSAGE
    per_step = [0.0] * (answers + delay) + [math.log(10)] * answers
    assert tasks.copy_guess(delay) == pytest.approx(np.mean(per_step))
    _, targets = tasks.copy_batch(delay, 50, stream(0, "guess"))
    asked = targets[targets != NOTHING]
    uniform = np.zeros((len(asked), SYMBOLS))
    assert cross_entropy(uniform, asked) == pytest.approx(tasks.copy_guess())


def test_parity_counts_the_ones():
    inputs, targets = tasks.parity_batch(30, 100, stream(0, "parity"))
    for t in (0, 7, 29):
        assert np.array_equal(targets[t], inputs[: t + 1].sum(axis=0) % 2)
    _, last = tasks.parity_batch(30, 100, stream(0, "parity"), at_every_step=False)
    assert np.array_equal(last[-1], targets[-1]) and (last[:-1] == NOTHING).all()
    for value in (0, 1):  # a bit says nothing about the parity: guessing is ln 2
        assert abs(targets[5][inputs[5] == value].mean() - 0.5) < 0.2


def test_the_account_adds_up():
    inputs, targets = tasks.account_batch(20, 50, stream(0, "account"))
    digits, sums = inputs[::2], inputs[1::2] - 10
    assert np.array_equal(sums, digits.cumsum(axis=0) % 10)
    assert np.array_equal(targets[::2], inputs[1::2]) and (targets[1::2] == NOTHING).all()


def test_columns_lie_side_by_side_and_follow_each_other():
    ids = np.arange(1, 103)
    inputs, targets = tasks.columns(ids, 4)  # 25 each, two characters are left out
    assert inputs.shape == targets.shape == (25, 4)
    assert np.array_equal(targets.T.ravel(), ids[:100])
    assert np.array_equal(inputs.T.ravel(), [0, *ids[:99]])


def test_draws_come_from_the_stream_that_is_given():
    for batch in (
        lambda rng: tasks.copy_batch(3, 4, rng), lambda rng: tasks.parity_batch(9, 4, rng),
        lambda rng: tasks.account_batch(5, 4, rng),
    ):
        same, again, other = (batch(stream(seed, "draw"))[0] for seed in (0, 0, 1))
        assert np.array_equal(same, again) and not np.array_equal(same, other)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: tasks.one_hot(np.array([[3]]), 3), r"ids\[0, 0\] is 3, expected 0 to 2"),
        (lambda: tasks.one_hot(np.array([[-1]]), 3), "is -1, expected 0 to 2"),
        (lambda: tasks.copy_batch(-1, 2, stream(0, "x")), "delay is -1"),
        (lambda: tasks.parity_batch(0, 2, stream(0, "x")), "length is 0"),
        (lambda: tasks.account_batch(3, 0, stream(0, "x")), "batch is 0"),
        (lambda: tasks.columns(np.arange(3), 4), "3 characters do not fill 4 columns"),
    ],
)
def test_what_cannot_be_asked_is_one_clear_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()
