"""The run as a whole: what it wrote, what it refuses, and that it holds for other seeds."""

from pathlib import Path

import pytest

from block01_regression import train
from block01_regression.experiments.learning_rate import is_stable, standardised_diabetes
from block01_regression.experiments.robustness import slopes
from block01_regression.gradient_descent import learning_rate_limit
from block01_regression.planted import BUGS
from shared.planted_bugs import misfits
from shared.tests.block_run import assert_within, headline_of, losses_of
from shared.tests.first_edition import (
    assert_damage_is_named,
    assert_same_files,
    assert_seeds_hold,
    quick_run,
)

RESULTS = Path(__file__).resolve().parent.parent / "results"

BANDS = {  # headline key: (lowest, highest), the same on every machine
    "diabetes_r2": (0.5176, 0.5178),
    "normal_equation_max_abs_error": (0, 1e-8),
    "descent_relative_error": (0, 1e-6),
    "learning_rate_limit_ratio": (0.98, 1.02),
    "standardising_speedup": (1000, 10_000),
    "mae_slope_shift_over_mse_slope_shift": (0, 0.2),
    "gradient_check_max_relative_error": (0, 1e-7),
    "planted_bugs": (6, 100),
}
QUICK_BANDS = BANDS | {"standardising_speedup": (100, 10_000), "planted_bugs": (1, 1)}


def test_committed_headline_is_within_its_bands():
    assert_within(headline_of(RESULTS), BANDS)


def test_quick_run_writes_everything_and_learns(tmp_path):
    assert_within(quick_run(train, tmp_path / "out", 1), QUICK_BANDS)
    assert_same_files(tmp_path / "out", RESULTS)
    losses = losses_of(tmp_path / "out", split="train")
    assert losses[-1] < losses[0] / 5


def test_every_planted_bug_fits_the_code():
    assert misfits(BUGS) == []


def test_damaged_data_ends_the_run_with_one_line(tmp_path, monkeypatch, capsys):
    assert_damage_is_named(train, "diabetes.csv", tmp_path, monkeypatch, capsys)


@pytest.mark.slow
def test_headline_claims_hold_for_nine_of_ten_seeds(tmp_path):
    assert_seeds_hold(train, tmp_path, lambda headline: assert_within(headline, QUICK_BANDS))


def test_the_stability_check_sees_both_sides():
    X, y = standardised_diabetes()
    limit = learning_rate_limit(X)
    assert is_stable(X, y, 0.97 * limit, 500)
    assert not is_stable(X, y, 1.03 * limit, 500)


def test_without_outliers_both_lines_find_the_true_slope():
    assert slopes(3, 0.0) == pytest.approx((2, 2), abs=0.3)
