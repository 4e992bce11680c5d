"""BLAS runs on one thread whatever was imported first, and the doctor names what is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared import runtime

ROOT = Path(__file__).resolve().parent.parent.parent
PINNED = """
{first}
from shared import results, runtime
{pin}
import numpy, threadpoolctl
print({{p["num_threads"] for p in threadpoolctl.threadpool_info() if p["user_api"] == "blas"}})
"""


RUN = "run = results.open_run('block00_toolbox/train.py', '', ['--quick']); run.__enter__()"


def threads_seen(first, pin):
    """What threadpoolctl sees in a fresh process that was allowed two threads."""
    program = PINNED.format(first=first, pin=pin)
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}
    command = [sys.executable, "-c", program]
    return subprocess.check_output(command, cwd=ROOT, env=environment, text=True).strip()


@pytest.mark.parametrize("first", ["", "import numpy"], ids=["pinned first", "numpy first"])
@pytest.mark.parametrize("pin", ["runtime.pin_blas_threads()", RUN], ids=["by hand", "by a run"])
def test_one_thread_is_left(first, pin):
    assert threads_seen(first, pin) in ("{1}", "set()")  # an Accelerate is not seen


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core has one thread anyway")
def test_the_number_of_threads_can_be_told_apart():
    assert threads_seen("", "runtime.pin_blas_threads(2)") in ("{2}", "set()")


def test_this_test_run_is_pinned():
    assert {pool["num_threads"] for pool in runtime.blas_libraries()} <= {1}


def test_the_doctor_finds_this_machine_healthy():
    lines, problems = runtime.doctor()
    assert problems == []
    first_words = [line.split()[0] for line in lines]
    assert first_words[:6] == ["Python", *runtime.CORE]
    assert "CPU" in first_words and "BLAS" in first_words


@pytest.mark.parametrize(
    "source, problem",
    [
        (None, "no_such_package is missing: run `make setup`"),
        ("1 / 0", "no_such_package cannot be loaded (division by zero): run `make clean` and"),
    ],
)
def test_the_doctor_names_a_missing_or_damaged_package(source, problem, monkeypatch, tmp_path):
    if source:
        (tmp_path / "no_such_package.py").write_text(source)
        monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(runtime, "CORE", ("numpy", "no_such_package"))
    lines, problems = runtime.doctor()
    assert len(problems) == 1 and problems[0].startswith(problem)
    assert any(line.startswith("numpy") for line in lines)


def test_the_doctor_names_an_old_python(monkeypatch):
    monkeypatch.setattr(runtime, "OLDEST_PYTHON", (99, 0))
    assert runtime.doctor()[1] == ["Python is older than 99.0"]


@pytest.mark.parametrize("damaged", [False, True])
def test_make_doctor_ends_with_the_code_of_what_it_says(damaged, tmp_path):
    (tmp_path / "shared").symlink_to(ROOT / "shared")
    if damaged:
        (tmp_path / "tqdm.py").write_text("raise ImportError")
    command = [sys.executable, "-m", "shared.runtime"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    said = "PROBLEM        tqdm is missing: run `make setup`" if damaged else "nothing is missing"
    assert (done.returncode, done.stdout.splitlines()[-1], done.stderr) == (damaged, said, "")
