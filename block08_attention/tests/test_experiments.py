"""The experiments measure what they say: on cases whose answer is known."""

from functools import partial

import numpy as np
import pytest

from block08_attention import model, report, train
from block08_attention.experiments import distance, heads, masking, order, places, scaling
from block08_attention.train import Score
from shared.checkpoint import unpack
from shared.checks import gradient_error
from shared.seeding import stream
from shared.tests.ways import a_run

# --- the size of the scores ----------------------------------------------------------------------


def test_the_variance_of_the_scores_is_the_number_of_channels():
    for d in (2, 32):
        assert scaling.measured(1, d, "without")[0] == pytest.approx(d, rel=0.15)
        assert scaling.measured(1, d, "with the root")[0] == pytest.approx(1, rel=0.15)


def test_entropy_by_hand():
    weights = np.array([[0.25] * 4, [1, 0, 0, 0], [0.5, 0.5, 0, 0]])
    assert scaling.entropy(weights) == pytest.approx([np.log(4), 0, np.log(2)])


def test_the_gradient_is_that_of_the_softmax():
    # 16 equal weights: dscores = (dw - mean) / 16, of length about sqrt(15) / 16
    weights = np.full((500, 1, 16), 1 / 16)
    dweights = stream(0, "dw").standard_normal(weights.shape)
    lengths = np.linalg.norm(scaling.attention.softmax_backward(weights, dweights), axis=-1)
    assert np.median(lengths) == pytest.approx(np.sqrt(15) / 16, rel=0.05)
    with_root, without = (scaling.measured(1, 512, way) for way in scaling.WAYS)
    assert without[2] < with_root[2] / 100 and without[3] < with_root[3]
    assert scaling.summary(np.array([with_root, with_root]))["gradient"] == with_root[2]


# --- the GRU that reads --------------------------------------------------------------------------


def a_memory(pairs=3, **options):
    settings = distance.SETTINGS._replace(channels=6)
    return settings, train.batches(settings, 0, "test", 4, pairs=pairs, asked=1, **options)()


def test_the_gradients_of_the_gru_that_reads_are_the_central_differences():
    settings, batch = a_memory()
    gru, parameters = distance.first_reader(settings, stream(0, "gru"))
    _, gradients = distance.read_loss(parameters, batch, gru)
    for name in distance.Reader._fields:

        def loss(array, name=name):
            logits, _ = distance.read(gru, parameters._replace(**{name: array}), batch)
            return model.loss(logits, batch)

        assert gradient_error(loss, getattr(parameters, name), getattr(gradients, name)) <= 1e-7


def test_the_gru_sees_pairs_and_question_in_order_and_answers_last():
    settings, batch = a_memory()
    gru, parameters = distance.first_reader(settings, stream(0, "gru"))
    logits, (outputs, cache) = distance.read(gru, parameters, batch)
    assert np.array_equal(cache.x[:3], batch.memory.swapaxes(0, 1))
    assert np.array_equal(cache.x[3], batch.x[:, 0])
    expected = outputs[3] @ parameters.Wo @ batch.answers[0].T / np.sqrt(6)
    assert logits[0][:, 0] == pytest.approx(expected)


def test_both_models_are_trained_on_the_same_batches_and_asked_for_the_first(monkeypatch):
    seen = {}

    def fake(start, step, draw, settings):
        seen[type(start).__name__] = draw()
        return start

    monkeypatch.setattr(distance, "train", fake)
    for name in distance.MODELS:
        assert distance.accuracy(distance.SETTINGS, 0, name, 4) < 0.4  # untrained
    gru, ours = seen["Reader"], seen["Parameters"]
    assert np.array_equal(gru.memory, ours.memory) and np.array_equal(gru.x, ours.x)
    assert len(np.unique(gru.places)) == 4 and gru.memory.shape == (32, 4, 64)
    distance.accuracy(distance.SETTINGS, 0, "GRU", 4, at=0)
    assert (seen["Reader"].places == 0).all()


def test_attention_learns_what_a_gru_does_not_in_as_many_steps():
    settings = distance.SETTINGS._replace(steps=100, batch_size=16)
    assert distance.accuracy(settings, 1, "attention", 8) > 0.95
    assert distance.accuracy(settings, 1, "GRU", 8) < 0.5


