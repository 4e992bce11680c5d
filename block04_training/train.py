"""Settings, data, and the two training loops of this block: `python -m block04_training.train`.

The moons are learned by the scalar engine, the digits by the array engine; both loops have one
shape: forward, backward, a step. Change a setting and see. Nothing is written; `make block04` runs
the experiments too and writes results/.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from block04_training.optimizers import START, adam
from block04_training.scalar_mlp import init_layers, loss, parameters, plain_layers
from shared import functional, layers, optim
from shared.checkpoint import CheckpointError, load, save
from shared.checks import NonFiniteError
from shared.data import BatchOrder, fit_standardiser, load_digits, moons, stratified_split
from shared.operations import relu
from shared.results import open_run
from shared.schedules import cosine_schedule, step_schedule
from shared.seeding import stream
from shared.tensor import Tensor, no_grad


class Settings(NamedTuple):
    """A network and how it is trained. Learning rate, times `schedule(step, steps in all)`."""

    sizes: tuple[int, ...]  # inputs, hidden units of each layer, outputs
    learning_rate: float
    batch_size: int
    epochs: int
    optimizer: str = "adam"  # of OPTIMIZERS
    schedule: str = "constant"  # of SCHEDULES
    weight_decay: float = 0.0  # decoupled, on every W and on no b
    input_dropout: float = 0.0
    dropout: float = 0.0  # of each hidden layer


MOONS = Settings(
    sizes=(2, 16, 1),  # micrograd's two hidden layers of 16 are five times slower
    learning_rate=0.1,  # 0.03 needs three times the epochs
    batch_size=10,  # 20 halves the number of steps and saves nothing
    epochs=40,  # all points are on the right side from about 20 on
)
DIGITS = Settings(
    sizes=(64, 256, 10),  # block 03's
    learning_rate=1e-2,  # Adam's peak; 3e-3 ends higher in as many epochs
    batch_size=64,
    epochs=25,  # 40 end a little lower for more than half as much time again
    schedule="cosine",
    weight_decay=0.1,
    input_dropout=0.2,
    dropout=0.5,
)
DIVERGED = 1e30  # nats; finite still, but nothing comes back from there
MOMENTUM, WARMUP = 0.9, 20  # WARMUP in steps: about one epoch
OPTIMIZERS = {
    "sgd": optim.SGD,
    "momentum": lambda *given, **decay: optim.SGD(*given, momentum=MOMENTUM, **decay),
    "rmsprop": optim.RMSProp,
    "adam": optim.Adam,
}
SCHEDULES = {  # (step, steps in all) -> a factor on the learning rate
    "constant": lambda t, total: 1.0,
    "step": lambda t, total: step_schedule(t, start=1.0, every=-(-total // 3), factor=0.3),
    "cosine": lambda t, total: cosine_schedule(t, peak=1.0, total=total),
    "warm-up, cosine": lambda t, total: cosine_schedule(t, peak=1.0, total=total, warmup=WARMUP),
}


class Network:
    """Linear layers with ReLU between them; in training dropout in front of each."""

    def __init__(self, settings, rng):
        self.layers = [layers.Linear(n, m, rng) for n, m in pairwise(settings.sizes)]
        self.rates = [settings.input_dropout] + [settings.dropout] * (len(self.layers) - 1)

    def __call__(self, x, drops=None):
        """x (B, sizes[0])  ->  logits (B, sizes[-1]); drops: the random stream of the masks."""
        h = Tensor(x)
        for i, (layer, rate) in enumerate(zip(self.layers, self.rates)):
            h = relu(h) if i > 0 else h
            h = functional.dropout(h, rate, drops, training=drops is not None)
            h = layer(h)
        return h


# --- the loops: one number a node, one array a node ----------------------------------------------


def train_scalars(network, X, y, settings, batches, watch=None):
    """Adam on the network of Values, changed in place; calls watch(epoch) before each epoch and at
    the end."""
    weights = parameters(network)
    w, state = np.array([weight.data for weight in weights]), START[adam]  # (P,)
    per_epoch = -(-len(y) // settings.batch_size)
    for step in range(settings.epochs * per_epoch + 1):
        if step % per_epoch == 0 and watch:
            watch(step // per_epoch)
        if step == settings.epochs * per_epoch:
            return
        rows = batches.next()
        loss(network, X[rows], y[rows]).backward()
        gradient = np.array([weight.grad for weight in weights])  # (P,)
        w, state = adam(w, gradient, state, learning_rate=settings.learning_rate)
        for weight, number in zip(weights, w):
            weight.data = float(number)


@np.errstate(over="ignore", invalid="ignore")  # backward looks for itself
def train(network, optimizer, X, y, settings, batches, drops=None, watch=None, after_step=None):
    """The same on arrays, from the optimizer's step on; ends early where watch(epoch) or
    after_step(loss) is true. Raises NonFiniteError where it diverges.
    """
    per_epoch = -(-len(y) // settings.batch_size)
    total = settings.epochs * per_epoch
    for step in range(optimizer.steps, total + 1):
        if step % per_epoch == 0 and watch and watch(step // per_epoch):
            return
        if step == total:
            return
        rows = batches.next()
        optimizer.learning_rate = settings.learning_rate * SCHEDULES[settings.schedule](step, total)
        loss = functional.cross_entropy(network(X[rows], drops), y[rows])
        if loss.item() > DIVERGED:
            raise NonFiniteError(f"diverged: the loss is {loss.item():.1e} at step {step}")
        loss.backward()
        optimizer.step()
        optimizer.zero_gradients()
        if after_step and after_step(loss.item()):
            return


def optimizer_of(settings, network):
    """A fresh optimizer over all that the network learns."""
    parameters = layers.parameters(network)
    decay = {}
    if settings.weight_decay:
        weights = [name for name in parameters if name.endswith("W")]
        decay = {"weight_decay": settings.weight_decay, "decayed": weights}
    return OPTIMIZERS[settings.optimizer](parameters, settings.learning_rate, **decay)


class Training:
    """All that changes while a network is trained: what `save` writes is enough to go on from."""

    def __init__(self, settings, examples, seed):
        """The start, the order and the masks each have a random stream."""
        self.belongs_to = {"seed": seed, "settings": list(map(str, settings))}
        self.network = Network(settings, stream(seed, "weights", *settings.sizes))
        self.optimizer = optimizer_of(settings, self.network)
        self.batches = BatchOrder(examples, settings.batch_size, stream(seed, "batches"))
        self.masks = stream(seed, "dropout")
        self.log = []  # whatever is to be told of the steps so far

    def save(self, path):
        arrays, steps = self.optimizer.state()  # weights and moments; the step
        state = {"run": self.belongs_to, "steps": steps, "log": self.log}
        state |= {"batches": self.batches.state(), "masks": self.masks.bit_generator.state}
        save(path, arrays, state)

    def restore(self, path):
        """Raises CheckpointError where the file is damaged, or another run's."""
        arrays, state = load(path)
        if state["run"] != self.belongs_to:
            other = f"of seed {state['run']['seed']} or other settings: choose a new folder"
            raise CheckpointError(f"{path} is of another run, {other}")
        self.optimizer.restore(arrays, state["steps"])
        self.batches.restore(state["batches"])
        self.masks.bit_generator.state = state["masks"]
        self.log = state["log"]


