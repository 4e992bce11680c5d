"""What time does to a gradient: it vanishes, explodes or stays; and what clipping is worth."""

import functools
from typing import NamedTuple

import numpy as np

from block07_rnn import through_time
from block07_rnn.experiments.colours import CELL_COLOURS
from block07_rnn.experiments.copying import courses
from block07_rnn.proofs import TEXTBOOK, textbook_of
from block07_rnn.tasks import BLANK, COPY_INPUTS, MESSAGE, SYMBOLS, copy_batch, one_hot
from block07_rnn.train import CELLS, COPY, Model, train
from shared.checks import NonFiniteError
from shared.optim import SGD
from shared.plots import COLOURS, MARKERS, label, new_figure
from shared.seeding import stream

# --- the gradient through time -------------------------------------------------------------------

LENGTH, READ = 100, 20  # steps; messages
KEPT = 0.1  # a direction comes through where a tenth of it is left
STARTS = {  # a cell, the factor on its U at the start, and the forget gate's bias
    "RNN": ("RNN", 1.0, None),
    "RNN, U x 1.7": ("RNN", 1.7, None),
    "RNN, U x 3.5": ("RNN", 3.5, None),
    "GRU": ("GRU", 1.0, None),
    "LSTM": ("LSTM", 1.0, 1.0),
    "LSTM, forget bias 5": ("LSTM", 1.0, 5.0),
}
STYLES = dict(zip(STARTS, ["-", "--", ":", "-", "-", "--"]))


def start(name, seed, hidden):
    """The textbook parameters of a cell before training."""
    kind, factor, forget_bias = STARTS[name]
    parameters = TEXTBOOK[kind].initialise(COPY_INPUTS, hidden, stream(seed, "start", kind))
    for key in parameters:
        if key.startswith("U"):
            parameters[key] *= factor
    if forget_bias is not None:
        parameters["b_f"][:] = forget_bias
    return parameters


class Back(NamedTuple):
    """What comes back through time in one network."""

    sizes: np.ndarray  # (T,) |d loss / d state| k steps before the end, over its size at the end
    radius: float  # the mean spectral radius of a step's Jacobian
    directions: int  # of the product of all Jacobians: singular values above KEPT


def look_back(kind, parameters, rng, length):
    """A message and blanks are read; the loss asks a random direction of the last output. -> Back

    Sizes are those of a batch of messages, Jacobians those of its first message.
    """
    cell = TEXTBOOK[kind]
    message = rng.integers(0, SYMBOLS, (MESSAGE, READ)) + 1
    blanks = np.full((length - MESSAGE, READ), BLANK)
    x = one_hot(np.concatenate([message, blanks]), COPY_INPUTS, np.float64)
    state = through_time.zero_state(cell, parameters, READ)
    _, _, caches = through_time.forward(cell, parameters, x, state)
    dstate = (rng.standard_normal(state[0].shape), *(0 * part for part in state[1:]))
    product, sizes, radii = 1.0, [], []
    for cache in reversed(caches):
        sizes.append(np.sqrt(sum(np.sum(part**2) for part in dstate)))
        _, dstate, _ = cell.step_backward(parameters, cache, dstate)
        J = through_time.jacobian(cell, parameters, tuple(array[:1] for array in cache))
        product = product @ J if radii else J
        radii.append(np.abs(np.linalg.eigvals(J)).max())
    directions = np.sum(np.linalg.svd(product, compute_uv=False) > KEPT)
    return Back(np.array(sizes) / sizes[0], np.mean(radii), directions)


def gradient_through_time(run):
    """With the usual start the gradient shrinks, by a factor a step that settles; a larger U or
    forget bias keeps it or lets it grow. After the copy task its size stays in all three cells, but
    in the simple network few directions of the state come through a hundred steps.
    """
    seeds = run.seeds(3, quick=1)
    hidden, length = (8, 12) if run.quick else (COPY.hidden, LENGTH)
    before = {
        name: [look_back(STARTS[name][0], start(name, s, hidden), stream(s, "through time"), length)
               for s in seeds]
        for name in run.progress(STARTS, "starts")
    }
    after = {
        kind: [look_back(kind, textbook_of(kind, courses(s, run.quick)[kind][0].cell),
                         stream(s, "through time"), length) for s in seeds]
        for kind in CELLS
    }
    run.figure(draw_sizes(before, after))
    rows = {f"{name}, start": each for name, each in before.items()}
    rows |= {f"{kind}, trained": each for kind, each in after.items()}
    found = {name: summary(each) for name, each in rows.items()}
    run.file("through_time.txt", as_table(found, length))
    run.record(config={"hidden": hidden, "length": length, "messages": READ, "kept": KEPT},
               metrics=found)


def summary(each):
    """Over the seeds: geometric mean of what is left at the far end, the factor a step, the radius
    and the directions."""
    left = np.exp(np.mean([np.log(back.sizes[-1]) for back in each]))
    radii = [back.radius for back in each]
    return {"left": left, "factor_per_step": left ** (1 / (len(each[0].sizes) - 1)),
            "spectral_radius": np.mean(radii), "spectral_radius_sd": np.std(radii),
            "directions": np.mean([back.directions for back in each])}


