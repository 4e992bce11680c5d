"""The two-layer network against PyTorch, central differences, and numbers made by hand."""

import itertools
import json

import numpy as np
import pytest

from block03_mlp_manual import many_layers, proofs, two_layers
from block03_mlp_manual.activations import ACTIVATIONS, RELU, TANH
from block03_mlp_manual.initialisation import equal
from block03_mlp_manual.two_layers import Parameters, backward, forward, initialise, predict
from shared.checks import gradient_error
from shared.losses import accuracy, cross_entropy, cross_entropy_gradient
from shared.seeding import stream
from shared.tests.ways import a_run

CASES = list(itertools.product(ACTIVATIONS, proofs.LOSSES))


def problem(name="ReLU"):
    """Random parameters (the biases too), data of 8 examples, the activation."""
    rng = stream(0, "two layers", name)
    parameters = initialise(3, 5, 4, rng)
    parameters.b1[:], parameters.b2[:] = rng.standard_normal(5), rng.standard_normal(4)
    return parameters, rng.standard_normal((8, 3)), rng.integers(0, 4, 8), ACTIVATIONS[name]


def test_forward_and_backward_by_hand():
    parameters = Parameters(
        np.array([[1.0, -1.0]]), np.array([0.0, 1.0]), np.array([[2.0], [3.0]]), np.array([0.5])
    )
    outputs, cache = forward(parameters, np.array([[2.0]]))
    # z1 = (2, -1), a1 = (2, 0), output = 4.5; the second unit is off and learns nothing
    assert outputs.tolist() == [[4.5]]
    gradients = backward(parameters, cache, np.array([[10.0]]))
    assert gradients.W2.tolist() == [[20], [0]]
    assert gradients.b2.tolist() == [10]
    assert gradients.W1.tolist() == [[40, 0]]
    assert gradients.b1.tolist() == [20, 0]


@pytest.mark.parametrize(("name", "loss_name"), CASES)
def test_gradients_against_the_shared_checker(name, loss_name):
    parameters, X, y, activation = problem(name)
    loss, loss_gradient = proofs.LOSSES[loss_name]
    outputs, cache = forward(parameters, X, activation)
    gradients = backward(parameters, cache, loss_gradient(outputs, y), activation)
    for field, at, claimed in zip(Parameters._fields, parameters, gradients):

        def objective(value, field=field):
            return loss(forward(parameters._replace(**{field: value}), X, activation)[0], y)

        assert gradient_error(objective, at, claimed) <= 1e-7, field


@pytest.mark.parametrize(("name", "loss_name"), CASES)
def test_equals_pytorch_for_100_steps(name, loss_name):
    arrays = proofs.load_golden()
    ours = proofs.two_layers_like_golden(arrays, ACTIVATIONS[name], *proofs.LOSSES[loss_name])
    assert proofs.max_abs_error(ours, arrays[f"{name}, {loss_name}"]) <= 1e-12


def test_a_nan_in_a_golden_comparison_is_an_error():
    with pytest.raises(ValueError, match=r"ours\[1\] is nan"):
        proofs.max_abs_error(np.array([1.0, np.nan]), np.zeros(2))


def test_backward_twice_gives_the_same_and_changes_nothing():
    parameters, X, y, _ = problem()
    outputs, cache = forward(parameters, X)
    doutputs = cross_entropy_gradient(outputs, y)
    before = [array.copy() for array in (*parameters, *cache, doutputs)]
    first = backward(parameters, cache, doutputs)
    second = backward(parameters, cache, doutputs)
    assert all(np.array_equal(a, b) for a, b in zip(first, second))
    after = [*parameters, *cache, doutputs]
    assert all(np.array_equal(a, b) for a, b in zip(before, after))


def test_the_gradient_of_a_batch_is_the_mean_over_its_examples():
    parameters, X, y, _ = problem()

    def gradients(rows):
        outputs, cache = forward(parameters, X[rows])
        return backward(parameters, cache, cross_entropy_gradient(outputs, y[rows]))

    single = [gradients([n]) for n in range(len(y))]
    for whole, parts in zip(gradients(slice(None)), zip(*single)):
        assert whole == pytest.approx(np.mean(parts, axis=0))


def test_every_parameter_moves_and_one_batch_is_overfitted():
    parameters, X, y, _ = problem()
    parameters = initialise(3, 50, 4, stream(0, "overfit"))
    start = [parameter.copy() for parameter in parameters]
    for _ in range(800):
        outputs, cache = forward(parameters, X)
        gradients = backward(parameters, cache, cross_entropy_gradient(outputs, y))
        for parameter, gradient in zip(parameters, gradients):
            parameter -= 0.5 * gradient
    assert cross_entropy(forward(parameters, X)[0], y) < 0.01
    assert accuracy(predict(parameters, X), y) == 1
    for before, after in zip(start[:1] + start[2:3], (parameters.W1, parameters.W2)):
        assert (before != after).any(axis=0).all()


def test_one_row_and_one_class():
    parameters = initialise(3, 5, 1, stream(0, "one"))
    outputs, cache = forward(parameters, np.ones((1, 3)))
    gradients = backward(parameters, cache, cross_entropy_gradient(outputs, np.array([0])))
    assert all((gradient == 0).all() for gradient in gradients)  # one class is always right


