"""The network of Values against NumPy, finite differences, and a set it must learn by heart."""

import numpy as np
import pytest

from block04_training.scalar_mlp import (
    forward,
    init_layers,
    loss,
    neuron,
    parameters,
    plain_layers,
    predict,
)
from block04_training.value import Value
from shared.seeding import stream

X = [[0.5, -1.0], [1.5, 2.0], [-0.3, 0.8]]
y = [1, 0, 1]


def network(*sizes):
    return init_layers(sizes, stream(0, "scalar mlp", *sizes))


def arrays(layers):
    """(W (inputs, outputs), b (outputs,)) of each layer."""
    plain = plain_layers(layers)
    return [(np.array([w for w, _ in layer]).T, np.array([b for _, b in layer])) for layer in plain]


def test_forward_is_numpys():
    layers = network(2, 3, 4, 1)
    h = np.array(X)
    for W, b in arrays(layers)[:-1]:
        h = np.tanh(h @ W + b)
    W, b = arrays(layers)[-1]
    found = [forward(layers, x).data for x in X]
    assert found == pytest.approx((h @ W + b)[:, 0])


def test_loss_by_hand():
    layers = [[([Value(0.0), Value(0.0)], Value(np.log(3.0)))]]  # sigmoid(ln 3) = 3/4
    assert loss(layers, X, y).data == pytest.approx(-(2 * np.log(3 / 4) + np.log(1 / 4)) / 3)


@pytest.mark.parametrize("score", [-40.0, -1000.0, 1000.0])
def test_a_score_far_on_the_wrong_side_costs_its_size(score):
    layers = [[([Value(0.0)], Value(score))]]
    cost = loss(layers, [[1.0]], [1 if score < 0 else 0])
    cost.backward()
    assert cost.data == abs(score)
    assert layers[0][0][1].grad == pytest.approx(np.sign(score))


def test_gradients_equal_central_differences():
    layers = network(2, 3, 1)
    loss(layers, X, y).backward()
    for weight in parameters(layers):
        kept, h = weight.data, 1e-5
        weight.data = kept + h
        above = loss(plain_layers(layers), X, y)
        weight.data = kept - h
        below = loss(plain_layers(layers), X, y)
        weight.data = kept
        assert weight.grad == pytest.approx((above - below) / (2 * h), rel=1e-6, abs=1e-9)


def test_it_counts_its_parameters_and_none_stands_still():
    layers = network(2, 8, 8, 1)
    assert len(parameters(layers)) == 2 * 8 + 8 + 8 * 8 + 8 + 8 + 1
    loss(layers, X, y).backward()
    assert all(weight.grad != 0 for weight in parameters(layers))


def test_three_points_are_learned_by_heart():
    layers = network(2, 4, 1)
    for _ in range(300):
        loss(layers, X, y).backward()
        for weight in parameters(layers):
            weight.data -= 0.5 * weight.grad
    assert loss(plain_layers(layers), X, y) < 0.02
    assert predict(layers, X) == y


def test_a_score_above_0_is_class_1():
    layers = [[([Value(1.0)], Value(0.0))]]
    assert predict(layers, [[-0.1], [0.0], [0.1]]) == [0, 0, 1]


def test_plain_layers_build_no_graph_and_agree():
    layers = network(2, 3, 1)
    score = forward(plain_layers(layers), X[0])
    assert isinstance(score, float)
    assert score == forward(layers, X[0]).data


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: network(2), "at least an input and an output"),
        (lambda: network(2, 0, 1), ">= 1"),
        (lambda: neuron([1.0], 0.0, [1.0, 2.0]), "1 weights, it got 2 inputs"),
        (lambda: forward(network(2, 1), [1.0]), "2 weights, it got 1 inputs"),
        (lambda: loss(network(2, 1), [], []), "0 rows and 0 labels"),
        (lambda: loss(network(2, 1), X, y[:2]), "3 rows and 2 labels"),
        (lambda: loss(network(2, 1), X, [0, 1, 2]), "a label is 2"),
        (lambda: predict(network(2, 1), [[0.0, np.nan]]), "finite number, not nan"),
        (lambda: loss(plain_layers(network(2, 1)), [[0.0, np.inf]], [1]), "finite number, not inf"),
    ],
)
def test_bad_input_is_named(wrong, says):
    with pytest.raises(ValueError, match=says):
        wrong()
