"""The run as a whole: what it wrote, what it refuses, texts of one's own, and other seeds."""

import functools
import json
from pathlib import Path

import numpy as np
import pytest

from block06_lm_basics import train
from block06_lm_basics.planted import BUGS
from block06_lm_basics.window_model import WindowModel
from shared.planted_bugs import misfits
from shared.seeding import stream
from shared.tests.block_run import assert_within, headline_of, losses_of, metrics_of
from shared.tests.first_edition import (
    assert_damage_is_named,
    assert_same_files,
    assert_seeds_hold,
    quick_run,
)
from shared.text import load_tales

RESULTS = Path(__file__).resolve().parent.parent / "results"

BANDS = {  # headline key: (lowest, highest), the same on every machine
    "floor_bits_per_char_test": (0.4, 0.7),
    "parsed_stories": (50, 2000),
    "parse_mismatches": (0, 0),
    "best_ngram_over_floor": (1.6, 3),
    "bits_per_char_uniform": (5, 7),
    "bits_per_char_unigram": (4, 5),
    "bits_per_char_bigram": (3, 4),
    "bits_per_char_best_ngram": (0.9, 0.94),
    "bits_per_char_mlp": (0.85, 0.92),
    "perplexity_best_ngram": (1.86, 1.92),
    "perplexity_mlp": (1.8, 1.9),
    "gradient_check_max_relative_error": (0, 1e-7),
    "probabilities_sum_error": (0, 1e-9),
    "ngram_parity_max_abs_error": (0, 1e-12),
    "arithmetic_coder_bits_over_model_bits": (1.0, 1.005),
    "planted_bugs": (6, 100),
}
QUICK_BANDS = BANDS | {
    "parsed_stories": (1, 50),
    "best_ngram_over_floor": (1.6, 6),
    "bits_per_char_best_ngram": (0.7, 2),
    "bits_per_char_mlp": (1.2, 3.2),
    "perplexity_best_ngram": (1.5, 4),
    "perplexity_mlp": (2, 9),
    "planted_bugs": (1, 1),
}
FALLING = ["uniform", "unigram", "bigram", "best_ngram"]
OF_OWN_TEXT = {
    "headline.json", "headline.txt", "ladder.json", "ladder.txt", "loss_curve.png", "outputs.md",
    "timing.json", "train_log.jsonl",
}


def assert_holds(headline, bands):
    assert_within(headline, bands)
    bits = [headline[f"bits_per_char_{name}"] for name in FALLING]
    assert np.all(np.diff(bits) < 0), bits


def test_committed_headline_is_within_its_bands():
    assert_holds(headline_of(RESULTS), BANDS)


def test_the_committed_claims_hold():
    """What the README says in words, on the numbers that it links to."""
    metrics = functools.partial(metrics_of, RESULTS)
    orders = metrics("orders")
    assert np.all(np.diff(orders["train_bits"]) < 0)
    turn = orders["best_order"] - 1
    assert 0 < turn < len(orders["validation_bits"]) - 1
    assert np.all(np.diff(orders["validation_bits"][: turn + 1]) < 0)
    assert np.all(np.diff(orders["validation_bits"][turn:]) > 0)
    short, long = metrics("context_length")["best_context"]
    assert short < long
    smoothing = metrics("smoothing")["bits"]
    assert smoothing["witten_bell"][-1] < smoothing["add_k_2"][-1] < smoothing["add_k_0"][-1]
    assert smoothing["add_k_0"][-1] > smoothing["add_k_0"][3]  # order 8 and order 4
    for model in metrics("calibration").values():
        assert model["character_gap"] < 0.1 < model["word_gap"]
        gaps = [abs(q - p) for q, p, _ in model["character_bins"]]
        assert 0.6 < model["character_bins"][np.argmax(gaps)][0] < 0.8
        assert model["distance_to_average"] < 0.3 * model["distance_to_truth"]
    coder = metrics("compression")
    assert coder["ngram"]["same_bytes"] and coder["window"]["same_bytes"]
    assert coder["ngram"]["coarse_coder_over_model"] < 1
    assert coder["ngram"]["bits_per_char"] < coder["xz_after_training_text_bits_per_char"]
    seen = metrics("before_after")["contexts_seen"]
    assert seen["add_one"] < 0.3 and seen["witten_bell"] > 0.9
    scores = metrics("ladder")["scores"]
    assert scores["mlp"]["bits_per_char"] < scores["best_ngram"]["bits_per_char"]
    best = orders["validation_bits"][turn] * np.log(2)
    losses = np.array(losses_of(RESULTS, split="validation"))
    assert 2 / 3 < np.argmax(losses < best) / (len(losses) - 1) <= 1  # passed in the last third


