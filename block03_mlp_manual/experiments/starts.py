"""Bad and decent starts: what training makes of them, and what twenty layers do to the error."""

import numpy as np

from block03_mlp_manual.activations import ACTIVATIONS
from block03_mlp_manual.initialisation import INITIALISATIONS
from block03_mlp_manual.many_layers import errors, forward, initialise, predict
from block03_mlp_manual.problems import some_digits
from block03_mlp_manual.train import Settings, train
from shared.losses import accuracy, cross_entropy, cross_entropy_gradient
from shared.plots import COLOURS, MARKERS, label, new_figure
from shared.seeding import stream

# One colour and marker for each start, in both pictures.
START_STYLES = dict(zip(INITIALISATIONS, zip(COLOURS[:1:-1], MARKERS)))

# --- training from six starts --------------------------------------------------------------------

WIDTH, CLASSES = 32, 10
TRAINED_DEPTHS = (2, 6)
RATES, RATE = (0.01, 0.1, 1.0), 0.1  # at 0.1 He and Xavier train well at both depths
BATCH_SIZE, EPOCHS = 32, 12


def six_starts(run):
    """From zero or equal weights a layer stays one unit wide; weights of a wrong size still train
    two layers, and six at none of three rates from 0.01 to 1 (ReLU, 12 epochs).
    """
    seeds = run.seeds(5)
    epochs = 2 if run.quick else EPOCHS
    found = {
        (start, depth): {r: [train_from(s, start, depth, r, epochs) for s in seeds] for r in RATES}
        for start in run.progress(INITIALISATIONS, "starts")
        for depth in TRAINED_DEPTHS
    }
    run.figure(draw_starts(found))
    run.record(
        config={"width": WIDTH, "rates": RATES, "batch_size": BATCH_SIZE, "epochs": epochs},
        metrics={
            f"{depth}_layers": {start: summary(found[start, depth]) for start in INITIALISATIONS}
            for depth in TRAINED_DEPTHS
        },
    )


def summary(by_rate):
    """What the seeds of one start and depth came to, at the rate of the picture and at the best."""
    runs = by_rate[RATE]
    scores = {rate: np.mean([score for _, score, _ in at]) for rate, at in by_rate.items()}
    return {
        "first_loss": np.mean([losses[0] for losses, _, _ in runs]),
        "accuracy_mean": scores[RATE],
        "accuracy_sd": np.std([score for _, score, _ in runs]),
        "accuracy_at_the_best_rate": max(scores.values()),
        "diverged": sum(losses[-1] == np.inf for losses, _, _ in runs),
        "different_units": max(units for _, _, units in runs),
    }


def train_from(seed, start, depth, learning_rate, epochs):
    """Training loss by epoch, accuracy on the same rows (a guess's where it diverged), and how many
    different first-layer units there are."""
    X, y, _, _ = some_digits(seed)
    settings = Settings((64, *[WIDTH] * (depth - 1), CLASSES), learning_rate, BATCH_SIZE, epochs)
    rng = stream(seed, "starts", start, depth)
    layers, losses = initialise(settings.sizes, rng, INITIALISATIONS[start]), []

    def watch(epoch):
        losses.append(cross_entropy(forward(layers, X)[0], y))

    try:
        train(layers, X, y, settings, rng, watch=watch)
    except FloatingPointError:
        return losses + [np.inf] * (epochs + 1 - len(losses)), 1 / CLASSES, WIDTH
    return losses, accuracy(predict(layers, X), y), different_units(layers[0][0])


def different_units(W):
    """How many columns of W differ: units that compute different things."""
    return len(np.unique(W.round(9), axis=1).T)


def draw_starts(found):
    """One panel a depth, one curve an initialisation: the mean over the seeds."""
    title = "Two layers forgive weights of a wrong size, six do not"
    figure, axes = new_figure(title, columns=2, width=11)
    for axis, depth in zip(axes, TRAINED_DEPTHS):
        for start, (colour, marker) in START_STYLES.items():
            mean = np.mean([losses for losses, _, _ in found[start, depth][RATE]], axis=0)
            axis.semilogy(mean, marker + "-", color=colour, markersize=4, label=start)
        axis.axhline(np.log(CLASSES), color="0.7", linewidth=1, zorder=0)
        axis.set(ylim=(1e-2, 2e4), xticks=range(0, len(mean), 2))
        y = "training loss (nats)" if depth == TRAINED_DEPTHS[0] else ""
        x = "epoch (grey line: ln 10, guessing)"
        count = len(found["He", depth][RATE])
        label(axis, x, y, f"{depth} layers, rate {RATE}, mean of {count} seeds", legend=False)
    axes[1].legend(loc="upper right", ncols=2)
    return figure


