"""The experiments measure what they say: on cases whose answer is known."""

import math
import types

import numpy as np
import pytest

from block07_rnn import lstm, report, rnn, tasks
from block07_rnn.experiments import copying, forgetting, games, stories
from block07_rnn.train import Model
from shared.seeding import stream
from shared.tensor import Tensor
from shared.text import Slot, Story


class Knowing:
    """A model that knows the answer: logits of 50 at the symbol that `answer` names."""

    def __init__(self, answers, answer):
        self.answers, self.answer = answers, answer

    def __call__(self, inputs, state=None):
        said, state = self.answer(inputs, state)
        return Tensor(50.0 * np.eye(self.answers)[said]), state


# --- copying -------------------------------------------------------------------------------------


def test_the_copy_accuracy_is_that_of_the_answers():
    def late(inputs, state):  # right, but for the first symbol of each message
        said = np.zeros_like(inputs)
        said[-tasks.MESSAGE + 1 :] = inputs[1 : tasks.MESSAGE] - 1
        said[-tasks.MESSAGE] = 0
        return said, state

    found = copying.copy_accuracy(Knowing(10, late), 4, 2000, stream(0, "late"))
    assert found == pytest.approx((tasks.MESSAGE - 1 + 0.1) / tasks.MESSAGE, abs=0.02)


def test_the_delays_of_a_course_grow_by_a_quarter_and_end_at_the_longest():
    delays = [1]
    while delays[-1] < 100:
        delays.append(copying.longer(delays[-1], 100))
    assert delays[:6] == [1, 2, 3, 4, 5, 6] and delays[-3:] == [78, 97, 100]
    assert copying.longer(8, 100) == 10


def test_a_course_says_what_it_had_solved(monkeypatch):
    """With a bar of 0 each look passes: one delay more every 20 steps, up to the longest."""
    monkeypatch.setattr(copying, "SOLVED", 0.0)
    settings = copying.COPY._replace(hidden=4, steps=200, batch=2)
    _, solved = copying.course("RNN", 0, settings, 3)
    assert solved == [(20, 1), (40, 2), (60, 3)]
    monkeypatch.setattr(copying, "SOLVED", 1.1)
    assert copying.course("RNN", 0, settings, 3)[1] == []


def test_an_entrant_has_the_forget_bias_of_its_name():
    for name, bias in (("LSTM", 1.0), ("LSTM, forget bias 0", 0.0)):
        settings = copying.COPY._replace(hidden=4, steps=1, learning_rate=0.0)
        model, _ = copying.course(name, 0, settings, 1)
        assert (model.cell.b.data[4:8] == bias).all()


def test_a_gate_is_shut_while_its_phase_lasts_and_no_longer():
    parameters = lstm.initialise(tasks.COPY_INPUTS, 5, stream(0, "meddled"))
    inputs, _ = tasks.copy_batch(9, 3, stream(0, "meddled"))
    x = tasks.one_hot(inputs, tasks.COPY_INPUTS, np.float64)
    places = {"b_i": 3, "b_f": 4, "b_o": 6}
    for changes in copying.MEDDLING.values():
        outputs, caches = copying.read_with(parameters, x, changes)
        assert len(outputs) == len(caches) == len(x)
        for (phase, bias), amount in changes.items():
            gate = np.array([cache[places[bias]] for cache in caches])  # (T, B, H)
            steps = {"message": range(3), "one step": [3], "wait": range(3, 12),
                     "answer": range(12, 15)}[phase]
            touched = np.isin(np.arange(15), steps)
            assert gate[touched] == pytest.approx(1.0 if amount > 0 else 0.0, abs=1e-9)
            assert ((gate[~touched] > 0.05) & (gate[~touched] < 0.95)).all()


# --- forgetting ----------------------------------------------------------------------------------


def test_a_linear_network_forgets_by_the_size_of_u(monkeypatch):
    """With x = 0 and h = 0 the slopes are 1: with U = 0.9 I the factor a step is 0.9."""
    parameters = rnn.initialise(tasks.COPY_INPUTS, 6, stream(0, "linear"))
    parameters["U_h"], parameters["W_h"] = 0.9 * np.eye(6), 0 * parameters["W_h"]
    back = forgetting.look_back("RNN", parameters, stream(0, "x"), 20)
    sizes = 0.9 ** np.arange(20)
    assert back.sizes == pytest.approx(sizes) and back.radius == pytest.approx(0.9)
    assert back.directions == 6  # 0.9^20 is 0.12
    parameters["U_h"][:3] *= 0.9
    assert forgetting.look_back("RNN", parameters, stream(0, "x"), 20).directions == 3
    found = forgetting.summary([back, forgetting.Back(4 * sizes, 0.7, 3)])
    assert found["directions"] == 4.5
    assert found["left"] == pytest.approx(2 * 0.9**19)  # geometric mean of 1 and 4
    assert found["factor_per_step"] == pytest.approx((2 * 0.9**19) ** (1 / 19))
    assert (found["spectral_radius"], found["spectral_radius_sd"]) == pytest.approx((0.8, 0.1))


