"""A neural network of single numbers: every weight is a Value, every neuron a sum.

The functions run on plain numbers as well, as those of value.py do: with `plain_layers` the same
network predicts without building a graph.
"""

from itertools import pairwise

from block04_training.value import Value, checked, log_sigmoid, plain, tanh


def init_layers(sizes, rng):
    """One list of neurons a layer, each neuron (weights, bias); weights N(0, 1 / inputs), bias 0.

    >>> import numpy as np
    >>> [len(layer) for layer in init_layers([2, 8, 1], np.random.default_rng(0))]
    [8, 1]
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"sizes are {sizes}, expected at least an input and an output, all >= 1")
    return [
        [
            ([Value(w) for w in rng.standard_normal(inputs) / inputs**0.5], Value(0.0))
            for _ in range(outputs)
        ]
        for inputs, outputs in pairwise(sizes)
    ]


def parameters(layers):
    """Every weight and bias, in a fixed order."""
    return [value for layer in layers for weights, bias in layer for value in [*weights, bias]]


def plain_layers(layers):
    """The same network of plain numbers."""
    return [[([plain(w) for w in ws], plain(b)) for ws, b in layer] for layer in layers]


def neuron(weights, bias, inputs):
    """w . x + b. Raises ValueError where there are not as many inputs as weights."""
    if len(weights) != len(inputs):
        raise ValueError(f"the neuron has {len(weights)} weights, it got {len(inputs)} inputs")
    total = bias
    for w, x in zip(weights, inputs):  # no sum(): on plain numbers newer Pythons round it otherwise
        total = total + w * x
    return total


def forward(layers, inputs):
    """The score of one example: tanh after every layer but the last, which has one neuron.

    Raises ValueError where an input is not finite.
    """
    *hidden, last = layers
    inputs = [checked(x) for x in inputs]
    for layer in hidden:
        inputs = [tanh(neuron(weights, bias, inputs)) for weights, bias in layer]
    return neuron(*last[0], inputs)


def loss(layers, X, y):
    """Mean logistic loss, -mean(log sigmoid(score)) with the score's sign turned for class 0.

    X: rows of numbers, y: a 0 or 1 for each  ->  a Value (a plain number for plain layers), nats
    """
    if len(X) == 0 or len(X) != len(y):
        raise ValueError(f"{len(X)} rows and {len(y)} labels: expected as many, and at least one")
    total = 0.0
    for x, label in zip(X, y):
        if label not in (0, 1):
            raise ValueError(f"a label is {label}, expected 0 or 1")
        score = forward(layers, x)
        total = total - log_sigmoid(score if label == 1 else -score)
    return total * (1.0 / len(X))


def predict(layers, X):
    """Class 1 where the score is above 0, else 0: one for each row of X."""
    plain_ones = plain_layers(layers)
    return [int(forward(plain_ones, row) > 0) for row in X]
