"""A planted bug counts as caught when the named test passes without it and fails under it."""

import os

import pytest

from shared import planted_bugs
from shared.command_line import RunError
from shared.planted_bugs import (
    PlantedBug,
    caught,
    copy_project,
    count_caught,
    folders_of,
    misfits,
    plant,
)
from shared.tests.ways import a_run

TESTS = """
from block77_toy.mean import mean

def test_mean():
    assert mean([1.0, 2.0, 6.0]) == 3.0

def test_nothing():
    assert mean([1.0])

def test_that_always_fails():
    assert mean([1.0]) == 2.0
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A project of one block with one function."""
    files = {
        "block77_toy/__init__.py": "",
        "block77_toy/mean.py": "def mean(x):\n    return sum(x) / len(x)\n",
        "block77_toy/tests/test_mean.py": TESTS,
        "shared/__init__.py": "",
        "data/README.md": "",
        "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n"
        "addopts = ['--import-mode=importlib']\n",
        "conftest.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(planted_bugs, "ROOT", tmp_path)
    return tmp_path


def bug(wrong, test, right="/ len(x)"):
    """One bug in the mean."""
    where = f"block77_toy/tests/test_mean.py::{test}"
    return PlantedBug("a bug", "block77_toy/mean.py", right, wrong, where)


def test_only_a_bug_that_a_passing_test_sees_is_caught(root):
    before = {path: path.read_bytes() for path in root.rglob("*.*") if path.is_file()}
    bugs = [
        bug("", "test_mean"),  # the missing 1/n
        bug("", "test_nothing"),  # the test does not look
        bug("/ (", "test_mean"),  # does not even parse
    ]
    assert caught(bugs) == [True, False, False]
    assert {path: path.read_bytes() for path in root.rglob("*.*") if path.is_file()} == before


def test_a_test_that_fails_without_a_bug_is_an_error_and_no_count(root):
    with pytest.raises(RunError, match="test_that_always_fails does not pass without"):
        caught([bug("", "test_that_always_fails")])


def test_the_readers_surroundings_reach_no_test(root, monkeypatch):
    for name, value in (("PYTEST_ADDOPTS", "--collect-only"), ("PYTHONOPTIMIZE", "1"),
                        ("PYTEST_PLUGINS", "nowhere")):
        monkeypatch.setenv(name, value)
    assert caught([bug("", "test_mean")]) == [True]


def test_what_is_no_part_of_the_project_is_not_copied(root, tmp_path):
    (root / "shared/.#lock.py").symlink_to("nobody@nowhere")
    (root / "shared/dangling.py").symlink_to("nowhere")
    os.mkfifo(root / "shared/pipe")
    copy_project({"shared"}, root / "copy")
    names = {path.name for path in (root / "copy").rglob("*")}
    assert names == {"shared", "__init__.py", "pyproject.toml", "conftest.py"}


def test_a_copy_holds_the_block_of_the_bug_and_that_of_its_test(root):
    own = bug("", "test_mean")
    assert folders_of(own) == {"block77_toy", "shared", "data"}
    in_shared = own._replace(file="shared/mean.py")
    assert folders_of(in_shared) == {"block77_toy", "shared", "data"}
    assert folders_of(own._replace(test="block78_other/tests/test_it.py")) == {
        "block77_toy", "block78_other", "shared", "data",
    }


@pytest.mark.parametrize("right, times", [("/ size", 0), ("x", 3)])
def test_a_bug_whose_text_is_not_there_once_is_an_error(right, times, root):
    with pytest.raises(ValueError, match=f"block77_toy/mean.py holds '{right}' {times} times"):
        plant(bug("", "test_mean", right), root)


def test_a_bug_that_fits_nowhere_or_twice_is_a_misfit(root):
    fits, twice = bug("", "test_mean"), bug("", "test_mean", "x")._replace(name="twice")
    assert misfits([fits]) == []
    assert misfits([fits, twice]) == ["twice"]


def test_the_count_is_of_the_caught_ones(root, tmp_path):
    run = a_run(tmp_path, quick=False)
    count_caught(run, [bug("", "test_mean"), bug("", "test_nothing")])
    assert run.headline_numbers == {"planted_bugs": 2, "planted_bugs_caught": 1}
