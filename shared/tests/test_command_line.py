"""How a run ends: Ctrl-C and SIGTERM, streams that go away, a text that would be overwritten."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared.results import open_run

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def home(tmp_path):
    """A block's folder with the results of an older run."""
    (tmp_path / "block77_toy/results").mkdir(parents=True)
    (tmp_path / "block77_toy/results/fit.json").write_text("old")
    return tmp_path / "block77_toy"


PROGRAM = """
import signal

import numpy as np
from shared.results import open_run

signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored where tests run
with open_run(__file__, "Never ends.", text=True) as run:
    run.file("fit.json", "new")
    print("ready", run.text, flush=True)
    for _ in run.progress(range(10**9), "for ever"):
        np.linalg.inv(np.eye(50))
"""


def test_control_c_ends_within_two_seconds_with_130(home):
    (home / "train.py").write_text(PROGRAM)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "block77_toy.train", "--text", "pydoc"]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=home.parent, env=environment, **streams) as process:
        try:
            assert process.stdout.readline() == "ready pydoc\n"
            process.send_signal(signal.SIGINT)
            started = time.perf_counter()
            out, err = process.communicate(timeout=20)
            assert time.perf_counter() - started < 2
        finally:
            process.kill()
    assert process.returncode == 130 and out == ""
    assert err.strip() == "block77_toy: interrupted, nothing was written"
    assert [path.read_text() for path in (home / "results").iterdir()] == ["old"]


PRINTS = """
from shared.results import open_run

with open_run(__file__, "Prints.") as run:
    for step in range(2000):
        run.log(step, {"train": 0.5})
    run.headline({"done": True})
"""


@pytest.mark.parametrize(
    "redirection, code, ended",
    [("| head -1", 0, True), ("2>&-", 0, True), (">&-", 0, True), ("> /dev/full", 2, False)],
)
def test_a_stream_that_goes_away(redirection, code, ended, home):
    (home / "__main__.py").write_text(PRINTS)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    command = f"set -o pipefail; {sys.executable} -m block77_toy {redirection}"
    done = subprocess.run(["bash", "-c", command], cwd=home.parent, env=environment,
                          capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert (home / "results/headline.json").exists() == ended
    assert done.stderr.count("\n") == (0 if ended else 1)


def test_sigterm_ends_with_143_and_nothing_is_written(home):
    with pytest.raises(SystemExit, match="143"), open_run(f"{home}/train.py", "Ends.", []) as run:
        run.file("fit.json", "new")
        signal.raise_signal(signal.SIGTERM)
    assert [path.read_text() for path in (home / "results").iterdir()] == ["old"]


def test_the_text_is_not_overwritten_by_the_output(home, tmp_path, monkeypatch, capsys):
    with open_run(f"{home}/train.py", "Writes.", ["--out", str(tmp_path / "out")]) as run:
        run.file("mine.txt", "mine")
    monkeypatch.chdir(tmp_path)
    options = ["--out", "out", "--text", "out/mine.txt"]
    with pytest.raises(SystemExit, match="2"):
        open_run(f"{home}/train.py", "Reads.", options, text=True).__enter__()
    assert "which is overwritten" in capsys.readouterr().err
