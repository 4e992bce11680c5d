"""Files are whole, a run's files are together, JSON is strict."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from shared import files
from shared.files import plain, publish, recover, signals_held, sweep, to_json, write_atomically

ROOT = Path(__file__).resolve().parent.parent.parent
OLD, NEW = {f"{i}.txt": b"old" for i in range(9)}, {f"{i}.txt": b"new" for i in range(9)}


def contents(folder):
    """Every file of a folder, hidden ones too."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def make_old(path, seconds=2 * files.STALE_AFTER):
    os.utime(path, (time.time() - seconds,) * 2, follow_symlinks=False)


# --- one file ----------------------------------------------------------------------------------


def test_a_kill_at_any_moment_leaves_whole_files(tmp_path):
    command = [sys.executable, "-m", "shared.tests.kill_tries", str(tmp_path), "25"]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    torn = json.loads(subprocess.check_output(command, cwd=ROOT, env=environment))
    assert torn["in_place"] > 0, "the tries show nothing: no kill met a half-written file"
    assert torn["atomically"] == torn["run"] == 0


def test_writing_creates_and_replaces_and_leaves_nothing_else(tmp_path):
    for content in (b"", b"one", b"two" * 100_000):
        write_atomically(tmp_path / "x", content)
        assert contents(tmp_path) == {"x": content}
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError):
        write_atomically(tmp_path / "taken", b"new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["taken", "x"]


def test_it_is_synced_before_it_takes_the_name(tmp_path, monkeypatch):
    (tmp_path / "x").write_bytes(b"old")
    synced = []
    sync = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda f: (synced.append((tmp_path / "x").read_bytes()), sync(f))
    )
    write_atomically(tmp_path / "x", b"new")
    assert synced == [b"old"]


def test_threads_that_write_one_path_leave_one_of_their_contents(tmp_path):
    def write(i):
        for _ in range(30):
            write_atomically(tmp_path / "x", bytes([i]) * 100_000)

    threads = [threading.Thread(target=write, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = contents(tmp_path)
    assert list(found) == ["x"] and len(set(found["x"])) == 1 and len(found["x"]) == 100_000


def test_sweep_removes_old_halves_and_nothing_of_a_stranger(tmp_path):
    names = [".partial-1", ".report.tmp-20240101", "partial-1", ".partial", "x", ".partial-young"]
    for name in names:
        (tmp_path / name).write_text("x")
    (tmp_path / ".partial-folder").mkdir()
    (tmp_path / ".partial-link").symlink_to("x")
    os.mkfifo(tmp_path / ".partial-pipe")
    for path in tmp_path.iterdir():
        if path.name != ".partial-young":
            make_old(path)
    sweep(tmp_path)
    kept = {*names, ".partial-link", ".partial-pipe"} - {".partial-1"}
    assert {path.name for path in tmp_path.iterdir()} == kept


# --- all files of a run --------------------------------------------------------------------------


FAILS_AT = {"mkdir": 2, "open": 5, "fsync": 5, "rename": 1, "replace": 5, "rmdir": 1}  # which call


@pytest.mark.parametrize("step", FAILS_AT)
def test_whatever_breaks_the_files_stay_together(step, tmp_path, monkeypatch):
    publish(tmp_path, OLD)
    where = os if step == "fsync" else Path
    with monkeypatch.context() as patch:
        true, calls = getattr(where, step), []

        def breaks(*arguments, **named):
            calls.append(1)
            if len(calls) == FAILS_AT[step]:
                raise OSError(28, "disk full")
            return true(*arguments, **named)

        patch.setattr(where, step, breaks)
        with pytest.raises(OSError, match="disk full"):
            publish(tmp_path, NEW)
    recover(tmp_path)  # as the next publish does
    assert contents(tmp_path) == (NEW if step in ("replace", "rmdir") else OLD)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_what_a_killed_process_began_to_move_is_finished_by_the_next(tmp_path):
    publish(tmp_path, OLD)
    (tmp_path / files.COMPLETE).mkdir()
    (tmp_path / files.COMPLETE / "8.txt").write_bytes(b"new")
    publish(tmp_path, {"another.txt": b"x"})
    assert contents(tmp_path) == OLD | {"8.txt": b"new", "another.txt": b"x"}


def test_a_name_may_have_a_folder(tmp_path):
    for content in (b"old", b"new"):
        publish(tmp_path, {"eval/a.json": content, "b.txt": content})
        assert (tmp_path / "eval/a.json").read_bytes() == content == contents(tmp_path)["b.txt"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.txt", "eval"]


def test_a_folder_in_a_files_place_is_refused_before_anything_is_written(tmp_path):
    publish(tmp_path, OLD)
    (tmp_path / "9.txt").mkdir()
    with pytest.raises(IsADirectoryError, match=r"a folder stands .*9\.txt"):
        publish(tmp_path, NEW | {"9.txt": b"new"})
    assert contents(tmp_path) == OLD and len(list(tmp_path.iterdir())) == 10


def test_two_at_once_take_turns(tmp_path):
    def write(i):
        for _ in range(10):
            publish(tmp_path, {name: bytes([i]) * 1000 for name in OLD})

    threads = [threading.Thread(target=write, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(contents(tmp_path).values())) == 1


def test_signals_wait_until_the_block_has_ended():
    done = []
    with pytest.raises(KeyboardInterrupt), signals_held():
        signal.raise_signal(signal.SIGINT)
        done.append("all of it")
    assert done == ["all of it"]


# --- JSON --------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, np.float32("nan")])
def test_a_nan_is_refused_by_its_place(bad):
    with pytest.raises(ValueError, match=r"^fit\.metrics\.losses\[1\] is -?(nan|inf): "):
        plain({"metrics": {"losses": [1.0, bad]}}, "fit")
    with pytest.raises(ValueError, match=r"^fit\[0\]\[1\] is"):
        plain(np.array([[1.0, bad]]), "fit")


@pytest.mark.parametrize("bad", [{1, 2}, 1j, np.clongdouble(1j), b"x", object()])
def test_other_types_are_refused_by_their_place(bad):
    with pytest.raises(TypeError, match=r"^fit\.x is a "):
        plain({"x": bad}, "fit")


def test_two_keys_of_one_text_are_refused():
    with pytest.raises(ValueError, match="two keys that are one text"):
        plain({1: "a", "1": "b"})


def test_json_is_sorted_strict_and_keeps_six_digits():
    value = {"b": [1, 2.5, [True, None]], "a": {"z": "text", "y": []}, "n": np.float64(2) / 3}
    text = to_json(value).decode()
    assert json.loads(text) == {**value, "n": 0.666667}
    assert text.endswith("}\n") and text.index('"a"') < text.index('"b"') < text.index('"n"')
    assert to_json(dict(reversed(value.items()))) == text.encode()
    assert plain([1.23456789e-9, 123456789.0]) == [1.23457e-9, 123457000.0]
    assert plain(123456789) == 123456789 and plain(np.int64(2**60)) == 2**60
    assert plain([np.longdouble(1.5), np.array(np.longdouble(1.5))]) == [1.5, 1.5]
