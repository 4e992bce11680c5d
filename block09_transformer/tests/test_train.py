"""The training loop: it learns, every setting matters, it stops and goes on, and nothing leaks."""

import numpy as np
import pytest

from block09_transformer import proofs
from block09_transformer import train as training
from block09_transformer.model import Transformer
from block09_transformer.train import Settings, fused, mean_loss, prepare, train
from shared import gpt
from shared.checks import NonFiniteError
from shared.data import DataError
from shared.layers import parameters
from shared.seeding import stream
from shared.tests.ways import a_run

SHAPE = gpt.Shape(12, channels=8, layers=1, heads=2, context=9, shift=1)
SHORT = Settings(steps=8, batch_size=3, warmup=2, clip=0.5, log_every=4)
EXAMPLES = [np.random.default_rng(n).integers(0, 12, 4 + n % 5) for n in range(10)]


def trained(settings=SHORT, examples=EXAMPLES, seed=0, **how):
    """The losses of a short training, and the values it ends with."""
    losses = []
    optimizer = train(
        *fused(SHAPE, stream(seed, "weights"), np.float64), examples, settings,
        stream(seed, "order"), watch=lambda step, loss, *rest: losses.append(loss), **how,
    )
    return losses, optimizer.values


def test_every_setting_matters():
    changes = {"steps": 9, "batch_size": 2, "learning_rate": 1e-3, "warmup": 3, "clip": 0.1,
               "beta2": 0.9, "weight_decay": 0.5}
    assert set(changes) == set(Settings._fields) - {"log_every"}, "name a change for every field"
    before = trained()[1]
    assert np.array_equal(trained()[1], before), "the outcome is not the same twice"
    for field, value in changes.items():
        after = trained(SHORT._replace(**{field: value}))[1]
        assert not np.array_equal(before, after), f"{field} has no effect"


def test_one_batch_is_learnt_by_heart():
    losses = proofs.one_batch_losses(seed=2)
    assert losses[0] > 2 and losses[-1] < 0.01


def test_a_stopped_training_goes_on_bit_for_bit():
    kept = []

    def stop(step, loss, norm, optimizer, order):
        if step == 3:
            arrays, steps = optimizer.state()
            kept.append((arrays, {"steps": steps, "order": order.state()}))
            raise KeyboardInterrupt

    model = fused(SHAPE, stream(0, "weights"), np.float64)
    with pytest.raises(KeyboardInterrupt):
        train(*model, EXAMPLES, SHORT, stream(0, "order"), watch=stop)
    losses, values = trained(kept=kept[0])
    whole, expected = trained()
    assert losses == whole[3:] and np.array_equal(values, expected)


def test_the_learning_rate_warms_up_and_ends_near_zero():
    rates = []
    train(
        *fused(SHAPE, stream(0, "weights")), EXAMPLES, SHORT, stream(0, "order"),
        watch=lambda step, loss, norm, optimizer, order: rates.append(optimizer.learning_rate),
    )
    peak = SHORT.learning_rate
    assert rates[:3] == [peak / 2, peak, peak] and rates == sorted(rates[:2]) + sorted(
        rates[2:], reverse=True
    )
    assert 0 < rates[-1] < 0.1 * peak


def test_tables_and_matrices_decay_and_norms_do_not():
    tensors, _ = fused(SHAPE, stream(0, "weights"))
    optimizer = training.adamw(tensors, SHORT)
    decays = gpt.views(SHAPE, optimizer._decay)
    assert all((array > 0).all() == (array.ndim == 2) for array in decays.values())


def test_the_gradient_is_clipped_before_the_step():
    norms = []
    train(
        *fused(SHAPE, stream(0, "weights")), EXAMPLES, SHORT._replace(clip=0.01),
        stream(0, "order"),
        watch=lambda s, l, norm, optimizer, order: norms.append((norm, optimizer.gradient_norm())),
    )
    assert all(before > 0.1 and abs(after - 0.01) < 1e-4 for before, after in norms)


def test_a_training_that_diverges_says_so():
    def broken(optimizer, inputs, targets):
        optimizer.gradients[:] = np.nan
        return float("nan")

    tensors, _ = fused(SHAPE, stream(0, "weights"))
    with pytest.raises(NonFiniteError, match="the gradient of embedding"):
        train(tensors, broken, EXAMPLES, SHORT, stream(0, "order"))


def test_the_textbook_learns_in_the_same_loop():
    textbook = Transformer(proofs.SMALL._replace(layers=1), stream(0, "textbook"))
    examples, losses = [ids % 13 for ids in EXAMPLES], []
    train(
        parameters(textbook), training.textbook_gradient(textbook), examples,
        SHORT._replace(steps=12, batch_size=10), stream(0, "order"),
        watch=lambda step, loss, *rest: losses.append(loss),
    )
    assert losses[-1] < losses[0] - 0.1


