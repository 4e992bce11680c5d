"""The loop learns, uses every setting, goes on bit for bit, and sees nothing it should not see."""

import math

import numpy as np
import pytest

from block07_rnn import tasks, train
from block07_rnn.tasks import NOTHING, one_hot
from block07_rnn.train import CELLS, Model, Settings
from shared.layers import parameters
from shared.losses import cross_entropy, cross_entropy_gradient
from shared.optim import SGD
from shared.seeding import stream
from shared.tests.ways import a_run, assert_every_setting_matters

SMALL = Settings(hidden=8, learning_rate=5e-3, batch=4, steps=6)
TEXT = np.array([1, 2, 3, 4, 5, 6, 7, 8] * 200)  # ids that a network can learn in a few steps
KINDS = pytest.mark.parametrize("kind", CELLS)


def a_model(kind="RNN", symbols=9, hidden=8, dtype=np.float32, seed=0):
    return Model(kind, symbols, hidden, symbols, stream(seed, "model", kind), dtype=dtype)


def values_of(model):
    return np.concatenate([t.data.ravel() for t in parameters(model).values()])


def run_through(model, next_batch, settings, **options):
    """The last Progress of a training."""
    return list(train.train(model, next_batch, settings, **options))[-1]


# --- the loop ------------------------------------------------------------------------------------


@KINDS
def test_it_overfits_one_small_batch_and_every_parameter_moves(kind):
    model, batch = a_model(kind, tasks.COPY_INPUTS, 32), tasks.copy_batch(2, 4, stream(0, "one"))
    start = values_of(model)
    settings = Settings(hidden=32, learning_rate=2e-2, batch=4, steps=200)
    progress = run_through(model, lambda step: (*batch, False), settings)
    assert progress.loss < 0.02
    cell = {name: tensor.data for name, tensor in model.cell.parameters().items()}
    moved = values_of(model) != start
    assert moved.mean() > 0.9 and all(array.any() for array in cell.values())


def test_one_step_is_the_rate_times_the_clipped_gradient():
    """Of the readout, whose gradient is one line: h' (p - y) / N over the asked steps."""
    settings = Settings(hidden=8, learning_rate=0.5, batch=3, steps=1, clip=1e-3)
    model = a_model(symbols=9, dtype=np.float64)
    inputs, targets = np.array([[1, 2, 3], [4, 5, 6]]), np.array([[NOTHING] * 3, [7, 8, 0]])
    outputs, _, _ = model.cell.forward(one_hot(inputs, 9, np.float64))
    W = model.readout.W.data.copy()
    logits = outputs[1] @ W + model.readout.b.data
    expected = outputs[1].T @ cross_entropy_gradient(logits, targets[1])
    progress = run_through(model, lambda step: (inputs, targets, False), settings, optimizer=SGD)
    assert progress.loss == pytest.approx(cross_entropy(logits, targets[1]))
    step = W - model.readout.W.data
    assert step == pytest.approx(0.5 * expected * 1e-3 / progress.gradient_norm)


def test_the_state_goes_on_where_the_batch_says_so(monkeypatch):
    text = train.reading(TEXT[:260], Settings(8, 5e-3, 2, 4))  # columns of 130: two pieces of 64
    assert [text(step)[2] for step in range(4)] == [False, True, False, True]
    first, second, again = (text(step)[0] for step in range(3))
    assert first.shape == (train.PIECE, 2) and np.array_equal(first, again)
    assert first[1:, 0].tolist() == TEXT[:63].tolist()
    assert second[:, 0].tolist() == TEXT[63:127].tolist()
    seen, call = [], Model.__call__
    monkeypatch.setattr(
        Model, "__call__",
        lambda self, inputs, state=None: seen.append(state) or call(self, inputs, state),
    )
    states = [p.state for p in train.train(a_model(), text, Settings(8, 5e-3, 2, 4))]
    assert seen[0] is None and seen[2] is None
    assert seen[1] is states[0] and seen[3] is states[2]


def test_every_setting_matters():
    def outcome(settings):
        model = Model("RNN", 12, settings.hidden, 10, stream(0, "settings"))
        rng = stream(0, "batches")
        batches = train.train(
            model, lambda step: (*tasks.copy_batch(1, settings.batch, rng), False), settings
        )
        return [progress.loss for progress in batches]

    changes = {"hidden": 9, "learning_rate": 1e-2, "batch": 5, "steps": 7, "clip": 1e-2,
               "cosine": True}
    settings = SMALL._replace(clip=0.1)  # Adam hardly feels the length: only a change of it
    assert_every_setting_matters(outcome, settings, changes)


