"""The graph of an expression, drawn."""

from block04_training.drawing import draw_graph
from block04_training.value import Value, tanh
from shared.plots import new_figure


def a_diamond_adds_the_gradients_of_its_paths(run):
    """x reaches the loss on two paths; beside it a neuron with two inputs."""
    figure, (above, below) = new_figure(
        "Each box: its value, and how much the last box grows per unit of it",
        rows=2, width=10, height=8,
    )  # fmt: skip
    x = Value(3.0)
    a, b = x * 2, x + 1
    top = a * b
    top.backward()
    draw_graph(above, top, {x: "x", a: "a", b: "b", top: "loss"})
    w, v, u, z, bias = (Value(n) for n in (0.5, 1.0, -1.5, 0.4, 0.2))
    neuron = tanh(w * v + u * z + bias)
    neuron.backward()
    draw_graph(below, neuron, {w: "w1", v: "x1", u: "w2", z: "x2", bias: "b", neuron: "out"})
    run.figure(figure, "graph")
    run.claim(
        "diamond",
        "A node that is used twice gets the sum of what comes back on both paths",
        seeds=[],
        config={"expression": "(2 x) (x + 1) at x = 3"},
        metrics={"through_a": 2 * a.grad, "through_b": b.grad, "gradient": x.grad},
    )
