"""The run as a whole: what it wrote, what it refuses, and that it holds for other seeds."""

import json
from pathlib import Path

import numpy as np
import pytest

from block03_mlp_manual import train
from block03_mlp_manual.experiments.spiral import nearest_arm
from block03_mlp_manual.experiments.training import watched_losses
from block03_mlp_manual.many_layers import initialise
from block03_mlp_manual.tests.planted import BUGS
from shared import data
from shared.losses import accuracy
from shared.seeding import stream
from shared.tests.block_run import (
    assert_damage_is_named,
    assert_same_files,
    assert_seeds_hold,
    assert_within,
    headline_of,
    losses_of,
    quick_run,
)
from shared.planted_bugs import misfits

RESULTS = Path(__file__).resolve().parent.parent / "results"

BANDS = {  # headline key: (lowest, highest), the same on every machine
    "gradient_check_max_relative_error": (0, 1e-7),
    "golden_max_abs_error": (0, 1e-9),
    "spiral_linear_accuracy": (0.45, 0.58),
    "spiral_mlp_accuracy": (0.985, 1),
    "digits_test_accuracy": (0.97, 1),
    "depth20_gradient_ratio_good": (0.1, 10),
    "depth20_gradient_ratio_bad": (1e-30, 1e-4),
    "planted_bugs": (8, 100),
}
QUICK_BANDS = BANDS | {
    "spiral_mlp_accuracy": (0.97, 1),
    "digits_test_accuracy": (0.92, 1),
    "planted_bugs": (2, 2),
}


def test_committed_headline_is_within_its_bands():
    assert_within(headline_of(RESULTS), BANDS)


def test_committed_splits_are_the_five_behind_the_mean():
    headline = headline_of(RESULTS)
    digits = json.loads((RESULTS / "digits.json").read_text())
    found = digits["metrics"]["test_accuracy"]["all"]
    assert digits["seeds"] == [0, 1, 2, 3, 4]
    assert headline["digits_test_accuracy"] == pytest.approx(np.mean(found), abs=1e-9)


@pytest.mark.slow
def test_quick_run_writes_everything_and_learns(tmp_path):
    assert_within(quick_run(train, tmp_path / "out", 1), QUICK_BANDS)
    assert_same_files(tmp_path / "out", RESULTS)
    losses = losses_of(tmp_path / "out", split="train", problem="digits")
    assert losses[-1] < losses[0] / 10


def test_every_planted_bug_fits_the_code():
    assert misfits(BUGS) == []
    for bug in BUGS:
        source = (RESULTS.parents[1] / bug.file).read_text()
        assert bug.wrong not in source or bug.wrong in bug.right, bug.name


def test_damaged_data_ends_the_run_with_one_line(tmp_path, monkeypatch, capsys):
    assert_damage_is_named(train, "digits.csv.gz", tmp_path, monkeypatch, capsys)


def test_an_unknown_option_is_refused(capsys):
    with pytest.raises(SystemExit) as end:
        train.main(["--fast"])
    assert end.value.code == 2
    assert "--fast" in capsys.readouterr().err


@pytest.mark.slow
def test_headline_claims_hold_for_nine_of_ten_seeds(tmp_path):
    assert_seeds_hold(train, tmp_path, lambda headline: assert_within(headline, QUICK_BANDS))


def test_a_diverging_run_ends_with_infinity_and_without_a_warning():
    rng = stream(0, "diverging")
    X, y = rng.standard_normal((60, 2)), rng.integers(0, 3, 60)
    layers = initialise([2, 30, 30, 3], rng)
    losses = watched_losses(layers, X, y, 200, learning_rate=50.0, batch_size=20, rng=rng)
    assert losses[-1] == np.inf
    assert np.isfinite(losses[:-1]).all()
    assert all(np.isfinite(W).all() for W, _ in layers)


def test_the_nearest_arm_rule_is_right_without_noise():
    X, y = data.spiral(300, 0.0, stream(0, "arms"))
    assert accuracy(nearest_arm(X[3:]), y[3:]) == 1  # the first three points are all at 0
