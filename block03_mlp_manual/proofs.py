"""How far from the truth: gradients against central differences, PyTorch's numbers, all paths.

Each function returns errors; the tests assert on them and the run records them. `MISTAKES` are
wrong backward passes: a check that has not seen one fail has shown nothing.
"""

import itertools
from pathlib import Path

import numpy as np

from block03_mlp_manual import many_layers, two_layers
from block03_mlp_manual.activations import ACTIVATIONS, TANH
from block03_mlp_manual.gradient_check import distance_to_kink, numerical_gradient, smallest_share
from block03_mlp_manual.initialisation import he, too_large, xavier
from block03_mlp_manual.squared_error import squared_error, squared_error_gradient
from shared.checks import check_finite, check_shapes, relative_error
from shared.losses import cross_entropy, cross_entropy_gradient
from shared.seeding import stream

LOSSES = {
    "cross-entropy": (cross_entropy, cross_entropy_gradient),
    "squared error": (squared_error, squared_error_gradient),
}

# --- gradients against central differences -------------------------------------------------------

EXAMPLES, INPUTS, HIDDEN, CLASSES = 5, 4, 6, 3
DEPTHS = (1, 2, 3, 6)
SMALLEST_SHARE, NEAREST_KINK = 1e-3, 1e-3  # below either a central difference means little
# Deviation 1 on 6 inputs gains 2.4 a layer: what the sigmoid's slope of 1/4 needs.
START = {"ReLU": he, "tanh": xavier, "sigmoid": too_large}


def flat(layers):
    """[W1, b1, W2, b2, ...] from [(W1, b1), (W2, b2), ...]."""
    return list(itertools.chain.from_iterable(layers))


def random_network(name, loss_name, depth, rng):
    """A small network with random biases and its data; its claimed gradients, its loss as a
    function of nothing, and its hidden z."""
    loss, loss_gradient = LOSSES[loss_name]
    activation = ACTIVATIONS[name]
    sizes = [INPUTS, *[HIDDEN] * (depth - 1), CLASSES]
    layers = many_layers.initialise(sizes, rng, START[name])
    for _, b in layers:
        b += 0.1 * rng.standard_normal(len(b))
    X, y = rng.standard_normal((EXAMPLES, INPUTS)), rng.integers(0, CLASSES, EXAMPLES)
    outputs, cache = many_layers.forward(layers, X, activation)
    gradients = many_layers.backward(layers, cache, loss_gradient(outputs, y), activation)

    def objective():
        return loss(many_layers.forward(layers, X, activation)[0], y)

    return layers, (X, y), flat(gradients), objective, [z for _, z in cache[:-1]]


def can_be_checked(gradients, hidden_inputs):
    """No array's gradient too small, and no hidden unit too near to ReLU's kink."""
    off_kink = not hidden_inputs or distance_to_kink(hidden_inputs) >= NEAREST_KINK
    return off_kink and smallest_share(gradients) >= SMALLEST_SHARE


def checkable_network(seed, name, loss_name, depth):
    """The first draw that can be checked, judged by the gradient measured and not the one claimed.

    -> layers, (X, y), claimed gradients, loss as a function of nothing, measured gradients
    """
    for attempt in range(200):
        rng = stream(seed, "gradient check", name, loss_name, depth, attempt)
        layers, data, claimed, objective, hidden = random_network(name, loss_name, depth, rng)
        measured = [numerical_gradient(objective, array) for array in flat(layers)]
        if can_be_checked(measured, hidden):
            return layers, data, claimed, objective, measured
    raise RuntimeError(f"no checkable network of {depth} layers with {name}")


def gradient_errors(seed, name, loss_name, depth):
    """The relative error of every array of one network; with two layers, of both texts."""
    layers, (X, y), claimed, _, measured = checkable_network(seed, name, loss_name, depth)
    errors = [relative_error(*pair) for pair in zip(claimed, measured, strict=True)]
    if depth == 2:
        parameters = two_layers.Parameters(*flat(layers))
        outputs, cache = two_layers.forward(parameters, X, ACTIVATIONS[name])
        doutputs = LOSSES[loss_name][1](outputs, y)
        spelled_out = two_layers.backward(parameters, cache, doutputs, ACTIVATIONS[name])
        errors += [relative_error(*pair) for pair in zip(spelled_out, measured, strict=True)]
    return errors


