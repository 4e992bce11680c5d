"""How long a cell remembers: the copy task with a growing delay, and what the gates do in it."""

import functools

import numpy as np

from block07_rnn import lstm, through_time
from block07_rnn.experiments.colours import CELL_COLOURS
from block07_rnn.proofs import textbook_of
from block07_rnn.tasks import (
    COPY_INPUTS,
    MESSAGE,
    NOTHING,
    SYMBOLS,
    copy_batch,
    copy_guess,
    one_hot,
)
from block07_rnn.train import CELLS, COPY, Model, train
from shared.graph import no_grad
from shared.plots import COLOURS, heat_map, label, new_figure
from shared.seeding import stream

SOLVED = 0.99  # of the symbols
LONGEST = 60  # the longest delay that is tried
LOOK_EVERY = 20  # steps
FIRST_LOOK, SECOND_LOOK = 100, 300  # fresh messages
ENTRANTS = {name: (name, {}) for name in CELLS} | {
    "LSTM, forget bias 0": ("LSTM", {"forget_bias": 0.0})
}
STYLES = {name: (CELL_COLOURS[kind], ":" if options else "-")
          for name, (kind, options) in ENTRANTS.items()}

# --- a course of growing delays ------------------------------------------------------------------


def copy_accuracy(model, delay, messages, rng):
    """The share of symbols that are repeated rightly, of fresh messages."""
    inputs, targets = copy_batch(delay, messages, rng)
    with no_grad():
        logits = model(inputs)[0].data  # (T, B, K)
    asked = targets != NOTHING
    return float(np.mean(logits.argmax(axis=-1)[asked] == targets[asked]))


