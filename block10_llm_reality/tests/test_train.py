"""The training loop: it learns, every setting matters, it stops and goes on; weights that ship."""

import shutil

import numpy as np
import pytest

from block10_llm_reality import train as training
from block10_llm_reality.finetuning import instructions, lora
from block10_llm_reality.finetuning.instructions import Encoded
from block10_llm_reality.tests.models import random_model
from block10_llm_reality.train import Model, Settings, adapters_alone, train, whole_model
from shared import bpe, gpt
from shared.command_line import RunError
from shared.data import DataError
from shared.seeding import stream
from shared.tests.ways import a_run
from shared.text import Asked

SHAPE = gpt.Shape(12, channels=8, layers=1, heads=2, context=16, shift=1)
SHORT = Settings(steps=8, batch_size=3, learning_rate=3e-3, warmup=2, clip=0.5, log_every=4)
THIN = lora.Settings(rank=2, alpha=4.0)


def examples(count=10, learnt=slice(2, None)):
    rows = []
    for n in range(count):
        ids = np.random.default_rng(n).integers(0, 12, 5 + n % 5)
        weights = np.zeros(len(ids) - 1)
        weights[learnt] = 1
        rows.append(Encoded(ids[:-1], ids[1:], weights))
    return rows


def base():
    return gpt.initialise(SHAPE, stream(0, "weights"))


def adapting():
    return adapters_alone(SHAPE, base(), lora.initialise(SHAPE, THIN, stream(0, "a")), THIN)


WAYS = {"whole": lambda: whole_model(SHAPE, base()), "adapters": adapting}


def trained(settings=SHORT, rows=None, way="whole", **how):
    """The losses of a short training, and the values it ends with."""
    losses = []
    learnt = train(*WAYS[way](), rows or examples(), settings, stream(0, "order"),
                   watch=lambda step, loss, *rest: losses.append(loss), **how)
    return losses, np.concatenate([array.ravel() for array in learnt.values()])


def test_every_setting_matters():
    changes = {"steps": 9, "batch_size": 2, "learning_rate": 1e-3, "warmup": 3, "clip": 0.1,
               "beta2": 0.9, "weight_decay": 0.5}
    assert set(changes) == set(Settings._fields) - {"log_every"}, "name a change for every field"
    before = trained()[1]
    assert np.array_equal(trained()[1], before), "the outcome is not the same twice"
    for field, value in changes.items():
        after = trained(SHORT._replace(**{field: value}))[1]
        assert not np.array_equal(before, after), f"{field} has no effect"


@pytest.mark.parametrize(("way", "rate", "most"), [("whole", 1e-2, 0.02), ("adapters", 5e-2, 2.0)])
def test_one_batch_is_learnt(way, rate, most):
    settings = SHORT._replace(steps=150, batch_size=3, learning_rate=rate, weight_decay=0.0)
    losses, _ = trained(settings, examples(3), way)
    assert losses[0] > 2 and losses[-1] < most


@pytest.mark.parametrize("way", WAYS)
def test_a_stopped_training_goes_on_bit_for_bit(way):
    kept = []

    def stop(step, loss, optimizer, order):
        if step == 3:
            arrays, steps = optimizer.state()
            kept.append((arrays, {"steps": steps, "order": order.state()}))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(*WAYS[way](), examples(), SHORT, stream(0, "order"), watch=stop)
    losses, values = trained(kept=kept[0], way=way)
    whole, expected = trained(way=way)
    assert losses == whole[3:] and np.array_equal(values, expected)


def test_the_adapters_get_the_gradient_of_the_merged_model():
    adapters = lora.initialise(SHAPE, THIN, stream(0, "a"))
    adapters = {name: array + np.float32(0.1) for name, array in adapters.items()}
    tensors, gradient = adapters_alone(SHAPE, base(), adapters, THIN)
    optimizer = training.Adam(tensors, 1e-3)
    loss = gradient(optimizer, examples())
    merged, flat = lora.merged(SHAPE, base(), adapters, THIN), np.empty_like(
        np.concatenate([array.ravel() for array in base().values()]))
    inputs, targets, weights = map(list, zip(*examples()))
    assert loss == gpt.loss_and_gradient(SHAPE, merged, inputs, targets, weights, out=flat)
    expected = lora.backward(SHAPE, gpt.views(SHAPE, flat), adapters, THIN)
    for name in expected:
        assert np.array_equal(optimizer.parameters[name].grad, expected[name])


def test_a_killed_run_goes_on_from_what_it_kept_with_the_same_log(tmp_path):
    def run_it(killed_after=99, settings=SHORT):
        run, calls = a_run(tmp_path), []
        run.resume = True
        tensors, gradient = whole_model(SHAPE, base())

        def counted(optimizer, batch):
            calls.append(1)
            if len(calls) > killed_after:
                raise KeyboardInterrupt
            return gradient(optimizer, batch)

        learnt = training.logged_training(
            run, "toy", tensors, counted, examples(), (SHAPE, examples()), settings,
            lambda optimizer: gpt.views(SHAPE, optimizer.values))
        return learnt, run.log_rows, len(calls)

    with pytest.raises(KeyboardInterrupt):
        run_it(killed_after=6)
    with pytest.raises(RunError, match="toy was kept with other settings"):
        run_it(settings=SHORT._replace(learning_rate=0.1))
    learnt, log, calls = run_it()
    assert calls == 4  # it had kept step 4 of 8
    shutil.rmtree(next(tmp_path.rglob(".kept")))
    again, whole_log, _ = run_it()
    assert log == whole_log and [row["step"] for row in log] == [4, 4, 8, 8]
    assert all(np.array_equal(learnt[name], again[name]) for name in learnt)
    by_hand = training.mean_loss(SHAPE, learnt, examples())
    assert log[-1] == {"problem": "toy", "split": "validation", "step": 8,
                       "loss": pytest.approx(by_hand, 1e-5)}


