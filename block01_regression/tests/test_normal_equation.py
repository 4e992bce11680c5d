"""Closed forms against NumPy's lstsq, a published number, and each other."""

import itertools

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


def test_back_substitution_takes_whole_numbers_and_refuses_what_it_would_not_read():
    assert back_substitution([[2, 1], [0, 4]], [4, 7]).tolist() == [1.125, 1.75]
    with pytest.raises(ValueError, match="not upper triangular"):
        back_substitution(np.ones((2, 2)), np.ones(2))
    with pytest.raises(np.linalg.LinAlgError, match="diagonal element of R is 0"):
        back_substitution(np.diag([1.0, 0.0]), np.ones(2))
    with pytest.raises(ValueError, match=r"z has shape \(3,\)"):
        back_substitution(np.eye(2), np.ones(3))


@pytest.mark.parametrize("unit", [1.0, 1e3, 1e6])
@pytest.mark.parametrize("N", [4, 9, 50])
def test_one_temperature_in_two_units_is_one_column(N, unit):
    """c and 1.8 c + 32 differ from a dependent pair by rounding alone; so would the weights."""
    c = unit * np.linspace(100.1, 100.9, N)
    X, y = np.column_stack([c, 1.8 * c + 32]), 2.544 * c
    for solve in (normal_equation, qr_solution):
        with pytest.raises(np.linalg.LinAlgError, match=r"singular|dependent"):
            solve(X, y)
    w, b = least_squares(X, y)
    assert w == pytest.approx([0.6, 1.08], rel=1e-3)
    assert predict(X, w, b) == pytest.approx(y)


def test_a_small_column_beside_a_huge_one_keeps_its_weight():
    """Seconds since 1970 and a rate: the rounding of the first is no reason to drop the second."""
    rng = stream(0, "seconds")
    X = np.column_stack([1.7e9 + 1e7 * rng.random(442), 1e-4 * rng.random(442)])
    y = X @ [1e-7, 1e4]
    for solve in (qr_solution, least_squares):
        assert solve(X, y)[0] == pytest.approx([1e-7, 1e4], rel=1e-6)


@pytest.mark.parametrize("order", [*itertools.permutations(range(3))])
def test_a_column_far_from_zero_makes_no_other_one_look_like_rounding(order):
    """The first column rounds by more than the second one's size; wherever it stands, both stay."""
    rng, order = stream(0, "far"), list(order)
    X = rng.standard_normal((50, 3)) * [1e4, 0.05, 1] + [1e13, 0, 0]
    truth = np.array([1e-4, 20, 1])[order]
    for solve in SOLVERS:
        assert solve(X[:, order], X[:, order] @ truth)[0] == pytest.approx(truth, rel=1e-6)


@pytest.mark.parametrize("solve", SOLVERS)
def test_whole_numbers_are_solved_as_floats_are(solve):
    X, y = np.uint8([[1, 9], [200, 3], [7, 250], [90, 90]]), np.uint8([250, 3, 77, 1])
    assert np.array_equal(solve(X, y)[0], solve(X.astype(float), y.astype(float))[0])


@pytest.mark.parametrize("penalty", [-1, np.nan, np.inf])
def test_a_penalty_below_zero_is_refused(penalty):
    with pytest.raises(ValueError, match="the penalty is"):
        normal_equation(*random_problem(), penalty=penalty)
