"""Look-up as the memory grows: attention, which sees all pairs, and a GRU, which must keep them."""

from functools import partial
from typing import NamedTuple

import numpy as np

from block08_attention import model
from block08_attention.tasks import codes
from block08_attention.train import Settings, batches, first_parameters, shorter, train
from shared.plots import COLOURS, label, new_figure
from shared.recurrent import GRU
from shared.seeding import stream

PAIRS = (2, 4, 8, 16)
KEYS, VALUES = 16, 8  # the same codes in every batch, so that the GRU may learn them by heart
SETTINGS = Settings(
    task="look_up",
    channels=64,  # the GRU's state is as wide
    num_heads=1,
    learning_rate=1e-2,  # 5e-3 is slower and 2e-2 worse for the GRU; attention learns anyway
    batch_size=32,
    steps=500,
)

# --- a GRU that reads the pairs and then the question --------------------------------------------


class Reader(NamedTuple):
    """A GRU's parameters, and Wo (H, C) from its last state to the answer."""

    W: np.ndarray
    U: np.ndarray
    b: np.ndarray
    c: np.ndarray
    Wo: np.ndarray


def first_reader(settings, rng):
    """The GRU, and the parameters it starts from."""
    C = settings.channels
    gru = GRU(C, C, rng)
    Wo = rng.standard_normal((C, C)) / np.sqrt(C)
    return gru, Reader(*(tensor.data for tensor in gru.parameters().values()), Wo)


def read(gru, parameters, batch):
    """The logits [(N, 1, K)] after the pairs, one a step, and the question; and the cache."""
    for name, tensor in gru.parameters().items():
        tensor.data = getattr(parameters, name)
    tokens = np.concatenate([batch.memory, batch.x], axis=1).swapaxes(0, 1)  # (S + 1, N, C)
    outputs, _, cache = gru.forward(tokens)  # (S + 1, N, C)
    out = outputs[-1] @ parameters.Wo  # (N, C): the last step answers
    return model.logits_of(out[:, None], batch), (outputs, cache)


def read_loss(parameters, batch, gru):
    """The loss of the GRU, and its gradients."""
    logits, (outputs, cache) = read(gru, parameters, batch)
    dout = model.dout_of(logits, batch)[:, 0]  # (N, C)
    doutputs = np.zeros_like(outputs)
    doutputs[-1] = dout @ parameters.Wo.T
    _, _, gradients = gru.backward(cache, doutputs)
    return model.loss(logits, batch), Reader(**gradients, Wo=outputs[-1].T @ dout)


# --- the comparison ------------------------------------------------------------------------------

MODELS = {"attention": (COLOURS[0], "o"), "GRU": (COLOURS[1], "s")}


def far_back(run):
    """With 16 pairs in memory attention finds the first one; a GRU as wide, trained as long, does
    not. If it is never asked for another pair the GRU keeps the first over all 16 steps: what fails
    is keeping every pair, since any may be asked (500 steps, three seeds).
    """
    seeds = run.seeds(3, quick=1)
    settings = shorter(SETTINGS, run.quick, steps=100)
    found = {
        name: np.array([[accuracy(settings, seed, name, pairs) for seed in seeds]
                        for pairs in run.progress(PAIRS, name)])
        for name in MODELS
    }  # (pairs, seeds)
    control = np.array([accuracy(settings, seed, "GRU", PAIRS[-1], at=0) for seed in seeds])
    run.figure(draw(found, control))
    run.record(
        config=settings._asdict() | {"pairs": PAIRS, "keys": KEYS, "values": VALUES},
        metrics={
            name: {f"{pairs} pairs": spread(at) for pairs, at in zip(PAIRS, by_length)}
            for name, by_length in found.items()
        } | {"GRU asked for the first alone": spread(control)},
    )
    run.headline({
        "lookup_accuracy_gru_far": found["GRU"][-1].mean(),
        "lookup_accuracy_attention_far": found["attention"][-1].mean(),
    })


def spread(scores):
    return {"mean": scores.mean(), "sd": scores.std()}


def accuracy(settings, seed, name, pairs, at=None):
    """Train on memories of so many pairs, asked for any of them (or for the one at place `at`);
    then the share of right answers where the first pair is asked for, which is farthest back."""
    rng = stream(seed, "fixed codes")
    fixed = codes(KEYS, settings.channels, rng), codes(VALUES, settings.channels, rng)
    task = partial(batches, settings, seed, pairs=pairs, asked=1, fixed=fixed)
    draw, test = task("train", settings.batch_size, at=at), task("test", 1000, at=0)()
    if name == "GRU":
        gru, start = first_reader(settings, stream(seed, "reader"))
        parameters = train(start, partial(read_loss, gru=gru), draw, settings)
        logits, _ = read(gru, parameters, test)
    else:
        start = first_parameters(settings, seed)
        parameters = train(start, model.loss_and_gradients, draw, settings)
        logits, _ = model.forward(parameters, test)
    return model.right(logits, test)[0].mean()


def draw(found, control):
    """Accuracy over the number of pairs."""
    title = "Attention finds the first of 16 pairs; the GRU does if it need keep no other"
    figure, (axes,) = new_figure(title)
    for name, (colour, marker) in MODELS.items():
        mean, sd = found[name].mean(axis=1), found[name].std(axis=1)
        told = f"{name}, any pair may be asked for"
        axes.errorbar(PAIRS, mean, sd, fmt=marker + "-", color=colour, capsize=3, label=told)
    axes.errorbar([PAIRS[-1]], [control.mean()], [control.std()], fmt="s", color=COLOURS[1],
                  markerfacecolor="none", markersize=11, label="GRU, the first alone is asked for")
    axes.axhline(1 / VALUES, color="0.6", linewidth=1, linestyle=":", label="guessing")
    axes.set(ylim=(0, 1.05))
    axes.set_xscale("log", base=2)
    axes.set_xticks(PAIRS, list(map(str, PAIRS)))
    x = f"pairs in memory (bars: standard deviation over {found['GRU'].shape[1]} seeds)"
    label(axes, x, "share of right answers for the first pair")
    axes.legend(loc="center right", bbox_to_anchor=(1, 0.7))
    return figure
