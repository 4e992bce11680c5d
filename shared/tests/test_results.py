"""The recorder: whole files, strict JSON, one line for every wrong option, nothing on failure."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from shared import plots, results
from shared.data import DataError
from shared.results import headline_table, open_run, plain, sweep, to_json, write_atomically

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = "The loss is [1](results/fit.json#metrics.loss).\n"


@pytest.fixture
def home(tmp_path):
    """A block's folder with a README and the results of an older run."""
    folder = tmp_path / "block77_toy"
    (folder / "results").mkdir(parents=True)
    (folder / "README.md").write_text(PAGE)
    (folder / "results/fit.json").write_text("old")
    return folder


def contents(folder):
    """Every file under a folder."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")
            if path.is_file()}  # fmt: skip


def record(run, loss=0.25):
    """What a small block records."""
    for step in range(3):
        run.log(step=step, split="train", loss=loss / (step + 1))
    run.claim("fit", "It falls", seeds=range(2), config={"rate": 0.1}, metrics={"loss": loss})
    figure, axes = plots.new_figure("Loss", width=2, height=1)
    plots.loss_curves(axes[0], {"train": ([0, 1], np.array([2.0, 1.0]))})
    run.figure(figure, "loss_curve")
    run.file("outputs.md", "before: 1\nafter: 2\n")
    run.headline({"loss": loss, "fine": True})
    run.headline({"count": 3})


def train(home, arguments=(), work=record):
    """Run `work` as the block's train.py with these arguments."""
    with open_run(str(home / "train.py"), "Train a toy.", list(arguments)) as run:
        work(run)
    return run


# --- files, whole or not at all ----------------------------------------------------------------


def test_a_kill_at_any_moment_leaves_whole_files(tmp_path):
    tries = 25
    command = [sys.executable, "-m", "shared.tests.kill_tries", str(tmp_path), str(tries)]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    torn = json.loads(subprocess.check_output(command, cwd=ROOT, env=environment))
    assert torn["in_place"] > 0, "the tries show nothing: no kill met a half-written file"
    assert torn["atomically"] == torn["run"] == 0
    assert torn["left_by_kills"] > 0 and torn["left_in_block"] == 0


def test_a_file_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError):
        write_atomically(tmp_path / "taken", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_writing_creates_and_replaces(tmp_path):
    for content in (b"", b"one", b"two" * 100_000):
        write_atomically(tmp_path / "x", content)
        assert (
            contents(tmp_path) == {Path("x"): content} or (tmp_path / "x").read_bytes() == content
        )
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_sweep_removes_what_dead_processes_left_and_nothing_else(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", "pass"])
    dead.wait()
    stale = tmp_path / f".fit.json.tmp-{dead.pid}"
    kept = [f".fit.json.tmp-{os.getpid()}", ".fit.json.tmp-1", ".fit.json.tmp-", ".fit.json.tmp-x",
            f"fit.json.tmp-{dead.pid}", f".fit.json-{dead.pid}", ".fit.json.tmp-" + "9" * 30,
            "fit.json", ".gitignore"]  # fmt: skip
    for name in [stale.name, *kept]:
        (tmp_path / name).write_text("x")
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)


# --- JSON --------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, np.float32("nan")])
def test_a_nan_is_refused_by_its_place(bad):
    with pytest.raises(ValueError, match=r"^fit\.metrics\.losses\[1\] is -?(nan|inf): "):
        plain({"metrics": {"losses": [1.0, bad]}}, "fit")
    with pytest.raises(ValueError, match=r"^fit\[0\]\[1\] is"):
        plain(np.array([[1.0, bad]]), "fit")


@pytest.mark.parametrize("bad", [{1, 2}, 1j, b"x", object(), Path("x")])
def test_other_types_are_refused_by_their_place(bad):
    with pytest.raises(TypeError, match=r"^fit\.x is a "):
        plain({"x": bad}, "fit")


def test_json_is_sorted_strict_and_what_it_was():
    value = {"b": [1, 2.5, [True, None]], "a": {"z": "text", "y": []}, "n": np.float64(0.1) * 3}
    text = to_json(value).decode()
    assert json.loads(text) == {**value, "n": 0.3}  # 12 significant digits
    assert text.endswith("}\n") and text.index('"a"') < text.index('"b"') < text.index('"n"')
    assert to_json(dict(reversed(value.items()))) == text.encode()


def test_the_headline_table_is_aligned():
    table = headline_table({"loss": 0.123456789, "caught": 7, "same": True, "kind": "x"})
    assert table.split("\n") == ["loss    0.123457", "caught  7", "same    true", 'kind    "x"', ""]


# --- a run that ends well ----------------------------------------------------------------------


def test_the_plain_command_writes_results_and_readme(home, capsys):
    run = train(home)
    assert run.official and run.seed == 0 and not run.quick
    names = {path.name for path in (home / "results").iterdir()}
    assert names == {"fit.json", "headline.json", "headline.txt", "loss_curve.png", "outputs.md",
                     "timing.json", "train_log.jsonl"}  # fmt: skip
    claim = json.loads((home / "results/fit.json").read_text())
    assert claim == {"claim": "It falls", "command": "python -m block77_toy.train", "seeds": [0, 1],
                     "config": {"rate": 0.1}, "metrics": {"loss": 0.25}}  # fmt: skip
    log = [json.loads(row) for row in (home / "results/train_log.jsonl").read_text().splitlines()]
    assert log[0] == {"step": 0, "split": "train", "loss": 0.25} and len(log) == 3
    assert json.loads((home / "results/headline.json").read_text())["count"] == 3
    assert (home / "README.md").read_text() == PAGE.replace("[1]", "[2.5e-01]")
    printed = capsys.readouterr().out.splitlines()
    assert printed[:3] == ["loss   0.25", "fine   true", "count  3"]
    assert printed[-1].endswith("s, 7 files written to block77_toy/results")


def test_two_runs_give_equal_bytes(home):
    train(home)
    first = contents(home)
    train(home)
    second = contents(home)
    assert {path.name for path in first if first[path] != second[path]} <= {"timing.json"}


@pytest.mark.parametrize("arguments", [["--quick"], ["--seed", "7"], ["--seed", "0"]])
def test_other_commands_write_elsewhere(arguments, home, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = contents(home)
    run = train(home, arguments)
    assert contents(home) == before and not run.official
    folder = Path(capsys.readouterr().out.splitlines()[-1].split("written to ")[1])
    assert folder.is_relative_to(tmp_path) and len(list(folder.iterdir())) == 7
    command = json.loads((folder / "fit.json").read_text())["command"]
    assert command == f"python -m block77_toy.train {' '.join(arguments)}"


def test_out_makes_its_folder(home, tmp_path):
    before = contents(home)
    run = train(home, ["--quick", "--seed", "3", "--out", str(tmp_path / "new/deep")])
    assert run.quick and run.seed == 3 and contents(home) == before
    assert len(list((tmp_path / "new/deep").iterdir())) == 7


def test_the_clock_stands_in_timing_alone(home):
    def timed(run):
        with run.clock("sleep"):
            time.sleep(0.02)
        assert list(run.progress(range(3), "count")) == [0, 1, 2]

    (home / "README.md").unlink()  # its link leads to what this run does not write
    train(home, work=timed)
    timing = json.loads((home / "results/timing.json").read_text())
    assert 0.02 <= timing["sleep"] <= timing["total"]


# --- a run that does not -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--seed", "abc"], "a seed is a whole number >= 0, not 'abc'"),
        (["--seed", "-1"], "a seed is a whole number >= 0, not '-1'"),
        (["--seed", "1.5"], "a seed is a whole number >= 0, not '1.5'"),
        (["--seed"], "expected one argument"),
        (["--unknown"], "unrecognized arguments: --unknown"),
        (["extra"], "unrecognized arguments: extra"),
        (["--text", "x"], "unrecognized arguments: --text x"),
        (["--out", "{home}"], "only the plain command writes into block77_toy"),
        (["--out", "{home}/results"], "only the plain command writes into block77_toy"),
        (["--out", "{home}/../block77_toy/x"], "only the plain command writes into block77_toy"),
        (["--out", "{home}/../file"], "is not a folder one may write to"),
        (["--out", "{home}/../file/below"], "is not a folder one may write to"),
    ],
)
def test_wrong_options_are_one_line_and_code_2(arguments, message, home, tmp_path, capsys):
    (tmp_path / "file").write_text("a file")
    before = contents(tmp_path)
    with pytest.raises(SystemExit) as ending:
        train(home, [argument.format(home=home) for argument in arguments])
    shown = capsys.readouterr()
    assert ending.value.code == 2 and shown.out == ""
    assert message in shown.err and shown.err.count("\n") == 1
    assert contents(tmp_path) == before


