"""Tasks: the answer stands where the batch says, and nothing tells it but looking there."""

import numpy as np
import pytest

from block08_attention import tasks
from block08_attention.tasks import NOT_ASKED
from shared.seeding import stream

C = 64
DRAWN = {
    "look_up": tasks.look_up(stream(0, "a"), 5, C),
    "copy_back": tasks.copy_back(stream(0, "b"), 5, C),
    "reverse": tasks.reverse(stream(0, "c"), 5, C),
    "next_word": tasks.next_word(stream(0, "d"), 5, C),
    "two_looks": tasks.two_looks(stream(0, "e"), 5, C),
}


def read_at(batch, question, token):
    """The answer whose code is most like the token at the place that the batch names."""
    n, t = np.nonzero(batch.targets[..., question] != NOT_ASKED)
    at = token[n, batch.places[n, t, question]]  # (M, C)
    return (at @ batch.answers[question].T).argmax(axis=1), batch.targets[n, t, question]


@pytest.mark.parametrize("name", ["copy_back", "reverse", "next_word", "two_looks"])
def test_the_word_at_the_place_is_the_answer(name):
    batch = DRAWN[name]
    words = batch.memory - tasks.position_codes(*batch.memory.shape[1:])
    said, targets = read_at(batch, 0, words)
    assert np.array_equal(said, targets) and len(targets) > 50


def test_the_pair_at_the_place_has_the_key_and_holds_the_value():
    batch = DRAWN["look_up"]
    pairs = np.take_along_axis(batch.memory, batch.places, axis=1)  # (N, T, C)
    assert batch.answers[0][batch.targets[..., 0]] + batch.x == pytest.approx(pairs)


def test_no_key_stands_twice_in_a_memory():
    batch = tasks.look_up(stream(0, "keys"), 50, 1, pairs=8,
                          fixed=(np.arange(8.0)[:, None], np.zeros((3, 1))))
    assert np.array_equal(np.sort(batch.memory[..., 0]), np.tile(np.arange(8.0), (50, 1)))


@pytest.mark.parametrize(("name", "places"), [
    ("copy_back", [-1, -1, -1, *range(13)]),
    ("reverse", range(15, -1, -1)),
    ("next_word", [*range(1, 16), -1]),
])
def test_the_places_are_those_of_the_task(name, places):
    assert (DRAWN[name].places[..., 0] == list(places)).all()
    assert ((DRAWN[name].targets == NOT_ASKED) == (DRAWN[name].places == NOT_ASKED)).all()


def test_the_two_questions_of_a_text_by_hand():
    batch = tasks.text_batch(np.array([[2, 0, 2, 2, 1]]), np.eye(3))
    assert batch.targets[0].tolist() == [[-1, -1], [2, -1], [0, 0], [2, 2], [2, -1]]
    assert batch.places[0].tolist() == [[-1, -1], [0, -1], [1, 0], [2, 2], [3, -1]]
    assert np.array_equal(batch.mask, np.tri(5, k=-1, dtype=bool))
    assert np.array_equal(batch.answers[1], tasks.position_codes(5, 3))


def test_each_word_of_two_looks_stands_twice_and_one_question_may_be_asked_alone():
    both = DRAWN["two_looks"]
    assert ((both.targets[..., 1] != NOT_ASKED).sum(axis=1) == 12).all()
    one = tasks.two_looks(stream(0, "e"), 5, C, only=1)
    assert np.array_equal(one.x, both.x) and len(one.answers) == 1
    assert np.array_equal(one.targets, both.targets[..., 1:])
    assert np.array_equal(one.places, both.places[..., 1:])
    assert np.array_equal(one.answers[0], both.answers[1])


@pytest.mark.parametrize(("sees", "last"), [(0, 0), (1, 1), (16, 15)])
def test_a_mask_shows_so_much_of_the_future(sees, last):
    mask = tasks.next_word(stream(0), 1, C, sees=sees).mask
    assert mask[0].sum() == last + 1 and mask[0, : last + 1].all()


def test_words_have_new_codes_in_every_batch_and_positions_keep_theirs():
    rng = stream(0, "codes")
    first, second = (tasks.copy_back(rng, 1, C) for _ in range(2))
    assert np.abs(first.answers[0] - second.answers[0]).max() > 0.5
    assert np.array_equal(tasks.position_codes(4, C), tasks.position_codes(9, C)[:4])
    bare = tasks.copy_back(stream(0, "codes"), 1, C, positions=False)
    assert first.x - bare.x == pytest.approx(tasks.position_codes(16, C)[None])


def test_codes_are_nearly_orthogonal():
    table = tasks.codes(50, 1000, stream(0, "table"))
    assert table @ table.T / 1000 == pytest.approx(np.eye(50), abs=0.15)


def test_with_once_every_word_stands_once():
    batch = tasks.reverse(stream(0), 20, C, once=True)
    assert np.array_equal(np.sort(batch.targets[..., 0]), np.tile(np.arange(16), (20, 1)))


def test_a_place_may_be_asked_for_alone():
    batch = tasks.look_up(stream(0), 4, C, pairs=5, asked=2, at=3)
    assert batch.x.shape == (4, 2, C) and (batch.places == 3).all()
    assert len(np.unique(tasks.look_up(stream(0), 40, C, pairs=5, asked=1).places)) == 5


RNG = stream(0, "bad")


@pytest.mark.parametrize(("call", "says"), [
    (lambda: tasks.copy_back(RNG, 2, C, length=0), "length is 0, it must be a whole number"),
    (lambda: tasks.look_up(RNG, 2, C, pairs=0), "pairs is 0, it must be a whole number"),
    (lambda: tasks.some_words(2, 3, 0, RNG), "num_words is 0"),
    (lambda: tasks.text_batch(np.array([[0, 3]]), np.eye(3)), r"words\[0, 1\] is 3, .* 0 to 2"),
    (lambda: tasks.text_batch(np.array([[-1, 0]]), np.eye(3)), r"words\[0, 0\] is -1"),
    (lambda: tasks.look_up(RNG, 2, C, 9, fixed=(np.ones((8, C)), np.ones((3, C)))), "pairs is 9"),
    (lambda: tasks.look_up(RNG, 2, C, 4, at=4), "at is 4, .* below 4"),
    (lambda: tasks.copy_back(RNG, 2, C, 4, offset=4), "offset is 4"),
    (lambda: tasks.two_looks(RNG, 2, C, length=5), "length is 5, it must be even"),
])
def test_what_is_no_task_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()
