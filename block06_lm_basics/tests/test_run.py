"""The run as a whole: bands, files, damaged data, seeds, and one quick run's numbers."""

import numpy as np

from block06_lm_basics.experiments import window
from shared.tests.block_run import BlockRun, headline_of, metrics_of


class TestRun(BlockRun):
    package = "block06_lm_basics"
    data_files = ("tales.txt", "tales.json")
    amounts = (  # what a quick run has less of
        "calibration.alike", "calibration.places", "orders.train*", "*.best_order", "*.order",
        "smoothing.characters", "smoothing.orders*", "window.context*", "excess.stories",
        "proofs.parity_train_characters",
    )
    bands = {  # noqa: RUF012
        "floor_bits_per_char_test": (0.2, 0.4),
        "parsed_stories": (50, 2000),
        "parse_mismatches": (0, 0),
        "best_ngram_over_floor": (1.6, 4),
        "bits_per_char_uniform": (5, 7),
        "bits_per_char_unigram": (4, 5),
        "bits_per_char_bigram": (3, 4),
        "bits_per_char_best_ngram": (0.75, 0.79),
        "bits_per_char_mlp": (0.8, 0.86),
        "perplexity_best_ngram": (1.68, 1.73),
        "perplexity_mlp": (1.74, 1.82),
        "excess_explained": (0.999, 1.001),
        "gradient_check_max_relative_error": (0, 1e-7),
        "probabilities_sum_error": (0, 1e-9),
        "ngram_parity_max_abs_error": (0, 1e-12),
        "arithmetic_coder_bits_over_model_bits": (1.0, 1.005),
        "planted_bugs": (12, 100),
    }
    quick_bands = {  # noqa: RUF012
        "parsed_stories": (1, 50),
        "best_ngram_over_floor": (1.6, 10),
        "bits_per_char_best_ngram": (1, 2),
        "bits_per_char_mlp": (2, 4),
        "perplexity_best_ngram": (2, 4),
        "perplexity_mlp": (4, 16),
        "arithmetic_coder_bits_over_model_bits": (1.0, 1.02),
        "planted_bugs": (2, 2),
    }

    def test_the_committed_claims_hold(self):
        """What the README says in words, on the numbers that it links to."""
        results = self.home / "results"
        rungs = ("uniform", "unigram", "bigram", "best_ngram")
        assert falls([headline_of(results)[f"bits_per_char_{name}"] for name in rungs])
        orders = metrics_of(results, "orders")
        turn = orders["best_order"]
        assert falls(orders["train_bits"]) and falls(orders["validation_bits"][:turn])
        assert falls(orders["validation_bits"][: turn - 2 : -1]) and turn < 12
        windows = metrics_of(results, "window")
        few, many = (windows[f"{budget}_updates"] for budget in window.BUDGETS)
        assert 1 < few["best_context"] < many["best_context"] < 16
        assert all(np.less(windows["ngram_bits"][2:], many["bits"][2:4]))
        for model, gap in (("n-gram", 0.1), ("network", 0.05)):
            found = metrics_of(results, "calibration")[model]
            assert found["to_average"] < found["to_truth"] and found["largest_gap"] < gap
            shares = metrics_of(results, "excess")[model]["share_of_gap"]
            assert shares["other"] == 0
        for said, came, _ in metrics_of(results, "calibration")["n-gram"]["bins"][5:7]:
            assert 0.4 < came < said - 0.02 < said < 0.8
        impossible = metrics_of(results, "smoothing")["impossible"]
        assert min(impossible[1:]) > 0
        smoothing = metrics_of(results, "smoothing")["bits"]
        assert all(min(bits) > min(smoothing["Witten-Bell"]) for name, bits in smoothing.items()
                   if name != "Witten-Bell")
        packed = metrics_of(results, "compression")
        assert falls([packed[f"{name}bits_per_char"]
                      for name in ("xz_", "xz_after_training_text_", "")])


def falls(values):
    return bool(np.all(np.diff(values) < 0))
