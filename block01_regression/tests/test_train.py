"""The run as a whole: what it wrote, what it refuses, and that it holds for other seeds."""

import json
from pathlib import Path

import pytest

from block01_regression import train
from block01_regression.experiments.learning_rate import is_stable, standardised_diabetes
from block01_regression.experiments.robustness import slopes
from block01_regression.gradient_descent import learning_rate_limit
from block01_regression.tests.planted import BUGS
from shared import data

HOME = Path(__file__).resolve().parent.parent

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


def assert_within(headline, bands):
    for key, (low, high) in bands.items():
        assert low <= headline[key] <= high, f"{key} is {headline[key]}"
    assert headline["planted_bugs_caught"] == headline["planted_bugs"]


def quick_headline(folder, seed):
    train.main(["--quick", "--seed", str(seed), "--out", str(folder)])
    return json.loads((folder / "headline.json").read_text())


def test_committed_headline_is_within_its_bands():
    assert_within(json.loads((HOME / "results/headline.json").read_text()), BANDS)


def test_quick_run_writes_everything_and_learns(tmp_path):
    assert_within(quick_headline(tmp_path / "out", 1), QUICK_BANDS)
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {path.name for path in (HOME / "results").glob("[!.]*")}
    log = (tmp_path / "out/train_log.jsonl").read_text()
    rows = [json.loads(line) for line in log.splitlines()]
    losses = [row["loss"] for row in rows if row["split"] == "train"]
    assert losses[-1] < losses[0] / 5


def test_every_planted_bug_fits_the_code():
    for bug in BUGS:
        source = (HOME.parent / bug.file).read_text()
        assert source.count(bug.right) == 1, bug.name


def test_damaged_data_ends_the_run_with_one_line(tmp_path, monkeypatch, capsys):
    (tmp_path / "diabetes.csv").write_text("age,target\n1,2\n")
    monkeypatch.setattr(data, "FOLDER", tmp_path)
    with pytest.raises(SystemExit) as end:
        train.main(["--quick", "--out", str(tmp_path / "out")])
    assert end.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "data/diabetes.csv is damaged" in error
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_headline_claims_hold_for_nine_of_ten_seeds(tmp_path):
    held = 0
    for seed in range(10):
        try:
            assert_within(quick_headline(tmp_path / str(seed), seed), QUICK_BANDS)
            held += 1
        except AssertionError as error:
            print(seed, error)
    assert held >= 9


def test_the_stability_check_sees_both_sides():
    X, y = standardised_diabetes()
    limit = learning_rate_limit(X)
    assert is_stable(X, y, 0.97 * limit, 500)
    assert not is_stable(X, y, 1.03 * limit, 500)


def test_without_outliers_both_lines_find_the_true_slope():
    assert slopes(3, 0.0) == pytest.approx((2, 2), abs=0.3)