def trained(settings, X, y, seed, watch=None):
    """A fresh network, trained."""
    run = Training(settings, len(y), seed)
    watching = watch and (lambda epoch: watch(epoch, run.network))
    train(run.network, run.optimizer, X, y, settings, run.batches, run.masks, watching)
    return run.network


def evaluate(network, X, y):
    """(mean cross-entropy in nats, accuracy), without dropout."""
    with no_grad():
        logits = network(X)
        nats = functional.cross_entropy(logits, y).item()
    return nats, float(np.mean(logits.data.argmax(axis=1) == y))


# --- the two problems ----------------------------------------------------------------------------

POINTS, NOISE = 100, 0.1  # micrograd's demonstration


def moons_data(seed):
    """Points to train on and as many fresh ones: X (N, 2), y, X_fresh, y_fresh."""
    fresh = moons(POINTS, NOISE, stream(seed, "moons", "fresh"))
    return *moons(POINTS, NOISE, stream(seed, "moons")), *fresh


def digits_split(split):
    """Row numbers (fit, validation, test), each class split by itself: block 03's splits."""
    y = load_digits().y
    rest, test = stratified_split(y, 0.2, stream(split, "split"))
    fit, validation = stratified_split(y[rest], 0.2, stream(split, "validation"))
    return rest[fit], rest[validation], test


def digits_data(rows, others):
    """Two sets of digits, X, y, X_others, y_others: every pixel centred and all divided by one
    deviation, both measured on the first set."""
    table = load_digits()
    X = table.X[rows]
    scale = fit_standardiser(X)._replace(scale=np.full(X.shape[1], X.std()))
    return scale(X), table.y[rows], scale(table.X[others]), table.y[others]


def learn_moons(run, settings=MOONS):
    """A fresh scalar network, trained and logged. -> its layers"""
    X, y, X_fresh, y_fresh = moons_data(run.seed)
    network = init_layers(settings.sizes, stream(run.seed, "moons", "weights"))

    def watch(epoch):
        plain = plain_layers(network)
        losses = {"train": loss(plain, X, y), "validation": loss(plain, X_fresh, y_fresh)}
        run.log(epoch, losses, problem="moons")

    batches = BatchOrder(len(y), settings.batch_size, stream(run.seed, "moons", "batches"))
    train_scalars(network, X, y, settings, batches, watch)
    return network


def learn_digits(run, settings=DIGITS):
    """A fresh network on the first split, trained and logged; the test part stays unseen."""
    fit, validation, _ = digits_split(run.seed)
    X, y, X_validation, y_validation = digits_data(fit, validation)

    def watch(epoch, network):
        losses = (evaluate(network, X, y)[0], evaluate(network, X_validation, y_validation)[0])
        run.log(epoch, dict(zip(("train", "validation"), losses)), problem="digits")

    return trained(settings, X, y, run.seed, watch)


def learn_both(run):
    """Both networks of this block, by problem."""
    digits = DIGITS._replace(epochs=4) if run.quick else DIGITS
    moons = MOONS._replace(epochs=20) if run.quick else MOONS
    return {"moons": learn_moons(run, moons), "digits": learn_digits(run, digits)}


if __name__ == "__main__":
    with open_run(__file__, "Train both networks and print their losses.", writes=False) as run:
        learn_both(run)
