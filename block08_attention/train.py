"""Settings and the training loop of this block: `python -m block08_attention.train`.

Trains one head on the look-up and two heads on two questions at once, and prints their losses;
change a setting and see. Nothing is written; `make block08` runs the experiments too and writes
results/. Every batch is new, words and all, so what is learned by heart helps with none.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from block08_attention import model, multi_head, tasks
from shared.optim import Adam
from shared.results import open_run
from shared.schedules import cosine_schedule
from shared.seeding import stream
from shared.tensor import Tensor


class Settings(NamedTuple):
    """A task, the model, and how it is trained."""

    task: str  # a function of tasks.py
    channels: int
    num_heads: int
    learning_rate: float  # Adam's peak
    batch_size: int  # sequences
    steps: int
    warmup: int = 20  # steps
    log_every: int = 50  # steps


LOOK_UP = Settings(
    task="look_up",
    channels=96,  # with 64 one answer in a hundred is wrong
    num_heads=1,
    learning_rate=5e-3,  # 1e-3 needs three times the steps
    batch_size=32,  # of 16 questions each
    steps=400,  # the loss has levelled off from about 300 on
)
TWO_LOOKS = Settings(
    task="two_looks",
    channels=96,
    num_heads=2,
    learning_rate=5e-3,
    batch_size=16,  # of 24 words each
    steps=400,  # both questions are answered from about 300 on
)
COPY = Settings("copy_back", 64, 1, 5e-3, 32, 200)  # learned in half the steps of the look-up
REVERSE = Settings("reverse", 96, 1, 5e-3, 16, 200)  # with 64 channels 1 answer in 100 is wrong
FRESH = 16  # batches of 16 sequences to measure on, each with words of its own


def train(parameters, loss_and_gradients, draw, settings, watch=None):
    """Adam on a new batch each step. -> the trained parameters, a NamedTuple of arrays like those
    given, which stay as they are.

    loss_and_gradients(parameters, batch) -> loss, gradients by hand; draw() -> batch. Calls
    watch(step, loss, parameters) before the first step, every log_every steps and at the end.
    Raises FloatingPointError where the loss is not finite.
    """
    leaves = {k: Tensor(v.copy(), requires_grad=True) for k, v in parameters._asdict().items()}
    optimizer = Adam(leaves, settings.learning_rate)
    parameters = type(parameters)(*(leaf.data for leaf in leaves.values()))  # moved in place
    for step in range(settings.steps + 1):
        batch = draw()
        loss, gradients = loss_and_gradients(parameters, batch)
        if not np.isfinite(loss):
            raise FloatingPointError(f"diverged: the loss is {loss} at step {step}")
        if watch and step % settings.log_every == 0:
            watch(step, loss, parameters)
        if step == settings.steps:
            return parameters
        for leaf, gradient in zip(leaves.values(), gradients):
            leaf.grad = gradient
        optimizer.learning_rate = cosine_schedule(
            step, peak=settings.learning_rate, total=settings.steps, warmup=settings.warmup
        )
        optimizer.step()


def batches(settings, seed, split, size, **options):
    """A function that draws batches of the task with these options; each split has its stream."""
    draw = getattr(tasks, settings.task)
    return partial(draw, stream(seed, settings.task, split), size, settings.channels, **options)


def first_parameters(settings, seed, **options):
    """The model before its first step: as many outputs as the task's questions need."""
    questions = len(batches(settings, seed, "train", 1, **options)().answers)
    rng = stream(seed, settings.task, "weights")
    return multi_head.initialise(settings.channels, rng, questions * settings.channels)


def trained(settings, seed, watch=None, **options):
    """The parameters of a fresh model, trained on the task with these options."""
    step = partial(model.loss_and_gradients, num_heads=settings.num_heads)
    draw = batches(settings, seed, "train", settings.batch_size, **options)
    return train(first_parameters(settings, seed, **options), step, draw, settings, watch)


class Score(NamedTuple):
    """What a model is worth on fresh batches: loss in nats, and for each question (A) the accuracy
    and the weight that each head puts on the place of the answer (H, A)."""

    loss: float
    accuracy: np.ndarray
    weight: np.ndarray


def evaluate(parameters, settings, draw):
    """The mean score over FRESH batches of draw()."""
    losses, accuracies, weights = [], [], []
    for batch in (draw() for _ in range(FRESH)):
        logits, cache = model.forward(parameters, batch, settings.num_heads)
        losses.append(model.loss(logits, batch))
        accuracies.append([right.mean() for right in model.right(logits, batch)])
        weights.append(model.weight_on_truth(cache, batch))
    return Score(float(np.mean(losses)), np.mean(accuracies, axis=0), np.mean(weights, axis=0))


def score(parameters, settings, seed, split="test", **options):
    """The score on sequences that no training has seen, the same at every call."""
    return evaluate(parameters, settings, batches(settings, seed, split, FRESH, **options))


def learn(run, settings):
    """Train a fresh model; log the loss of the batch that it learns from next and of fresh ones."""

    def watch(step, loss, parameters):
        fresh = score(parameters, settings, run.seed, "validation")
        run.log(step, {"train": loss, "validation": fresh.loss}, problem=settings.task)

    return trained(settings, run.seed, watch)


def shorter(settings, quick, steps=40):
    """The settings; in a quick run with so many steps, on half as many sequences each."""
    if not quick:
        return settings
    return settings._replace(steps=steps, batch_size=settings.batch_size // 2, log_every=20)


def learn_both(run):
    """The two models of this block, by task."""
    both = (shorter(LOOK_UP, run.quick), shorter(TWO_LOOKS, run.quick))
    return {settings.task: learn(run, settings) for settings in both}


if __name__ == "__main__":
    with open_run(__file__, "Train both models and print their losses.", writes=False) as run:
        learn_both(run)
