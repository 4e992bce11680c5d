"""What the tests of a first-edition block ask of its run; goes when the last one is turned over."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from shared import data, planted_bugs, plots
from shared.tests.block_run import headline_of


def quick_run(train: ModuleType, folder: Path, seed: int) -> dict[str, Any]:
    """The headline of a quick run that writes to the folder; its planted bugs count as caught."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planted_bugs, "caught", lambda bugs: [True] * len(bugs))
        patch.setattr(plots, "png", lambda figure: b"")
        train.main(["--quick", "--seed", str(seed), "--out", str(folder)])
    return headline_of(folder)


def assert_same_files(folder: Path, results: Path, other: tuple[str, ...] = ()) -> None:
    """The run wrote the files that are committed, but for those that another command writes."""
    written = {path.name for path in folder.glob("[!.]*")}
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
