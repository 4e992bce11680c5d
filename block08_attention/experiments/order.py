"""Without positions attention cannot tell order."""

import numpy as np

from block08_attention import model, multi_head
from block08_attention.tasks import WORDS
from block08_attention.train import REVERSE, batches, score, shorter, trained
from shared.plots import heat_map, label, new_figure

WAYS = {  # options of the training
    "without positions": {"positions": False},
    "with positions": {"positions": True},
    "with positions, each word once": {"positions": True, "once": True},  # what broke
}


def without_positions(run):
    """Reversing a sequence of 16 different words: without position codes the answers are right once
    in 16 times, as guesses are, with them nearly always (the same model and steps, three seeds).
    """
    seeds = run.seeds(3, quick=1)
    settings = shorter(REVERSE, run.quick, steps=150)
    networks = {way: [trained(settings, seed, **options) for seed in seeds]
                for way, options in WAYS.items()}
    accuracy = {
        way: np.array([examined(p, settings, seed, way) for p, seed in zip(networks[way], seeds)])
        for way in WAYS
    }
    run.figure(draw({way: networks[way][0] for way in WAYS}, accuracy, settings, run.seed))
    run.record(
        config=settings._asdict(),
        metrics={way: {"mean": found.mean(), "sd": found.std(), "lowest": found.min()}
                 for way, found in accuracy.items()} | {"guessing": 1 / WORDS},
    )
    run.headline({
        f"order_{way.replace(' ', '_')}_accuracy": accuracy[way].mean() for way in list(WAYS)[:2]
    })


def examined(parameters, settings, seed, way):
    """The accuracy on fresh sequences in which every word stands once."""
    options = WAYS[way] | {"once": True}
    return score(parameters, settings, seed, **options).accuracy[0]


def draw(networks, accuracy, settings, seed):
    """The weights of one fresh sequence, with and without positions."""
    title = "Without positions no token knows which place is meant; one sequence, one seed"
    figure, axes = new_figure(title, columns=2, width=10, height=4.6)
    for axis, way in zip(axes, WAYS):
        parameters, options = networks[way], WAYS[way] | {"once": True}
        batch = batches(settings, seed, "test", 1, **options)()
        _, cache = model.forward(parameters, batch)
        heat_map(axis, multi_head.weights_of(cache)[0, 0], colour_map="Blues", limits=(0, 1))
        axis.set(xticks=range(0, WORDS, 3), yticks=range(0, WORDS, 3))
        told = f"{way}: {100 * accuracy[way].mean():.1f} % right (mean of {len(accuracy[way])})"
        label(axis, "place that is looked at", "token that looks", told, legend=False)
    return figure
