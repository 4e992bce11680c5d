"""Initialisations: their spread, and what they promise about signals."""

import numpy as np
import pytest

from block03_mlp_manual import many_layers
from block03_mlp_manual.activations import RELU, TANH
from block03_mlp_manual.initialisation import INITIALISATIONS, equal, he, too_small, xavier, zero
from shared.losses import cross_entropy_gradient
from shared.seeding import stream


@pytest.mark.parametrize(
    ("name", "deviation"),
    [("too small", 0.01), ("too large", 1), ("Xavier", np.sqrt(2 / 500)), ("He", np.sqrt(2 / 300))],
)
def test_spread(name, deviation):
    W = INITIALISATIONS[name](300, 200, stream(0, "spread", name))
    assert W.shape == (300, 200)
    assert W.std() == pytest.approx(deviation, rel=0.02)
    assert abs(W.mean()) < 4 * deviation / np.sqrt(W.size)


def test_he_keeps_the_size_of_a_relu_signal_and_xavier_of_a_small_tanh_one():
    rng = stream(0, "signal")
    for start, activation, scale in ((he, RELU, 1.0), (xavier, TANH, 0.01)):
        layers = many_layers.initialise([400, 400, 400], rng, start)
        X = scale * rng.standard_normal((100, 400))
        z2 = many_layers.forward(layers, X, activation)[0]
        assert (z2**2).mean() == pytest.approx((layers[0][0] ** 2).mean() * 400 * scale**2, rel=0.1)


@pytest.mark.parametrize("start", [zero, equal])
def test_equal_units_get_equal_gradients(start):
    rng = stream(0, "symmetry")
    layers = many_layers.initialise([4, 6, 3], rng, start)
    X, y = rng.standard_normal((5, 4)), rng.integers(0, 3, 5)
    for _ in range(3):  # equal at the start and after every step
        outputs, cache = many_layers.forward(layers, X, TANH)
        gradients = many_layers.backward(layers, cache, cross_entropy_gradient(outputs, y), TANH)
        dW1 = gradients[0][0]
        assert np.ptp(dW1, axis=1).max() < 1e-15
        for (W, b), (dW, db) in zip(layers, gradients):
            W -= dW
            b -= db


def test_the_generator_decides():
    assert np.array_equal(he(3, 4, stream(1, "w")), he(3, 4, stream(1, "w")))
    assert not np.array_equal(he(3, 4, stream(1, "w")), he(3, 4, stream(2, "w")))
    assert np.abs(too_small(50, 50, stream(1, "w"))).max() < 0.06
