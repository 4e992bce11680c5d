"""The model: with weights set by hand that solve the task, and against central differences."""

import numpy as np
import pytest

from block08_attention import model, multi_head, proofs, tasks
from block08_attention.multi_head import Parameters
from block08_attention.tasks import NOT_ASKED
from shared.seeding import stream

C = 64
UNIT = np.eye(C)
BY_HAND = Parameters(2 * UNIT, UNIT, UNIT, UNIT)  # compares what is alike, takes what stands there


def a_look_up(count=20, pairs=4):
    return tasks.look_up(stream(0, "model test"), count, C, pairs)


def test_a_look_up_is_solved_by_weights_set_by_hand():
    batch = a_look_up()
    logits, cache = model.forward(BY_HAND, batch)
    assert model.right(logits, batch)[0].mean() >= 0.95
    assert model.weight_on_truth(cache, batch)[0, 0] > 0.9


def test_weights_that_are_all_alike_guess():
    batch = a_look_up()
    zero = Parameters(0 * UNIT, UNIT, UNIT, 0 * UNIT)
    logits, cache = model.forward(zero, batch)
    assert model.weight_on_truth(cache, batch) == pytest.approx(np.array([[1 / 4]]))
    assert model.loss(logits, batch) == pytest.approx(np.log(16))


def test_gradients_are_the_central_differences():
    assert max(proofs.model_errors(3)) <= 1e-7


def test_two_heads_set_by_hand_answer_one_question_each():
    # channels 0 to 3 are the word's, 4 to 7 the place's; head 1 compares words, head 2 places
    words, places = np.eye(8)[:4], np.eye(8)[4:]
    ids = np.array([[2, 0, 2, 1]])
    batch = tasks.text_batch(ids, words)
    x = words[ids] + places
    batch = batch._replace(x=x, memory=x, answers=[words, places])
    Wq = 30 * np.eye(8)
    Wq[4:, 4:] = 30 * np.eye(4, k=-1)  # place t asks for place t - 1
    Wv, Wo = np.zeros((8, 8)), np.zeros((8, 16))
    Wv[4:, :4], Wo[:4, 12:] = np.eye(4), np.eye(4)  # head 1 takes the place, for question 2
    Wv[:4, 4:], Wo[4:, :4] = np.eye(4), np.eye(4)  # head 2 takes the word, for question 1
    logits, cache = model.forward(Parameters(Wq, np.eye(8), Wv, Wo), batch, 2)
    assert [right.tolist() for right in model.right(logits, batch)] == [[True] * 3, [True]]
    # head 1 on the words before: 1, 0, and a third where the word is new
    expected = np.array([[4 / 9, 1], [1, 0]])
    assert model.weight_on_truth(cache, batch) == pytest.approx(expected, abs=1e-3)


def test_a_model_with_too_few_outputs_is_refused():
    with pytest.raises(ValueError, match="the model has 64 outputs, the questions need 128"):
        model.forward(BY_HAND, tasks.two_looks(stream(0), 2, C))


def test_what_is_not_asked_counts_for_nothing():
    batch = a_look_up()
    targets = batch.targets.copy()
    targets[:, 0] = NOT_ASKED
    some = batch._replace(targets=targets)
    logits, _ = model.forward(BY_HAND, batch)
    assert (model.dout_of(logits, some)[:, 0] == 0).all()
    later = (array[:, 1:] for array in (batch.x, batch.targets, batch.places))
    rest = batch._replace(**dict(zip(("x", "targets", "places"), later)))
    assert model.loss(logits, some) == pytest.approx(model.loss([logits[0][:, 1:]], rest))
    expected = model.loss_and_gradients(BY_HAND, rest)
    found = model.loss_and_gradients(BY_HAND, some)
    assert found[0] == pytest.approx(expected[0])
    assert all(a == pytest.approx(b, abs=1e-12) for a, b in zip(found[1], expected[1]))


def test_the_loss_of_two_questions_is_their_mean():
    batch = tasks.two_looks(stream(0), 3, 8, length=6)
    parameters = multi_head.initialise(8, stream(1), 16)
    logits, _ = model.forward(parameters, batch, 2)
    one = [model.loss([logits[a]], batch._replace(targets=batch.targets[..., a : a + 1]))
           for a in (0, 1)]
    assert model.loss(logits, batch) == pytest.approx(np.mean(one))
    assert one[0] != pytest.approx(one[1], rel=1e-3)
