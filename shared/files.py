"""Files whole or not at all, and JSON without surprises.

A file is written beside its place under a name nobody else has, synced, and then renamed, which
happens at once. `publish` does the same for all files of a run together: they are staged in a
folder, the folder's renaming is the moment at which the new files are the ones that count, and
whoever comes next finishes what a killed process had begun to move.
"""

import contextlib
import errno
import json
import math
import os
import secrets
import shutil
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

PARTIAL = ".partial-"  # begins the name of everything that is still being written
COMPLETE = ".complete"  # the folder of a run's files that are whole and only have to be moved
STALE_AFTER = 3600  # seconds; no write takes an hour

# --- one file ----------------------------------------------------------------------------------


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a kill at any moment leaves either the old content or the new.

    A temporary file beside it that did not exist before (so no link is followed), fsync, then
    os.replace. Several threads and processes may write to one path; the last one stays.
    """
    temporary = path.with_name(PARTIAL + secrets.token_hex(8))
    try:
        _write_synced(temporary, content)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("xb") as file:  # x: it must be new
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sweep(folder: Path) -> None:
    """Remove what killed processes left half-written in a folder more than an hour ago."""
    for path in folder.glob(PARTIAL + "*"):
        with contextlib.suppress(OSError):  # gone meanwhile, or not ours to remove
            if time.time() - path.lstat().st_mtime < STALE_AFTER or path.is_symlink():
                continue
            if path.is_dir():
                shutil.rmtree(path)
            elif path.is_file():
                path.unlink()


# --- all files of a run --------------------------------------------------------------------------


def publish(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all these files into a folder, by name ("eval/results.json" in a folder of its own),
    or none. Two runs at once take turns.

    A full disk or a kill before the files are whole leaves the old ones; Ctrl-C and SIGTERM wait.
    A kill (or a failing disk) while they are moved to their places leaves some old ones beside
    new ones, until `recover` moves the rest: the next `publish` into this folder calls it, and the
    next run of the block as it opens.
    Raises IsADirectoryError where a folder stands in a file's place, and then writes nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder), signals_held():
        _move_complete(folder)
        sweep(folder)
        for name in files:
            if (folder / name).is_dir() and not (folder / name).is_symlink():
                told = "a folder stands where a file is to be written, move it away"
                raise IsADirectoryError(errno.EISDIR, told, str(folder / name))
        staging = folder / (PARTIAL + secrets.token_hex(8))
        staging.mkdir()
        try:
            for name, content in files.items():
                if "/" in name:
                    (staging / name).parent.mkdir(parents=True, exist_ok=True)
                _write_synced(staging / name, content)
            staging.rename(folder / COMPLETE)  # from here on the new files count
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise
        _move_complete(folder)


def recover(folder: Path) -> None:
    """Finish what a killed process had begun to move; nothing where there is nothing."""
    if (folder / COMPLETE).is_dir():
        with _locked(folder), signals_held():
            _move_complete(folder)


def _move_complete(folder: Path) -> None:
    complete = folder / COMPLETE
    if complete.is_dir():
        for path in sorted(complete.rglob("*"), reverse=True):  # a folder after what is in it
            place = folder / path.relative_to(complete)
            if path.is_dir():
                path.rmdir()
                continue
            if path.parent != complete:
                place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)
        complete.rmdir()


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time; a process that dies lets go. Without fcntl (Windows) no lock."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def signals_held() -> Iterator[None]:
    """Ctrl-C and SIGTERM wait until the with-block has ended, and then take effect."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread receives signals
        return
    held: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    old = {number: signal.signal(number, lambda n, frame: held.append(n)) for number in numbers}
    try:
        yield
    finally:
        for which, handler in old.items():
            signal.signal(which, handler)
        for held_number in held:
            signal.raise_signal(held_number)


# --- JSON without surprises ----------------------------------------------------------------------


def plain(value: Any, name: str = "value") -> Any:
    """The value as JSON knows it: arrays become lists, floats keep 6 significant digits.

    Six, since a reader can use no more, and most last-bit differences of processors vanish.
    Raises ValueError that names the place of a NaN or an infinity, TypeError for other types.

    >>> plain({"a": np.float32(0.5), "b": np.arange(2), "c": True, 1: 2 / 3})
    {'a': 0.5, 'b': [0, 1], 'c': True, '1': 0.666667}
    """
    if isinstance(value, Mapping):
        if len({str(key) for key in value}) < len(value):
            raise ValueError(f"{name} has two keys that are one text: {list(value)}")
        return {str(key): plain(item, f"{name}.{key}") for key, item in value.items()}
    if isinstance(value, np.floating):
        value = float(value)  # the item() of a longdouble would be a longdouble again
    is_array = isinstance(value, np.ndarray | np.generic)
    if is_array and np.ndim(value) == 0 and not isinstance(value, np.complexfloating):
        return plain(value.item(), name)
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item, f"{name}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{name} is {value}: results hold finite numbers only")
        return float(f"{value:.6g}")
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"{name} is a {type(value).__name__}: results hold numbers, text and lists")


def to_json(value: Any, name: str = "value") -> bytes:
    """Sorted, indented JSON with a final newline; lists of numbers stay on one line each."""
    return (_indented(plain(value, name), "") + "\n").encode()


def _indented(value: Any, indent: str) -> str:
    inner = indent + "  "
    if isinstance(value, dict) and value:
        rows = [f"{inner}{json.dumps(k)}: {_indented(value[k], inner)}" for k in sorted(value)]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        rows = [inner + _indented(item, inner) for item in value]
        return "[\n" + ",\n".join(rows) + f"\n{indent}]"
    return json.dumps(value, allow_nan=False)