@pytest.mark.parametrize(
    ("X", "says"),
    [
        (np.zeros((5, 4)), r"X has shape \(5, 4\), the first layer takes \(N, 3\)"),
        (np.zeros(3), r"X has shape \(3,\)"),
        (np.array([[0.0, np.nan, 1.0]]), r"X\[0, 1\] is nan"),
        (np.array([[0.0, 1.0, np.inf]]), r"X\[0, 2\] is inf"),
    ],
)
def test_bad_inputs_are_named(X, says):
    with pytest.raises(ValueError, match=says):
        forward(initialise(3, 5, 2, stream(0, "bad")), X, RELU)


def test_the_type_of_the_input_does_not_matter():
    parameters = problem()[0]
    X = np.uint8([[200, 0, 3], [1, 255, 7]])
    expected, _ = forward(parameters, X.astype(float))
    for same in (X, X.tolist()):
        outputs, cache = forward(parameters, same)
        assert np.array_equal(outputs, expected)
        assert backward(parameters, cache, np.ones((2, 4))).W1.shape == (3, 5)


@pytest.mark.parametrize("shape", [(8,), (1, 4), (4,), (8, 1)])
def test_an_error_of_another_shape_is_refused_not_broadcast(shape):
    parameters, X, _, _ = problem()
    layers = [parameters[:2], parameters[2:]]
    with pytest.raises(ValueError, match="doutputs has shape"):
        backward(parameters, forward(parameters, X)[1], np.ones(shape))
    with pytest.raises(ValueError, match="doutputs has shape"):
        many_layers.backward(layers, many_layers.forward(layers, X)[1], np.ones(shape))


def test_a_prediction_that_is_none_is_an_error():
    parameters, X, _, _ = problem()
    parameters.b2[1] = np.nan
    with pytest.raises(ValueError, match=r"outputs\[0, 1\] is nan"):
        predict(parameters, X)
    with pytest.raises(ValueError, match=r"outputs\[0, 1\] is nan"):
        many_layers.predict([parameters[:2], parameters[2:]], X)


def test_a_layer_without_units_is_refused():
    with pytest.raises(ValueError, match="at least one unit"):
        initialise(3, 0, 2, stream(0, "bad"))


def test_both_layers_start_with_the_weights_asked_for():
    W1, b1, W2, b2 = initialise(4, 5, 2, stream(0, "start"), equal)
    assert W1.tolist() == [[0.25] * 5] * 4 and W2.tolist() == [[0.2] * 2] * 5
    assert b1.tolist() == [0] * 5 and b2.tolist() == [0] * 2


def test_a_prediction_uses_the_activation_it_is_given():
    parameters = Parameters(
        np.array([[1.0]]), np.zeros(1), np.array([[-1.0, 0.0]]), np.array([0.0, 0.5])
    )
    layers, X = [parameters[:2], parameters[2:]], np.array([[-2.0]])
    # ReLU(-2) = 0 leaves outputs (0, 0.5); tanh(-2) = -0.96 makes them (0.96, 0.5)
    assert predict(parameters, X).tolist() == many_layers.predict(layers, X).tolist() == [1]
    assert predict(parameters, X, TANH).tolist() == [0]
    assert many_layers.predict(layers, X, TANH).tolist() == [0]


# --- the proofs, where something is wrong --------------------------------------------------------


@pytest.mark.parametrize("text, wrong", [(many_layers, [0, 1, 2, 3]), (two_layers, [4, 5, 6, 7])])
def test_each_text_is_held_against_what_is_measured(text, wrong, monkeypatch):
    right = text.backward

    def doubled(*arguments):
        gradients = right(*arguments)
        if text is two_layers:
            return Parameters(*(2 * gradient for gradient in gradients))
        return [(2 * dW, 2 * db) for dW, db in gradients]

    monkeypatch.setattr(text, "backward", doubled)
    errors = proofs.gradient_errors(0, "tanh", "cross-entropy", 2)
    expected = [0.5 if i in wrong else 0 for i in range(8)]
    assert errors == pytest.approx(expected, abs=1e-7)


def test_the_record_holds_the_worst_of_all_errors(tmp_path, monkeypatch):
    errors = {"a": [1e-9, 4e-8], "b": [2e-8], "c": [3e-9, 1e-9]}
    golden = {"x": 1e-16, "y": 3e-16, "z": 2e-16}
    monkeypatch.setattr(proofs, "all_gradient_errors", lambda seed: errors if seed == 3 else {})
    monkeypatch.setattr(proofs, "golden_errors", lambda: golden)
    monkeypatch.setattr(proofs, "path_error", lambda seed: (seed * 1e-16, 64))
    run = a_run(tmp_path, seed=3)
    proofs.record(run)
    assert run.headline_numbers == {
        "gradient_check_max_relative_error": 4e-8, "golden_max_abs_error": 3e-16
    }
    written = json.loads(run.files["proofs.json"])
    assert written["seeds"] == [3] and written["metrics"] == {
        "gradient_max_relative_error": 4e-8, "arrays": 5, "golden_max_abs_error": golden,
        "paths": 64, "path_relative_error": 3e-16,
    }