def test_nothing_of_a_readers_own_text_is_committed():
    for path in RESULTS.iterdir():
        assert not path.name.startswith("two_texts")
        assert b"--text" not in path.read_bytes()


def test_quick_run_writes_everything_and_learns(tmp_path):
    assert_holds(quick_run(train, tmp_path / "out", 1), QUICK_BANDS)
    assert_same_files(tmp_path / "out", RESULTS)
    losses = losses_of(tmp_path / "out", split="validation")
    assert losses[-1] < losses[0] / 2


def test_every_planted_bug_fits_the_code():
    assert misfits(BUGS) == []


def test_a_damaged_corpus_ends_the_run_with_one_line(tmp_path, monkeypatch, capsys):
    assert_damage_is_named(train, "tales.txt", tmp_path, monkeypatch, capsys)


# --- the loop ------------------------------------------------------------------------------------


class FakeRun:
    """A run that only remembers what is logged."""

    quick, seed = True, 0

    def __init__(self):
        self.log_rows = []

    def log(self, **row):
        self.log_rows.append(row)

    def progress(self, items, name):
        return items


def test_the_rate_follows_its_schedule_and_each_logged_loss_is_of_its_own_updates(monkeypatch):
    rates, losses = [], []

    class Watched(train.Adam):
        def step(self):
            rates.append(self.learning_rate)
            super().step()

    monkeypatch.setattr(train, "Adam", Watched)
    monkeypatch.setattr(train, "LOG_EVERY", 50)
    run, ids = FakeRun(), stream(0, "ids").integers(5, size=3000)
    model = WindowModel(5, 3, 4, 8, stream(0, "weights"))
    true_loss = model.loss

    def watched_loss(rows, targets):
        loss = true_loss(rows, targets)
        losses.append(loss.item())
        return loss

    model.loss = watched_loss
    train.train(run, model, ids, ids[:100])
    assert max(rates) == pytest.approx(train.LEARNING_RATE)
    assert rates[-1] < 0.01 * train.LEARNING_RATE
    logged = [row["loss"] for row in run.log_rows if row["split"] == "train"]
    assert logged == pytest.approx(np.reshape(losses, (-1, 50)).mean(axis=1))


def test_the_order_is_chosen_on_validation_and_each_model_writes_its_own_text(
    tmp_path, monkeypatch
):
    judged, floors = [], []
    score_orders, draw_loss = train.score_orders, train.draw_loss

    def watched_scores(model, vocabulary, text):
        judged.append(text)
        return score_orders(model, vocabulary, text)

    def watched_draw(run, scores, floor):
        floors.append(floor)
        draw_loss(run, scores, floor)

    monkeypatch.setattr(train, "score_orders", watched_scores)
    monkeypatch.setattr(train, "draw_loss", watched_draw)
    monkeypatch.setattr(train, "EXPERIMENTS", [])
    train.main(["--quick", "--out", str(tmp_path / "out")])
    tales = load_tales()
    assert judged == [tales.text("validation")]
    assert floors == [tales.floor("validation")]
    written = (tmp_path / "out/outputs.md").read_text().split("```text\n")[1:]
    assert len(written) >= 5 and len(set(written)) == len(written)


# --- texts of one's own --------------------------------------------------------------------------


