"""The run as a whole: bands, files, damaged data, seeds, and one quick run's numbers."""

from shared.tests.block_run import BlockRun, headline_of


class TestRun(BlockRun):
    package = "block02_classification"
    data_files = ("digits.csv.gz",)
    bands = {  # noqa: RUF012
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
        "planted_bugs": (14, 100),
    }
    quick_bands = {  # noqa: RUF012
        "breast_cancer_test_accuracy": (0.92, 1),
        "digits_test_accuracy": (0.92, 1),
        "planted_bugs": (2, 2),
    }

    def test_the_temperature_halves_the_calibration_error(self):
        headline = headline_of(self.home / "results")
        assert headline["ece_after"] <= headline["ece_before"] / 2
