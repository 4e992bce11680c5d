"""The run as a whole: what it wrote, what it refuses, and that it holds for other seeds."""

from pathlib import Path

import numpy as np
import pytest

from block02_classification import train
from block02_classification.cross_entropy import mean_gradient, squared_error_gradient
from block02_classification.experiments import digits, rare_class, saturation, separable
from block02_classification.experiments.five_splits import splits
from block02_classification.planted import BUGS
from shared.planted_bugs import misfits
from shared.seeding import stream
from shared.tests.block_run import assert_within, headline_of, losses_of, metrics_of
from shared.tests.first_edition import (
    assert_damage_is_named,
    assert_same_files,
    assert_seeds_hold,
    quick_run,
)

RESULTS = Path(__file__).resolve().parent.parent / "results"

BANDS = {  # headline key: (lowest, highest), the same on every machine
    "breast_cancer_test_accuracy": (0.96, 1),
    "digits_test_accuracy": (0.95, 1),
    "logistic_golden_max_abs_error": (0, 1e-5),
    "metric_mismatches": (0, 0),
    "gradient_check_max_relative_error": (0, 1e-7),
    "ece_before": (0.04, 0.2),
    "ece_after": (0, 0.04),
    "rare_class_recall_plain": (0.02, 0.25),
    "rare_class_recall_weighted": (0.75, 0.92),
    "rare_class_precision_plain": (0.3, 1),
    "rare_class_precision_weighted": (0.03, 0.09),
    "always_no_accuracy": (0.98, 1),
    "planted_bugs": (6, 100),
}
QUICK_BANDS = BANDS | {
    "breast_cancer_test_accuracy": (0.95, 1), "digits_test_accuracy": (0.92, 1),
    "planted_bugs": (1, 1),
}  # fmt: skip


def assert_holds(headline, bands):
    assert_within(headline, bands)
    assert headline["ece_after"] <= headline["ece_before"] / 2
    assert headline["rare_class_recall_weighted"] >= headline["rare_class_recall_plain"] + 0.3


def test_committed_headline_is_within_its_bands():
    assert_holds(headline_of(RESULTS), BANDS)


def test_committed_claims_hold():
    stuck = metrics_of(RESULTS, "saturation")["test_accuracy"]
    assert stuck["cross_entropy"]["sure_start"]["mean"] > 0.9
    assert stuck["squared_error"]["sure_start"]["mean"] < 0.2
    assert stuck["squared_error"]["zero_start"]["mean"] > 0.9
    order = metrics_of(RESULTS, "file_order")
    assert order["file_order"]["mean"] < order["shuffled"]["mean"] - 0.01
    lines = metrics_of(RESULTS, "straight_lines")["accuracy"]
    assert lines["blobs"]["mean"] > 0.98
    assert lines["circles"]["mean"] < 0.6
    assert lines["spiral"]["mean"] < 0.6
    assert lines["circles_with_squares"]["mean"] > 0.98
    rare = metrics_of(RESULTS, "rare_class")
    assert rare["always_no"]["accuracy"]["mean"] > rare["weighted"]["accuracy"]["mean"] + 0.1


def test_quick_run_writes_everything_and_learns(tmp_path):
    assert_holds(quick_run(train, tmp_path / "out", 1), QUICK_BANDS)
    assert_same_files(tmp_path / "out", RESULTS)
    losses = losses_of(tmp_path / "out", split="train")
    assert losses[0] == pytest.approx(np.log(10))
    assert losses[-1] < 0.15


def test_every_planted_bug_fits_the_code():
    assert misfits(BUGS) == []


def test_damaged_data_ends_the_run_with_one_line(tmp_path, monkeypatch, capsys):
    assert_damage_is_named(train, "digits.csv.gz", tmp_path, monkeypatch, capsys)


@pytest.mark.slow
def test_headline_claims_hold_for_nine_of_ten_seeds(tmp_path):
    assert_seeds_hold(train, tmp_path, lambda headline: assert_holds(headline, QUICK_BANDS))


# --- what the experiments stand on ---------------------------------------------------------------


def test_the_experiments_fit_as_train_does():
    assert digits.LEARNING_RATE == train.LEARNING_RATE
    assert (digits.BATCH_SIZE, digits.EPOCHS) == (train.BATCH_SIZE, train.EPOCHS)


def test_the_batch_squared_error_is_the_one_example_one():
    rng = stream(0, "squared error")
    logits, targets = rng.standard_normal((20, 5)), rng.integers(0, 5, 20)
    expected = mean_gradient(logits, targets, gradient=squared_error_gradient)
    assert np.abs(saturation.squared_error_gradient(logits, targets) - expected).max() <= 1e-15


def test_no_row_is_on_two_sides_of_a_split():
    y = np.arange(100) % 3
    fitting, validation, train_rows, test = splits(y, 0)
    assert sorted([*fitting, *validation, *test]) == list(range(100))
    assert sorted([*fitting, *validation]) == sorted(train_rows)


def test_one_example_in_a_hundred_is_rare():
    _, y = rare_class.rare_data(stream(0, "rare"), 1000)
    assert y.sum() == 10
    assert np.linalg.norm(rare_class.SHIFT) == pytest.approx(2)


def test_the_islands_are_separable():
    X, y = separable.two_islands(stream(0, "islands"))
    assert X[y == 0, 0].max() < 0 < X[y == 1, 0].min()


def test_paper_softmax_breaks_where_the_stable_one_does_not():
    assert np.isnan(train.naive_cross_entropy(np.array([800.0, -800.0]), 0))
    assert train.naive_cross_entropy(np.array([1.0, -1.0]), 1) == pytest.approx(2.1269, abs=1e-4)
