"""Twenty layers: what happens to the signal on its way forward and to the error on its way back."""

import numpy as np

from block03_mlp_manual.activations import ACTIVATIONS
from block03_mlp_manual.initialisation import INITIALISATIONS
from block03_mlp_manual.many_layers import errors, forward, initialise
from shared.losses import cross_entropy_gradient
from shared.plots import label, new_figure
from shared.seeding import stream

WIDTH, CLASSES, EXAMPLES = 64, 10, 64
SIGNAL, ERROR, GRADIENT = 0, 1, 2  # rows of what is measured
DEPTHS = (2, 5, 10, 15, 20)
STYLES = {"too small": "s--", "too large": "^--", "Xavier": "D-", "He": "o-"}
NOTHING = 1e-15  # an error of this size at the last hidden layer is rounding: see `measure`


def rms(values):
    """The root of the mean square: the size of a typical element."""
    return float(np.sqrt(np.mean(values**2)))


def sizes_by_layer(seed, activation_name, start_name, depth):
    """RMS of a, dL/dz and dL/dW for each hidden layer, (3, depth - 1), before any training.

    The inputs are standard normal and the classes drawn at random: what is measured belongs to
    the network and not to a data set.
    """
    activation = ACTIVATIONS[activation_name]
    rng = stream(seed, "depth", activation_name, start_name, depth)
    sizes = [WIDTH] * depth + [CLASSES]
    layers = initialise(sizes, rng, INITIALISATIONS[start_name])
    X, y = rng.standard_normal((EXAMPLES, WIDTH)), rng.integers(0, CLASSES, EXAMPLES)
    outputs, cache = forward(layers, X, activation)
    doutputs = cross_entropy_gradient(outputs, y)
    blame = errors(layers, cache, doutputs, activation)
    hidden = range(depth - 1)
    return np.array([
        [rms(cache[i + 1][0]) for i in hidden],
        [rms(blame[i]) for i in hidden],
        [rms(cache[i][0].T @ blame[i]) for i in hidden],
    ])  # fmt: skip


def measure(seeds):
    """{(activation, initialisation, depth): (seeds, 3, depth - 1)}

    From weights that are zero or equal no error comes back at all: with W2 constant each hidden
    unit gets W2 sum_k (p_k - y_k) = 0, and what is measured there is rounding.
    """
    return {
        (name, start, depth): np.array([sizes_by_layer(s, name, start, depth) for s in seeds])
        for name in ACTIVATIONS
        for start in INITIALISATIONS
        for depth in DEPTHS
    }


def ratio(sizes, row):
    """First hidden layer over the last, geometric mean over the seeds; None where no error comes.

    sizes (seeds, 3, layers), row SIGNAL, ERROR or GRADIENT
    """
    if sizes[:, ERROR, -1].min() < NOTHING:
        return None
    return float(np.exp(np.mean(np.log(sizes[:, row, 0] / sizes[:, row, -1]))))


def draw_layers(found):
    """Signal and error of every hidden layer of the deepest network."""
    title = "Through 20 layers a factor a little off 1 becomes a disaster"
    figure, axes = new_figure(title, rows=2, columns=3, width=10, height=6.5)
    layers = np.arange(1, DEPTHS[-1])
    for column, name in enumerate(ACTIVATIONS):
        for start, style in STYLES.items():
            sizes = found[name, start, DEPTHS[-1]]
            for row in (SIGNAL, ERROR):
                mean = np.exp(np.mean(np.log(sizes[:, row]), axis=0))
                axes[3 * row + column].semilogy(layers, mean, style, markersize=4, label=start)
        label(axes[column], "hidden layer", "signal: RMS of a" if column == 0 else "", name)
        label(axes[3 + column], "hidden layer", "error: RMS of dL/dz" if column == 0 else "")
        if column:
            axes[column].get_legend().remove()
        axes[3 + column].get_legend().remove()
    return figure