@pytest.mark.parametrize("error", [DataError("data/x.csv is damaged"), OSError(28, "disk full")])
def test_a_fault_of_the_data_or_the_disk_is_one_line_and_code_2(error, home, capsys):
    def fails(run):
        record(run)
        raise error

    before = contents(home)
    with pytest.raises(SystemExit) as ending:
        train(home, work=fails)
    assert ending.value.code == 2 and contents(home) == before
    assert capsys.readouterr().err == f"block77_toy: {error}\n"


@pytest.mark.parametrize(
    "mistake, error",
    [
        (lambda run: 1 / 0, ZeroDivisionError),
        (lambda run: run.log(step=4, split="train", loss=np.nan), r"log row 3.loss is nan"),
        (lambda run: run.headline({"gain": np.inf}), r"headline.gain is inf"),
        (lambda run: run.headline({"a.b": 1}), "'a.b' holds a dot"),
        (lambda run: run.headline({"loss": 1}), "'loss' holds a dot or is given twice"),
        (lambda run: run.file("outputs.md", "x"), "outputs.md is written twice"),
        (lambda run: run.claim("x", "c", seeds=[0], config={"rate": np.nan}, metrics={}),
         r"x.config.rate is nan"),
    ],
)  # fmt: skip
def test_a_failing_run_writes_nothing(mistake, error, home):
    def fails(run):
        record(run)
        mistake(run)

    before = contents(home)
    match = error if isinstance(error, str) else None
    with pytest.raises(ValueError if match else error, match=match):
        train(home, work=fails)
    assert contents(home) == before


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
    before = contents(home)
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
    assert contents(home) == before


def test_a_dead_link_in_the_readme_is_named(home):
    (home / "README.md").write_text("[1](results/fit.json#metrics.gain)\n")
    with pytest.raises(ValueError, match="no 'gain'"):
        train(home)


def test_a_run_sweeps_its_folder_and_its_block(home, monkeypatch):
    monkeypatch.setattr(results, "_is_running", lambda process: False)
    left = [home / ".README.md.tmp-77", home / "results/.fit.json.tmp-77"]
    for path in left:
        path.write_text("half")
    train(home)
    assert not any(path.exists() for path in left)
