"""The checks of a block's run notice what they are for."""

import json
import sys
import types
from pathlib import Path

import pytest

from shared.tests.block_run import (
    assert_damage_is_named,
    assert_same_files,
    assert_seeds_hold,
    assert_within,
    losses_of,
)


def test_a_number_outside_its_band_and_an_uncaught_bug_fail():
    headline = {"loss": 0.5, "planted_bugs": 3, "planted_bugs_caught": 3}
    assert_within(headline, {"loss": (0, 1)})
    with pytest.raises(AssertionError, match=r"loss is 0\.5"):
        assert_within(headline, {"loss": (0, 0.4)})
    with pytest.raises(AssertionError):
        assert_within(headline | {"planted_bugs_caught": 2}, {})
    with pytest.raises(AssertionError):
        assert_within(headline | {"op_planted_bugs": 1, "op_planted_bugs_caught": 0}, {})


def test_losses_are_those_of_the_rows_asked_for(tmp_path):
    rows = [{"split": "train", "loss": 2.0}, {"split": "test", "loss": 3.0}]
    (tmp_path / "train_log.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert losses_of(tmp_path) == [2.0, 3.0]
    assert losses_of(tmp_path, split="test") == [3.0]


def test_a_missing_file_and_one_too_many_fail(tmp_path):
    out, results = tmp_path / "out", tmp_path / "results"
    for folder in (out, results):
        folder.mkdir()
        (folder / "a.json").touch()
    (results / "bench.json").touch()
    assert_same_files(out, results, other=("bench.json",))
    with pytest.raises(AssertionError):
        assert_same_files(out, results)


def test_a_run_that_reads_damaged_data_silently_fails(tmp_path, monkeypatch, capsys):
    def refuses(arguments):
        print("toy: data/digits.csv.gz is damaged", file=sys.stderr)
        sys.exit(2)

    def does_not_look(arguments):
        """Ends well."""

    def check(main):
        train = types.SimpleNamespace(main=main)
        assert_damage_is_named(train, "digits.csv.gz", tmp_path, monkeypatch, capsys)

    check(refuses)
    with pytest.raises(pytest.fail.Exception):
        check(does_not_look)


@pytest.mark.parametrize("bad, holds", [(set(), True), ({4}, True), ({4, 7}, False)])
def test_nine_of_ten_seeds_must_hold(bad, holds, tmp_path):
    def main(arguments):
        seed, folder = int(arguments[2]), Path(arguments[4])
        folder.mkdir()
        (folder / "headline.json").write_text(json.dumps({"good": seed not in bad}))

    def check(headline):
        assert headline["good"]

    train = types.SimpleNamespace(main=main)
    if holds:
        assert_seeds_hold(train, tmp_path, check)
    else:
        with pytest.raises(AssertionError):
            assert_seeds_hold(train, tmp_path, check)
