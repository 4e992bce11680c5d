"""Inside Adam: two ways to get t wrong, and where weight decay belongs."""

import numpy as np

from block04_training.experiments.network import (
    digits,
    init_network,
    logits,
    train_plainly,
)
from block04_training.optimizers import adam, adamw
from block04_training.regularisation import adam_with_l2
from shared import functional
from shared.data import minibatches
from shared.plots import label, new_figure
from shared.seeding import stream

# --- the bias correction -------------------------------------------------------------------------


def uncorrected(w, g, state=(0.0, 0.0, 0), *, learning_rate):
    """Adam without the hats: m and s as they are, with weights that do not yet add up to 1."""
    m, s, t = state
    m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
    return w - learning_rate * m / (np.sqrt(s) + 1e-8), (m, s, t + 1)


def adam_steps(weights, gradients, states, *, learning_rate, mistake=""):
    """One step of Adam for each parameter, right or with one of the two mistakes.

    "t in the loop": t counts parameters and not steps, so the last parameter of six is at t = 6 in
    its first step.
    """
    t = states["t"]
    for name, g in gradients.items():
        m, s = states.get(name, (0.0, 0.0))
        t = t + 1 if mistake == "t in the loop" else states["t"] + 1
        rule = uncorrected if mistake == "no correction" else adam
        weights[name], (m, s, _) = rule(
            weights[name], g, (m, s, t - 1), learning_rate=learning_rate
        )
        states[name] = (m, s)
    states["t"] = t


MISTAKES = {"right": "", "no correction": "no correction", "t in the loop": "t in the loop"}
LAYERS = [64, 64, 64, 10]  # three layers, six parameters
ADAM_RATE = 3e-2  # Adam's best rate on the grid of learning_rates.py


def step_lengths(mistake, steps=200):
    """|step| / learning_rate of the last of six parameters whose gradient is always 1."""
    names = [f"p{i}" for i in range(6)]
    weights, states, lengths = dict.fromkeys(names, 0.0), {"t": 0}, []
    for _ in range(steps):
        before = weights["p5"]
        adam_steps(weights, dict.fromkeys(names, 1.0), states, learning_rate=1.0, mistake=mistake)
        lengths.append(abs(weights["p5"] - before))
    return np.array(lengths)


def losses_with(mistake, data, seed, steps):
    """The training loss at each step of a network trained by `adam_steps`."""
    parameters = init_network(LAYERS, stream(seed, "weights"))
    states, losses, rng = {"t": 0}, [], stream(seed, "batches")
    while len(losses) < steps:
        for rows in minibatches(len(data.y), 64, rng):
            loss = functional.cross_entropy(logits(parameters, data.X[rows]), data.y[rows])
            loss.backward()
            weights = {name: tensor.data for name, tensor in parameters.items()}
            gradients = {name: tensor.grad for name, tensor in parameters.items()}
            adam_steps(weights, gradients, states, learning_rate=ADAM_RATE, mistake=mistake)
            for name, tensor in parameters.items():
                tensor.data, tensor.grad = weights[name], None
            losses.append(loss.item())
    return np.array(losses[:steps])


def table_of(losses):
    """The mean losses at a few steps, one column a variant."""
    lines = [f"{'step':>4}" + "".join(f"{name:>16}" for name in losses)]
    for step in (1, 2, 5, 10, 20, 40, 60):
        means = [found[:, step - 1].mean() for found in losses.values() if step <= found.shape[1]]
        lines.append(f"{step:>4}" + "".join(f"{mean:>16.3f}" for mean in means))
    return "\n".join(lines) + "\n"


def adam_with_a_wrong_t_still_trains(run):
    """The steps of a weight with a constant gradient, and the losses on the digits."""
    seeds = list(range(run.seed, run.seed + (1 if run.quick else 5)))
    steps = 20 if run.quick else 60
    lengths = {name: step_lengths(mistake) for name, mistake in MISTAKES.items()}
    losses = {
        name: np.array([losses_with(mistake, digits(seed), seed, steps) for seed in seeds])
        for name, mistake in MISTAKES.items()
    }  # (seeds, steps) each
    figure, (left, right) = new_figure(
        "A wrong t changes the early steps; the network still trains, only worse",
        columns=2,
        width=10,
    )
    for name in MISTAKES:
        left.plot(np.arange(1, 201), lengths[name], label=name)
        right.semilogy(np.arange(1, steps + 1), losses[name].mean(axis=0), label=name)
    label(left, "step", "step length / learning rate", "a weight whose gradient is always 1")
    label(right, "step", "training loss (nats)", f"digits, mean of {len(seeds)} seeds")
    run.figure(figure, "adam_mistakes")
    run.file("adam_mistakes.txt", table_of(losses))
    run.claim(
        "adam_mistakes",
        "Without bias correction Adam's first steps are several times too long, with t advanced "
        "inside the parameter loop too short and then too long; both still train",
        seeds=seeds,
        config={"learning_rate": ADAM_RATE, "sizes": LAYERS, "steps": steps, "batch_size": 64},
        metrics={
            "step_length": {
                name.replace(" ", "_"): {"first": found[0], "longest": found.max()}
                for name, found in lengths.items()
            },
            "mean_loss": {
                name.replace(" ", "_"): {"first_20_steps": found[:, :20].mean(),
                                         "last_20_steps": found[:, -20:].mean()}
                for name, found in losses.items()
            },
        },
    )  # fmt: skip


