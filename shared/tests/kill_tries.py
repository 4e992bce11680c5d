"""Kill a process that rewrites files, at random moments, and look at what it leaves.

    python -m shared.tests.kill_tries FOLDER TRIES

prints, as JSON, how many tries left a torn file or files of two runs: with files written in place
(which must tear, else the tries show nothing), with write_atomically, and with a whole run of a
block. One process forks every victim, so that NumPy and matplotlib are loaded once. Needs fork: not
for Windows.
"""

import contextlib
import io
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

from shared.files import recover, write_atomically
from shared.results import open_run

README = "[1](results/a.json#metrics.round)\n" + "A line of the page.\n" * 500 + "The end.\n"


def tears(work: Callable[[int], None], is_whole: Callable[[], bool], tries: int) -> int:
    """How many of the tries left a torn file: fork, work(0), work(1), ..., SIGKILL, look."""
    started = time.perf_counter()
    work(0)
    moment = random.Random(0)
    longest = 2 * (time.perf_counter() - started)
    torn = 0
    for _ in range(tries):
        victim = os.fork()
        if victim == 0:
            try:
                for i in count(1):
                    work(i)
            finally:
                os._exit(1)
        time.sleep(moment.uniform(0, longest))
        os.kill(victim, signal.SIGKILL)
        ending = os.waitstatus_to_exitcode(os.waitpid(victim, 0)[1])
        assert ending == -signal.SIGKILL, f"the victim ended by itself, with {ending}"
        torn += not is_whole()
    return torn


# --- one large file ----------------------------------------------------------------------------


def content(i: int) -> bytes:
    """2 MB that tell whether they are whole: one number, over and over."""
    return i.to_bytes(4, "big") * 500_000


def is_one_content(path: Path) -> bool:
    """Whether the file is content(i) of some i."""
    found = path.read_bytes()
    return len(found) == 2_000_000 and found == found[:4] * 500_000


# --- a run of a block --------------------------------------------------------------------------


def train(home: Path, i: int) -> None:
    """The plain command of a block whose every file and number holds i."""
    with contextlib.redirect_stdout(io.StringIO()), open_run(str(home / "train.py"), "", []) as run:
        for name in ("a", "b", "c"):
            metrics = {"round": i, "many": [i] * 2_000}
            run.claim(name, "It is whole", seeds=[0], config={}, metrics=metrics)
        for step in range(50):
            run.log(step, {"train": i})
        run.headline({"round": i})


def results_are_whole(home: Path) -> bool:
    """Whether the files of results/ are those of one run, and the README that of some run."""
    recover(home / "results")  # as the next run does
    try:
        rounds = set()
        for name in ("a", "b", "c"):
            metrics = json.loads((home / f"results/{name}.json").read_bytes())["metrics"]
            assert metrics["many"] == [metrics["round"]] * 2_000
            rounds.add(metrics["round"])
        log = (home / "results/train_log.jsonl").read_text()
        assert log.endswith("\n") and len({json.loads(x)["loss"] for x in log.splitlines()}) == 1
        rounds.add(json.loads((home / "results/headline.json").read_bytes())["round"])
        assert len(rounds) == 1
        json.loads((home / "results/timing.json").read_bytes())["total"]
        page = (home / "README.md").read_text()
        assert page.split("](")[1] == README.split("](")[1]
    except (AssertionError, OSError, ValueError, KeyError):
        return False
    return True


def main(folder: Path, tries: int) -> None:
    """Count the torn files of each way of writing."""
    path, home = folder / "one.bin", folder / "block77_kill"
    home.mkdir()
    (home / "README.md").write_text(README)
    found = {
        "in_place": tears(
            lambda i: path.write_bytes(content(i)) and None, lambda: is_one_content(path), tries
        ),
        "atomically": tears(
            lambda i: write_atomically(path, content(i)), lambda: is_one_content(path), tries
        ),
        "run": tears(lambda i: train(home, i), lambda: results_are_whole(home), tries),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
