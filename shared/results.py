"""The recorder of a run: every block's train.py opens one, and what it writes goes through it.

    with open_run(__file__, "Train ...", arguments) as run:
        run.log(step=0, split="train", loss=1.3)
        run.claim("learning_rate", "Twice the limit diverges", seeds=[0], config={}, metrics={})
        run.figure("learning_rate", figure)
        run.headline({"final_loss": 0.1})

The files of a run are collected in memory and written when it ends well, each one whole: into
results/ (and the numbers into the README) by the plain command, elsewhere with --out, --quick,
--seed or --text. A run that is killed, fails or is interrupted leaves the old files as they were.
"""

import argparse
import contextlib
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from tqdm import tqdm

from shared import readme, runtime
from shared.data import DataError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# --- files, whole or not at all ----------------------------------------------------------------


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a kill at any moment leaves either the old content or the new.

    A temporary file beside it (`.name.tmp-<process>`), fsync, then os.replace.
    """
    temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def sweep(folder: Path) -> None:
    """Remove the temporary files that killed runs left in a folder, and no others."""
    for path in folder.glob(".*.tmp-*"):
        process = path.name.rpartition("-")[2]
        if process.isdigit() and not _is_running(int(process)):
            path.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)  # signal 0 only asks
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True  # not ours to ask about, or no process number at all
    return True


# --- JSON without surprises ----------------------------------------------------------------------


def plain(value: Any, name: str = "value") -> Any:
    """The value as JSON knows it: arrays become lists, floats keep 12 significant digits.

    Raises ValueError that names the place of a NaN or an infinity, TypeError for other types.

    >>> plain({"a": np.float32(0.5), "b": np.arange(2), "c": True})
    {'a': 0.5, 'b': [0, 1], 'c': True}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item, f"{name}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        if isinstance(value, np.ndarray) and value.ndim == 0:
            return plain(value.item(), name)
        return [plain(item, f"{name}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, np.generic):
        return plain(value.item(), name)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{name} is {value}: results hold finite numbers only")
        return float(f"{value:.12g}")
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


# --- the run -------------------------------------------------------------------------------------


class Run:
    """One run of a block: its options, where its files go, and the files so far.

    block   the block's folder name          seed    the run's seed
    quick   small sizes, for tests           text    the reader's own text, or None
    folder  where the files go, or None    official  whether that is results/ (and the README)
    """

    def __init__(self, home: Path, options: argparse.Namespace, arguments: list[str]):
        self.home = home
        self.block = home.name
        self.quick: bool = options.quick
        self.seed: int = options.seed
        self.text: str | None = getattr(options, "text", None)
        self.official = not arguments
        self.command = " ".join(["python", "-m", f"{self.block}.train", *arguments])
        self.folder = home / "results" if self.official else options.out
        self.files: dict[str, bytes] = {}
        self.log_rows: list[dict] = []
        self.headline_numbers: dict[str, Any] = {}
        self.seconds: dict[str, float] = {}
        self._started = time.perf_counter()

    def log(self, **row: Any) -> None:
        """One logged step for train_log.jsonl: step, split, loss and what else is worth seeing."""
        self.log_rows.append(plain(row, f"log row {len(self.log_rows)}"))

    def claim(
        self, name: str, claim: str, *, seeds: Iterable[int], config: Mapping, metrics: Mapping
    ) -> None:
        """An experiment's claim and measurements, for results/<name>.json."""
        record = {
            "claim": claim, "command": self.command, "seeds": list(seeds), "config": config,
            "metrics": metrics,
        }  # fmt: skip
        self.file(f"{name}.json", to_json(record, name))

    def headline(self, numbers: Mapping[str, Any]) -> None:
        """Add to the block's headline numbers; keys without dots, each given once."""
        for key, value in plain(numbers, "headline").items():
            if "." in key or key in self.headline_numbers:
                raise ValueError(f"headline key {key!r} holds a dot or is given twice")
            self.headline_numbers[key] = value

    def figure(self, name: str, figure: "Figure") -> None:
        """A picture, for results/<name>.png."""
        from shared import plots  # here, since many programs of the blocks draw nothing

        self.file(f"{name}.png", plots.png(figure))

    def file(self, name: str, content: bytes | str) -> None:
        """Any other file of results/; text is written as UTF-8. Each name is given once."""
        if name in self.files:
            raise ValueError(f"{name} is written twice in one run")
        self.files[name] = content.encode() if isinstance(content, str) else content

    @contextlib.contextmanager
    def clock(self, name: str) -> Iterator[None]:
        """Measure the seconds of a with-block, for timing.json."""
        started = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - started

    def progress(self, items: Iterable, title: str) -> Iterable:
        """The items, behind a progress bar on stderr; silent where stderr is not a terminal."""
        return tqdm(items, title, leave=False, disable=None)

    def finish(self) -> None:
        """Write every file, refresh the README's numbers, print the headline table."""
        if self.log_rows:
            self.file("train_log.jsonl", "".join(json.dumps(row) + "\n" for row in self.log_rows))
        table = headline_table(self.headline_numbers)
        self.file("headline.json", to_json(self.headline_numbers))
        self.file("headline.txt", table)
        self.seconds["total"] = time.perf_counter() - self._started
        self.file("timing.json", to_json({k: round(v, 3) for k, v in self.seconds.items()}))
        folder = self.folder or Path(tempfile.mkdtemp(prefix=f"{self.block}-"))
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        for name, content in sorted(self.files.items()):
            write_atomically(folder / name, content)
        if self.official:
            self._refresh_readme()
        print(table, end="")
        shown = folder.relative_to(self.home.parent) if self.official else folder
        print(f"{self.seconds['total']:.0f} s, {len(self.files)} files written to {shown}")

    def _refresh_readme(self) -> None:
        page = self.home / "README.md"
        if page.exists():
            old = page.read_text(encoding="utf-8")
            new = readme.refresh(old, self.home)
            sweep(self.home)
            if new != old:
                write_atomically(page, new.encode())


def headline_table(numbers: Mapping[str, Any]) -> str:
    """The headline numbers as aligned lines, in the order they were added."""
    width = max(map(len, numbers), default=0)
    return "".join(f"{key:<{width}}  {_short(value)}\n" for key, value in numbers.items())


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else json.dumps(value)


class _OneLineParser(argparse.ArgumentParser):
    """Says what is wrong with the options in one line; the usage is behind --help."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def parse_options(description: str, home: Path, arguments: list[str], *, text: bool):
    """The options every block has. Wrong ones end the program with one line and exit code 2."""
    parser = _OneLineParser(prog=f"python -m {home.name}.train", description=description)
    parser.add_argument("--quick", action="store_true", help="small sizes, a few seconds")
    parser.add_argument("--seed", type=_seed, default=0, help="another seed (default 0)")
    parser.add_argument("--out", type=Path, help="write there (default: a new temporary folder)")
    if text:
        parser.add_argument("--text", help="train on this file, or on Python's help: pydoc")
    options = parser.parse_args(arguments)
    if options.out is not None:
        out = options.out.resolve()
        if out == home or home in out.parents:
            parser.error(f"--out {options.out}: only the plain command writes into {home.name}")
        nearest = next(path for path in [out, *out.parents] if path.exists())
        if not nearest.is_dir() or not os.access(nearest, os.W_OK):
            parser.error(f"--out {options.out}: {nearest} is not a folder one may write to")
        options.out = out
    return options


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"a seed is a whole number >= 0, not {text!r}")
    return int(text)


@contextlib.contextmanager
def open_run(
    train_file: str, description: str, arguments: list[str] | None = None, *, text: bool = False
) -> Iterator[Run]:
    """Open the run of a block, given its train.py's __file__; `arguments` default to sys.argv's.

    Ends the program with exit code 130 on Ctrl-C, and with one line and exit code 2 where a data
    file or the output folder is at fault; in both cases nothing has been written.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    home = Path(train_file).resolve().parent
    options = parse_options(description, home, arguments, text=text)
    runtime.pin_blas_threads()
    try:
        run = Run(home, options, arguments)
        yield run
        run.finish()
    except KeyboardInterrupt:
        print(f"\n{home.name}: interrupted, nothing was written", file=sys.stderr)
        sys.exit(130)
    except (DataError, OSError) as error:
        print(f"{home.name}: {error}", file=sys.stderr)
        sys.exit(2)
