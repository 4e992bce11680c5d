"""The spiral: straight borders fail, hidden units bend them."""

import numpy as np

from block03_mlp_manual.many_layers import initialise, predict
from block03_mlp_manual.problems import spiral_data
from block03_mlp_manual.train import SPIRAL, train
from shared.losses import accuracy
from shared.plots import decision_boundary, label, new_figure
from shared.seeding import stream

NETWORKS = {"no hidden layer": SPIRAL._replace(sizes=(2, 3)), "100 hidden units": SPIRAL}


def border(run):
    """Without hidden units about half of the spiral's fresh points are right, with 100 ReLUs 99 of
    100 (the same loop, rate and epochs; five seeds).
    """
    seeds = run.seeds(5)
    trained = {
        name: [trained_network(seed, name, run.quick) for seed in seeds] for name in NETWORKS
    }
    scores = {
        name: np.array([accuracy(predict(layers, X), y) for layers, (_, _, X, y) in networks])
        for name, networks in trained.items()
    }
    linear, mlp = scores["no hidden layer"], scores["100 hidden units"]
    run.figure(draw(trained, scores))
    run.record(
        config={name: settings._asdict() for name, settings in NETWORKS.items()},
        metrics={
            "linear": {"mean": linear.mean(), "sd": linear.std(), "all": linear},
            "mlp": {"mean": mlp.mean(), "sd": mlp.std(), "all": mlp},
        },
    )
    run.headline({"spiral_linear_accuracy": linear.mean(), "spiral_mlp_accuracy": mlp.mean()})


def trained_network(seed, name, quick):
    """A network trained on the spiral of this seed, and that data."""
    settings = NETWORKS[name]
    if quick:
        settings = settings._replace(epochs=settings.epochs // 3)
    data = spiral_data(seed)
    rng = stream(seed, "spiral", "training", name)
    return train(initialise(settings.sizes, rng), *data[:2], settings, rng), data


def draw(trained, scores):
    """The border of the first seed's networks, under its training points."""
    figure, axes = new_figure("Three straight lines cannot unroll a spiral", columns=2, width=10)
    for axis, (name, networks) in zip(axes, trained.items()):
        layers, (X, y, _, _) = networks[0]
        decision_boundary(axis, lambda Z, layers=layers: predict(layers, Z), X, y)
        title = f"{name}: {100 * scores[name][0]:.1f} % of fresh points, one seed"
        label(axis, "x1", "x2", title, legend=False)
        axis.legend(loc="upper right")
    return figure
