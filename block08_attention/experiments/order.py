"""Without positions attention cannot tell order."""

import numpy as np

from block08_attention.tasks import WORDS
from block08_attention.train import COPY, REVERSE, score, shorter, trained
from shared.plots import COLOURS, label, new_figure

TASKS = {"copy, 3 back": COPY, "reverse": REVERSE}
WAYS = {"without positions": (False, COLOURS[3]), "with positions": (True, COLOURS[0])}


def without_positions(run):
    """Without position codes reversing a sequence stays at guessing, with them it is learned; the
    causal mask alone gives copying little more than guessing (three seeds).
    """
    seeds = run.seeds(3)
    found = {
        (task, way): np.array([reached(settings, seed, run.quick, positions) for seed in seeds])
        for task, settings in TASKS.items()
        for way, (positions, _) in WAYS.items()
    }
    run.figure(draw(found))
    run.record(
        config={task: settings._asdict() for task, settings in TASKS.items()},
        metrics={
            task: {way: {"mean": found[task, way].mean(), "sd": found[task, way].std()}
                   for way in WAYS}
            for task in TASKS
        } | {"guessing": 1 / WORDS},
    )
    run.headline({
        f"order_{way.replace(' ', '_')}_accuracy": found["reverse", way].mean() for way in WAYS
    })


def reached(settings, seed, quick, positions):
    """The accuracy on fresh sequences after training with or without position codes."""
    settings = shorter(settings, quick)
    parameters = trained(settings, seed, positions=positions)
    return score(parameters, settings, seed, positions=positions).accuracy[0]


def draw(found):
    """A bar for each task and way."""
    figure, (axes,) = new_figure("Without positions nobody knows which place is meant")
    for i, (way, (_, colour)) in enumerate(WAYS.items()):
        scores = [found[task, way] for task in TASKS]
        places = np.arange(len(TASKS)) + 0.35 * (i - 0.5)
        bars = axes.bar(places, [s.mean() for s in scores], 0.33, color=colour, label=way,
                        yerr=[s.std() for s in scores], capsize=3)
        axes.bar_label(bars, fmt="%.2f", padding=3)
    axes.axhline(1 / WORDS, color="0.4", linewidth=1, linestyle=":", label="guessing, 1 in 16")
    axes.set(ylim=(0, 1.3), yticks=np.arange(0, 1.1, 0.2))
    axes.set_xticks(range(len(TASKS)), list(TASKS))
    x = f"bars: standard deviation over {len(found['reverse', way])} seeds"
    label(axes, x, "share of right answers", legend=False)
    axes.legend(loc="upper center", ncols=3)
    return figure
