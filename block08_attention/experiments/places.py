"""Tasks of which the right weights are known: does the model find them?"""

import numpy as np

from block08_attention import model, multi_head
from block08_attention.train import COPY, LOOK_UP, REVERSE, batches, score, shorter, trained
from shared.plots import heat_map, label, new_figure

TASKS = {"look-up": LOOK_UP, "copy, 3 back": COPY, "reverse": REVERSE}


def known_places(run):
    """On look-up, copying and reversing the learned weights are the known ones: at least nine
    tenths of the weight lie on the place of the answer, for words that no training has seen
    (three seeds).
    """
    seeds = run.seeds(3, quick=1)
    tasks = {name: shorter(settings, run.quick, steps=100) for name, settings in TASKS.items()}
    networks = {
        name: [trained(settings, seed) for seed in seeds]
        for name, settings in run.progress(tasks.items(), "tasks")
    }
    scores = {
        name: [score(p, TASKS[name], seed) for p, seed in zip(trained_ones, seeds)]
        for name, trained_ones in networks.items()
    }
    run.figure(draw({name: networks[name][0] for name in TASKS}, run.seed))
    run.record(
        config={name: settings._asdict() for name, settings in tasks.items()},
        metrics={name: summary(scores[name]) for name in TASKS},
    )
    found = summary(scores["look-up"])
    run.headline({
        "lookup_accuracy": found["accuracy"], "lookup_weight_on_truth": found["weight_on_truth"]
    })


def summary(scores):
    """Means and standard deviations over the seeds; the tasks have one question and one head."""
    accuracy = np.array([score.accuracy[0] for score in scores])
    weight = np.array([score.weight[0, 0] for score in scores])
    return {
        "accuracy": accuracy.mean(), "accuracy_sd": accuracy.std(),
        "weight_on_truth": weight.mean(), "weight_on_truth_sd": weight.std(),
    }


def draw(networks, seed):
    """The learned weights of one fresh sequence of each task, its known places as circles."""
    title = "The learned weights lie on the known places (circles); one sequence, one seed"
    figure, axes = new_figure(title, columns=3, width=13, height=4.6)
    for axis, (name, parameters) in zip(axes, networks.items()):
        batch = batches(TASKS[name], seed, "test", 1)()
        _, cache = model.forward(parameters, batch)
        heat_map(axis, multi_head.weights_of(cache)[0, 0], colour_map="Blues", limits=(0, 1))
        asks = np.flatnonzero(batch.places[0, :, 0] >= 0)
        axis.plot(batch.places[0, asks, 0], asks, "o", markerfacecolor="none",
                  markeredgecolor="#D55E00", markersize=11, label="place of the answer")
        ticks = range(0, batch.x.shape[1], 3)
        axis.set(xticks=ticks, yticks=ticks)
        y = "question" if name == "look-up" else "token that looks"
        label(axis, "place that is looked at", y, name, legend=False)
    return figure