def test_the_starts_differ_in_what_their_names_say():
    plain, larger = (forgetting.start(name, 0, 4) for name in ("RNN", "RNN, U x 3.5"))
    assert larger["U_h"] == pytest.approx(3.5 * plain["U_h"])
    assert np.array_equal(larger["W_h"], plain["W_h"])
    biased, usual = (forgetting.start(name, 0, 4) for name in ("LSTM, forget bias 5", "LSTM"))
    assert (biased["b_f"] == 5).all() and (usual["b_f"] == 1).all() and not biased["b_i"].any()


def test_clipping_shortens_the_steps_of_the_same_training():
    settings = forgetting.COPY._replace(steps=2, hidden=8)
    ways = [forgetting.clipped_training(0, 0.1, clip, settings) for clip in (np.inf, 1e-9)]
    (losses, norms), (still, still_norms) = ways
    assert losses[0] == still[0] and norms[0] == still_norms[0] and losses[1] != still[1]


# --- games ---------------------------------------------------------------------------------------


def test_parity_by_step_counts_each_step_alone():
    def answer(inputs, state):
        said = inputs.cumsum(axis=0) % 2
        said[150:] = 1 - said[150:]
        return said, state

    found = games.parity_by_step(Knowing(2, answer), stream(0, "parity"))
    assert (found[:150] == 1).all() and (found[150:] == 0).all() and len(found) == 200


def account(inputs, state):
    """Adds to the sum that it is given, whatever it is: state is that sum."""
    said = np.zeros_like(inputs)
    total = np.zeros(inputs.shape[1], int) if state is None else state.copy()
    for t, ids in enumerate(inputs):
        total = np.where(ids >= 10, ids - 10, (total + ids) % 10)
        said[t] = 10 + total
    return said, total


def test_one_that_knows_pays_nothing_either_way():
    digits = stream(0, "digits").integers(0, 10, (8, 30))
    numbers = stream(0, "numbers").random((8, 30))
    assert games.forced_nats(Knowing(20, account), digits) == pytest.approx(0, abs=1e-9)
    assert games.free_nats(Knowing(20, account), digits, numbers) == pytest.approx(0, abs=1e-9)


def test_one_slip_is_carried_on_in_free_running_alone():
    """A model that is wrong at the third entry and trusts what it is given."""
    def slips(inputs, state):
        entry, total = state if state is not None else (0, None)
        said, total = account(inputs, total)
        for t in range(len(inputs)):
            if inputs[t, 0] < 10:
                entry += 1
                said[t] = 10 + (said[t] - 9) % 10 if entry == 3 else said[t]
        return said, (entry, total)

    digits = stream(0, "digits").integers(0, 10, (6, 5))
    forced = games.forced_nats(Knowing(20, slips), digits).mean(axis=1)
    free = games.free_nats(Knowing(20, slips), digits, np.full(digits.shape, 0.5)).mean(axis=1)
    assert forced.round().tolist() == [0, 0, 50, 0, 0, 0]
    assert free.round().tolist() == [0, 0, 50, 50, 50, 50]


# --- stories -------------------------------------------------------------------------------------


def test_a_text_is_scored_as_one_sequence_whatever_is_read_at_a_time(monkeypatch):
    model, ids = Model("LSTM", 7, 6, 7, stream(0, "score"), dtype=np.float64), np.arange(30) % 7
    whole = stories.log_probabilities(model, ids)
    monkeypatch.setattr(stories, "AT_A_TIME", 4)
    assert stories.log_probabilities(model, ids) == pytest.approx(whole, abs=1e-12)
    logits = model(np.concatenate([[0], ids[:-1]])[:, None])[0].data[:, 0]
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert np.exp(whole) == pytest.approx(p[np.arange(30), ids])


def test_the_distance_is_that_to_the_last_mention():
    story = Story("Amy saw Ben. Amy met Amy.\n\n", (), 0.0)
    assert stories.distance_back(story, Slot(13, 3, "name", {})) == 13
    assert stories.distance_back(story, Slot(21, 3, "name", {})) == 8
    assert stories.distance_back(story, Slot(8, 3, "name", {})) is None


def test_slots_are_those_that_the_story_has_settled(monkeypatch):
    """Of four slots one was never said before and one is open; a uniform model pays its bits."""
    slots = (Slot(0, 3, "name", {"Amy": 1.0}), Slot(9, 3, "name", {"Amy": 1.0}),
             Slot(18, 3, "name", {"Amy": 0.5, "Ben": 0.5}), Slot(30, 3, "name", {"Ben": 1.0}))
    story = Story("Amy saw. Amy ran, Amy Ben saw Ben.\n\n", slots, 0.0)
    texts = types.SimpleNamespace(
        test=2 * story.text, tales=types.SimpleNamespace(stories={"test": [story, story, story]})
    )
    uniform = np.full(len(texts.test), -2 * math.log(2))  # two bits a character
    monkeypatch.setattr(stories, "learn", lambda run: (texts, None, None))
    monkeypatch.setattr(stories, "scored", lambda run: stories.Scored({"x": uniform}, 1, {}))
    distances, bits = stories.slots_with_distance(None)
    assert distances.tolist() == [9, 8, 9, 8]  # the third story lies outside of the text
    assert bits["x"] == pytest.approx([6, 6, 6, 6])


def test_what_is_written_is_read_before_the_next_is_drawn():
    def counts(inputs, state):
        return (inputs + 1) % 5, state

    written = report.write_on(Knowing(5, counts), np.array([2]), np.full(4, 0.5))
    assert written.tolist() == [3, 4, 0, 1]
