"""The run as a whole: bands, files, damaged data, seeds, and one quick run's numbers."""

from shared.tests.block_run import BlockRun


class TestRun(BlockRun):
    package = "block03_mlp_manual"
    data_files = ("digits.csv.gz",)
    unstable = (  # last bits decide: a rate far too large, a step far too small, noise
        "wrong_gradients.*.forgets_the_mean",
        "wrong_gradients.*.noise",
        "limits.by_step.1e-0[6-9]",
        "limits.by_step.1e-1?",
    )
    bands = {  # noqa: RUF012
        "gradient_check_max_relative_error": (0, 1e-7),
        "golden_max_abs_error": (0, 1e-9),
        "spiral_linear_accuracy": (0.45, 0.58),
        "spiral_mlp_accuracy": (0.985, 1),
        "digits_test_accuracy": (0.97, 1),
        "depth20_gradient_ratio_good": (0.1, 10),
        "depth20_gradient_ratio_bad": (1e-30, 1e-4),
        "planted_bugs": (14, 100),
    }
    quick_bands = {  # noqa: RUF012
        "spiral_mlp_accuracy": (0.97, 1),
        "digits_test_accuracy": (0.92, 1),
        "planted_bugs": (2, 2),
    }
