"""The run as a whole: bands, files, damaged data, seeds, one quick run's numbers, own texts."""

import json

import pytest

from block09_transformer.__main__ import main
from shared.tests.block_run import BlockRun


class TestRun(BlockRun):
    package = "block09_transformer"
    data_files = ("tales.txt", "tales_more.txt.xz")
    amounts = ("*.stories", "*.stories_a_split", "*.steps", "*.warmup", "*.log_every", "*.inputs")
    bands = {  # noqa: RUF012
        "parity_logits_max_abs_error": (0, 1e-9),
        "parity_gradient_max_abs_error": (0, 1e-9),
        "parity_ten_losses_max_abs_error": (0, 1e-9),
        "gradient_check_whole_model_relative_error": (0, 1e-6),
        "golden_max_abs_error": (0, 1e-9),
        "bpe_round_trips": (10_000, 1e9),
        "bpe_round_trip_failures": (0, 0),
        "bpe_special_ids_from_text": (0, 0),
        "bits_per_char_gpt": (0.2, 0.263),
        "bits_per_char_best_ngram": (0.4, 0.7),
        "bits_per_char_floor": (0.19, 0.22),
        "long_range_accuracy_gpt": (0.95, 1),
        "long_range_accuracy_ngram": (0, 0.475),
        "sum_accuracy_gpt": (0, 1),
        "name_head_weight_on_truth": (0.5, 1),
        "no_mask_train_loss_over_floor": (0, 0.5),
        "causality_max_change": (0, 0),
        "one_batch_loss": (0, 0.01),
        "planted_bugs": (10, 100),
    }
    quick_bands = {  # noqa: RUF012
        "bpe_round_trips": (300, 300),
        "bits_per_char_gpt": (1, 4),
        "bits_per_char_best_ngram": (0.4, 1.5),
        "long_range_accuracy_gpt": (0, 0.3),
        "name_head_weight_on_truth": (0, 0.5),
        "no_mask_train_loss_over_floor": (5, 20),
        "planted_bugs": (2, 2),
    }

    def test_the_committed_run_beats_counting_and_comes_near_the_floor(self):
        found = json.loads((self.home / "results/headline.json").read_text())
        assert found["bpe_published_example"] == [258, 100, 258, 97, 99]
        assert found["bits_per_char_gpt"] <= 0.6 * found["bits_per_char_best_ngram"]
        assert found["bits_per_char_gpt"] <= found["bits_per_char_floor"] + 0.06
        assert found["long_range_accuracy_ngram"] <= found["long_range_accuracy_gpt"] / 2


def test_a_text_of_ones_own_is_trained_on(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("The cat sat on the mat. The dog sat on the log.\n" * 60)
    main(["--quick", "--text", str(tmp_path / "mine.txt"), "--out", str(tmp_path / "out")])
    written = {path.name for path in (tmp_path / "out").glob("*.*")}
    assert {"loss_curve.png", "outputs.md", "training.txt"} <= written
    assert "step    30" in capsys.readouterr().out


def test_a_short_text_ends_with_one_line(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("The cat.")
    with pytest.raises(SystemExit) as end:
        main(["--quick", "--text", str(tmp_path / "mine.txt"), "--out", str(tmp_path / "out")])
    assert end.value.code == 2 and not (tmp_path / "out").exists()
    assert capsys.readouterr().err.count("\n") == 1