@pytest.mark.parametrize("kind", ["RNN", "LSTM"])
def test_a_training_goes_on_bit_for_bit(kind):
    settings = SMALL._replace(steps=7, cosine=True)
    text = train.reading(TEXT, settings)
    whole = a_model(kind)
    losses = [progress.loss for progress in train.train(whole, text, settings)]
    for progress in train.train(a_model(kind), text, settings):
        if progress.step == 3:
            arrays, steps = progress.optimizer.state()
            kept = arrays | {"carried": progress.state.copy()}, {"steps": steps}
            break
    resumed = a_model(kind, seed=5)
    more = [progress.loss for progress in train.train(resumed, text, settings, kept=kept)]
    assert more == losses[3:] and np.array_equal(values_of(resumed), values_of(whole))


def test_a_run_that_was_stopped_goes_on_bit_for_bit(tmp_path, monkeypatch):
    """Stopped in the second of two trainings, between two lines of the log."""
    monkeypatch.setattr(train, "EVERY", 4)
    monkeypatch.setattr(train, "KEPT_EVERY", -1)
    settings = SMALL._replace(steps=10)

    def learned(run):
        run.resume, run.kept = True, tmp_path / "kept"
        return [train.learn_text(run, kind, settings, TEXT, TEXT[:99], 9) for kind in CELLS]

    keep, kept = train.resume.keep, []

    def keep_and_stop(*arguments):
        keep(*arguments)
        kept.append(arguments)
        if len(kept) == 17:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(train.resume, "keep", keep_and_stop)
        with pytest.raises(KeyboardInterrupt):
            learned(a_run(tmp_path))
    resumed = a_run(tmp_path)
    models = learned(resumed)
    for path in (tmp_path / "kept").iterdir():
        path.unlink()
    whole = a_run(tmp_path)
    expected = learned(whole)
    assert resumed.log_rows == whole.log_rows
    for one, other in zip(models, expected):
        assert np.array_equal(values_of(one), values_of(other))


def test_a_token_that_the_model_does_not_know_is_an_error():
    with pytest.raises(ValueError, match="is 9, expected 0 to 8"):
        a_model()(np.array([[9]]))


# --- the text ------------------------------------------------------------------------------------


def test_the_log_holds_the_losses_of_the_network_it_ends_with(tmp_path):
    run, held_out = a_run(tmp_path, seed=3), TEXT[100:300]
    settings = SMALL._replace(steps=5)
    model = train.learn_text(run, "GRU", settings, TEXT, held_out, 9)
    steps, losses = run.logged(split="validation", problem="GRU")
    assert steps == [0, 5]
    inputs, targets = tasks.columns(held_out, 64)
    logits = model(inputs)[0].data.reshape(-1, 9)
    assert losses[-1] == pytest.approx(cross_entropy(logits, targets.ravel()), rel=1e-5)
    start = Model("GRU", 9, 8, 9, stream(3, "text", "GRU"))
    assert losses[0] == pytest.approx(train.held_out_loss(start, held_out), rel=1e-5)
    _, (mean,) = run.logged(split="train", problem="GRU")
    again = train.train(start, train.reading(TEXT, settings), settings)
    assert mean == pytest.approx(np.mean([p.loss for p in again]), rel=1e-5)


def test_neither_validation_nor_test_text_moves_a_weight(tmp_path, monkeypatch):
    def learned(texts):
        train.learn.cache_clear()
        monkeypatch.setattr(train, "read_texts", lambda run: texts)
        return train.learn(a_run(tmp_path))

    texts = train.Texts("the cat sat on the mat. " * 60, "a dog. " * 20, "a cow. " * 20, None)
    honest, poisoned = (
        learned(texts._replace(**parts))
        for parts in ({}, {"validation": "zzz!" * 35, "test": "qqq?" * 35})
    )
    train.learn.cache_clear()
    for kind in CELLS:
        assert np.array_equal(*(values_of(each.models[kind]) for each in (honest, poisoned)))
    assert "z" not in poisoned.vocabulary.symbols


def test_a_text_in_random_order_leaves_nothing_to_learn(tmp_path):
    """Labels that belong to other rows: the loss is that of the letters' frequencies."""
    random = stream(0, "shuffled").integers(1, 9, 6000)
    settings = Settings(hidden=8, learning_rate=5e-3, batch=8, steps=60)
    run = a_run(tmp_path)
    train.learn_text(run, "GRU", settings, random[:4000], random[4000:], 9)
    assert run.logged(split="validation", problem="GRU")[1][-1] > math.log(8) - 0.02


def test_a_short_text_is_read_too(tmp_path):
    train.learn_text(a_run(tmp_path), "RNN", SMALL, TEXT[:5], TEXT[:3], 9)