def test_the_tokenizer_and_the_examples_of_training_come_from_training_alone():
    train_texts = ["The dog sat. The dog sat.\n\n", "The cat sat.\n\n"]
    clean = prepare({"train": train_texts, "test": ["A dog.\n\n"]}, None, 9)
    other = prepare({"train": train_texts, "test": ["Zebra zebra zebra.\n\n"]}, None, 9)
    assert clean.tokenizer.pairs == other.tokenizer.pairs
    for one, two in zip(clean.examples["train"], other.examples["train"]):
        assert np.array_equal(one, two)
    begin = clean.tokenizer.special[training.BEGIN]
    assert all(example[0] == begin for part in clean.examples.values() for example in part)
    assert clean.characters == {"train": 41, "test": 8}


def test_mean_loss_is_the_mean_over_tokens_of_the_next_one():
    uniform = gpt.initialise(SHAPE, np.random.default_rng(0), np.float64)
    for name in ("embedding", "norm.gain"):
        uniform[name][:] = 0
    assert mean_loss(SHAPE, uniform, EXAMPLES) == pytest.approx(np.log(12))


# --- the run's own model -------------------------------------------------------------------------

NAMES = ("Ann", "Bob", "Cy")
STORIES = [f"{a} met {b}. {a} and {b} sang.\n\n" for a in NAMES for b in ("Di", "Ed", "Flo")]


def learn(monkeypatch, folder, *, again=False, validation=STORIES[:2], seed=0):
    """The run's own training on nine tiny stories; `again` goes on with what was kept."""
    texts = {"train": STORIES, "validation": validation, "test": STORIES[:1]}
    monkeypatch.setattr(training, "corpus", lambda run: (None, texts, None))
    run = a_run(folder, seed=seed)
    run.resume, run.kept = again, folder / "kept"
    return run, training.learn(run)


def test_the_log_is_what_the_parameters_say(monkeypatch, tmp_path):
    run, learned = learn(monkeypatch, tmp_path)
    examples = learned.texts.examples["validation"]
    steps, losses = run.logged(split="validation")
    assert steps == [10, 20, 30]
    assert losses[-1] == pytest.approx(
        mean_loss(learned.shape, learned.parameters, examples), rel=1e-5
    )
    assert losses[-1] < losses[0] and run.logged(split="train")[1] != losses
    assert [step for step, _ in learned.samples] == [10]


def test_what_is_held_out_changes_no_bit_of_what_is_learnt(monkeypatch, tmp_path):
    _, learned = learn(monkeypatch, tmp_path)
    _, other = learn(monkeypatch, tmp_path, validation=["Zoe zigzagged."])
    assert other.texts.tokenizer.pairs == learned.texts.tokenizer.pairs
    for name, array in learned.parameters.items():
        assert np.array_equal(array, other.parameters[name])


def test_another_seed_is_another_model(monkeypatch, tmp_path):
    _, one = learn(monkeypatch, tmp_path)
    _, two = learn(monkeypatch, tmp_path, seed=1)
    assert not np.allclose(one.parameters["embedding"], two.parameters["embedding"])
    never_seen = one.parameters["shift.1"][0], two.parameters["shift.1"][0]  # as they were drawn
    assert not np.allclose(*never_seen)


@pytest.mark.parametrize("last", [20, 30])
def test_a_killed_run_goes_on_to_the_same_parameters_log_and_samples(last, monkeypatch, tmp_path):
    """Killed in the middle, or when the training was over and the experiments had begun."""
    whole_run, whole = learn(monkeypatch, tmp_path / "whole")
    keep = training.resume.keep

    def keep_and_die(run, name, arrays, state):
        run.resume = True  # a quick run keeps nothing else
        keep(run, name, arrays, state)
        if state["steps"] == last:
            raise KeyboardInterrupt

    monkeypatch.setattr(training.resume, "keep", keep_and_die)
    with pytest.raises(KeyboardInterrupt):
        learn(monkeypatch, tmp_path)
    monkeypatch.setattr(training.resume, "keep", keep)
    run, learned = learn(monkeypatch, tmp_path, again=True)
    assert run.log_rows == whole_run.log_rows and learned.samples == whole.samples
    for name, array in whole.parameters.items():
        assert np.array_equal(array, learned.parameters[name])


def test_a_text_of_ones_own_is_cut_into_windows_and_held_out_at_its_end(tmp_path):
    (tmp_path / "mine.txt").write_text("one two three " * 400 + "four " * 100)
    run = a_run(tmp_path)
    run.text = str(tmp_path / "mine.txt")
    tales, texts, window = training.corpus(run)
    assert tales is None and window == 32 and texts["train"][0].startswith("one two")
    parts = prepare(texts, window, 10).examples
    assert max(len(e) for e in parts["train"]) == 33
    assert "one" not in texts["validation"][0][-400:]


def test_a_text_shorter_than_a_window_is_one_line(tmp_path):
    (tmp_path / "mine.txt").write_text("a b c")
    run = a_run(tmp_path)
    run.text = str(tmp_path / "mine.txt")
    _, texts, window = training.corpus(run)
    with pytest.raises(DataError, match="fewer than one example of 32"):
        prepare(texts, window, 10)
