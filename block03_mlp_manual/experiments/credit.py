"""The chain rule as credit assignment: one example's error, followed back to every weight."""

import numpy as np
from matplotlib.patches import Circle

from block03_mlp_manual import many_layers, two_layers
from block03_mlp_manual.activations import TANH
from block03_mlp_manual.gradient_check import numerical_gradient, relative_error
from block03_mlp_manual.initialisation import xavier
from shared.losses import cross_entropy, cross_entropy_gradient, softmax
from shared.plots import COLOURS, new_figure
from shared.seeding import stream

X, TARGET = np.array([[1.0, -0.5]]), np.array([0])  # one example, its class
HIDDEN, CLASSES = 4, 3
NUDGE = 1e-3

# --- one example, one weight at a time -----------------------------------------------------------


def one_decimal(fan_in, fan_out, rng):
    """Weights of deviation 1 with one decimal, so that a reader can follow with a pencil."""
    return rng.standard_normal((fan_in, fan_out)).round(1)


def drawn_network(seed):
    """The first of this seed's networks with something to see: one unit off, the guess wrong."""
    for attempt in range(1000):
        rng = stream(seed, "credit", attempt)
        parameters = two_layers.initialise(X.shape[1], HIDDEN, CLASSES, rng, one_decimal)
        outputs, (_, z1, _) = two_layers.forward(parameters, X)
        if np.sum(z1 <= 0) == 1 and softmax(outputs)[0, TARGET[0]] < 0.3:
            return parameters
    raise RuntimeError("no network with one unit off and a wrong guess")


def loss_of(parameters):
    """The cross-entropy of the one example."""
    return cross_entropy(two_layers.forward(parameters, X)[0], TARGET)


def follow_back(parameters):
    """Every quantity of the backward pass for the one example, by name."""
    outputs, cache = two_layers.forward(parameters, X)
    doutputs = cross_entropy_gradient(outputs, TARGET)
    gradients = two_layers.backward(parameters, cache, doutputs)
    return {
        "a1": cache[2][0],
        "p": softmax(outputs)[0],
        "doutputs": doutputs[0],
        "dz1": gradients.b1,  # for one example db1 is dz1 itself
        "gradients": gradients,
    }


def colour(value):
    """Orange where more of it raises the loss, blue where it lowers it, grey where nothing."""
    return "0.75" if value == 0 else COLOURS[1] if value > 0 else COLOURS[0]


def draw_network(axes, units, weights, ticks, title):
    """Columns of circles with the numbers of `units`, joined by lines as wide as |weight|."""
    heights = [(len(column) - 1) / 2 - np.arange(len(column)) for column in units]
    widest = max(np.abs(W).max() for W in weights)
    for layer, W in enumerate(weights):
        for (i, j), weight in np.ndenumerate(W):
            ends = [heights[layer][i], heights[layer + 1][j]]
            width = 0.7 + 5 * abs(weight) / widest
            axes.plot([layer, layer + 1], ends, color=colour(weight), linewidth=width, zorder=1)
    for layer, column in enumerate(units):
        for height, value in zip(heights[layer], column):
            place = (layer, height)
            circle = Circle(place, 0.23, facecolor="white", edgecolor="0.4", zorder=2)
            axes.add_patch(circle)
            axes.text(*place, f"{value:.2f}", ha="center", va="center", fontsize=9, zorder=3)
    axes.set(xlim=(-0.4, 2.4), ylim=(-1.9, 1.9), title=title, aspect="equal", yticks=[])
    axes.set_xticks(range(3), ticks)
    axes.grid(False)
    axes.spines[:].set_visible(False)


def draw_both_ways(parameters, found):
    """Left the forward pass with its weights, right the errors with the weights' gradients."""
    title = "The error walks back along the weights; a unit that was off gets no blame"
    figure, (left, right) = new_figure(title, columns=2, width=10, height=4.6)
    ticks = ["input x", "hidden a1", "probability p"]
    units = [X[0], found["a1"], found["p"]]
    weights = [parameters.W1, parameters.W2]
    draw_network(left, units, weights, ticks, "forward: lines are weights, orange +, blue -")
    ticks = ["input x", "error dz1", "error p - y"]
    units = [X[0], found["dz1"], found["doutputs"]]
    gradients = [found["gradients"].W1, found["gradients"].W2]
    draw_network(right, units, gradients, ticks, "backward: lines are gradients, orange +, blue -")
    return figure


