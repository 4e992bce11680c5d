"""The run as a whole: bands, files, seeds, and one quick run's numbers."""

from shared.tests.block_run import BlockRun


class TestRun(BlockRun):
    package = "block08_attention"
    amounts = ("*.steps", "*.batch_size", "*.log_every")
    bands = {  # noqa: RUF012
        "attention_golden_max_abs_error": (0, 1e-12),
        "attention_golden_gradient_max_abs_error": (0, 1e-10),
        "gradient_check_max_relative_error": (0, 1e-7),
        "causality_max_change": (0, 0),
        "entropy_scaled_d512": (2.2, 2.6),
        "entropy_unscaled_d512": (0, 0.02),
        "gradient_scaled_d512": (0.2, 0.35),
        "gradient_unscaled_d512": (0, 0.02),
        "lookup_accuracy": (0.99, 1),
        "lookup_weight_on_truth": (0.9, 1),
        "lookup_accuracy_gru_far": (0.1, 0.6),
        "lookup_accuracy_attention_far": (0.95, 1),
        "order_without_positions_accuracy": (0.03, 0.1),
        "order_with_positions_accuracy": (0.99, 1),
        "planted_bugs": (14, 100),
    }
    quick_bands = {  # noqa: RUF012
        "lookup_accuracy": (0.85, 1),
        "lookup_weight_on_truth": (0.75, 1),
        "lookup_accuracy_attention_far": (0.5, 1),
        "order_with_positions_accuracy": (0.7, 1),
        "planted_bugs": (2, 2),
    }
