"""Values given to make arrive letter by letter, or make refuses; and what .ci/run runs."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
HOSTILE = [
    "$(shell touch P)", "${shell touch P}", "`touch P`", "x; touch P", "$x", "a$b", "a$$b", "a b",
    "it's", 'a "b" c', "line\nline", "--quick", "%", "#", "a\\", "$(error no)", "=", "x:=y",
]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def executable(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)


@pytest.fixture
def checkout(tmp_path):
    """The Makefile with two blocks, and for a Python a program that prints its arguments."""
    for name in ("pyproject.toml", "constraints.txt", "setup_venv.py"):
        (tmp_path / name).touch()
    for name in ("block03_first/__init__.py", "block04_second/__init__.py"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text('"""A lesson."""\n')
    (tmp_path / "block04_second/__main__.py").touch()
    shutil.copy(ROOT / "Makefile", tmp_path)
    executable(tmp_path / ".venv/bin/python", "printf '%s\\0' \"$@\"")
    (tmp_path / ".venv/.ready-core").touch()
    return tmp_path


def make(folder, *words, **environment):
    """What `make words` in the folder did, in an environment of its own."""
    environment["PATH"] = os.environ["PATH"]
    return subprocess.run(
        ["make", *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def arguments(folder, *words, **environment):
    """What Python was given."""
    result = make(folder, *words, **environment)
    assert result.returncode == 0, result.stderr
    return result.stdout.split("\0")[:-1]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_arrives_letter_by_letter(checkout, value):
    wanted = ["-m", "block03_first.train", "--seed", value, "--out", value, "--text", value]
    values = {"OUT": value, "SEED": value, "TEXT": value}
    assert arguments(checkout, "block03", *(f"{k}={v}" for k, v in values.items())) == wanted
    assert arguments(checkout, "block03", **values) == wanted
    assert arguments(checkout, "-e", "block03", **values) == wanted
    asked = arguments(checkout, "analogy", f"A={value}", f"B={value}", f"C={value}")
    assert asked == ["-m", "block05_embeddings.ask", "analogy", value, value, value]
    assert not (checkout / "P").exists()


@pytest.mark.parametrize(
    "name", ["OUT", "TEXT", "SEED", "QUICK", "STUDIES", "RESUME", "BLOCK", "WORD", "PROMPT",
             "STORY", "QUESTION"]
)
@pytest.mark.parametrize("value", ["", " ", "\n"])
def test_an_empty_value_is_refused_in_one_line(checkout, name, value):
    for words, environment in (([f"{name}={value}"], {}), ([], {name: value})):
        result = make(checkout, "block03", *words, **environment)
        assert (result.returncode, result.stdout) == (2, "")
        assert result.stderr.count("\n") == 1
        assert f"{name} is empty" in result.stderr


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("block04", "block04_second"),
        ("block04 QUICK=0 STUDIES=1 RESUME=0", "block04_second --studies"),
        ("block04 RESUME=1", "block04_second --resume"),
        ("block03 QUICK=1", "block03_first.train --quick"),
        ("test-block03", "pytest block03_first"),
        ("bug BLOCK=03 SEED=7", "shared.practice bug 03 --seed 7"),
        ("bug-answer", "shared.practice bug-answer"),
    ],
)
def test_a_target_runs_its_program(checkout, words, wanted):
    assert arguments(checkout, *words.split()) == ["-m", *wanted.split()]


def test_all_runs_every_block(checkout):
    assert arguments(checkout, "all") == ["-m", "block03_first.train", "-m", "block04_second"]


def test_help_lists_targets_and_blocks(checkout):
    lines = make(checkout).stdout.splitlines()
    assert "  make block04        A lesson." in lines
    assert any(line.startswith("  make test-slow      the slow tests") for line in lines)


def test_ci_runs_the_tests_the_lint_and_every_block(checkout):
    executable(checkout / "bin/make", 'echo "$*" >> made')
    (checkout / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", checkout / ".ci/run")
    path = f"{checkout / 'bin'}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["bash", ".ci/run"], cwd=checkout, env={"PATH": path}, check=True)
    made = [line.split(" OUT=")[0] for line in (checkout / "made").read_text().splitlines()]
    assert made == ["test", "lint", "block03 QUICK=1", "block04 QUICK=1"]