def draw_ratios(found):
    """How the ratio first / last grows or shrinks with the depth."""
    title = "Each layer multiplies the error by the same factor: the ratio is a power of the depth"
    figure, axes = new_figure(title, columns=3, width=10, height=4)
    for axis, name in zip(axes, ACTIVATIONS):
        axis.axhspan(0.1, 10, color="0.9", zorder=0)
        for start, style in STYLES.items():
            ratios = [ratio(found[name, start, depth], ERROR) for depth in DEPTHS]
            axis.semilogy(DEPTHS, ratios, style, markersize=4, label=start)
        axis.set_ylim(1e-34, 1e18)
        first = "error of the first hidden layer / the last" if name == "ReLU" else ""
        label(axis, "layers", first, name, legend=name == "ReLU")
    return figure


def draw_hidden_fault(found):
    """Weights too small: the signal falls, the error grows, and their product stays flat."""
    title = "Small signal times large error: the gradients of the weights hide the fault"
    figure, (axes,) = new_figure(title)
    sizes = np.exp(np.mean(np.log(found["ReLU", "too small", DEPTHS[-1]]), axis=0))  # (3, 19)
    layers = np.arange(1, DEPTHS[-1])
    names = ("signal a_l", "error dL/dz_l", "gradient dL/dW_l")
    for name, values, style in zip(names, sizes, ("o-", "s-", "^--")):
        axes.semilogy(layers, values, style, label=f"RMS of {name}")
    label(axes, "hidden layer l (ReLU, weights of deviation 0.01)", "size")
    return figure


def table(found):
    """The ratios of the deepest network as text, one line a network."""
    lines = [f"{'':<9}{'':<11}{'dL/dz first/last':>18}{'dL/dW first/last':>18}{'RMS dL/dW1':>13}"]
    for name in ACTIVATIONS:
        for start in INITIALISATIONS:
            sizes = found[name, start, DEPTHS[-1]]
            ratios = [ratio(sizes, row) for row in (ERROR, GRADIENT)]
            cells = ["0 / 0" if r is None else f"{r:.1e}" for r in ratios]
            first = np.median(sizes[:, GRADIENT, 0])
            lines.append(f"{name:<9}{start:<11}{cells[0]:>18}{cells[1]:>18}{first:>13.1e}")
    return "\n".join(lines) + "\n"


def ratios_by_name(found, row):
    """{activation: {initialisation: first / last}} of the deepest network, for results/."""
    return {
        name: {
            start.replace(" ", "_"): ratio(found[name, start, DEPTHS[-1]], row)
            for start in INITIALISATIONS
        }
        for name in ACTIVATIONS
    }


def the_error_vanishes_or_explodes_unless_each_layer_keeps_its_size(run):
    """Six initialisations, three activations, 2 to 20 layers, before the first step."""
    seeds = list(range(run.seed, run.seed + (2 if run.quick else 5)))
    found = measure(seeds)
    run.figure(draw_layers(found), "depth_layers")
    run.figure(draw_ratios(found), "depth_ratio")
    run.figure(draw_hidden_fault(found), "depth_hidden_fault")
    run.file("depth.txt", table(found))
    small = np.median(found["ReLU", "too small", DEPTHS[-1]], axis=0)  # (3, 19)
    errors_ratio = ratios_by_name(found, ERROR)
    good, bad = errors_ratio["ReLU"]["He"], errors_ratio["ReLU"]["too_small"]
    run.claim(
        "depth",
        "In 20 layers the error keeps its size with He and ReLU or Xavier and tanh; it vanishes "
        "with small weights or the sigmoid, and explodes with large weights",
        seeds=seeds,
        config={"width": WIDTH, "depths": DEPTHS, "examples": EXAMPLES, "classes": CLASSES},
        metrics={
            "dz_ratio": errors_ratio,
            "dW_ratio": ratios_by_name(found, GRADIENT),
            "factor_per_layer": {
                name: {start: r ** (1 / (DEPTHS[-1] - 2)) for start, r in ratios.items() if r}
                for name, ratios in errors_ratio.items()
            },
            "too_small_relu": {
                "signal_first": small[SIGNAL, 0], "signal_last": small[SIGNAL, -1],
                "error_first": small[ERROR, 0], "error_last": small[ERROR, -1],
                "dW_first": small[GRADIENT, 0], "dW_last": small[GRADIENT, -1],
            },
        },
    )  # fmt: skip
    run.headline({"depth20_gradient_ratio_good": good, "depth20_gradient_ratio_bad": bad})
