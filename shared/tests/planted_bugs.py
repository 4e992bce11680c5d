"""Plant a bug in a copy of the code and see whether an ordinary test of the block screams.

A block lists its bugs in tests/planted.py; its experiments count how many are caught. A bug is
caught when the named test passes on an untouched copy and fails on the copy with the bug.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from shared.results import Run

ROOT = Path(__file__).resolve().parent.parent.parent
TESTS_FAILED = 1  # pytest's exit code; a bug that breaks the import (2) does not count as caught


class PlantedBug(NamedTuple):
    """One bug: in `file`, the text `right`, which stands there once, becomes `wrong`.

    file and test are paths from the project's root; test may name one function with ::.
    """

    name: str
    file: str
    right: str
    wrong: str
    test: str


def run_copy(bug: PlantedBug, *, planted: bool) -> int:
    """pytest's exit code for the bug's test, on a copy of its block and shared/."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        ignore = shutil.ignore_patterns("__pycache__", ".*.tmp-*")
        for name in {Path(bug.file).parts[0], Path(bug.test).parts[0], "shared", "data"}:
            shutil.copytree(ROOT / name, copy / name, ignore=ignore)
        for name in ("pyproject.toml", "conftest.py"):
            shutil.copy(ROOT / name, copy / name)
        if planted:
            plant(bug, copy)
        command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
        test = [*command, bug.test]
        return subprocess.run(test, cwd=copy, env=environment, check=False, **quiet).returncode


def plant(bug: PlantedBug, root: Path) -> None:
    """Replace the right text by the wrong one. Raises ValueError where it is not there once."""
    path = root / bug.file
    source = path.read_text(encoding="utf-8")
    if source.count(bug.right) != 1:
        raise ValueError(
            f"{bug.file} holds {bug.right!r} {source.count(bug.right)} times, not once"
        )
    path.write_text(source.replace(bug.right, bug.wrong), encoding="utf-8")


def caught(bugs: Sequence[PlantedBug]) -> list[bool]:
    """For each bug whether it is caught; two copies run at a time."""
    clean = {bug.test: bug for bug in bugs}
    with ThreadPoolExecutor(max_workers=2) as pool:
        passes = dict(zip(clean, pool.map(lambda b: run_copy(b, planted=False), clean.values())))
        fails = pool.map(lambda b: run_copy(b, planted=True), bugs)
        return [code == TESTS_FAILED and passes[bug.test] == 0 for bug, code in zip(bugs, fails)]


def count_caught(run: Run, bugs: Sequence[PlantedBug], quick: int = 1) -> None:
    """The experiment of every block: how many of its planted bugs are caught (quick: the first)."""
    bugs = bugs[:quick] if run.quick else bugs
    found = caught(bugs)
    by_name = {bug.name: is_caught for bug, is_caught in zip(bugs, found)}
    run.claim(
        "planted_bugs",
        "Every bug planted in a copy of this block's code makes one of its ordinary tests fail",
        seeds=[],
        config={"bugs": [bug._asdict() for bug in bugs]},
        metrics={"planted": len(bugs), "caught": sum(found), "by_bug": by_name},
    )
    run.headline({"planted_bugs": len(bugs), "planted_bugs_caught": sum(found)})


def misfits(bugs: Sequence[PlantedBug]) -> list[str]:
    """The bugs whose right text does not stand in the code once."""
    sources = {bug.file: (ROOT / bug.file).read_text(encoding="utf-8") for bug in bugs}
    return [bug.name for bug in bugs if sources[bug.file].count(bug.right) != 1]