def all_gradient_errors(seed):
    """{(activation, loss, depth): the error of each array}, three activations, two losses."""
    cases = itertools.product(ACTIVATIONS, LOSSES, DEPTHS)
    return {case: gradient_errors(seed, *case) for case in cases}


# --- PyTorch's numbers ---------------------------------------------------------------------------

STEPS, LEARNING_RATE = 100, 0.1
SIZES, DEEP_SIZES = [3, 4, 3], [3, 4, 4, 4, 3]


def load_golden():
    """The arrays of tests/golden.npz by name; tests/make_golden.py wrote it with PyTorch."""
    with np.load(Path(__file__).parent / "tests/golden.npz") as file:
        return dict(file)


def as_vector(arrays):
    """All numbers of a list of arrays in one vector."""
    return np.concatenate([np.ravel(array) for array in arrays])


def unflattened(vector, sizes):
    """The layers [(W, b), ...] from the vector of all their numbers, copied."""
    layers, start = [], 0
    for n, m in itertools.pairwise(sizes):
        W, b = np.split(vector[start : start + n * m + m].copy(), [n * m])
        layers.append((W.reshape(n, m), b))
        start += n * m + m
    return layers


def like_golden(parameters, look):
    """hidden, outputs, gradients, parameters after 100 plain steps, every ninth loss: one vector.

    `look()` gives hidden, outputs, loss and gradients at the parameters as they are now.
    """
    hidden, outputs, _, gradients = look()
    first, losses = [hidden, outputs, *gradients], []
    for _ in range(STEPS):
        _, _, loss, gradients = look()
        losses.append(loss)
        for parameter, gradient in zip(parameters, gradients):
            parameter -= LEARNING_RATE * gradient
    return as_vector([*first, *parameters, losses[::9]])


def two_layers_like_golden(golden, activation, loss, loss_gradient):
    """The vector of the two-layer text."""
    parameters = two_layers.Parameters(*flat(unflattened(golden["start"], SIZES)))

    def look():
        outputs, cache = two_layers.forward(parameters, golden["X"], activation)
        doutputs = loss_gradient(outputs, golden["y"])
        gradients = two_layers.backward(parameters, cache, doutputs, activation)
        return cache[2], outputs, loss(outputs, golden["y"]), gradients

    return like_golden(parameters, look)


def four_layers_like_golden(golden):
    """The vector of four tanh layers."""
    layers = unflattened(golden["deep start"], DEEP_SIZES)

    def look():
        outputs, cache = many_layers.forward(layers, golden["X"], TANH)
        doutputs = cross_entropy_gradient(outputs, golden["y"])
        gradients = flat(many_layers.backward(layers, cache, doutputs, TANH))
        return cache[-1][0], outputs, cross_entropy(outputs, golden["y"]), gradients

    return like_golden(flat(layers), look)


def max_abs_error(ours, golden):
    """The largest absolute difference; a NaN on either side is an error and not a small number."""
    check_shapes("ours (N,), golden (N,)", ours, golden)
    check_finite("ours", ours)
    check_finite("golden", golden)
    return float(np.max(np.abs(ours - golden)))


def golden_errors():
    """The largest absolute difference to PyTorch, by network."""
    golden = load_golden()
    errors = {
        "four layers": max_abs_error(four_layers_like_golden(golden), golden["four layers"])
    }
    for name, loss_name in itertools.product(ACTIVATIONS, LOSSES):
        ours = two_layers_like_golden(golden, ACTIVATIONS[name], *LOSSES[loss_name])
        key = f"{name}, {loss_name}"
        errors[key] = max_abs_error(ours, golden[key])
    return errors


# --- every path ----------------------------------------------------------------------------------


def path_error(seed, sizes=(3, 4, 4, 4, 3)):
    """The first units' errors by the backward pass and by walking every path: error, paths."""
    rng = stream(seed, "paths")
    layers = many_layers.initialise(sizes, rng, xavier)
    outputs, cache = many_layers.forward(layers, rng.standard_normal((1, sizes[0])), TANH)
    doutputs = cross_entropy_gradient(outputs, np.array([1]))
    dz1 = many_layers.errors(layers, cache, doutputs, TANH)[0][0]  # (H,)
    walked = [
        many_layers.error_by_paths(layers, cache, doutputs, 0, unit, TANH)
        for unit in range(sizes[1])
    ]
    return relative_error(dz1, np.array([error for error, _ in walked])), sum(n for _, n in walked)


