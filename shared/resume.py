"""Keep a long training, and go on with it bit for bit after a kill; earned in block 07.

    kept = resume.kept(run, "stories")               # (arrays, state) with --resume, or None
    ...
    resume.keep(run, "stories", arrays, state)       # now and then in the loop, and at its end

What is kept is a checkpoint (`shared.checkpoint`) with the run's log so far, in a folder of the
block that git ignores, by the options of the run. It is gone when the run has written its files.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from shared.checkpoint import CheckpointError, load, save
from shared.command_line import RunError, say
from shared.results import Run


def keep(run: Run, name: str, arrays: Mapping[str, np.ndarray], state: Mapping[str, Any]) -> None:
    """Save a training under a name that it has alone in its block. Raises as checkpoint.save.

    A quick run is over in seconds and keeps nothing, unless it was started with --resume.
    """
    if run.quick and not run.resume:
        return
    run.kept.mkdir(parents=True, exist_ok=True)
    record = {"text": fingerprint(run.text), "log": run.log_rows, "state": state}
    save(run.kept / f"{name}.npz", arrays, record)


def kept(run: Run, name: str) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
    """(arrays, state) as last kept, and the log as it was then; None: start at the beginning.

    Raises RunError where the file is damaged, or the text of --text is not what it was.
    """
    path = run.kept / f"{name}.npz"
    if not run.resume or not path.exists():
        return None
    try:
        arrays, record = load(path)
    except CheckpointError as error:
        raise RunError(f"--resume: {error}") from None
    if record["text"] != fingerprint(run.text):
        raise RunError(f"--resume: {run.text} has changed since: start again without --resume")
    run.log_rows[:] = record["log"]
    say(f"{name}: going on from what was kept")
    return arrays, record["state"]


def fingerprint(text: str | None) -> str:
    """The SHA-256 of the file that is trained on; of its name where it is no file."""
    if text is not None and Path(text).is_file():
        return hashlib.sha256(Path(text).read_bytes()).hexdigest()
    return text or ""
