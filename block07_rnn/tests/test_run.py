"""The run as a whole: bands, files, damaged data, seeds, and one quick run's numbers."""

from block07_rnn.train import CELLS
from shared.tests.block_run import BlockRun, metrics_of


class TestRun(BlockRun):
    package = "block07_rnn"
    data_files = ("tales.txt",)
    amounts = ("*.steps", "*.hidden", "*.characters", "*.tested_characters", "*.slots", "*.length",
               "*.wait")  # of which a quick run has less
    bands = {  # noqa: RUF012
        "gradient_check_max_relative_error": (0, 1e-7),
        "golden_max_abs_error": (0, 1e-9),
        "copy_delay_rnn": (1, 20),
        "copy_delay_gru": (60, 60),
        "copy_delay_lstm": (60, 60),
        "parity_accuracy_at_200": (1, 1),
        "free_running_gap_nats": (0.5, 4),
        "bits_per_char_rnn": (1.1, 1.5),
        "bits_per_char_gru": (0.8, 1.1),
        "bits_per_char_lstm": (0.9, 1.3),
        "bits_per_char_best_ngram": (0.6, 0.9),
        "bits_per_char_floor": (0.15, 0.25),
        "planted_bugs": (15, 100),
    }
    quick_bands = {  # noqa: RUF012
        "copy_delay_rnn": (0, 2),
        "copy_delay_gru": (0, 2),
        "copy_delay_lstm": (0, 2),
        "parity_accuracy_at_200": (0.4, 1),
        "free_running_gap_nats": (-0.1, 1),
        "bits_per_char_rnn": (3, 6),
        "bits_per_char_gru": (3, 6),
        "bits_per_char_lstm": (3, 6),
        "bits_per_char_best_ngram": (1.5, 4),
        "planted_bugs": (2, 2),
    }

    def test_the_committed_claims_hold(self):
        """What the README says in words of the stories and of parity, on the committed numbers."""
        results = self.home / "results"
        bits = metrics_of(results, "next_character")["bits_per_char"]
        assert bits["n-gram"] < bits["GRU"] < bits["RNN"] - 0.2 < bits["LSTM"]
        assert bits["LSTM"] > bits["RNN"] - 0.005
        by_distance = metrics_of(results, "slots_by_distance")["bits_by_distance"].values()
        assert min(bits[kind] for bits in by_distance for kind in CELLS) > 5
        assert all(bits[kind] > bits["n-gram"] - 0.5 for bits in by_distance for kind in CELLS)
        parity = metrics_of(results, "parity")
        asked, alone = parity["at_every_step"], parity["at_the_end_alone"]
        assert sum(share > 0.99 for share in asked["RNN"]["accuracy_within_20"]) == 2
        assert max(alone["RNN"]["accuracy_within_20"]) < 0.55
        assert min(min(way[kind]["accuracy_at_200"]) for way in (asked, alone)
                   for kind in ("GRU", "LSTM")) > 0.99
