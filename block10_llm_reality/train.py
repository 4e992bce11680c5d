"""Settings, data, and the training loop of this block: `python -m block10_llm_reality.train`.

Trains the base model on the stories, and fine-tunes it on questions about them; prints losses.
Nothing is written; `make block10` runs the experiments too and writes results/.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from block10_llm_reality.finetuning import instructions, lora
from block10_llm_reality.finetuning.instructions import Encoded
from shared import bpe, checkpoint, gpt, resume
from shared.command_line import RunError
from shared.data import BatchOrder, DataError
from shared.optim import Adam
from shared.results import open_run
from shared.runtime import keep_memory
from shared.schedules import cosine_schedule
from shared.seeding import stream
from shared.tensor import Tensor
from shared.text import Asked, Tales, load_asked, load_more_tales, load_tales

BEGIN = "<|begin|>"
MERGES = 1200  # the words of the stories, and those of the questions; more would not fit in 2.5 MB
SHAPE = {"channels": 128, "layers": 3, "heads": 4, "context": 1024, "shift": 2}
LORA = lora.Settings(rank=16, alpha=32.0)
VERSIONS = 9  # of each story's questions: other phrasings, another order, other words
EXCHANGED = ("name", "pet name", "colour", "house")  # kinds of words that may change places


class Settings(NamedTuple):
    """How long and how fast a model is trained."""

    steps: int
    batch_size: int
    learning_rate: float  # the peak
    warmup: int  # steps
    clip: float = 1.0
    beta2: float = 0.99  # 0.999 remembers a thousand steps, most of such a run
    weight_decay: float = 0.01  # on tables and matrices
    log_every: int = 100  # steps


BASE = Settings(steps=1200, batch_size=8, learning_rate=3e-3, warmup=100)  # about 10,000 stories
# After 700 steps at 2e-3 friends, sums and reasons are not learnt, after these sums and reasons.
TUNING = Settings(steps=1400, batch_size=8, learning_rate=3e-3, warmup=30, log_every=50)
ADAPTING = TUNING._replace(learning_rate=6e-3)  # not tried at length yet; B begins at 0


# --- data ----------------------------------------------------------------------------------------


class Data(NamedTuple):
    """The corpus, the texts of the base model, and what is asked, by split."""

    tales: Tales
    stories: list[str]  # to train the base model on
    validation: list[str]
    asked: dict[str, list[Asked]]
    tokenizer: bpe.Tokenizer


def load_data(run) -> Data:
    """Everything is fitted on the training side: the tokenizer too."""
    tales, asked = load_tales(), load_asked()
    stories = [story.text for story in load_more_tales()][: 120 if run.quick else None]
    validation = [story.text for story in tales.stories["validation"]][: 8 if run.quick else 60]
    if run.quick:
        few = {one.story for one in asked["train"]}
        few = set(sorted(few)[:12])
        asked["train"] = [one for one in asked["train"] if one.story in few]
        asked |= {split: asked[split][:30] for split in ("validation", "test")}
    rng = stream(0, "tokenizer")  # the same for every seed, so that models can be compared
    spoken = "".join(
        piece for questions in instructions.by_story(asked["train"]).values()
        for piece, _ in instructions.conversation(questions, instructions.KNOWN, rng)[1:]
    )
    pairs = bpe.train("".join(stories[:3000]) + spoken, 400 if run.quick else MERGES)
    return Data(tales, stories, validation, asked, bpe.Tokenizer(pairs, [BEGIN]))


def story_examples(texts, tokenizer) -> list[Encoded]:
    """Whole stories, every token to be learnt."""
    begin = tokenizer.special[BEGIN]
    return [instructions.encoded([(text, True)], tokenizer.encode, begin) for text in texts]


def groups_of(tales) -> list[list[str]]:
    """The words of each kind that may change places."""
    return [tales.categories[kind] for kind in EXCHANGED]


def instruction_examples(asked, tokenizer, rng, versions=VERSIONS, groups=()) -> list[Encoded]:
    """For each story its questions in several versions, and once the task to tell it.

    All versions but the first have words exchanged within the groups.
    """
    begin = tokenizer.special[BEGIN]
    texts = [
        instructions.conversation(
            instructions.exchanged(questions, groups if version else (), rng),
            instructions.KNOWN, rng)
        for version in range(versions)
        for questions in instructions.by_story(asked).values()
    ]
    texts += [instructions.single(example) for example in instructions.telling_examples(asked)]
    return [instructions.encoded(parts, tokenizer.encode, begin) for parts in texts]


# --- the loop ------------------------------------------------------------------------------------


def whole_model(shape, parameters):
    """All parameters as tensors, and what fills their gradients."""

    def gradient(optimizer, batch: list[Encoded]) -> float:
        return gpt.loss_and_gradient(
            shape, gpt.views(shape, optimizer.values), *map(list, zip(*batch)),
            out=optimizer.gradients,
        )

    return {name: Tensor(array.copy(), True) for name, array in parameters.items()}, gradient


def adapters_alone(shape, base, adapters, settings):
    """The adapters as tensors; the base model under them stays as it is."""
    flat = np.empty(sum(array.size for array in base.values()), np.float32)

    def gradient(optimizer, batch: list[Encoded]) -> float:
        now = {name: tensor.data for name, tensor in optimizer.parameters.items()}
        merged = lora.merged(shape, base, now, settings)
        loss = gpt.loss_and_gradient(shape, merged, *map(list, zip(*batch)), out=flat)
        for name, d in lora.backward(shape, gpt.views(shape, flat), now, settings).items():
            optimizer.parameters[name].grad[...] = d
        return loss

    return {name: Tensor(array.copy(), True) for name, array in adapters.items()}, gradient


def train(tensors, gradient, examples, settings, rng, *, watch=None, kept=None):
    """AdamW with warm-up, cosine and clipping. -> {name: array}

    gradient(optimizer, batch) fills optimizer.gradients and returns the batch's loss.
    watch(step, loss, optimizer, order) is called after each step. kept is what a run that was
    stopped had kept: (the optimizer's arrays, {"steps": ..., "order": ...}).
    Raises NonFiniteError where the gradient leaves all bounds.
    """
    decayed = [name for name, tensor in tensors.items() if tensor.ndim == 2]
    optimizer = Adam(
        tensors, settings.learning_rate, betas=(0.9, settings.beta2),
        weight_decay=settings.weight_decay, decayed=decayed if settings.weight_decay else (),
    )
    order = BatchOrder(len(examples), min(settings.batch_size, len(examples)), rng)
    if kept is not None:
        arrays, state = kept
        optimizer.restore(arrays, state["steps"])
        order.restore(state["order"])
    for step in range(optimizer.steps, settings.steps):
        optimizer.learning_rate = cosine_schedule(
            step, peak=settings.learning_rate, total=settings.steps, warmup=settings.warmup
        )
        loss = gradient(optimizer, [examples[row] for row in order.next()])
        optimizer.clip(settings.clip)
        optimizer.step()
        if watch is not None:
            watch(step + 1, loss, optimizer, order)
    return {name: np.array(tensor.data) for name, tensor in tensors.items()}


def mean_loss(shape, parameters, examples) -> float:
    """Mean of -ln P over the tokens that are to be learnt: nats per token."""
    losses = gpt.token_losses(shape, parameters, [e.inputs for e in examples],
                              [e.targets for e in examples])
    weights = np.concatenate([e.weights for e in examples])
    return float(np.concatenate(losses) @ weights / weights.sum())


def logged_training(run, name, tensors, gradient, examples, held_out, settings, parameters_of):
    """Train, log, and keep what is needed to go on. parameters_of: optimizer -> the model's.

    Raises RunError where what was kept was trained with other settings.
    """
    kept, recent, shape = resume.kept(run, name), [], held_out[0]
    made_with = [*settings]
    if kept is not None and kept[1]["settings"] != made_with:
        raise RunError(f"--resume: {name} was kept with other settings: start again without it")

    def watch(step, loss, optimizer, order):
        recent.append(loss)
        if step % settings.log_every:
            return
        validation = mean_loss(shape, parameters_of(optimizer), held_out[1])
        run.log(step, {"train": np.mean(recent), "validation": validation}, problem=name)
        recent.clear()
        arrays, steps = optimizer.state()
        state = {"steps": steps, "order": order.state(), "settings": made_with}
        resume.keep(run, name, arrays, state)

    rng = stream(run.seed, "order", name)
    return train(tensors, gradient, examples, settings, rng, watch=watch, kept=kept)


# --- the run's models ----------------------------------------------------------------------------


class Model(NamedTuple):
    """A model that can be written with: shape, parameters, tokenizer."""

    shape: gpt.Shape
    parameters: Mapping[str, np.ndarray]
    tokenizer: bpe.Tokenizer

    @property
    def begin(self) -> int:
        return self.tokenizer.special[BEGIN]


def sizes(run, settings):
    """The settings of the run: those above, or small ones."""
    if not run.quick:
        return settings
    return settings._replace(steps=12, warmup=2, log_every=4, batch_size=4)


def learn_base(run, data) -> Model:
    """The base model on the stories; rounded to float16, since so it is shipped."""
    small = {"channels": 32, "layers": 1} if run.quick else {}
    shape = gpt.Shape(len(data.tokenizer), **SHAPE | small)
    fresh = gpt.initialise(shape, stream(run.seed, "weights"))
    tensors, gradient = whole_model(shape, fresh)
    held_out = shape, story_examples(data.validation, data.tokenizer)
    parameters = logged_training(
        run, "base", tensors, gradient, story_examples(data.stories, data.tokenizer), held_out,
        sizes(run, BASE), lambda optimizer: gpt.views(shape, optimizer.values),
    )
    rounded = {n: a.astype(np.float16).astype(np.float32) for n, a in parameters.items()}
    return Model(shape, rounded, data.tokenizer)


def held_out_questions(data):
    return instruction_examples(data.asked["validation"][:90], data.tokenizer,
                                stream(0, "validation"), versions=1)


def tune(run, data, base) -> Model:
    """All parameters on the instructions."""
    tensors, gradient = whole_model(base.shape, base.parameters)
    examples = instruction_examples(
        data.asked["train"], data.tokenizer, stream(run.seed, "instructions"),
        groups=groups_of(data.tales))
    parameters = logged_training(
        run, "tuned", tensors, gradient, examples, (base.shape, held_out_questions(data)),
        sizes(run, TUNING), lambda optimizer: gpt.views(base.shape, optimizer.values),
    )
    return base._replace(parameters=parameters)


def adapt(run, data, base) -> tuple[Model, dict]:
    """Adapters alone on the same instructions: the model with them merged in, and they alone."""
    shape = base.shape
    fresh = lora.initialise(shape, LORA, stream(run.seed, "adapters"))
    tensors, gradient = adapters_alone(shape, base.parameters, fresh, LORA)
    examples = instruction_examples(
        data.asked["train"], data.tokenizer, stream(run.seed, "instructions"),
        groups=groups_of(data.tales))

    def merged(optimizer):
        now = {name: tensor.data for name, tensor in optimizer.parameters.items()}
        return lora.merged(shape, base.parameters, now, LORA)

    adapters = logged_training(
        run, "adapted", tensors, gradient, examples, (shape, held_out_questions(data)),
        sizes(run, ADAPTING), merged,
    )
    adapters = {n: a.astype(np.float16).astype(np.float32) for n, a in adapters.items()}
    merged_parameters = lora.merged(shape, base.parameters, adapters, LORA)
    return base._replace(parameters=merged_parameters), adapters


# --- weights that ship ---------------------------------------------------------------------------


def as_bytes(model: Model, adapters) -> bytes:
    """Base and adapters in float16 with all that is needed to write, as one .npz."""
    arrays = {n: np.asarray(a, np.float16) for n, a in {**model.parameters, **adapters}.items()}
    state = {"shape": model.shape._asdict(), "merges": [list(p) for p in model.tokenizer.pairs],
             "lora": LORA._asdict()}
    return checkpoint.pack(arrays, state)


def load_models(path: Path) -> tuple[Model, Model]:
    """(base, with adapters) of a weights file. Raises DataError where it is missing or damaged."""
    try:
        arrays, state = checkpoint.load(path)
        shape = gpt.Shape(**state["shape"])
        settings, sizes_ = lora.Settings(**state["lora"]), gpt.sizes(shape)
        tokenizer = bpe.Tokenizer([tuple(pair) for pair in state["merges"]], [BEGIN])
        arrays = {name: array.astype(np.float32) for name, array in arrays.items()}
        base = {name: arrays.pop(name) for name in sizes_}
        if any(base[name].shape != size for name, size in sizes_.items()):
            raise ValueError("an array has another shape than the model")
        base_model = Model(shape, base, tokenizer)
        merged = lora.merged(shape, base, arrays, settings)
        return base_model, base_model._replace(parameters=merged)
    except (checkpoint.CheckpointError, ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path} does not hold the weights ({error}): run make block10") from None


if __name__ == "__main__":
    with open_run(__file__, "Train and fine-tune.", writes=False, resume=True) as run:
        keep_memory()
        data = load_data(run)
        tune(run, data, learn_base(run, data))
