"""What the run records as proofs, asserted; and that each of them can fail."""

import numpy as np
import pytest

from block01_regression import proofs
from block01_regression.losses import mse_gradient
from block01_regression.normal_equation import normal_equation
from shared.tests.ways import a_run


@pytest.mark.parametrize("penalty", [0.0, proofs.PENALTY])
def test_descent_reaches_the_closed_form_on_the_diabetes_table(penalty):
    assert proofs.descent_error(penalty) <= 1e-6


def test_a_descent_that_has_not_arrived_is_seen(monkeypatch):
    monkeypatch.setattr(proofs, "UPDATES", 3)
    assert proofs.descent_error(0.0) > 0.1


def test_a_descent_that_is_not_at_the_closed_form_is_seen(monkeypatch):
    monkeypatch.setattr(proofs, "UPDATES", 300)
    monkeypatch.setattr(proofs, "normal_equation", lambda X, y, penalty: (np.ones(10), 0.0))
    assert proofs.descent_error(0.0) > 0.5


def test_the_headline_tells_the_worst_of_each_proof(tmp_path, monkeypatch):
    run, solved = a_run(tmp_path), {"normal equation": 2.0, "QR": 9.0, "SVD": 1.0}
    errors = {"mse": 1.0, "mae": 3.0, "ridge": 2.0}
    monkeypatch.setattr(proofs, "gradient_check", lambda seed, name: errors[name])
    monkeypatch.setattr(proofs, "descent_error", lambda penalty: 5.0 - penalty)
    monkeypatch.setattr(proofs, "solver_errors", lambda: solved)
    proofs.record(run)
    told = run.headline_numbers
    assert told.pop("diabetes_r2") == pytest.approx(0.5177, abs=1e-4)
    assert list(told.values()) == [2, 5, 3]  # the equation's own error, then the two worst


def test_every_draw_of_the_record_is_of_the_runs_seed(tmp_path, monkeypatch):
    seeds = []
    monkeypatch.setattr(proofs, "gradient_check", lambda seed, name: seeds.append(seed) or 0.0)
    monkeypatch.setattr(proofs, "constant_errors", lambda seed: seeds.append(seed) or {})
    monkeypatch.setattr(proofs, "weight_error", lambda solve, gap, many: seeds.extend(many))
    monkeypatch.setattr(proofs, "descent_error", lambda penalty: 0.0)
    proofs.record(a_run(tmp_path, seed=4))
    checks, cells = len(proofs.CASES), len(proofs.SOLVERS) * len(proofs.GAPS)
    assert sorted(seeds) == sorted([4] * (checks + 1) + [4, 5, 6, 7, 8] * cells)


def test_every_solver_finds_numpys_line():
    errors = proofs.solver_errors()
    assert list(errors) == list(proofs.SOLVERS)
    assert max(errors.values()) <= 1e-8


def test_the_solvers_are_held_against_numpy_and_not_against_each_other(monkeypatch):
    for name in ("normal_equation", "qr_solution", "least_squares"):
        monkeypatch.setattr(proofs, name, lambda X, y: (np.zeros(X.shape[1]), 0.0))
    assert max(proofs.solver_errors().values()) <= 1e-8


def test_a_solver_that_is_off_is_seen(monkeypatch):
    solve = lambda X, y: (normal_equation(X, y)[0], normal_equation(X, y)[1] + 1e-3)  # noqa: E731
    monkeypatch.setitem(proofs.SOLVERS, "QR", solve)
    assert proofs.solver_errors()["QR"] == pytest.approx(1e-3)


@pytest.mark.parametrize("name", proofs.CASES)
def test_every_gradient_equals_its_central_difference(name):
    assert proofs.gradient_check(0, name) <= 1e-7


def test_every_gradient_check_draws_with_its_seed():
    assert all(proofs.gradient_check(0, n) != proofs.gradient_check(1, n) for n in proofs.CASES)


def test_a_gradient_of_the_wrong_loss_is_seen(monkeypatch):
    monkeypatch.setitem(proofs.CASES, "mae", (proofs.mae, mse_gradient, 0.0))
    assert proofs.gradient_check(0, "mae") > 0.1


def test_the_raw_and_the_standardised_line_are_one(monkeypatch):
    assert 0 < proofs.same_line_error() <= 1e-9  # 0 would be a comparison with itself

    def one_weight_off(*line):
        w, b = back(*line)
        return w + 3 * np.eye(10)[4], b

    back = proofs.in_raw_units
    monkeypatch.setattr(proofs, "in_raw_units", one_weight_off)
    assert proofs.same_line_error() == pytest.approx(3)


def test_the_mse_ends_at_the_mean_and_the_mae_at_the_median(monkeypatch):
    assert proofs.constants(np.array([1.0, 2, 3, 4, 100])) == pytest.approx({"mse": 22, "mae": 3})
    errors = proofs.constant_errors(3)
    assert errors["mse"] < 1e-9 and errors["mae"] < 1e-2
    monkeypatch.setattr(proofs, "constants", lambda y: {"mse": y.mean() + 2, "mae": y.max() + 3})
    errors = proofs.constant_errors(3)
    assert errors["mse"] == pytest.approx(2) and errors["mae"] > 3


def test_the_normal_equation_loses_twice_the_digits_and_then_refuses():
    by_equation = [proofs.weight_error(normal_equation, gap, [0, 1, 2]) for gap in (1e-2, 1e-5)]
    by_qr = [proofs.weight_error(proofs.qr_solution, gap, [0, 1, 2]) for gap in (1e-2, 1e-5)]
    assert np.log10(by_equation[1] / by_equation[0]) == pytest.approx(6, abs=1.5)
    assert np.log10(by_qr[1] / by_qr[0]) == pytest.approx(3, abs=1.5)
    assert proofs.weight_error(normal_equation, 1e-9, [0]) is None


def test_the_table_says_where_a_solver_refuses():
    errors = {name: [1e-3, None, 1e-9, 1e-9, 2.5e-9] for name in proofs.SOLVERS}
    lines = proofs.near_singular_table(errors).splitlines()
    assert lines[2].split() == ["1e-03", "refused", "refused", "refused"]
    assert lines[5].split() == ["1e-09", "2.5e-09", "2.5e-09", "2.5e-09"]
