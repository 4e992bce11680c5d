"""Closed forms against NumPy's lstsq, a published number, and each other."""

import numpy as np
import pytest

from block01_regression.losses import mse, predict, r_squared, ridge_penalty
from block01_regression.normal_equation import (
    back_substitution,
    least_squares,
    normal_equation,
    qr_solution,
)
from shared.checks import numerical_gradient
from shared.data import load_diabetes
from shared.seeding import stream

SOLVERS = [normal_equation, qr_solution, least_squares]


def random_problem(N=50, D=4):
    rng = stream(0, "normal equation", N, D)
    return rng.standard_normal((N, D)) + 3, rng.standard_normal(N)


@pytest.mark.parametrize("solve", SOLVERS)
def test_equals_numpy(solve):
    X, y = random_problem()
    expected = np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), y, rcond=None)[0]
    assert np.append(*solve(X, y)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("solve", SOLVERS)
def test_finds_the_exact_line(solve):
    w, b = solve(np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 3.0, 5.0]))
    assert (w[0], b) == pytest.approx((2, 1))


def test_diabetes_r2_is_the_published_one():
    table = load_diabetes()
    r2 = r_squared(predict(table.X, *normal_equation(table.X, table.y)), table.y)
    assert r2 == pytest.approx(0.5177, abs=1e-4)  # Efron et al. 2004, full least squares


def test_ridge_is_where_the_penalised_gradient_vanishes():
    X, y = random_problem()
    w, b = normal_equation(X, y, penalty=0.8)

    def objective(p):
        return mse(predict(X, p[:-1], p[-1]), y) + ridge_penalty(p[:-1], 0.8)

    assert np.abs(numerical_gradient(objective, np.append(w, b))).max() < 1e-9


def test_ridge_leaves_the_intercept_free():
    X, y = random_problem()
    w, b = normal_equation(X, y, penalty=1e9)
    assert np.abs(w).max() < 1e-6
    assert b == pytest.approx(y.mean())
    shifted_w, shifted_b = normal_equation(X, y + 100, penalty=0.5)
    assert shifted_w == pytest.approx(normal_equation(X, y, penalty=0.5)[0])
    assert shifted_b == pytest.approx(normal_equation(X, y, penalty=0.5)[1] + 100)


def test_dependent_columns_are_refused_or_shared():
    X, y = random_problem(D=2)
    twice = np.column_stack([X, X[:, 0]])
    for solve in (normal_equation, qr_solution):
        with pytest.raises(np.linalg.LinAlgError, match=r"singular|dependent"):
            solve(twice, y)
    w, b = least_squares(twice, y)
    assert w[0] == pytest.approx(w[2])
    assert predict(twice, w, b) == pytest.approx(predict(X, *qr_solution(X, y)))
    ridge, _ = normal_equation(twice, y, penalty=0.1)
    assert ridge[0] == pytest.approx(ridge[2])


def test_least_squares_is_the_shortest_of_all_answers():
    X, y = random_problem(N=5, D=8)  # more weights than examples
    w, b = least_squares(X, y)
    assert predict(X, w, b) == pytest.approx(y)
    centred = X - X.mean(axis=0)
    assert w == pytest.approx(np.linalg.pinv(centred) @ (y - y.mean()))


def test_one_row_gives_the_mean():
    w, b = least_squares(np.array([[4.0, 2.0]]), np.array([3.0]))
    assert w.tolist() == [0, 0]
    assert b == 3


def test_back_substitution_on_random_triangles():
    rng = stream(0, "triangle")
    R, w = np.triu(rng.standard_normal((6, 6)) + 3 * np.eye(6)), rng.standard_normal(6)
    assert back_substitution(R, R @ w) == pytest.approx(w)


def test_a_negative_penalty_is_refused():
    with pytest.raises(ValueError, match="negative"):
        normal_equation(*random_problem(), penalty=-1)