def run_on(content, tmp_path, *options):
    """The files written for a text of these bytes."""
    (tmp_path / "text").write_bytes(content)
    out = tmp_path / "out"
    train.main(["--quick", "--text", str(tmp_path / "text"), "--out", str(out), *options])
    return {path.name: path.read_bytes() for path in out.glob("[!.]*")}


@pytest.mark.parametrize(
    "content",
    [
        b"ab",
        b"aaaaaaaaaa",
        b"\xff\xfe\x00" * 40,
        "caf\u00e9 \u4e2d\u6587 \U0001f600 ".encode() * 20,
        b"one long line without an end " * 30,
        b"abc" * 30 + b"\r\nxyz!",  # its last tenth has characters that the rest has not
    ],
    ids=["two characters", "one symbol", "not UTF-8", "emoji", "one line", "unseen"],
)
def test_any_text_of_two_characters_or_more_gets_its_ladder(content, tmp_path, capsys):
    files = run_on(content, tmp_path)
    assert set(files) == OF_OWN_TEXT
    headline = json.loads(files["headline.json"])
    assert all(np.isfinite(value) for value in headline.values())
    assert b"order 5" in files["ladder.txt"]
    assert "order 5" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"a", b"\xef\xbb\xbfa"])
def test_a_text_too_short_to_split_ends_the_run_with_one_line(content, tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        run_on(content, tmp_path)
    assert end.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "at least 2 are needed" in error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name, reason", [("nothing", "No such file"), (".", "Is a directory")])
def test_a_text_that_cannot_be_read_ends_the_run_with_one_line(name, reason, tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        train.main(["--text", str(tmp_path / name), "--out", str(tmp_path / "out")])
    assert end.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and reason in error
    assert not (tmp_path / "out").exists()


def test_line_ends_and_a_byte_order_mark_change_nothing(tmp_path):
    plain = b"one line\nand another\n" * 2
    numbers = run_on(plain, tmp_path)["ladder.json"]
    assert run_on(plain.replace(b"\n", b"\r\n"), tmp_path)["ladder.json"] == numbers
    assert run_on(b"\xef\xbb\xbf" + plain, tmp_path)["ladder.json"] == numbers


def test_a_character_unseen_in_training_costs_its_number_in_unicode_too(tmp_path):
    """90 characters of a, b, c to train on; among the 10 to predict x is UNKNOWN, and 20.1 bits."""
    files = run_on(b"abc" * 30 + b"abcxabcabc", tmp_path)
    bits = json.loads(files["headline.json"])["bits_per_char_uniform"]
    assert bits == pytest.approx(2 + np.log2(0x110000) / 10)
    scores = json.loads(files["ladder.json"])["metrics"]["scores"]
    assert {score["unknown"] for score in scores.values()} == {1}


def test_a_short_text_is_read_three_times_and_a_very_short_one_for_as_long_as_a_quick_run():
    class Run:
        quick = False

    assert train.updates(Run, 10**9) == train.STEPS
    assert train.updates(Run, 1000 * train.BATCH) == 1000 * train.EPOCHS
    assert train.updates(Run, 2) == train.QUICK_STEPS
    Run.quick = True
    assert train.updates(Run, 10**9) == train.QUICK_STEPS


@pytest.mark.slow
def test_the_language_reference_and_the_stories_judge_each_other(tmp_path):
    out = tmp_path / "out"
    train.main(["--quick", "--text", "pydoc", "--out", str(out)])
    scores = json.loads((out / "two_texts.json").read_text())["metrics"]
    own = scores["trained on the text, judging the text"]["perplexity"]
    foreign = scores["trained on the stories, judging the text"]["perplexity"]
    assert own < foreign
    stories = scores["trained on the stories, judging the stories"]["perplexity"]
    assert stories < scores["trained on the text, judging the stories"]["perplexity"]


@pytest.mark.slow
def test_headline_claims_hold_for_nine_of_ten_seeds(tmp_path):
    assert_seeds_hold(train, tmp_path, lambda headline: assert_holds(headline, QUICK_BANDS))
