"""Masks: the loss when the future shows, and what a row with nothing to see does."""

import numpy as np

from block08_attention import attention
from block08_attention.masks import padding_mask
from block08_attention.multi_head import over_tokens
from block08_attention.tasks import WORDS
from block08_attention.train import COPY, score, shorter, trained
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream

# --- no causal mask ------------------------------------------------------------------------------

NEXT = COPY._replace(task="next_word", log_every=10)
LENGTH = 16
SEES = {  # how many tokens of the future each mask shows; colour, line
    "causal": (0, COLOURS[0], "-"),
    "off by one": (1, COLOURS[4], "--"),
    "none": (LENGTH, COLOURS[3], ":"),
}


def no_causal_mask(run):
    """Random words cannot be foretold: no model may get below ln 16 nats. Under the causal mask the
    loss stays there; without it, or with one that is off by one, it falls to nearly nothing (three
    seeds).
    """
    seeds = run.seeds(3, quick=1)
    settings = shorter(NEXT, run.quick)
    curves = {name: [losses(settings, seed, sees) for seed in seeds]
              for name, (sees, _, _) in SEES.items()}
    run.figure(draw_losses(curves, settings))
    run.record(
        config=settings._asdict() | {"words": WORDS, "length": LENGTH},
        metrics={
            name: {"test_loss": np.mean([test for _, test in runs]),
                   "test_loss_sd": np.std([test for _, test in runs])}
            for name, runs in curves.items()
        } | {"least_possible": np.log(WORDS)},
    )


def losses(settings, seed, sees):
    """The training loss every log_every steps, and the test loss at the end, under this mask."""
    curve = []
    parameters = trained(settings, seed, lambda step, loss, _: curve.append(loss), sees=sees)
    return curve, score(parameters, settings, seed, sees=sees).loss


def draw_losses(curves, settings):
    """Training loss over the steps, the mean over the seeds."""
    title = "Where the future shows, the loss falls below the least possible one"
    figure, (axes,) = new_figure(title)
    steps = np.arange(0, settings.steps + 1, settings.log_every)
    for name, (_, colour, line) in SEES.items():
        mean = np.mean([curve for curve, _ in curves[name]], axis=0)
        axes.plot(steps, mean, line, color=colour, label=f"mask: {name}")
    axes.axhline(np.log(WORDS), color="0.6", linewidth=1, label="ln 16, the least possible")
    axes.set_ylim(bottom=0)
    x = f"step (mean of {len(curves['causal'])} seeds)"
    label(axes, x, "training loss, next word (nats)", legend=False)
    axes.legend(loc="center right")
    return figure


# --- a row with nothing to see -------------------------------------------------------------------


def plain_softmax(scores, mask, hidden=-np.inf):
    """Softmax with `hidden` in the forbidden places, as it is often written."""
    scores = np.where(mask, scores, hidden)
    with np.errstate(invalid="ignore"):  # -inf - -inf
        powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


WAYS = {
    "the rule: weights 0": attention.masked_softmax,
    "-inf, plain softmax": plain_softmax,
    "-1e9, plain softmax": lambda scores, mask: plain_softmax(scores, mask, -1e9),
}


def nothing_to_see(run):
    """A sequence of length 0 in a batch: -inf with a plain softmax makes the gradient of every
    weight that all sequences share NaN, -1e9 lets it read the padding; with weights of 0 neither
    happens.
    """
    found = {name: empty_sequence(run.seed, softmax) for name, softmax in WAYS.items()}
    lines = [f"{'softmax of an empty row':<26}{'gradient of Wk that is NaN':>28}"
             f"{'its output moved by padding':>30}"]
    lines += [f"{name:<26}{100 * nan:>26.0f} %{'NaN' if nan else format(moved, '.3f'):>30}"
              for name, (nan, moved) in found.items()]
    run.file("nothing_to_see.txt", "\n".join(lines) + "\n")
    run.record(
        config={"lengths": LENGTHS, "size": SIZE, "channels": CHANNELS},
        metrics={name: {"nan_share_of_dWk": nan, "moved_by_padding": None if nan else moved}
                 for name, (nan, moved) in found.items()},
    )


LENGTHS, SIZE, CHANNELS = (4, 2, 0), 4, 8  # the last sequence is padding throughout


def empty_sequence(seed, softmax):
    """The share of dWk that is NaN, over the batch; and how much the empty sequence's output moves
    when its padding holds other numbers (NaN where the output is)."""
    rng = stream(seed, "empty row")
    x, padding = rng.standard_normal((2, len(LENGTHS), SIZE, CHANNELS))
    Wk = rng.standard_normal((CHANNELS, CHANNELS)) / np.sqrt(CHANNELS)
    mask, scale = padding_mask(LENGTHS, SIZE), 1 / np.sqrt(CHANNELS)

    def look(memory):
        K = memory @ Wk  # (N, S, C)
        weights = softmax((x @ K.swapaxes(-1, -2)) * scale, mask)
        return weights @ memory, (x, K, memory, weights, scale)

    out, cache = look(x)
    _, dK, _ = attention.backward(cache, rng.standard_normal(out.shape))
    dWk = over_tokens(x, dK)
    moved = np.abs(out[-1] - look(padding)[0][-1]).max()
    return float(np.isnan(dWk).mean()), float(moved)