def test_adapters_train_and_the_base_stays_bit_for_bit():
    parameters, before = base(), base()
    tensors, gradient = adapters_alone(
        SHAPE, parameters, lora.initialise(SHAPE, THIN, stream(0, "a")), THIN)
    learnt = train(tensors, gradient, examples(), SHORT, stream(0, "order"))
    assert all(np.array_equal(parameters[name], before[name]) for name in before)
    assert all(learnt[name].any() for name in learnt)


def test_the_prompt_is_given_and_not_learnt():
    """Other targets in the prompt change nothing; in the answer they do."""
    rows = examples()
    poisoned = [row._replace(targets=np.where(row.weights > 0, row.targets, 5)) for row in rows]
    assert np.array_equal(trained(rows=rows)[1], trained(rows=poisoned)[1])
    other = [row._replace(targets=np.where(row.weights > 0, 5, row.targets)) for row in rows]
    assert not np.array_equal(trained(rows=rows)[1], trained(rows=other)[1])


def test_mean_loss_counts_what_is_to_be_learnt():
    parameters = base()
    by_hand, count = 0.0, 0.0
    for row in examples():
        logits = gpt.forward(SHAPE, parameters, [row.inputs])[0].astype(float)
        log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        by_hand -= (log_p[np.arange(len(row.targets)), row.targets] * row.weights).sum()
        count += row.weights.sum()
    assert training.mean_loss(SHAPE, parameters, examples()) == pytest.approx(by_hand / count, 1e-5)


def test_instructions_for_training_cover_every_question_in_each_version():
    asked = [Asked(f"Story {n}. It ran.\n\n", "where", f"Where did Ann{n} live?", f"in hut {n}")
             for n in range(3)]
    letters = bpe.Tokenizer([], [training.BEGIN])
    rows = training.instruction_examples(asked, letters, np.random.default_rng(0), versions=2)
    texts = [letters.decode(row.inputs) for row in rows]
    assert len(texts) == 6 and all(row.inputs[0] == letters.special[training.BEGIN] for row in rows)
    assert [sum(one.story in text for text in texts) for one in asked] == [2, 2, 2]
    learnt = [letters.decode(row.targets[row.weights > 0]) for row in rows]
    assert learnt == [f" in hut {n}\n\n" for n in range(3)] * 2


# --- weights that ship ---------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path):
    shape, parameters = random_model(dtype=np.float32, vocabulary_size=258)
    tokenizer = bpe.Tokenizer([(97, 98)], [training.BEGIN])
    rng = np.random.default_rng(0)
    adapters = {name: array + rng.standard_normal(array.shape).astype(np.float32)
                for name, array in lora.initialise(shape, training.LORA, rng).items()}
    path = tmp_path / "weights.npz"
    path.write_bytes(training.as_bytes(Model(shape, parameters, tokenizer), adapters))
    return path, shape, parameters, adapters


def test_weights_come_back_as_float16_had_them(saved):
    path, shape, parameters, adapters = saved
    base_model, adapted = training.load_models(path)
    assert base_model.shape == shape and len(base_model.tokenizer) == 258
    half = {name: array.astype(np.float16).astype(np.float32) for name, array in parameters.items()}
    assert all(np.array_equal(base_model.parameters[name], half[name]) for name in half)
    thin = {name: array.astype(np.float16).astype(np.float32) for name, array in adapters.items()}
    merged = lora.merged(shape, half, thin, training.LORA)
    assert all(np.array_equal(adapted.parameters[name], merged[name]) for name in merged)


@pytest.mark.parametrize("damage", [
    lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:-50]),
    lambda path: path.write_bytes(b"no weights"),
    lambda path: path.write_bytes(training.checkpoint.pack({"embedding": np.zeros(3)}, {})),
])
def test_missing_or_damaged_weights_are_one_line(saved, damage):
    damage(saved[0])
    with pytest.raises(DataError, match="run make block10") as error:
        training.load_models(saved[0])
    assert "\n" not in str(error.value)


def test_weights_of_another_shape_are_refused(saved):
    path = saved[0]
    arrays, state = training.checkpoint.load(path)
    state["shape"]["layers"] = 1
    path.write_bytes(training.checkpoint.pack(arrays | {"norm.gain": np.zeros(5)}, state))
    with pytest.raises(DataError, match="another shape"):
        training.load_models(path)


def test_the_versions_of_a_story_differ():
    asked = [Asked("S.\n\n", "who", f"Who was the friend of Ann{n}?", f"Bo{n}") for n in range(6)]
    rng = np.random.default_rng(0)
    texts = {"".join(text for text, _ in instructions.conversation(asked, instructions.KNOWN, rng))
             for _ in range(5)}
    assert len(texts) == 5
