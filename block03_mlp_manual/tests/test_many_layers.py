"""Any number of layers against the two-layer text, PyTorch, and the sum over all paths."""

import numpy as np
import pytest

from block03_mlp_manual import many_layers, proofs, two_layers
from block03_mlp_manual.activations import ACTIVATIONS, TANH
from block03_mlp_manual.many_layers import (
    backward,
    errors,
    forward,
    initialise,
    predict,
)
from shared.checks import gradient_error
from shared.losses import cross_entropy, cross_entropy_gradient
from shared.seeding import stream


def problem(sizes, examples=7):
    """Layers with random biases, and data."""
    rng = stream(0, "many layers", *sizes)
    layers = initialise(sizes, rng)
    for _, b in layers:
        b += rng.standard_normal(len(b))
    X, y = rng.standard_normal((examples, sizes[0])), rng.integers(0, sizes[-1], examples)
    return layers, X, y


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_two_of_many_layers_are_the_two_layers(name):
    layers, X, y = problem([3, 6, 4])
    activation = ACTIVATIONS[name]
    parameters = two_layers.Parameters(*layers[0], *layers[1])
    outputs, cache = forward(layers, X, activation)
    spelled, spelled_cache = two_layers.forward(parameters, X, activation)
    assert np.array_equal(outputs, spelled)
    doutputs = cross_entropy_gradient(outputs, y)
    ours = [array for pair in backward(layers, cache, doutputs, activation) for array in pair]
    theirs = two_layers.backward(parameters, spelled_cache, doutputs, activation)
    assert all(np.array_equal(a, b) for a, b in zip(ours, theirs))
    assert np.array_equal(predict(layers, X), two_layers.predict(parameters, X))


def test_four_layers_equal_pytorch_for_100_steps():
    arrays = proofs.load_golden()
    ours = proofs.four_layers_like_golden(arrays)
    assert proofs.max_abs_error(ours, arrays["four layers"]) <= 1e-12


@pytest.mark.parametrize("sizes", [[3, 4], [3, 5, 4], [2, 6, 5, 3], [4, 5, 5, 5, 5, 3]])
def test_gradients_against_the_shared_checker(sizes):
    layers, X, y = problem(sizes)
    outputs, cache = forward(layers, X, TANH)
    gradients = backward(layers, cache, cross_entropy_gradient(outputs, y), TANH)
    for l in range(len(layers)):
        for part in (0, 1):

            def objective(value, l=l, part=part):
                changed = list(layers)
                changed[l] = (value, layers[l][1]) if part == 0 else (layers[l][0], value)
                return cross_entropy(forward(changed, X, TANH)[0], y)

            assert gradient_error(objective, layers[l][part], gradients[l][part]) <= 1e-7


def test_one_layer_is_softmax_regression():
    layers, X, y = problem([3, 4])
    outputs, cache = forward(layers, X)
    dW, db = backward(layers, cache, cross_entropy_gradient(outputs, y))[0]
    W, b = layers[0]
    error = cross_entropy_gradient(X @ W + b, y)
    assert np.array_equal(dW, X.T @ error)
    assert np.array_equal(db, error.sum(axis=0))


def test_errors_are_the_sum_over_all_paths():
    error, paths = proofs.path_error(1, sizes=(3, 4, 4, 4, 2))
    assert error < 1e-14
    assert paths == 4 * 4 * 4 * 2


def test_errors_are_the_slope_of_the_loss_in_z():
    """Nudging a bias nudges z of every example, so db is the sum of the errors."""
    layers, X, y = problem([3, 5, 5, 2])
    outputs, cache = forward(layers, X, TANH)
    doutputs = cross_entropy_gradient(outputs, y)
    found = errors(layers, cache, doutputs, TANH)
    assert [e.shape for e in found] == [(7, 5), (7, 5), (7, 2)]
    for dz, (_, db) in zip(found, backward(layers, cache, doutputs, TANH)):
        assert dz.sum(axis=0) == pytest.approx(db)


@pytest.mark.parametrize("sizes", [[3], [3, 0, 2], []])
def test_impossible_sizes_are_refused(sizes):
    with pytest.raises(ValueError, match="sizes are"):
        initialise(sizes, stream(0, "sizes"))


def test_bad_inputs_are_named():
    layers = many_layers.initialise([3, 4, 2], stream(0, "bad"))
    with pytest.raises(ValueError, match=r"X has shape \(2, 5\), the first layer takes \(N, 3\)"):
        forward(layers, np.zeros((2, 5)))
    with pytest.raises(ValueError, match=r"X\[1, 0\] is nan"):
        forward(layers, np.array([[0.0, 0, 0], [np.nan, 0, 0]]))