def longer(delay, longest):
    """The next delay of the course: a quarter more, at least one."""
    return min(longest, delay + max(1, delay // 4))


def course(name, seed, settings, longest):
    """Train on delay 1; whenever 99 % of fresh messages are right, the delay grows.

    -> the model, and [(step, delay)] of what it had solved; it stops when it solves the longest.
    """
    kind, options = ENTRANTS[name]
    rng, fresh = stream(seed, "copy", name), stream(seed, "copy", name, "fresh")
    model = Model(kind, COPY_INPUTS, settings.hidden, SYMBOLS, rng, **options)
    delay, solved = 1, []

    def next_batch(step):
        return *copy_batch(delay, settings.batch, rng), False

    for progress in train(model, next_batch, settings):
        if progress.step % LOOK_EVERY == 0 and all(
            copy_accuracy(model, delay, look, fresh) >= SOLVED for look in (FIRST_LOOK, SECOND_LOOK)
        ):
            solved.append((progress.step, delay))
            if delay == longest:
                break
            delay = longer(delay, longest)
    return model, solved


@functools.cache
def courses(seed, quick):
    """{entrant: (model, solved)} of one seed; three experiments look at them."""
    settings = COPY._replace(steps=40, hidden=16) if quick else COPY
    return {name: course(name, seed, settings, 2 if quick else LONGEST) for name in ENTRANTS}


def copy_delay(run):
    """In the same number of updates the gated cells learn to repeat three symbols after a delay
    several times as long as the simple network's; without a forget bias of 1 the LSTM is slower.
    """
    seeds = run.seeds(3, quick=1)
    found = {s: courses(s, run.quick) for s in run.progress(seeds, "copy")}
    solved = {name: [found[s][name][1] for s in seeds] for name in ENTRANTS}
    reached = {
        name: [max((delay for _, delay in one), default=0) for one in each]
        for name, each in solved.items()
    }
    steps = 40 if run.quick else COPY.steps
    run.figure(draw_courses(solved, steps, len(seeds)))
    run.record(
        config=COPY._asdict() | {"steps": steps, "longest": LONGEST, "message": MESSAGE,
                                 "symbols": SYMBOLS, "solved": SOLVED},
        metrics={
            name: {"delay_median": np.median(delays), "delay": delays,
                   "steps_to_the_last": [one[-1][0] if one else steps for one in solved[name]]}
            for name, delays in reached.items()
        } | {"guess_nats": copy_guess(), "guess_accuracy": 1 / SYMBOLS},
    )
    run.headline({f"copy_delay_{name.lower()}": np.median(reached[name]) for name in CELLS})


def draw_courses(solved, steps, count):
    """The delay that has been solved, over the updates: one line a seed."""
    title = f"The gated cells start later and then solve one delay after the other ({count} seeds)"
    figure, (axes,) = new_figure(title, width=9)
    for name, each in solved.items():
        colour, line = STYLES[name]
        for i, one in enumerate(each):
            xs, ys = zip(*[(0, 0), *one])
            axes.step([*xs, xs[-1] if ys[-1] == LONGEST else steps], [*ys, ys[-1]], line,
                      where="post", color=colour, label=name if i == 0 else None)
    axes.axhline(LONGEST, color="0.7", linewidth=1, zorder=0)
    axes.set(xlim=(0, steps), ylim=(0, 1.08 * LONGEST))
    label(axes, "updates", "delay solved (grey: the longest)")
    return figure


# --- what the gates do ---------------------------------------------------------------------------

ASKED = 500  # messages
SHUT, OPEN = -100.0, 100.0  # added to a gate's bias: 0 or 1 for every unit
MEDDLING = {
    "nothing": {},
    "input gate shut while waiting": {("wait", "b_i"): SHUT},
    "forget gate open while waiting": {("wait", "b_f"): OPEN},
    "both: the cell cannot change": {("wait", "b_i"): SHUT, ("wait", "b_f"): OPEN},
    "output gate shut while waiting": {("wait", "b_o"): SHUT},
    "input gate shut during the message": {("message", "b_i"): SHUT},
    "forget gate shut for one step of the wait": {("one step", "b_f"): SHUT},
    "output gate shut during the answer": {("answer", "b_o"): SHUT},
}


def phases_of(wait):
    """{phase: its steps}; the one step is the first of the wait."""
    return {
        "message": slice(0, MESSAGE), "one step": slice(MESSAGE, MESSAGE + 1),
        "wait": slice(MESSAGE, MESSAGE + wait), "answer": slice(MESSAGE + wait, None),
    }


def read_with(parameters, x, changes):
    """Outputs and caches of the textbook LSTM, biases changed while a phase lasts."""
    phases = phases_of(len(x) - 2 * MESSAGE)
    state = through_time.zero_state(lstm, parameters, x.shape[1])
    outputs, caches = [], []
    for t in range(len(x)):
        changed = dict(parameters)
        for (phase, bias), amount in changes.items():
            if t in range(*phases[phase].indices(len(x))):
                changed[bias] = changed[bias] + amount
        more, state, some = through_time.forward(lstm, changed, x[t : t + 1], state)
        outputs, caches = [*outputs, *more], caches + some
    return np.array(outputs), caches


def meddled(model, wait, rng):
    """{what was done: share of symbols right}, and each gate over time (T, B, H) untouched."""
    parameters = textbook_of("LSTM", model.cell)
    inputs, targets = copy_batch(wait, ASKED, rng)
    x, accuracy, over_time = one_hot(inputs, COPY_INPUTS, np.float64), {}, {}
    for name, changes in MEDDLING.items():
        outputs, caches = read_with(parameters, x, changes)
        logits = outputs[-MESSAGE:] @ model.readout.W.data + model.readout.b.data
        accuracy[name] = np.mean(logits.argmax(axis=-1) == targets[-MESSAGE:])
        if not changes:
            over_time = {gate: np.array([cache[place] for cache in caches])
                         for gate, place in (("i", 3), ("f", 4), ("o", 6))}
    return accuracy, over_time


def gates(run):
    """A trained LSTM waits with its forget gate open and its input gate nearly shut; one step of
    the wait with the forget gate shut takes the message away.
    """
    seeds = run.seeds(3, quick=1)
    trained = [courses(seed, run.quick)["LSTM"] for seed in seeds]
    wait = min(solved[-1][1] if solved else 2 for _, solved in trained)
    found = [meddled(model, wait, stream(s, "gates")) for s, (model, _) in zip(seeds, trained)]
    accuracy = {name: [one[name] for one, _ in found] for name in MEDDLING}
    shorter = [copy_accuracy(model, wait // 3, ASKED, stream(s, "shorter"))
               for s, (model, _) in zip(seeds, trained)]
    run.figure(draw_gates(found[0][1], wait))
    width = max(map(len, MEDDLING))
    lines = [f"{name:<{width}}  {100 * np.mean(a):5.1f} +- {100 * np.std(a):4.1f} %"
             for name, a in accuracy.items()]
    run.file("gates.txt", "\n".join([f"{'what was done':<{width}}  symbols right", *lines]) + "\n")
    run.record(
        config={"wait": wait, "messages": ASKED},
        metrics={
            "accuracy": {name: {"mean": np.mean(a), "sd": np.std(a)}
                         for name, a in accuracy.items()},
            "mean_gate": {
                gate: {phase: np.mean([over_time[gate][steps].mean() for _, over_time in found])
                       for phase, steps in phases_of(wait).items()}
                for gate in "ifo"
            },
            "accuracy_at_a_third_of_the_wait": np.mean(shorter),
        },
    )


def draw_gates(over_time, wait):
    """Each gate over time, unit by unit, mean over the messages; units by their input gate."""
    title = "Gates of one trained LSTM: write, hold, read (one seed, mean over 500 messages)"
    figure, axes = new_figure(title, columns=3, width=12, height=4.6)
    order = np.argsort(over_time["i"][:MESSAGE].mean(axis=(0, 1)), kind="stable")
    names = {"i": "input gate", "f": "forget gate", "o": "output gate"}
    for axis, (gate, name) in zip(axes, names.items()):
        heat_map(axis, over_time[gate].mean(axis=1).T[order], limits=(0, 1))
        for border in (MESSAGE, MESSAGE + wait):
            axis.axvline(border - 0.5, color=COLOURS[1], linewidth=1.5)
        label(axis, "step (orange: wait, sign)", "unit" if gate == "i" else "", name)
    return figure


# --- longer: a study -----------------------------------------------------------------------------

STUDIED = {
    "RNN": ("RNN", COPY), "GRU": ("GRU", COPY),
    "RNN, 128 units": ("RNN", COPY._replace(hidden=128)),
    "RNN, rate 2e-3": ("RNN", COPY._replace(learning_rate=2e-3)),
    "RNN, rate 1e-2": ("RNN", COPY._replace(learning_rate=1e-2)),
}
STUDY_STEPS, STUDY_LONGEST = 4000, 120


def longer_courses(run):
    """With 4,000 updates the simple network still falls far short of the GRU, with twice the units and
    with other learning rates too.
    """
    seeds = run.seeds(3, quick=1)
    steps, longest = (40, 2) if run.quick else (STUDY_STEPS, STUDY_LONGEST)
    reached = {}
    for name, (kind, settings) in run.progress(STUDIED.items(), "courses"):
        settings = settings._replace(steps=steps, hidden=16 if run.quick else settings.hidden)
        solved = [course(kind, seed, settings, longest)[1] for seed in seeds]
        reached[name] = [max((delay for _, delay in one), default=0) for one in solved]
    run.record(
        config=COPY._asdict() | {"steps": steps, "longest": longest},
        metrics={name: {"delay_median": np.median(delays), "delay": delays}
                 for name, delays in reached.items()},
    )
