"""Plant a bug in a copy of the code and see whether an ordinary test of the block screams.

A block lists its bugs in planted.py; its run counts how many are caught, and `make bug` plants one
for the reader to find. A bug is caught when the named test passes on an untouched copy and fails
on the copy with the bug.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from shared.command_line import RunError
from shared.results import Run

ROOT = Path(__file__).resolve().parent.parent
TESTS_FAILED = 1  # pytest's exit code; a bug that breaks the import (2) does not count as caught
AT_A_TIME = 2  # copies whose tests run side by side
# Settings of the reader's surroundings that would change what pytest and Python do.
FOREIGN = ("PYTEST", "PYTHON", "COVERAGE", "COV_", "MPL")


class PlantedBug(NamedTuple):
    """One bug: in `file`, the text `right`, which stands there once, becomes `wrong`.

    file and test are paths from the project's root; test may name one function with ::.
    """

    name: str
    file: str
    right: str
    wrong: str
    test: str


# --- a copy --------------------------------------------------------------------------------------


def copy_project(names: set[str], target: Path) -> None:
    """Copy these folders of the project, and what pytest needs, into a folder."""
    for name in sorted(names):
        shutil.copytree(ROOT / name, target / name, ignore=_unfit)
    for name in ("pyproject.toml", "conftest.py"):
        shutil.copy(ROOT / name, target / name)


def _unfit(folder: str, names: list[str]) -> set[str]:
    """What is no part of the project: hidden files, caches, dead links, pipes, unreadable files."""
    unfit = {name for name in names if name.startswith(".") or name == "__pycache__"}
    for name in set(names) - unfit:
        path = Path(folder, name)
        if not (path.is_dir() or path.is_file()) or not os.access(path, os.R_OK):
            unfit.add(name)
    return unfit


def plant(bug: PlantedBug, root: Path) -> None:
    """Replace the right text by the wrong one. Raises ValueError where it is not there once."""
    path = root / bug.file
    source = path.read_text(encoding="utf-8")
    if source.count(bug.right) != 1:
        raise ValueError(
            f"{bug.file} holds {bug.right!r} {source.count(bug.right)} times, not once"
        )
    path.write_text(source.replace(bug.right, bug.wrong), encoding="utf-8")


def misfits(bugs: Sequence[PlantedBug]) -> list[str]:
    """The bugs whose right text does not stand in the code once, or that change nothing."""
    sources = {bug.file: (ROOT / bug.file).read_text(encoding="utf-8") for bug in bugs}
    return [
        bug.name for bug in bugs
        if sources[bug.file].count(bug.right) != 1 or bug.right == bug.wrong
    ]


# --- its tests -----------------------------------------------------------------------------------


def start_test(test: str, copy: Path) -> subprocess.Popen:
    """Run one test in a copy, away from the settings of the reader's own surroundings."""
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", test]
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen(command, cwd=copy, env=surroundings(), text=True, **output)  # type: ignore[call-overload]


def surroundings() -> dict[str, str]:
    """The environment without what would change Python or pytest; BLAS on one thread."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
    return kept | {"OPENBLAS_NUM_THREADS": "1"}


def folders_of(bug: PlantedBug) -> set[str]:
    """What a copy for this bug has to hold."""
    return {Path(bug.file).parts[0], Path(bug.test).parts[0], "shared", "data"}


def outcomes(bugs: Sequence[PlantedBug], *, planted: bool) -> list[tuple[int, str]]:
    """pytest's exit code and output for each bug's test, on a copy with the bug or without it."""
    found = []
    for start in range(0, len(bugs), AT_A_TIME):
        with tempfile.TemporaryDirectory() as folder:
            running: list[subprocess.Popen] = []
            try:
                for number, bug in enumerate(bugs[start : start + AT_A_TIME]):
                    copy = Path(folder, str(number))
                    copy.mkdir()
                    copy_project(folders_of(bug), copy)
                    if planted:
                        plant(bug, copy)
                    running.append(start_test(bug.test, copy))
                outputs = [process.communicate()[0] for process in running]
            finally:
                for process in running:
                    process.kill()
                    process.wait()
            found += [(p.returncode, output) for p, output in zip(running, outputs)]
    return found


def caught(bugs: Sequence[PlantedBug]) -> list[bool]:
    """For each bug whether its test fails under it.

    Raises RunError where a test fails on an untouched copy: then nothing can be counted.
    """
    clean = list({bug.test: bug for bug in bugs}.values())
    for bug, (code, output) in zip(clean, outcomes(clean, planted=False)):
        if code != 0:
            last = (output.strip().splitlines() or ["nothing"])[-1]
            raise RunError(f"{bug.test} does not pass without a planted bug: {last}")
    return [code == TESTS_FAILED for code, _ in outcomes(bugs, planted=True)]


def count_caught(run: Run, bugs: Sequence[PlantedBug], quick: int = 1) -> None:
    """Count the caught bugs of a block (quick: of its first ones), for results and headline."""
    bugs = bugs[:quick] if run.quick else bugs
    found = caught(bugs)
    run.claim(
        "planted_bugs",
        "Every bug planted in a copy of this block's code makes one of its ordinary tests fail",
        seeds=[],
        config={"bugs": [bug._asdict() for bug in bugs]},
        metrics={
            "planted": len(bugs),
            "caught": sum(found),
            "by_bug": {bug.name: is_caught for bug, is_caught in zip(bugs, found)},
        },
    )
    run.headline({"planted_bugs": len(bugs), "planted_bugs_caught": sum(found)})
