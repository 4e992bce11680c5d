"""Settings, data, and the training loop of this block: `python -m block09_transformer.train`.

Trains the transformer on 12,000 stories, and prints losses and samples; change a setting and see.
Nothing is written; `make block09` runs the experiments too and writes results/.
"""

import functools
import math
from typing import NamedTuple

import numpy as np

from block09_transformer.examples import pairs, whole, windows
from block09_transformer.sampling import write
from shared import bpe, gpt, resume
from shared.command_line import say
from shared.data import BatchOrder
from shared.optim import Adam
from shared.results import open_run
from shared.runtime import keep_memory
from shared.schedules import cosine_schedule
from shared.seeding import stream
from shared.tensor import Tensor
from shared.text import STORY_END, Tales, load_more_tales, load_tales, read_text, split_text

BEGIN = "<|begin|>"
WINDOW = 256  # tokens of an example, where a text has no stories


class Settings(NamedTuple):
    """How long and how fast a model is trained."""

    steps: int = 5000  # 20,000 stories: each of the 12,000 once, two of three twice
    batch_size: int = 4  # stories; about 770 tokens. 8 and half the steps learn a little less
    learning_rate: float = 3e-3  # the peak
    warmup: int = 100  # steps; without, the first ones go astray
    clip: float = 1.0  # the gradient is rarely longer once the warm-up is over
    beta2: float = 0.99  # remembers about a hundred steps; 0.999 a thousand
    weight_decay: float = 0.01  # on tables and matrices
    log_every: int = 250  # steps


SETTINGS = Settings()
SHAPE = {"channels": 128, "layers": 3, "heads": 4, "positions": "rotary", "tied": True, "shift": 4}
MERGES = 1536  # nearly every word of the stories is one token


class Texts(NamedTuple):
    """A tokenizer, the examples by split, and how many characters each split has."""

    tokenizer: bpe.Tokenizer
    examples: dict[str, list]
    characters: dict[str, int]


def prepare(texts, cut, merges):
    """Texts of {split: list of stories}, the tokenizer trained on its "train" alone.

    cut is the number of tokens of an example where the texts have no stories.
    """
    tokenizer = bpe.Tokenizer(bpe.train("".join(texts["train"]), merges), [BEGIN])
    encode, begin = tokenizer.encode, tokenizer.special[BEGIN]
    examples = {
        split: windows(stories[0], encode, begin, cut) if cut else whole(stories, encode, begin)
        for split, stories in texts.items()
    }
    return Texts(tokenizer, examples, {s: sum(map(len, texts[s])) for s in texts})


def adamw(tensors, settings):
    """AdamW over all parameters; only tables and matrices decay."""
    decayed = [name for name, tensor in tensors.items() if tensor.ndim == 2]
    return Adam(
        tensors, settings.learning_rate, betas=(0.9, settings.beta2),
        weight_decay=settings.weight_decay, decayed=decayed if settings.weight_decay else (),
    )


def fused(shape, rng, dtype=np.float32):
    """A fresh model of shared.gpt: its parameters as tensors, and what fills their gradients."""
    arrays = gpt.initialise(shape, rng, dtype)

    def gradient(optimizer, inputs, targets):
        parameters = gpt.views(shape, optimizer.values)
        return gpt.loss_and_gradient(
            shape, parameters, inputs, targets, out=optimizer.gradients
        )

    return {name: Tensor(array, True) for name, array in arrays.items()}, gradient


def textbook_gradient(model):
    """The same for the textbook's model, whose gradients come from backward."""

    def gradient(optimizer, inputs, targets):
        optimizer.zero_gradients()
        loss = model.loss(inputs, targets)
        loss.backward()
        return loss.item()

    return gradient


def train(tensors, gradient, examples, settings, rng, *, watch=None, kept=None):
    """AdamW with warm-up, cosine and clipping on whole stories. -> the optimizer

    gradient(optimizer, inputs, targets) fills optimizer.gradients and returns the batch's loss.
    watch(step, loss, norm, optimizer, order) is called after each step. kept is what a run that
    was stopped had kept: (the optimizer's arrays, {"steps": ..., "order": ...}).
    Raises NonFiniteError where the gradient leaves all bounds.
    """
    optimizer = adamw(tensors, settings)
    order = BatchOrder(len(examples), min(settings.batch_size, len(examples)), rng)
    if kept is not None:
        arrays, state = kept
        optimizer.restore(arrays, state["steps"])
        order.restore(state["order"])
    for step in range(optimizer.steps, settings.steps):
        optimizer.learning_rate = cosine_schedule(
            step, peak=settings.learning_rate, total=settings.steps, warmup=settings.warmup
        )
        inputs, targets = pairs([examples[row] for row in order.next()])
        loss = gradient(optimizer, inputs, targets)
        norm = optimizer.clip(settings.clip)
        optimizer.step()
        if watch is not None:
            watch(step + 1, loss, norm, optimizer, order)
    return optimizer