# --- masks ---------------------------------------------------------------------------------------


def test_an_empty_sequence_is_harmless_by_the_rule_alone():
    nan, moved = masking.empty_sequence(1, masking.WAYS["the rule: weights 0"])
    assert (nan, moved) == (0, 0)
    nan, moved = masking.empty_sequence(1, masking.WAYS["-inf, plain softmax"])
    assert nan == 1 and np.isnan(moved)
    nan, moved = masking.empty_sequence(1, masking.WAYS["-1e9, plain softmax"])
    assert nan == 0 and moved > 0.1


def test_a_loss_below_the_least_possible_tells_that_the_future_shows():
    settings = masking.NEXT._replace(steps=100, batch_size=8)
    curve, test = masking.losses(settings, 1, 0)
    assert test > np.log(16) - 0.05 and len(curve) == 11
    assert masking.losses(settings, 1, 1)[1] < 0.5


# --- places, order, heads ------------------------------------------------------------------------


def test_means_and_deviations_are_over_the_seeds():
    scores = [Score(0.1, np.array([a]), np.array([[w]])) for a, w in ((0.5, 0.2), (0.9, 0.6))]
    assert places.summary(scores) == pytest.approx({
        "accuracy": 0.7, "accuracy_sd": 0.2, "weight_on_truth": 0.4, "weight_on_truth_sd": 0.2,
    })
    two = [Score(0, np.zeros(2), np.array([[0.1, 0.9], [0.8, 0.2]])),
           Score(0, np.zeros(2), np.array([[1.0, 0.1], [0.3, 0.7]]))]
    assert heads.best_head(two) == pytest.approx(
        {"the word before": 0.9, "the place of the same word": 0.8})


def test_a_question_is_answered_from_nine_in_ten_on():
    found = heads.answered({"a": np.array([0.9, 1.0, 0.89]), "b": np.array([0.5, 0.95, 1.0])})
    assert found.tolist() == [1, 2, 1]


def test_order_is_examined_where_words_tell_nothing(monkeypatch):
    seen = {}
    monkeypatch.setattr(order, "score", lambda p, settings, seed, **options:
                        seen.update({options["positions"]: options}) or Score(0, np.ones(1), None))
    for way in order.WAYS:
        order.examined(None, order.REVERSE, 0, way)
    assert seen == {on: {"positions": on, "once": True} for on in (True, False)}


def test_without_positions_reversing_is_not_learned():
    settings = order.REVERSE._replace(steps=120)
    found = [order.examined(train.trained(settings, 2, **order.WAYS[way]), settings, 2, way)
             for way in list(order.WAYS)[:2]]
    assert found[0] < 0.1 and found[1] > 0.9


def test_one_head_can_answer_the_second_question_alone(monkeypatch):
    asked = {}
    monkeypatch.setattr(heads, "trained", lambda settings, seed, **options: (settings, options))
    monkeypatch.setattr(heads, "score", lambda p, settings, seed, **options:
                        asked.update({settings.num_heads: (p, options)}))
    heads.reached("one head, the second alone", 0, False)
    (_, trained_on), examined_on = asked[1]
    assert trained_on == examined_on == {"only": 1}
    heads.reached("two heads", 0, False)
    assert asked[2][1] == {}


# --- report --------------------------------------------------------------------------------------


def test_heads_are_named_by_what_they_look_at(monkeypatch):
    score = partial(Score, 0.0, None)
    monkeypatch.setattr(report, "score", lambda *given: score(np.array([[0.2, 0.9], [0.8, 0.1]])))
    assert report.head_names(None, None, 0) == ["the same word earlier", "the word before"]


def test_the_saved_model_is_the_trained_one(tmp_path):
    run = a_run(tmp_path, seed=1)
    parameters = train.first_parameters(train.TWO_LOOKS, 1)
    heads_named = report.save_two_looks(run, parameters)
    arrays, state = unpack(run.files["two_looks.npz"])
    assert state == {"heads": heads_named}
    assert all(arrays[k] == pytest.approx(v, rel=1e-6) for k, v in parameters._asdict().items())