# --- L2 inside Adam against decoupled decay ------------------------------------------------------

STRENGTHS = {"l2": [1e-4, 1e-3, 1e-2, 1e-1], "decoupled": [1e-2, 1e-1, 1.0, 10.0]}
DECAY_RATE = 3e-3


class Flat:
    """A textbook rule over all weights at once, with the face of an optimizer of shared.optim."""

    def __init__(self, rule, parameters, learning_rate, weight_decay):
        self.rule, self.parameters = rule, parameters
        self.settings = {"learning_rate": learning_rate, "weight_decay": weight_decay}
        self.states = dict.fromkeys(parameters, (0.0, 0.0, 0))

    def step(self):
        for name, tensor in self.parameters.items():
            tensor.data, self.states[name] = self.rule(
                tensor.data, tensor.grad, self.states[name], **self.settings
            )

    def zero_gradients(self):
        for tensor in self.parameters.values():
            tensor.grad = None


def row_lengths(W):
    return np.sqrt((W**2).sum(axis=1))


def decay_run(rule, strength, data, seed, epochs):
    """(test accuracy, length at the end / at the start of the weights of always blank pixels)."""
    blank = np.flatnonzero((data.X == 0).all(axis=0))
    before = row_lengths(init_network([64, 64, 10], stream(seed, "weights"))["W0"].data[blank])
    accuracy, parameters = train_plainly(
        data, lambda parameters, rate: Flat(rule, parameters, rate, strength),
        sizes=[64, 64, 10], learning_rate=DECAY_RATE, epochs=epochs, batch_size=32, seed=seed,
    )  # fmt: skip
    return accuracy, float(np.mean(row_lengths(parameters["W0"].data[blank]) / before))


def l2_in_adam_is_not_weight_decay(run):
    """Both at four strengths on 400 images: accuracy, and the weights that have no gradient."""
    seeds = list(range(run.seed, run.seed + (1 if run.quick else 5)))
    epochs = 1 if run.quick else 20
    rules = {"l2": adam_with_l2, "decoupled": adamw}
    parts = [digits(seed, images=400) for seed in seeds]
    found = {
        name: np.array(
            [
                [decay_run(rules[name], strength, part, seed, epochs)
                 for part, seed in zip(parts, seeds)]
                for strength in strengths
            ]
        )
        for name, strengths in STRENGTHS.items()
    }  # (strengths, seeds, 2) each  # fmt: skip
    plain = [decay_run(adamw, 0.0, part, seed, epochs) for part, seed in zip(parts, seeds)]
    plain_accuracy = float(np.mean(plain, axis=0)[0])
    figure, (left, right) = new_figure(
        "Inside Adam, L2 wipes out what has no gradient, however small lambda is",
        columns=2, width=10,
    )  # fmt: skip
    for name, mark in (("l2", "-o"), ("decoupled", "-s")):
        mean = found[name].mean(axis=1)  # (strengths, 2)
        left.semilogx(STRENGTHS[name], mean[:, 0], mark, label=name)
        right.loglog(STRENGTHS[name], np.maximum(mean[:, 1], 1e-6), mark, label=name)
    left.axhline(plain_accuracy, color="black", linestyle=":", label="no decay")
    label(left, "strength lambda", "test accuracy")
    label(right, "strength lambda", "weights of blank pixels, end / start")
    run.figure(figure, "weight_decay")
    run.claim(
        "weight_decay",
        "L2 inside Adam takes a whole step off a weight that has no gradient, whatever its "
        "strength; decoupled decay takes its share",
        seeds=seeds,
        config={
            "images": 400, "epochs": epochs, "learning_rate": DECAY_RATE, "strengths": STRENGTHS,
        },
        metrics={
            "accuracy": {name: {"mean": f[:, :, 0].mean(axis=1), "sd": f[:, :, 0].std(axis=1)}
                         for name, f in found.items()},
            "best_accuracy": {name: f[:, :, 0].mean(axis=1).max() for name, f in found.items()},
            "accuracy_without": plain_accuracy,
            "blank_weights_left": {name: f[:, :, 1].mean(axis=1) for name, f in found.items()},
        },
    )  # fmt: skip