# --- the run's own model -------------------------------------------------------------------------


class Learned(NamedTuple):
    """A trained model, what it was trained on, and the samples it wrote on the way.

    tales is the corpus that the held-out stories are from; None where the text is the reader's.
    """

    tales: Tales | None
    texts: Texts
    shape: gpt.Shape
    parameters: dict
    samples: list  # (step, text)


def corpus(run):
    """The stories of the run by split, or the reader's own text.

    -> the corpus or None, {split: texts}, the tokens of a window or None
    """
    if run.text:
        text, validation = split_text(read_text(run.text))
        text = text[:100_000] if run.quick else text
        texts = {"train": [text], "validation": [validation[: 10_000 if run.quick else 100_000]]}
        return None, texts, 32 if run.quick else WINDOW
    tales, most = load_tales(), 12 if run.quick else None
    more = load_more_tales()[: 300 if run.quick else None]
    texts = {"train": [story.text for story in more]}
    held_out = ("validation", "test")
    texts |= {s: [story.text for story in tales.stories[s][:most]] for s in held_out}
    return tales, texts, None


def sizes(run):
    """Settings, shape and merges of the run: those above, or small ones."""
    if not run.quick:
        return SETTINGS, SHAPE, MERGES
    quick = SETTINGS._replace(steps=30, warmup=5, log_every=10)
    return quick, SHAPE | {"channels": 32, "layers": 2}, 700


def mean_loss(shape, parameters, examples):
    """Mean of -ln P over all tokens of the examples: nats per token."""
    losses = gpt.token_losses(shape, parameters, *pairs(examples))
    return math.fsum(np.concatenate(losses)) / sum(map(len, losses))


def a_story(run, learned, *names, start="", most=300):
    """A story the model writes after the begin token and the tokens of `start`."""
    tokenizer, shape = learned.texts.tokenizer, learned.shape
    most = min(most, 15) if run.quick else most

    def next_logits(ids):
        return gpt.forward(shape, learned.parameters, [ids[-shape.context :]])[0][-1]

    begin = [tokenizer.special[BEGIN], *tokenizer.encode(start)]
    ends = [n for n, token in enumerate(tokenizer.tokens) if token.endswith(STORY_END.encode())]
    rng = stream(run.seed, "story", *names, start)
    return tokenizer.decode(write(next_logits, begin, most, rng, stop=ends))


def learn(run):
    """Train this block's model; log, sample and keep it as it learns. -> Learned"""
    settings, shape, merges = sizes(run)
    tales, texts, window = corpus(run)
    texts = prepare(texts, window, merges)
    shape = gpt.Shape(len(texts.tokenizer), **shape)
    tensors, gradient = fused(shape, stream(run.seed, "weights"))
    kept, recent = resume.kept(run, "model"), []
    learned = Learned(tales, texts, shape, {}, [] if kept is None else kept[1]["samples"])

    def watch(step, loss, norm, optimizer, order):
        recent.append(loss)
        if step % settings.log_every:
            return
        learned.parameters.update(gpt.views(shape, optimizer.values))
        validation = mean_loss(shape, learned.parameters, texts.examples["validation"])
        run.log(step, {"train": np.mean(recent), "validation": validation})
        recent.clear()
        if step in (settings.log_every, *range(0, settings.steps, 4 * settings.log_every)):
            learned.samples.append([step, a_story(run, learned, step, most=60)])
            say(f"    {learned.samples[-1][1]}")
        arrays, steps = optimizer.state()
        state = {"steps": steps, "order": order.state(), "samples": learned.samples}
        resume.keep(run, "model", arrays, state)

    optimizer = train(
        tensors, gradient, texts.examples["train"], settings, stream(run.seed, "order"),
        watch=watch, kept=kept,
    )
    learned.parameters.update(gpt.views(shape, optimizer.values))  # also if no step was left
    return learned


@functools.lru_cache(maxsize=1)
def trained(run):
    """The run's model: trained when it is first asked for, the same one from then on."""
    with run.clock("training"):
        return learn(run)


if __name__ == "__main__":
    with open_run(__file__, "Train the transformer.", text=True, resume=True, writes=False) as run:
        keep_memory()
        learn(run)