def nudged_change(parameters, index):
    """How much the loss really changes when W1[index] grows by NUDGE."""
    W1 = parameters.W1.copy()
    W1[index] += NUDGE
    return loss_of(parameters._replace(W1=W1)) - loss_of(parameters)


def told_in_words(parameters, found):
    """The most blamed weight of W1: its gradient as a product of three factors."""
    dW1 = found["gradients"].W1
    i, j = np.unravel_index(np.abs(dW1).argmax(), dW1.shape)
    terms = parameters.W2[j] * found["doutputs"]  # (K,)
    walk = " + ".join(f"({w:.1f})({d:.3f})" for w, d in zip(parameters.W2[j], found["doutputs"]))
    change, promised = nudged_change(parameters, (i, j)), NUDGE * dW1[i, j]
    lines = [
        f"p - y                      {np.array2string(found['doutputs'], precision=3)}",
        f"unit {j} is to blame for     {walk} = {terms.sum():.3f}",
        f"its slope                  {1 if found['a1'][j] > 0 else 0}, it was on",
        f"its input from x[{i}]        {X[0, i]:.1f}",
        f"so dW1[{i}, {j}]              {terms.sum():.3f} * 1 * {X[0, i]:.1f} = {dW1[i, j]:.3f}",
        f"W1[{i}, {j}] + {NUDGE} changes the loss by {change:.6f}, promised {promised:.6f}",
    ]
    return "\n".join(lines) + "\n", {"promised": promised, "real": change}


def the_error_of_one_example_reaches_every_weight(run):
    """A small ReLU network guesses wrong: who is to blame, and is the blame right?"""
    parameters = drawn_network(run.seed)
    found = follow_back(parameters)
    run.figure(draw_both_ways(parameters, found), "credit")
    words, nudge = told_in_words(parameters, found)
    run.file("credit.txt", words)
    off = np.flatnonzero(found["a1"] == 0)
    measured = [numerical_gradient(lambda: loss_of(parameters), p) for p in parameters]
    run.claim(
        "credit",
        "The gradient of a weight is the product of its input, its unit's slope and the error that "
        "comes back; a unit that was off is blamed for nothing",
        seeds=[run.seed],
        config={"x": X[0], "target": TARGET[0], "hidden": HIDDEN, "nudge": NUDGE},
        metrics={
            "probability_of_the_target": found["p"][TARGET[0]],
            "error_of_each_output": found["doutputs"],
            "error_of_each_hidden_unit": found["dz1"],
            "blame_of_the_unit_that_is_off": np.abs(found["gradients"].W1[:, off]).max(),
            "nudge": nudge,
            "relative_error": max(map(relative_error, found["gradients"], measured)),
        },
    )


# --- every path ----------------------------------------------------------------------------------


def backpropagation_sums_over_all_paths_without_walking_them(run):
    """The error of every first unit: by all its paths one by one, and by the backward pass."""
    sizes = [3, 5, 5, 5, 5, 3]
    rng = stream(run.seed, "paths")
    layers = many_layers.initialise(sizes, rng, xavier)
    outputs, cache = many_layers.forward(layers, rng.standard_normal((1, 3)), TANH)
    doutputs = cross_entropy_gradient(outputs, np.array([1]))
    dz1 = many_layers.errors(layers, cache, doutputs, TANH)[0][0]  # (5,)
    units = range(sizes[1])
    walked = [many_layers.error_by_paths(layers, cache, doutputs, 0, u, TANH) for u in units]
    run.claim(
        "paths",
        "The backward pass gives the sum over all paths, in one product of matrices a layer",
        seeds=[run.seed],
        config={"sizes": sizes, "deep_example": {"hidden_layers": 19, "width": 64, "classes": 10}},
        metrics={
            "paths": sum(paths for _, paths in walked),
            "relative_error": relative_error(dz1, np.array([blame for blame, _ in walked])),
            "digits_in_the_paths_of_the_deep_example": len(str(64**19 * 10)),
        },
    )