# --- wrong backward passes, which the check has to tell from the right one ------------------------
# Each takes and gives what many_layers.backward does, for two layers. The last two are no slips but
# other ways to train.


def forgets_the_slope(layers, cache, doutputs, activation):
    """dz1 = da1, as if tanh were the identity."""
    (X, _), (a1, _) = cache
    dz1 = doutputs @ layers[1][0].T  # (N, H)
    return [(X.T @ dz1, dz1.sum(axis=0)), (a1.T @ doutputs, doutputs.sum(axis=0))]


def slope_at_the_output(layers, cache, doutputs, activation):
    """f'(a1) in place of f'(z1): the slope is taken at the wrong point."""
    (X, _), (a1, outputs) = cache
    return many_layers.backward(layers, [(X, a1), (a1, outputs)], doutputs, activation)


def forgets_the_mean(layers, cache, doutputs, activation):
    """Gradients of the sum over the batch, not of its mean."""
    return many_layers.backward(layers, cache, len(doutputs) * doutputs, activation)


def bias_takes_the_mean(layers, cache, doutputs, activation):
    """db2 = mean over the batch, though doutputs has its 1/N already."""
    first, (dW2, _) = many_layers.backward(layers, cache, doutputs, activation)
    return [first, (dW2, doutputs.mean(axis=0))]


def wrong_sign_in_the_first_layer(layers, cache, doutputs, activation):
    """The first layer climbs."""
    (dW1, db1), second = many_layers.backward(layers, cache, doutputs, activation)
    return [(-dW1, -db1), second]


def frozen_first_layer(layers, cache, doutputs, activation):
    """dW1 = 0: the second layer alone learns."""
    (dW1, db1), second = many_layers.backward(layers, cache, doutputs, activation)
    return [(0 * dW1, 0 * db1), second]


def forgets_the_first_bias(layers, cache, doutputs, activation):
    """db1 = 0."""
    (dW1, db1), second = many_layers.backward(layers, cache, doutputs, activation)
    return [(dW1, 0 * db1), second]


def feedback_alignment(layers, cache, doutputs, activation):
    """The error comes back along fixed random weights in place of W2.

    Source: Lillicrap et al. 2016, where it is meant.
    """
    first, (W2, b2) = layers
    other = xavier(*W2.shape, stream(0, "feedback", *W2.shape))
    return many_layers.backward([first, (other, b2)], cache, doutputs, activation)


def noise(layers, cache, doutputs, activation):
    """Random numbers of the gradient's size: what one published program really does."""
    rng = stream(0, "noise", *doutputs.shape, round(float(doutputs[0, 0]), 6))  # other each batch
    gradients = many_layers.backward(layers, cache, doutputs, activation)
    return [tuple(np.std(g) * rng.standard_normal(g.shape) for g in pair) for pair in gradients]


MISTAKES = {
    "right": many_layers.backward,
    "forgets the slope": forgets_the_slope,
    "slope at the output": slope_at_the_output,
    "forgets the mean": forgets_the_mean,
    "bias takes the mean": bias_takes_the_mean,
    "wrong sign in the first layer": wrong_sign_in_the_first_layer,
    "frozen first layer": frozen_first_layer,
    "forgets the first bias": forgets_the_first_bias,
    "error back through other weights": feedback_alignment,
    "noise": noise,
}


# --- what the run records ------------------------------------------------------------------------


def record(run):
    """Every proof, for results/proofs.json and the headline."""
    gradients, golden = all_gradient_errors(run.seed), golden_errors()
    error, paths = path_error(run.seed)
    worst = max(map(max, gradients.values()))
    run.claim(
        "proofs",
        "Every gradient equals its central difference, PyTorch's numbers, and the sum of all paths",
        seeds=[run.seed],
        config={"depths": DEPTHS, "step": 1e-5, "golden_steps": STEPS},
        metrics={
            "gradient_max_relative_error": worst,
            "arrays": sum(map(len, gradients.values())),
            "golden_max_abs_error": golden,
            "paths": paths,
            "path_relative_error": error,
        },
    )
    run.headline({
        "gradient_check_max_relative_error": worst,
        "golden_max_abs_error": max(golden.values()),
    })
