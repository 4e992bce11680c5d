"""What a gradient check cannot see, and where it cries wolf."""

import itertools

import numpy as np

from block03_mlp_manual import many_layers, two_layers
from block03_mlp_manual.activations import RELU, SIGMOID, TANH
from block03_mlp_manual.gradient_check import (
    check_gradients,
    distance_to_kink,
    numerical_gradient,
    relative_error,
    smallest_share,
)
from block03_mlp_manual.initialisation import xavier
from block03_mlp_manual.tests.golden import SIZES, load_golden, unflattened
from shared.losses import cross_entropy, cross_entropy_gradient
from shared.seeding import stream

DEPTH, WIDTH, FROZEN = 20, 6, 8  # layers, units a layer, layers whose gradient is set to zero
PASSES = 1e-6  # the usual limit of a gradient check in float64
TOO_NEAR = 1e-6  # to the kink: less than the step of 1e-5


def a_forward_pass_without_its_bias():
    """The first bias left out on both ways: the check's error, and how far the outputs are off."""
    golden = load_golden()
    parameters = two_layers.Parameters(*sum(unflattened(golden["start"], SIZES), ()))
    X, y = golden["X"], golden["y"]

    def wrong_forward():
        return two_layers.forward(parameters._replace(b1=0 * parameters.b1), X, TANH)

    outputs, cache = wrong_forward()
    doutputs = cross_entropy_gradient(outputs, y)
    gradients = two_layers.backward(parameters, cache, doutputs, TANH)
    gradients = gradients._replace(b1=0 * gradients.b1)  # right for this wrong network

    def loss():
        return cross_entropy(wrong_forward()[0], y)

    error = max(check_gradients(loss, parameters, gradients))
    truth = two_layers.forward(parameters, X, TANH)[0]
    return error, float(np.abs(outputs - truth).max())


def a_vanished_gradient(seed):
    """Twenty sigmoid layers: the right gradient by array, and frozen in part as one vector.

    -> smallest share, error of the right dW1, error of the whole frozen vector
    """
    rng = stream(seed, "blind", "vanished")
    layers = many_layers.initialise([4] + [WIDTH] * (DEPTH - 1) + [3], rng, xavier)
    X, y = rng.standard_normal((5, 4)), rng.integers(0, 3, 5)
    outputs, cache = many_layers.forward(layers, X, SIGMOID)
    gradients = many_layers.backward(layers, cache, cross_entropy_gradient(outputs, y), SIGMOID)
    arrays, claimed = (list(itertools.chain.from_iterable(pairs)) for pairs in (layers, gradients))

    def loss():
        return cross_entropy(many_layers.forward(layers, X, SIGMOID)[0], y)

    measured = [numerical_gradient(loss, array) for array in arrays]
    frozen = [0 * g for g in claimed[: 2 * FROZEN]] + claimed[2 * FROZEN :]
    whole = relative_error(*(np.concatenate([g.ravel() for g in gs]) for gs in (frozen, measured)))
    return smallest_share(claimed), relative_error(claimed[0], measured[0]), whole


def a_unit_on_the_kink(seed):
    """A right ReLU gradient with one unit's z moved next to 0: distance and the check's error."""
    rng = stream(seed, "blind", "kink")
    parameters = two_layers.initialise(4, 6, 3, rng)
    X, y = rng.standard_normal((5, 4)), rng.integers(0, 3, 5)
    z1 = X @ parameters.W1 + parameters.b1  # (5, 6)
    parameters.b1[0] -= z1[0, 0] - TOO_NEAR
    outputs, cache = two_layers.forward(parameters, X, RELU)
    gradients = two_layers.backward(parameters, cache, cross_entropy_gradient(outputs, y), RELU)

    def loss():
        return cross_entropy(two_layers.forward(parameters, X, RELU)[0], y)

    return distance_to_kink([cache[1]]), max(check_gradients(loss, parameters, gradients))


def the_check_is_blind_to_a_wrong_forward_pass_and_to_a_vanished_gradient(run):
    """Three cases: two faults it lets through, and one false alarm."""
    forward_error, outputs_off = a_forward_pass_without_its_bias()
    share, first_error, whole_error = a_vanished_gradient(run.seed)
    distance, kink_error = a_unit_on_the_kink(run.seed)
    rows = [
        ("wrong: the forward pass leaves out b1", forward_error),
        (f"wrong: the first {FROZEN} of {DEPTH} layers frozen, as one vector", whole_error),
        ("right: the first of 20 sigmoid layers, vanished", first_error),
        (f"right: a ReLU {distance:.0e} from its kink", kink_error),
    ]
    lines = [f"{'':<56}{'error':>8}  verdict"]
    for name, error in rows:
        lines.append(f"{name:<56}{error:>8.0e}  {'passes' if error <= PASSES else 'alarm'}")
    run.file("blind_spots.txt", "\n".join(lines) + "\n")
    run.claim(
        "blind_spots",
        "A gradient check passes a wrong forward pass and, checked as one vector, frozen "
        "first layers; it raises a false alarm at a kink and where the gradient has vanished",
        seeds=[run.seed],
        config={"depth": DEPTH, "width": WIDTH, "frozen_layers": FROZEN, "step": 1e-5},
        metrics={
            "wrong_forward": {"check": forward_error, "outputs_off_by": outputs_off},
            "vanished": {
                "smallest_share": share,
                "right_first_layer_alone": first_error,
                "frozen_part_as_one_vector": whole_error,
            },
            "kink": {"distance": distance, "check": kink_error},
        },
    )
