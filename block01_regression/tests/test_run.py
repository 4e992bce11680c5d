"""The run as a whole: bands, files, damaged data, seeds, and one quick run's numbers."""

from shared.tests.block_run import BlockRun


class TestRun(BlockRun):
    package = "block01_regression"
    data_files = ("diabetes.csv",)
    amounts = ("scaling.most_updates",)
    bands = {  # noqa: RUF012
        "diabetes_r2": (0.5176, 0.5178),
        "normal_equation_max_abs_error": (0, 1e-8),
        "descent_relative_error": (0, 1e-6),
        "gradient_check_max_relative_error": (0, 1e-7),
        "learning_rate_limit_ratio": (0.98, 1.02),
        "standardising_speedup": (1000, 10_000),
        "mae_slope_shift_over_mse_slope_shift": (0, 0.2),
        "planted_bugs": (14, 100),
    }
    quick_bands = {  # noqa: RUF012
        "standardising_speedup": (100, 10_000),
        "planted_bugs": (1, 1),
    }
