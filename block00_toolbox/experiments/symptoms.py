"""What a reader sees of each shape bug: a number that is known beforehand, and comes out wrong.

Each function has a bug's name in BUGS, takes the pair's broken or fixed function, and returns the
number that its docstring names.
"""

import numpy as np


def column_against_row(squared_errors, rng):
    """mean squared error of a model that is exactly right"""
    X, w = rng.standard_normal((32, 2)), np.array([[2.0], [-1.0]])
    return squared_errors(X, w, X @ w[:, 0]).mean()


def mean_over_rows(column_means, rng):
    """largest column mean after the means were subtracted"""
    X = np.array([50.0, 2.0]) + rng.standard_normal((20, 2))
    return np.abs((X - column_means(X)).mean(axis=0)).max()


def whole_batch_sum(totals, rng):
    """sum of the first row's shares"""
    amounts = rng.uniform(1, 9, (16, 3))
    return (amounts / totals(amounts))[0].sum()


def transposed_vector(outer_product, rng):
    """x_0 x_1 in the table of all x_i x_j, x about (1, -1, 2)"""
    x = np.array([1.0, -1.0, 2.0]) + 0.1 * rng.standard_normal(3)
    return (np.zeros((3, 3)) + outer_product(x))[0, 1]


def mask_of_numbers(chosen, rng):
    """mean age of those over 60, in ages from 20 to 80"""
    ages = rng.uniform(20, 80, size=200)
    return chosen(ages, (ages > 60).astype(int)).mean()


def bias_along_examples(scores, rng):
    """share of examples given the class that the bias favours"""
    W, X, bias = 0.1 * rng.standard_normal((4, 2)), rng.standard_normal((2, 4)), [0, 0, 0, 10]
    return np.mean(scores(W, X, np.array(bias)).argmax(axis=0) == 3)


def square_weights(layer, rng):
    """mean squared difference from y = X W"""
    X, W = rng.standard_normal((16, 4)), rng.standard_normal((4, 4))
    return np.mean((layer(X, W) - X @ W) ** 2)


def keepdims_forgotten(shares, rng):
    """largest distance of a row of shares from the sum 1"""
    return np.abs(shares(rng.uniform(1, 9, (3, 3))).sum(axis=1) - 1).max()


def best_example(predicted, rng):
    """accuracy of scores that are highest at the right class"""
    labels = rng.integers(10, size=10)
    return np.mean(predicted(np.eye(10)[labels] + 0.1 * rng.random((10, 10))) == labels)


def reshaped(features_first, rng):
    """mean of the first feature, which is about 50"""
    return features_first(np.array([50.0, 2.0, 0.0]) + rng.standard_normal((20, 3)))[0].mean()


def window(centred_first, rng):
    """mean of the caller's first column after the call, about 50"""
    X = 50 + rng.standard_normal((20, 2))
    centred_first(X)
    return X[:, 0].mean()


def repeated_places(counted, rng):
    """how many of 100 ids were counted"""
    return counted(rng.integers(5, size=100)).sum()


SYMPTOMS = [
    column_against_row, mean_over_rows, whole_batch_sum, transposed_vector, mask_of_numbers,
    bias_along_examples, square_weights, keepdims_forgotten, best_example, reshaped, window,
    repeated_places,
]
