"""What the tests of each block ask of its run: files, bands, seeds, and one line where it refuses.

A block's tests/test_train.py names its bands, lowest and highest value of a headline key, and
hands its own `train` module to these.
"""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from shared import data

Bands = dict[str, tuple[float, float]]


def headline_of(folder: Path) -> dict[str, Any]:
    """The numbers of headline.json."""
    return json.loads((folder / "headline.json").read_text())


def metrics_of(folder: Path, name: str) -> dict[str, Any]:
    """The metrics of one claim."""
    return json.loads((folder / f"{name}.json").read_text())["metrics"]


def losses_of(folder: Path, **where: Any) -> list[float]:
    """The logged losses of the rows that have these values, in order."""
    rows = [json.loads(line) for line in (folder / "train_log.jsonl").read_text().splitlines()]
    return [row["loss"] for row in rows if all(row.get(k) == v for k, v in where.items())]


def assert_within(headline: dict[str, Any], bands: Bands) -> None:
    """Each number within its band, and each planted bug caught."""
    for key, (low, high) in bands.items():
        assert low <= headline[key] <= high, f"{key} is {headline[key]}"
    for key in headline:
        if key.endswith("planted_bugs"):
            assert headline[f"{key}_caught"] == headline[key]


def quick_run(train: ModuleType, folder: Path, seed: int) -> dict[str, Any]:
    """The headline of a quick run that writes to the folder."""
    train.main(["--quick", "--seed", str(seed), "--out", str(folder)])
    return headline_of(folder)


def assert_same_files(folder: Path, results: Path, other: tuple[str, ...] = ()) -> None:
    """The run wrote the files that are committed, but for those that another command writes."""
    written = {path.name for path in folder.iterdir()}
    assert written == {path.name for path in results.glob("[!.]*")} - {*other}


def assert_damage_is_named(train: ModuleType, name: str, folder: Path, monkeypatch, capsys) -> None:
    """A damaged file of data/ ends the run with 2 and one line, and nothing is written."""
    (folder / name).write_bytes(b"not what it was")
    monkeypatch.setattr(data, "FOLDER", folder)
    with pytest.raises(SystemExit) as end:
        train.main(["--quick", "--out", str(folder / "out")])
    assert end.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert f"data/{name} is damaged" in error
    assert not (folder / "out").exists()


def assert_seeds_hold(
    train: ModuleType, folder: Path, check: Callable[[dict[str, Any]], None]
) -> None:
    """Quick runs of ten seeds; the check holds for nine of them."""
    failed = []
    for seed in range(10):
        try:
            check(quick_run(train, folder / str(seed), seed))
        except AssertionError as error:
            failed.append((seed, error))
    assert len(failed) <= 1, failed