def as_table(found, length):
    """The metrics as aligned lines."""
    lines = [f"{'network':<27} {f'left after {length - 1} steps':>19} {'factor a step':>14}"
             f" {'spectral radius':>16} {'directions':>11}"]
    lines += [f"{name:<27} {row['left']:>19.1e} {row['factor_per_step']:>14.3f}"
              f" {row['spectral_radius']:>16.2f} {row['directions']:>11.1f}"
              for name, row in found.items()]
    return "\n".join(lines) + "\n"


def draw_sizes(before, after):
    """The gradient's size over the steps back: before training, and after the copy task."""
    title = (f"A factor a step before training; after it the size stays "
             f"(geometric mean of {len(after['RNN'])} seeds)")
    figure, axes = new_figure(title, columns=2, width=12, height=4.8)
    lines = [{name: (STARTS[name][0], STYLES[name]) for name in STARTS},
             {kind: (kind, "-") for kind in CELLS}]
    said = ["before training", "after the copy task"]
    for axis, each, styles, name in zip(axes, (before, after), lines, said):
        for key, (kind, line) in styles.items():
            mean = np.exp(np.mean([np.log(back.sizes) for back in each[key]], axis=0))
            axis.semilogy(range(len(mean)), mean, line, color=CELL_COLOURS[kind], label=key)
        y = "size of the gradient over that of the last step" if axis is axes[0] else ""
        label(axis, "steps back", y, name)
    axes[1].set(ylim=(0.03, 30))
    return figure


# --- clipping ------------------------------------------------------------------------------------

RATES = (0.03, 0.1, 0.3)
CLIPS = {"not clipped": np.inf, "clipped to 1": 1.0}
DELAY, MOMENTUM, LAST = 5, 0.9, 50  # LAST: steps whose mean loss is the end


def clipped_training(seed, learning_rate, clip, settings):
    """Losses and gradient lengths of a simple network on the copy task, with momentum and no Adam;
    the losses end in infinity where a number left all bounds."""
    settings = settings._replace(learning_rate=learning_rate, clip=clip)
    rng = stream(seed, "clipping")
    model = Model("RNN", COPY_INPUTS, settings.hidden, SYMBOLS, rng)
    momentum = functools.partial(SGD, momentum=MOMENTUM)
    losses, norms = [], []

    def next_batch(step):
        return *copy_batch(DELAY, settings.batch, rng), False

    try:
        for progress in train(model, next_batch, settings, optimizer=momentum):
            losses.append(progress.loss)
            norms.append(progress.gradient_norm)
    except NonFiniteError:
        losses.append(np.inf)
    return np.array(losses), np.array(norms)


def clipping(run):
    """At a rate of 0.1 a simple network learns the copy task with its gradient clipped and hardly
    without; at a third of that rate it learns without clipping too, and ends lower.
    """
    seeds = run.seeds(5, quick=1)
    settings = COPY._replace(steps=30 if run.quick else 600)
    found = {
        (name, rate): [clipped_training(s, rate, clip, settings) for s in seeds]
        for name, clip in run.progress(CLIPS.items(), "clipping")
        for rate in RATES
    }
    ends = {key: [losses[-LAST:].mean() for losses, _ in each] for key, each in found.items()}
    run.figure(draw_clipping(found, ends))
    run.record(
        config=settings._asdict() | {"learning_rate": RATES, "clip": "none or 1", "delay": DELAY,
                                     "momentum": MOMENTUM},
        metrics={
            name: {
                rate: {
                    "loss_mean": np.mean(ends[name, rate]), "loss_sd": np.std(ends[name, rate]),
                    "gradient_median": np.median([np.median(n) for _, n in found[name, rate]]),
                    "gradient_longest": max(n.max() for _, n in found[name, rate]),
                }
                for rate in RATES
            }
            for name in CLIPS
        },
    )


def draw_clipping(found, ends):
    """The length of the gradient of one training, and the losses at the end over the rate."""
    title = "A simple network on the copy task: clipping allows a larger rate"
    figure, (left, right) = new_figure(title, columns=2, width=11)
    for i, name in enumerate(CLIPS):
        colour = (COLOURS[4], CELL_COLOURS["RNN"])[i]
        _, norms = found[name, 0.1][0]
        left.semilogy(range(1, len(norms) + 1), norms, color=colour, linewidth=0.8, label=name)
        losses = np.array([ends[name, rate] for rate in RATES])  # (rates, seeds)
        right.errorbar(RATES, losses.mean(axis=1), losses.std(axis=1), color=colour, capsize=3,
                       marker=MARKERS[i], label=name)
    label(left, "update", "length of the gradient before clipping", "one seed, rate 0.1")
    right.axhline(np.log(SYMBOLS), color="0.7", linewidth=1)
    right.set(xscale="log", yscale="log")
    right.set_xticks(RATES, [f"{rate:g}" for rate in RATES])
    right.minorticks_off()
    count = losses.shape[1]
    label(right, "learning rate (grey: guessing)", "loss at the end (nats)",
          f"mean and deviation of {count} seeds")
    return figure
