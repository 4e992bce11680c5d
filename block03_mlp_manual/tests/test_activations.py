"""Activations against hand-made numbers, identities and central differences."""

import numpy as np
import pytest

from block03_mlp_manual.activations import ACTIVATIONS, SIGMOID, TANH, relu, sigmoid, tanh
from shared.checks import gradient_error
from shared.seeding import stream


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivative_is_the_slope(name):
    z = stream(0, "activations").standard_normal((5, 4)) * 2
    z[np.abs(z) < 0.01] = 0.5  # away from the kink
    function, derivative = ACTIVATIONS[name]
    assert gradient_error(lambda v: function(v).sum(), z, derivative(z)) <= 1e-7


def test_values_by_hand():
    z = np.array([-1.0, 0.0, np.log(3)])
    assert relu(z).tolist() == [0, 0, np.log(3)]
    assert sigmoid(z) == pytest.approx([1 / (1 + np.e), 0.5, 0.75])
    assert tanh(z) == pytest.approx([-(np.e**2 - 1) / (np.e**2 + 1), 0, 0.8])


def test_tanh_is_a_stretched_sigmoid():
    z = np.linspace(-20, 20, 101)
    assert tanh(z) == pytest.approx(2 * sigmoid(2 * z) - 1, abs=1e-15)
    assert TANH.derivative(z) == pytest.approx(4 * SIGMOID.derivative(2 * z), abs=1e-15)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_huge_inputs_stay_finite(name):
    z = np.array([-1e308, -1e4, 1e4, 1e308])
    function, derivative = ACTIVATIONS[name]
    assert np.isfinite(function(z)).all()
    assert np.isfinite(derivative(z)).all()


def test_slopes_keep_their_digits_far_out():
    z = np.array([40.0, -40.0])
    assert SIGMOID.derivative(z) == pytest.approx([np.exp(-40)] * 2, rel=1e-12, abs=0)
    assert TANH.derivative(z) == pytest.approx([4 * np.exp(-80)] * 2, rel=1e-12, abs=0)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_type_of_the_input_does_not_matter(name):
    for function in ACTIVATIONS[name]:
        for z in (np.uint8([0, 3, 200]), np.float16([0, 3, 200]), [0, 3, 200]):
            assert function(z).tolist() == function(np.array([0.0, 3.0, 200.0])).tolist()


def test_no_slope_is_steeper_than_theory_allows():
    z = np.linspace(-5, 5, 1001)
    steepest = {name: pair.derivative(z).max() for name, pair in ACTIVATIONS.items()}
    assert steepest == pytest.approx({"ReLU": 1, "tanh": 1, "sigmoid": 0.25})


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_inputs_are_not_changed(name):
    z = np.array([[-1.0, 2.0]])
    for function in ACTIVATIONS[name]:
        function(z)
    assert z.tolist() == [[-1, 2]]