# --- twenty layers before the first step ---------------------------------------------------------

DEEP_WIDTH, EXAMPLES, DEPTH = 64, 64, 20
ERROR, GRADIENT = 0, 1  # rows of what is measured
NOTHING = 1e-15  # an error of this size at the last hidden layer is rounding, see `ratio`
DEVIATIONS = {  # of the weights of a square layer
    "too small": 0.01,
    "too large": 1.0,
    "Xavier": np.sqrt(1 / DEEP_WIDTH),
    "He": np.sqrt(2 / DEEP_WIDTH),
}


def error_by_layer(run):
    """On its way back through twenty layers the error keeps its size with ReLU and He's start, and
    vanishes or explodes exponentially where start and activation do not fit (before training).
    """
    seeds = run.seeds(5, quick=2)
    found = {
        (name, start): np.array([sizes_by_layer(seed, name, start) for seed in seeds])
        for name in ACTIVATIONS
        for start in INITIALISATIONS
    }
    error_ratio = ratios(found, ERROR)
    run.figure(draw_depth(found))
    run.record(
        config={"width": DEEP_WIDTH, "depth": DEPTH, "examples": EXAMPLES, "classes": CLASSES},
        metrics={
            "error_ratio": error_ratio,
            "gradient_ratio": ratios(found, GRADIENT),
            "factor_per_layer": {  # the geometric mean over the 18 steps back
                name: {start: r ** (1 / (DEPTH - 2)) for start, r in by_start.items() if r}
                for name, by_start in error_ratio.items()
            },
            "relu_factor_by_formula": {
                s: d * np.sqrt(DEEP_WIDTH / 2) for s, d in DEVIATIONS.items()
            },
            "too_small_relu_first_gradient": np.median(found["ReLU", "too small"][:, GRADIENT, 0]),
        },
    )
    good, bad = error_ratio["ReLU"]["He"], error_ratio["ReLU"]["too small"]  # of dz
    run.headline({"depth20_gradient_ratio_good": good, "depth20_gradient_ratio_bad": bad})


def ratios(found, row):
    """{activation: {start: first hidden layer over the last}}."""
    return {
        name: {start: ratio(found[name, start], row) for start in INITIALISATIONS}
        for name in ACTIVATIONS
    }


def sizes_by_layer(seed, activation_name, start):
    """RMS of dL/dz and dL/dW for each hidden layer: (2, 19)."""
    activation = ACTIVATIONS[activation_name]
    rng = stream(seed, "depth", activation_name, start, DEPTH)
    layers = initialise([DEEP_WIDTH] * DEPTH + [CLASSES], rng, INITIALISATIONS[start])
    X, y = rng.standard_normal((EXAMPLES, DEEP_WIDTH)), rng.integers(0, CLASSES, EXAMPLES)
    outputs, cache = forward(layers, X, activation)
    dz = errors(layers, cache, cross_entropy_gradient(outputs, y), activation)
    hidden = range(DEPTH - 1)
    rows = [[dz[l] for l in hidden], [cache[l][0].T @ dz[l] for l in hidden]]
    return np.array([[np.sqrt(np.mean(array**2)) for array in row] for row in rows])


def ratio(sizes, row):
    """First hidden layer over the last, geometric mean over the seeds; None where no error comes.

    From weights that are zero or equal no error comes back at all: with W2 constant each hidden
    unit gets W2 sum_k (p_k - y_k) = 0, and what is measured there is rounding.
    """
    if sizes[:, ERROR, -1].min() < NOTHING:
        return None
    return float(np.exp(np.mean(np.log(sizes[:, row, 0] / sizes[:, row, -1]))))


def draw_depth(found):
    """The error of every hidden layer, relative to the last one's: one panel an activation."""
    count = len(found["ReLU", "He"])
    title = f"Back through 20 layers the error keeps its size, vanishes or explodes ({count} seeds)"
    figure, axes = new_figure(title, columns=3, width=11)
    for axis, name in zip(axes, ACTIVATIONS):
        for start in DEVIATIONS:
            colour, marker = START_STYLES[start]
            error = np.exp(np.mean(np.log(found[name, start][:, ERROR]), axis=0))  # (19,)
            axis.semilogy(range(1, DEPTH), error / error[-1], marker + "-", color=colour,
                          markersize=4, label=start)
        axis.set(ylim=(1e-33, 1e20), xticks=range(1, DEPTH, 3))
        y = "RMS of dL/dz over that of hidden layer 19" if name == "ReLU" else ""
        label(axis, "hidden layer", y, name, legend=name == "tanh")
    return figure
