"""Are the gradients right? Central differences say so, and PyTorch says the same."""

import itertools

import numpy as np

from block03_mlp_manual import many_layers, two_layers
from block03_mlp_manual.activations import ACTIVATIONS, TANH
from block03_mlp_manual.gradient_check import (
    check_gradients,
    distance_to_kink,
    smallest_share,
)
from block03_mlp_manual.initialisation import he, too_large, xavier
from block03_mlp_manual.squared_error import squared_error, squared_error_gradient
from block03_mlp_manual.tests.golden import golden_errors
from shared.losses import cross_entropy, cross_entropy_gradient
from shared.plots import label, new_figure
from shared.seeding import stream

EXAMPLES, INPUTS, HIDDEN, CLASSES = 5, 4, 6, 3
DEPTHS = (1, 2, 3, 6)
SMALLEST_SHARE, NEAREST_KINK = 1e-3, 1e-3  # below either a central difference means little
LOSSES = {
    "cross-entropy": (cross_entropy, cross_entropy_gradient),
    "squared error": (squared_error, squared_error_gradient),
}
# Deviation 1 on 6 inputs gains 2.4 a layer: what the sigmoid's slope of 1/4 needs.
START = {"ReLU": he, "tanh": xavier, "sigmoid": too_large}


def flat(layers):
    """[W1, b1, W2, b2, ...] from [(W1, b1), (W2, b2), ...]."""
    return list(itertools.chain.from_iterable(layers))


def draw(name, loss_gradient, depth, rng):
    """A small network with random biases, its data and gradients, and its hidden z."""
    activation = ACTIVATIONS[name]
    sizes = [INPUTS, *[HIDDEN] * (depth - 1), CLASSES]
    layers = many_layers.initialise(sizes, rng, START[name])
    for _, b in layers:
        b += 0.1 * rng.standard_normal(len(b))
    X, y = rng.standard_normal((EXAMPLES, INPUTS)), rng.integers(0, CLASSES, EXAMPLES)
    outputs, cache = many_layers.forward(layers, X, activation)
    gradients = many_layers.backward(layers, cache, loss_gradient(outputs, y), activation)
    return layers, X, y, flat(gradients), [z for _, z in cache[:-1]]


def can_be_checked(gradients, hidden_inputs):
    """No array's gradient too small, and no hidden unit too near to ReLU's kink."""
    off_kink = not hidden_inputs or distance_to_kink(hidden_inputs) >= NEAREST_KINK
    return off_kink and smallest_share(gradients) >= SMALLEST_SHARE


def checkable_network(seed, name, loss_name, depth):
    """The first draw that can be checked."""
    loss_gradient = LOSSES[loss_name][1]
    for attempt in range(200):
        rng = stream(seed, "gradient check", name, loss_name, depth, attempt)
        drawn = draw(name, loss_gradient, depth, rng)
        if can_be_checked(*drawn[3:]):
            return drawn
    raise RuntimeError(f"no checkable network of {depth} layers with {name}")


def errors_of(seed, name, loss_name, depth):
    """The relative error of every array of one network, and how checkable it is."""
    layers, X, y, gradients, hidden = checkable_network(seed, name, loss_name, depth)
    loss, loss_gradient = LOSSES[loss_name]
    assert can_be_checked(gradients, hidden)

    def objective():
        return loss(many_layers.forward(layers, X, ACTIVATIONS[name])[0], y)

    found = check_gradients(objective, flat(layers), gradients)
    if depth == 2:  # the same network in the text that spells the two layers out
        parameters = two_layers.Parameters(*flat(layers))
        outputs, cache = two_layers.forward(parameters, X, ACTIVATIONS[name])
        doutputs = loss_gradient(outputs, y)
        spelled = two_layers.backward(parameters, cache, doutputs, ACTIVATIONS[name])
        found += check_gradients(objective, flat(layers), spelled)
    kink = distance_to_kink(hidden) if hidden else None
    return found, smallest_share(gradients), kink


def gradients_match_finite_differences(run):
    """Every array, three activations, two losses, one to six layers."""
    worst, shares, kinks, arrays = {}, [], [], 0
    for name, loss_name, depth in itertools.product(ACTIVATIONS, LOSSES, DEPTHS):
        found, share, kink = errors_of(run.seed, name, loss_name, depth)
        key = f"{name}_{loss_name}".replace(" ", "_")
        worst[key] = max([worst.get(key, 0.0), *found])
        shares.append(share)
        kinks += [kink] if kink is not None else []
        arrays += len(found)
    run.claim(
        "gradient_check",
        "Every gradient equals its central difference, array by array",
        seeds=[run.seed],
        config={
            "depths": DEPTHS, "examples": EXAMPLES, "inputs": INPUTS, "hidden": HIDDEN,
            "classes": CLASSES, "step": 1e-5, "smallest_share_allowed": SMALLEST_SHARE,
            "nearest_kink_allowed": NEAREST_KINK,
        },
        metrics={
            "max_relative_error": worst,
            "arrays": arrays,
            "smallest_share": min(shares),
            "nearest_kink": min(kinks),
        },
    )  # fmt: skip
    run.headline({"gradient_check_max_relative_error": max(worst.values())})


def the_step_of_a_gradient_check_must_be_neither_large_nor_tiny(run):
    """The error of central differences for steps from 0.1 to 1e-12, on a tanh network."""
    layers, X, y, gradients, _ = checkable_network(run.seed, "tanh", "cross-entropy", 3)
    steps = 10.0 ** -np.arange(1, 13)

    def objective():
        return cross_entropy(many_layers.forward(layers, X, TANH)[0], y)

    found = [max(check_gradients(objective, flat(layers), gradients, step)) for step in steps]
    figure, (axes,) = new_figure("Large steps cut the curve, tiny steps drown in rounding")
    axes.loglog(steps, found, "o-", label="largest error of an array")
    axes.loglog(steps[:5], found[2] * (steps[:5] / steps[2]) ** 2, ":", label="slope of h^2")
    label(axes, "step h", "relative error")
    run.figure(figure, "check_step")
    run.claim(
        "check_step",
        "The error of a central difference falls like h^2 and then grows with the rounding",
        seeds=[run.seed],
        config={"activation": "tanh", "depth": 3},
        metrics={
            "steps": steps,
            "relative_error": found,
            "at_0_1": found[0],
            "at_1e-5": found[4],
            "at_1e-12": found[-1],
        },
    )


def pytorch_finds_the_same_numbers(run):
    """Activations, losses, gradients and 100 SGD steps against the golden file."""
    found = golden_errors()
    run.claim(
        "golden",
        "PyTorch computes the same activations, losses, gradients and 100 SGD steps",
        seeds=[run.seed],
        config={"file": "tests/golden.npz", "sgd_steps": 100},
        metrics={"max_abs_error": found},
    )
    run.headline({"golden_max_abs_error": max(found.values())})
