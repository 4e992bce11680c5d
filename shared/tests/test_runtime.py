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
from shared import runtime
runtime.pin_blas_threads({threads})
import numpy, threadpoolctl
print({{p["num_threads"] for p in threadpoolctl.threadpool_info() if p["user_api"] == "blas"}})
"""


def threads_seen(first, threads):
    """What threadpoolctl sees in a fresh process that was allowed two threads."""
    program = PINNED.format(first=first, threads=threads)
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}
    command = [sys.executable, "-c", program]
    return subprocess.check_output(command, cwd=ROOT, env=environment, text=True).strip()


@pytest.mark.parametrize("first", ["", "import numpy"], ids=["pinned first", "numpy first"])
def test_one_thread_is_left(first):
    assert threads_seen(first, "") in ("{1}", "set()")  # an Accelerate is not seen


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core has one thread anyway")
def test_the_number_of_threads_can_be_told_apart():
    assert threads_seen("", 2) in ("{2}", "set()")


def test_this_test_run_is_pinned():
    assert {pool["num_threads"] for pool in runtime.blas_libraries()} <= {1}


def test_the_doctor_finds_this_machine_healthy():
    lines, problems = runtime.doctor()
    assert problems == []
    first_words = [line.split()[0] for line in lines]
    assert first_words[:6] == ["Python", *runtime.CORE]
    assert "CPU" in first_words and "BLAS" in first_words


def test_the_doctor_names_a_missing_package(monkeypatch):
    monkeypatch.setattr(runtime, "CORE", ("numpy", "no_such_package"))
    lines, problems = runtime.doctor()
    assert problems == ["no_such_package is missing: run `make setup`"]
    assert any(line.startswith("numpy") for line in lines)


def test_the_doctor_names_an_old_python(monkeypatch):
    monkeypatch.setattr(runtime, "OLDEST_PYTHON", (99, 0))
    assert runtime.doctor()[1] == ["Python is older than 99.0"]


def test_make_doctor_prints_and_ends_well():
    command = [sys.executable, "-m", "shared.runtime"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "nothing is missing"
    assert done.stderr == ""
