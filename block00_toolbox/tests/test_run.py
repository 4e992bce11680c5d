"""The run as a whole: bands, files, damaged data, seeds, and one quick run's numbers."""

from shared.tests.block_run import BlockRun

ALL_OR_NONE = (0, 20)  # products: as CPU and BLAS have it


class TestRun(BlockRun):
    package = "block00_toolbox"
    data_files = ("diabetes.csv",)
    amounts = ("proofs.shuffles", "proofs.uniform_draws", "*.hash_seeds*", "summation.numbers")
    bands = {  # noqa: RUF012
        "full_periods_where_predicted": (True, True),
        "uniform_chi_square_over_limit": (0.3, 1),
        "unfair_shuffle_chi_square_over_limit": (8, 30),
        "fair_shuffle_chi_square_over_limit": (0.1, 1),
        "shape_bugs_shown": (12, 12),
        "shape_bugs_caught": (12, 12),
        "accuracy_split_without_shuffle": (0, 0),
        "same_seed_equal_bytes": (True, True),
        "other_seed_other_bytes": (True, True),
        "set_orders_in_processes": (9, 10),
        "processes_of_hash_order": (10, 10),
        "changed_with_global_state": (1, 1),
        "changed_with_named_streams": (0, 0),
        "float32_sum_spread": (1.6e-4, 1.5e-3),
        "float64_sum_spread": (1.3e-14, 1.2e-13),
        "products_compared": (20, 20),
        "products_changed_by_nothing": (0, 0),
        "products_changed_by_two_threads": ALL_OR_NONE,
        "products_changed_by_another_kernel": ALL_OR_NONE,
        "planted_bugs": (13, 100),
    }
    quick_bands = {  # noqa: RUF012
        "unfair_shuffle_chi_square_over_limit": (1, 10),
        "set_orders_in_processes": (2, 3),
        "processes_of_hash_order": (3, 3),
        "float32_sum_spread": (1e-6, 1e-3),
        "float64_sum_spread": (1e-16, 1e-12),
        "planted_bugs": (2, 2),
    }
    # Other processors round otherwise, other versions draw the picture with other bytes.
    unstable = (
        "blas.*", "pictures.blas.*", "same_seed.bytes_compared",
        "headline.products_changed_by_two_threads", "headline.products_changed_by_another_kernel",
    )
