"""A run: what it records and prints, one line for every wrong option, nothing on failure."""

import json
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from shared import plots
from shared.command_line import MADE_BY
from shared.data import DataError
from shared.files import COMPLETE
from shared.results import clean_keys, headline_table, open_run
from shared.tests.ways import a_run

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
            if path.is_file()}


def record(run, loss=0.25):
    """What a small block records."""
    for step in range(3):
        run.log(step, {"train": loss / (step + 1), "validation": loss}, problem="toy")

    def fit(run):
        """It
        falls.

        Details.
        """
        run.seeds(2, quick=2)
        figure, axes = plots.new_figure("Loss", width=2, height=1)
        plots.loss_curves(axes[0], {"train": run.logged(split="train")})
        run.figure(figure)
        run.record(config={"learning rate": 0.1}, metrics={"loss": loss, "at 0.5": {2.5: 1}})

    run.experiments([fit])
    run.file("outputs.md", "before: 1\nafter: 2\n")
    run.headline({"loss": loss, "fine": True})
    run.headline({"count": 3})


def train(home, arguments=(), work=record):
    """Run `work` as the block's train.py with these arguments."""
    with open_run(str(home / "train.py"), "Train a toy.", list(arguments)) as run:
        work(run)
    return run


def test_the_headline_table_is_aligned():
    table = headline_table({"loss": 1.23456789e-9, "caught": 7, "same": True, "kind": "x"})
    told = ["loss    1.23457e-09", "caught  7", "same    true", 'kind    "x"', ""]
    assert table.split("\n") == told


# --- a run that ends well ----------------------------------------------------------------------


def test_the_plain_command_writes_results_and_readme(home, capsys):
    run = train(home)
    assert run.official and run.seed == 0 and not run.quick
    names = {path.name for path in (home / "results").iterdir()}
    assert names == {"fit.json", "fit.png", "headline.json", "headline.txt", "outputs.md",
                     "timing.json", "train_log.jsonl"}
    claim = json.loads((home / "results/fit.json").read_text())
    assert claim == {"claim": "It falls.", "command": "python -m block77_toy.train",
                     "seeds": [0, 1], "config": {"learning_rate": 0.1},
                     "metrics": {"loss": 0.25, "at_0_5": {"2_5": 1}}}
    log = [json.loads(row) for row in (home / "results/train_log.jsonl").read_text().splitlines()]
    assert log[2] == {"step": 1, "split": "train", "loss": 0.125, "problem": "toy"}
    assert log[3] == {"step": 1, "split": "validation", "loss": 0.25, "problem": "toy"}
    assert len(log) == 6
    assert json.loads((home / "results/headline.json").read_text())["count"] == 3
    assert (home / "README.md").read_text() == PAGE.replace("[1]", "[0.25]")
    printed = capsys.readouterr().out.splitlines()
    assert printed[1] == "toy  step     1  train 0.1250  validation 0.2500"
    assert printed[3:6] == ["loss   0.25", "fine   true", "count  3"]
    assert printed[-1].endswith("s, 7 files written to block77_toy/results")


def test_a_run_that_writes_nothing_writes_nothing(home, capsys):
    before = contents(home)
    with open_run(str(home / "train.py"), "Train alone.", [], writes=False) as run:
        record(run)
    assert contents(home) == before
    assert capsys.readouterr().out.count("\n") == 3


def test_the_package_alone_is_the_command_of_main(home):
    with open_run(str(home / "__main__.py"), "All.", ["--quick"], writes=False) as run:
        assert run.command == "python -m block77_toy --quick"


def test_an_experiment_has_a_docstring_and_its_name_is_the_results(home):
    def silent(run):
        run.record(config={}, metrics={})

    def works(run):
        with pytest.raises(ValueError, match="silent has no docstring"):
            run.experiments([silent])

    train(home, ["--quick"], works)


def test_after_the_experiments_nothing_is_recorded_or_drawn_without_a_name(home):
    def works(run):
        record(run)
        with pytest.raises(ValueError, match="record is for experiments"):
            run.record(config={}, metrics={})
        with pytest.raises(ValueError, match="outside of an experiment needs a name"):
            run.figure(plots.new_figure("Loss")[0])

    train(home, ["--quick"], works)


def test_an_experiment_does_not_inherit_the_seeds_of_the_one_before(home):
    def one(run):
        """One."""
        run.record(config={}, metrics={"seeds": run.seeds(2, quick=2)})

    def two(run):
        """Two."""
        run.record(config={}, metrics={})

    run = train(home, ["--quick", "--seed", "3"], lambda run: run.experiments([one, two]))
    seeds = [json.loads(run.files[name])["seeds"] for name in ("one.json", "two.json")]
    assert seeds == [[3, 4], [3]]


def test_the_logged_rows_are_those_with_all_the_values():
    run = a_run(Path())
    for problem, loss in (("a", 0.5), ("b", 0.25)):
        run.log(1, {"train": loss, "validation": 2 * loss}, problem=problem)
    run.log(2, {"train": 0.125})
    assert run.logged(split="train", problem="b") == ([1], [0.25])
    assert run.logged(split="train") == ([1, 1, 2], [0.5, 0.25, 0.125])
    assert run.logged(split="test") == ([], [])


def test_the_seeds_follow_the_runs_seed(home):
    def asks(run):
        assert run.seeds(5) == [3, 4, 5, 6, 7]

    train(home, ["--seed", "3"], asks)
    train(home, ["--seed", "3", "--quick"], lambda run: run.seeds(5) == [3, 4] or 1 / 0)


