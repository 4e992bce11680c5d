"""The chain rule as credit assignment: one example's error, followed back to every weight."""

import numpy as np
from matplotlib.patches import Circle

from block03_mlp_manual.two_layers import Parameters, backward, forward
from shared.losses import cross_entropy, cross_entropy_gradient, softmax
from shared.plots import COLOURS, new_figure

X, TARGET = np.array([[1.0, -0.5]]), np.array([0])  # one example, its class
PARAMETERS = Parameters(  # few decimals, so that a reader can follow with a pencil
    W1=np.array([[0.5, -1.0, 1.0], [-1.0, 0.6, 0.8]]),  # (2, 3); the second unit will be off
    b1=np.zeros(3),
    W2=np.array([[-0.5, 0.8, 0.3], [0.9, 0.4, -0.7], [0.2, -0.6, 1.5]]),  # (3, 3)
    b2=np.zeros(3),
)
NUDGE = 1e-3


def one_example(run):
    """The gradient of a weight is what came in through it, times its unit's slope, times the error
    that came back; a unit that was off passes nothing back.
    """
    outputs, cache = forward(PARAMETERS, X)
    doutputs = cross_entropy_gradient(outputs, TARGET)  # (1, K)
    gradients = backward(PARAMETERS, cache, doutputs)
    i, j = np.unravel_index(np.abs(gradients.W1).argmax(), gradients.W1.shape)
    nudged = PARAMETERS._replace(W1=PARAMETERS.W1.copy())
    nudged.W1[i, j] += NUDGE
    change = cross_entropy(forward(nudged, X)[0], TARGET) - cross_entropy(outputs, TARGET)
    product = np.outer(X[0], (cache[1][0] > 0) * (PARAMETERS.W2 @ doutputs[0]))  # (2, 3)
    a1, p, dz1 = cache[2][0], softmax(outputs)[0], gradients.b1  # one example: db1 is dz1 itself

    run.figure(draw([X[0], a1, p], PARAMETERS, [X[0], dz1, doutputs[0]], gradients))
    run.file("credit.txt", told(gradients, doutputs[0], (i, j), change))
    run.record(
        config={"x": X[0], "target": TARGET[0], "nudge": NUDGE},
        metrics={
            "probability_of_the_target": p[TARGET[0]],
            "error_of_each_output": doutputs[0],
            "error_of_each_hidden_unit": dz1,
            "largest_gradient_of_the_unit_that_is_off": np.abs(gradients.W1[:, a1 == 0]).max(),
            "largest_difference_to_the_product": np.abs(product - gradients.W1).max(),
            "promised_change": NUDGE * gradients.W1[i, j],
            "real_change": change,
        },
    )


def told(gradients, doutputs, index, change):
    """The weight with the largest gradient: a product of three factors, line by line."""
    i, j = index
    weights = PARAMETERS.W2[j]  # (K,)
    terms = weights * doutputs  # (K,)
    walk = " + ".join(f"({w:.1f})({d:.3f})" for w, d in zip(weights, doutputs))
    lines = [
        f"error of the outputs, p - y   {np.array2string(doutputs, precision=3)}",
        f"comes back to hidden unit {j}   {walk} = {terms.sum():.3f}",
        "slope of the unit             1, since it was on",
        f"came in from x[{i}]             {X[0, i]:.1f}",
        f"dW1[{i}, {j}]                     {terms.sum():.3f} * 1 * {X[0, i]:.1f}"
        f" = {gradients.W1[i, j]:.3f}",
        f"W1[{i}, {j}] + {NUDGE}: the loss should change by {NUDGE * gradients.W1[i, j]:.6f},"
        f" and it changes by {change:.6f}",
    ]
    return "\n".join(lines) + "\n"


# --- the picture ---------------------------------------------------------------------------------


def draw(values, weights, errors, gradients):
    """The network twice: on its way forward, and on its way back."""
    title = "The error comes back along the weights; the unit that was off passes nothing on"
    figure, (left, right) = new_figure(title, columns=2, width=11, height=5.4)
    ticks = ["input x", "hidden a1", "probability p"]
    draw_network(left, values, weights, ticks, "forward: weights on the lines")
    ticks = ["input x", "error dz1", "error p - y"]
    draw_network(right, errors, gradients, ticks, "backward: their gradients")
    return figure


def draw_network(axes, units, lines, ticks, title):
    """Columns of circles with the numbers of `units`, joined by lines with W1 and W2's numbers."""
    heights = [(len(column) - 1) / 2 - np.arange(len(column)) for column in units]
    for layer, W in enumerate([lines.W1, lines.W2]):
        for (i, j), weight in np.ndenumerate(W):
            draw_edge(axes, (layer, heights[layer][i]), (layer + 1, heights[layer + 1][j]), weight)
    for layer, column in enumerate(units):
        for height, value in zip(heights[layer], column):
            circle = Circle((layer, height), 0.17, facecolor="white", edgecolor="0.4", zorder=3)
            axes.add_patch(circle)
            axes.text(layer, height, f"{value:.2f}", ha="center", va="center", fontsize=8, zorder=4)
    axes.set(xlim=(-0.3, 2.3), ylim=(-1.4, 1.4), title=title, aspect="equal", yticks=[])
    axes.set_xticks(range(3), ticks)
    axes.grid(False)
    axes.spines[:].set_visible(False)


def draw_edge(axes, start, end, weight):
    """A line with its number: orange where it is positive, blue where negative, grey for 0."""
    colour = "0.75" if weight == 0 else COLOURS[1] if weight > 0 else COLOURS[0]
    axes.plot([start[0], end[0]], [start[1], end[1]], color=colour, linewidth=1.5, zorder=1)
    place = np.add(np.multiply(0.73, start), np.multiply(0.27, end))
    axes.text(*place, f"{weight:.2f}", ha="center", va="center", fontsize=7, zorder=2, color="0.2",
              bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})
