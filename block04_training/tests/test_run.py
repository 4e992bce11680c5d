"""The run as a whole: bands, files, damaged data, seeds, and one quick run's numbers."""

from shared.tests.block_run import BlockRun


class TestRun(BlockRun):
    package = "block04_training"
    data_files = ("digits.csv.gz",)
    amounts = ("proofs.expressions", "resume.*", "learning_rates.batch_size")
    unstable = (  # last bits decide: rates far too large, losses next to nothing
        "learning_rates.*.accuracy.*",
        "scale_invariance.*",
        "paths.*.rmsprop.loss",
        "resume.loaded_as_saved",  # which harmless bits of a zip file a Python reads over
        "resume.refused",
    )
    bands = {  # noqa: RUF012
        "micrograd_example_max_abs_error": (0, 5e-5),
        "moons_accuracy": (1, 1),
        "moons_new_points_accuracy": (0.97, 1),
        "scalar_graph_nodes": (100_000, 1_000_000),
        "tensor_vs_scalar_max_relative_error": (0, 1e-12),
        "optimizer_golden_max_abs_error": (0, 1e-10),
        "ops_in_table": (24, 100),
        "op_gradient_max_relative_error": (0, 1e-6),
        "op_planted_bugs": (337, 10_000),
        "resume_equal_bytes": (True, True),
        "resume_kills": (5, 100),
        "checkpoint_bit_flips": (1000, 100_000),
        "checkpoint_silent_changes": (0, 0),
        "digits_softmax_accuracy": (0.94, 0.97),
        "digits_mlp_accuracy": (0.97, 0.99),
        "digits_test_accuracy": (0.975, 1),
        "dropout_gain_small_data": (0.02, 0.15),
        "planted_bugs": (14, 100),
    }
    quick_bands = {  # noqa: RUF012
        "moons_accuracy": (0.98, 1),
        "scalar_graph_nodes": (10_000, 1_000_000),
        "op_planted_bugs": (10, 10_000),
        "resume_kills": (1, 100),
        "checkpoint_bit_flips": (100, 100_000),
        "digits_softmax_accuracy": (0.9, 0.98),
        "digits_mlp_accuracy": (0.93, 1),
        "digits_test_accuracy": (0.93, 1),
        "dropout_gain_small_data": (-1, 1),  # too few epochs to learn the noise by heart
        "planted_bugs": (2, 2),
    }