def test_keys_that_no_link_can_name_are_refused():
    for keys, message in [({"a b": 1, "a.b": 2}, "written the same"), ({"?": 1}, "has no letter")]:
        with pytest.raises(ValueError, match=message):
            clean_keys([keys])


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
    assert folder.is_relative_to(tmp_path) and len(list(folder.glob("[!.]*"))) == 7
    command = json.loads((folder / "fit.json").read_text())["command"]
    assert command == f"python -m block77_toy.train {' '.join(arguments)}"


def test_out_makes_its_folder(home, tmp_path):
    before = contents(home)
    run = train(home, ["--quick", "--seed", "3", "--out", str(tmp_path / "new/deep")])
    assert run.quick and run.seed == 3 and contents(home) == before
    assert len(list((tmp_path / "new/deep").glob("[!.]*"))) == 7
    assert (tmp_path / "new/deep" / MADE_BY).read_text() == "block77_toy"
    train(home, ["--quick", "--out", str(tmp_path / "new/deep")])  # a run's own folder may be used


def test_no_output_goes_where_other_files_are(home, tmp_path, capsys, monkeypatch):
    (home.parent / "block78_other/results").mkdir(parents=True)
    for name in ("shared", "data", ".git", ".ci"):
        (home.parent / name).mkdir()
    for name in ("full", "of_another"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.txt").write_text("mine")
    (tmp_path / "of_another" / MADE_BY).write_text("block78_other")
    (tmp_path / "loop").symlink_to("loop")
    monkeypatch.chdir(home.parent)
    before = contents(tmp_path)
    for out in ("block78_other/results", "block78_other/new", "shared/x", "data", ".git", ".ci/x",
                ".", "", " ", "full", "of_another", "full/mine.txt", "loop", "x" * 5000,
                "block77_toy/results"):
        with pytest.raises(SystemExit) as ending:
            train(home, ["--quick", "--out", out])
        shown = capsys.readouterr()
        assert ending.value.code == 2 and shown.err.count("\n") == 1 and shown.out == "", out
    assert contents(tmp_path) == before


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
        (["--seed", "²"], "a seed is a whole number >= 0, not '²'"),
        (["--seed", "٣"], "a seed is a whole number >= 0, not '٣'"),
        (["--seed", "1_0"], "a seed is a whole number >= 0, not '1_0'"),
        (["--seed"], "expected one argument"),
        (["--unknown"], "unrecognized arguments: --unknown"),
        (["extra"], "unrecognized arguments: extra"),
        (["--text", "x"], "unrecognized arguments: --text x"),
        (["--out", "{home}"], "only the plain command of a block writes"),
        (["--out", "{home}/results"], "only the plain command of a block writes"),
        (["--out", "{home}/../block77_toy/x"], "only the plain command of a block writes"),
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
        (lambda run: run.log(step=4, split="train", loss=np.nan), r"log row 6.loss is nan"),
        (lambda run: run.headline({"gain": np.inf}), r"headline.gain is inf"),
        (lambda run: run.headline({"a.b": 1}), "'a.b' holds a dot"),
        (lambda run: run.headline({"loss": 1}), "'loss' holds a dot or is given twice"),
        (lambda run: run.file("outputs.md", "x"), "outputs.md is written twice"),
        (lambda run: run.claim("x", "c", seeds=[0], config={"rate": np.nan}, metrics={}),
         r"x.config.rate is nan"),
    ],
)
def test_a_failing_run_writes_nothing(mistake, error, home):
    def fails(run):
        record(run)
        mistake(run)

    before = contents(home)
    match = error if isinstance(error, str) else None
    with pytest.raises(ValueError if match else error, match=match):
        train(home, work=fails)
    assert contents(home) == before


@pytest.mark.parametrize("page", [b"[1](results/fit.json#metrics.gain)\n", b"\xff not UTF-8"])
def test_a_readme_that_cannot_be_refreshed_ends_the_run_before_it_writes(page, home, capsys):
    (home / "README.md").write_bytes(page)
    before = contents(home)
    with pytest.raises(SystemExit) as ending:
        train(home)
    assert ending.value.code == 2 and contents(home) == before
    assert capsys.readouterr().err.count("\n") == 1


def disk_is_full():
    raise OSError(28, "disk full")


@pytest.mark.parametrize(
    "file, happens, code, told",
    [
        ("fit.json", lambda: signal.raise_signal(signal.SIGINT), 130, "interrupted"),
        ("README.md", disk_is_full, 2, "README.md keeps its old numbers"),
    ],
)
def test_what_happens_while_it_publishes_is_told_beside_what_was_written(
    file, happens, code, told, home, monkeypatch, capsys
):
    def replace(path, target, replace=Path.replace):
        if target.name == file:
            happens()
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(SystemExit, match=str(code)):
        train(home)
    error = capsys.readouterr().err.strip()
    assert told in error and error.endswith(", the files were written") and "\n" not in error
    assert json.loads((home / "results/fit.json").read_text())["metrics"]["loss"] == 0.25
    assert ("[0.25]" in (home / "README.md").read_text()) == (code == 130)


def test_a_quick_run_finishes_what_a_killed_one_began_to_move(home, tmp_path):
    (home / "results" / COMPLETE).mkdir()
    (home / "results" / COMPLETE / "fit.json").write_text("new")
    train(home, ["--quick", "--out", str(tmp_path / "out")])
    assert contents(home / "results") == {Path("fit.json"): b"new"}
