"""Feature transforms against what they must leave unchanged."""

import numpy as np
import pytest

from block01_regression.features import in_raw_units, powers, with_products
from block01_regression.losses import predict
from block01_regression.normal_equation import normal_equation
from shared.data import fit_standardiser
from shared.seeding import stream


def test_the_raw_line_predicts_the_same():
    rng = stream(0, "features")
    X = rng.standard_normal((20, 3)) * [1, 10, 100] + [5, -50, 0]
    w, b = rng.standard_normal(3), 0.4
    standardise = fit_standardiser(X)
    raw = predict(X, *in_raw_units(w, b, standardise))
    assert raw == pytest.approx(predict(standardise(X), w, b))


def test_standardising_does_not_change_the_best_line():
    rng = stream(0, "features", "best")
    X, y = rng.standard_normal((30, 2)) * [1, 50] + 7, rng.standard_normal(30)
    standardise = fit_standardiser(X)
    w, b = in_raw_units(*normal_equation(standardise(X), y), standardise)
    assert np.append(w, b) == pytest.approx(np.append(*normal_equation(X, y)))


def test_powers_are_polynomials():
    x = np.array([-1.0, 0.5, 2.0])
    weights = np.array([3.0, -2.0, 0.5])  # 3 x - 2 x^2 + 0.5 x^3
    expected = np.polyval([0.5, -2, 3, 0], x)
    assert powers(x, 3) @ weights == pytest.approx(expected)


def test_powers_of_whole_numbers_do_not_overflow():
    assert powers([10], 20)[0, -1] == 1e20
    assert with_products(np.uint8([[20, 30]])).tolist() == [[20, 30, 400, 600, 900]]


def test_what_has_no_features_is_named():
    for degree in (0, -1, 2.5, True):
        with pytest.raises(ValueError, match=f"degree is {degree}"):
            powers(np.ones(2), degree)
    with pytest.raises(ValueError, match=r"x has shape \(2, 1\)"):
        powers(np.ones((2, 1)), 2)
    with pytest.raises(ValueError, match=r"scale has shape \(3,\)"):
        in_raw_units(np.ones(2), 0.0, fit_standardiser(np.eye(3)))


def test_products_count_and_contain_each_pair_once():
    X = stream(0, "products").standard_normal((4, 10))
    wide = with_products(X)
    assert wide.shape == (4, 10 + 55)
    pairs = {tuple(np.round(X[:, i] * X[:, j], 12)) for i in range(10) for j in range(10)}
    assert {tuple(np.round(column, 12)) for column in wide[:, 10:].T} == pairs
