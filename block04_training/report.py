"""loss_curve.png, the two pictures of the scalar engine, and outputs.md."""

import numpy as np

from block04_training.scalar_mlp import predict
from block04_training.train import (
    DIGITS,
    NOISE,
    Network,
    Settings,
    digits_data,
    digits_split,
    moons_data,
    trained,
)
from block04_training.value import Value
from shared.data import load_digits, moons
from shared.losses import accuracy, softmax
from shared.plots import COLOURS, decision_boundary, label, loss_curves, new_figure
from shared.seeding import stream
from shared.tensor import no_grad


def draw_losses(run):
    """The logged losses of both problems."""
    title = "Both networks learn: a number a node, then an array a node"
    figure, axes = new_figure(title, columns=2, width=10)
    for axis, problem in zip(axes, ("moons", "digits")):
        curves = {s: run.logged(split=s, problem=problem) for s in ("train", "validation")}
        loss_curves(axis, curves)
        label(axis, "epoch", "loss (nats)", f"{problem}, one seed")
    run.figure(figure, "loss_curve")


def show_moons(run, network):
    """The border, and how many points lie on their side, of those trained on and of fresh ones."""
    X, y, _, _ = moons_data(run.seed)
    X_new, y_new = moons(1000, NOISE, stream(run.seed, "moons", "new"))
    figure, (axes,) = new_figure("65 numbers, each a node of a graph, tell the moons apart")
    decision_boundary(axes, lambda places: np.array(predict(network, places)), X, y, resolution=60)
    label(axes, "x", "y", legend=False)
    figure.legend(loc="outside lower center", ncols=2)
    run.figure(figure, "moons")
    run.headline(
        {
            "moons_accuracy": accuracy(np.array(predict(network, X)), y),
            "moons_new_points_accuracy": accuracy(np.array(predict(network, X_new)), y_new),
        }
    )


# --- the diamond ---------------------------------------------------------------------------------


def diamond():
    """L = a b with a = 2 x and b = x + 1 at x = 3, after backward: {name: node}."""
    x = Value(3.0)
    a, b = x * 2, x + 1
    L = a * b
    L.backward()
    return {"x": x, "a = 2 x": a, "b = x + 1": b, "L = a b": L}


def draw_diamond(run):
    """Each node with its value and gradient, each edge with its slope and what comes back on it."""
    title = "Arrows lead from parents to children; what comes back adds up: 8 + 6 = 14"
    figure, (axes,) = new_figure(title, height=4.2)
    places = [(0, 0), (1, 0.8), (1, -0.8), (2, 0)]
    nodes = dict(zip(diamond().items(), places))
    place_of = {id(node): place for (_, node), place in nodes.items()}
    for (name, node), (x, y) in nodes.items():
        text = f"{name}\nvalue {node.data:g}\ngradient {node.grad:g}"
        box = {"boxstyle": "round", "facecolor": "white", "edgecolor": COLOURS[0]}
        axes.text(x, y, text, ha="center", va="center", bbox=box, zorder=2)
        for parent, slope in zip(node.parents, node.slopes):
            if id(parent) in place_of:  # the constants 2 and 1 are not drawn
                (px, py) = place_of[id(parent)]
                arrow = {"arrowstyle": "-|>", "color": "0.5", "shrinkB": 38}
                axes.annotate("", (x, y), (px, py), arrowprops=arrow, zorder=1)
                text = f"slope {slope:g}\n{node.grad:g} * {slope:g} = {slope * node.grad:g} back"
                blank = {"facecolor": "white", "edgecolor": "none"}
                axes.text((px + x) / 2, (py + y) / 2, text, ha="center", va="center", zorder=3,
                          color=COLOURS[1], bbox=blank)
    axes.set(xlim=(-0.35, 2.35), ylim=(-1.2, 1.2))
    axes.set_axis_off()
    run.figure(figure, "graph")


# --- outputs.md ----------------------------------------------------------------------------------


def show_outputs(run, network):
    """What the digits' network says before and after training, and before and after a fix."""
    fit, validation, _ = digits_split(run.seed)
    _, _, X, y = digits_data(fit, validation)
    pixels = load_digits().X[validation]
    untrained = Network(DIGITS, stream(run.seed, "weights", *DIGITS.sizes))  # the same start
    with no_grad():
        before, after = (softmax(model(X).data) for model in (untrained, network))  # (N, 10)
    worst = int(np.argmin(after[np.arange(len(y)), y]))
    lines = ["# The first validation digit, before and after training", ""]
    lines += shown(pixels[0], y[0], {"Before": before[0], "After": after[0]})
    lines += ["# The validation digit it is most wrong about", ""]
    lines += shown(pixels[worst], y[worst], {"The network": after[worst]})
    run.file("outputs.md", "\n".join([*lines, *the_fix(run)]))


def the_fix(run):
    """Ten validation digits as a network reads them that was trained with momentum at a rate
    ten times too large, and as one with the right rate does."""
    fit, validation, _ = digits_split(run.seed)
    X, y, X_validation, y_validation = digits_data(fit, validation)
    lines = ["# Before and after a fix: the learning rate", ""]
    columns = f"says of the first ten validation digits | right, of all {len(y_validation)} |"
    lines += [f"| momentum at a rate of | {columns}"]
    lines += ["|---|---|---|"]
    for rate in (1.0, 0.1):
        settings = Settings(DIGITS.sizes, rate, 64, epochs=8, optimizer="momentum")
        said = answers(trained(settings, X, y, run.seed), X_validation)
        right = f"{np.mean(said == y_validation):.0%}"
        lines.append(f"| {rate:.2g} | {' '.join(map(str, said[:10]))} | {right} |")
    return [*lines, f"| the truth | {' '.join(map(str, y_validation[:10]))} | |", ""]


def answers(network, X):
    """The class with the largest logit, for each row."""
    with no_grad():
        return network(X).data.argmax(axis=1)


def shown(pixels, target, probabilities):
    """One digit as text, with the three likeliest classes of each network, by its name."""
    levels = (pixels.reshape(8, 8) / 16 * 4.99).astype(int)
    lines = [f"It is {'an' if target == 8 else 'a'} {target}.", "", "```text"]
    lines += ["".join(2 * " .:+#"[level] for level in row) for row in levels]
    for name, p in probabilities.items():
        guesses = ", ".join(f"{k}: {100 * p[k]:.1f} %" for k in np.argsort(-p, kind="stable")[:3])
        lines.append(f"{name}: {guesses}")
    return [*lines, "```", ""]
