"""A run of a block: its options, its log, its claims, and the files it ends with.

    with open_run(__file__, "A network of two layers.") as run:   # in __main__.py
        train_and_report(run)            # run.log(epoch, {"train": 0.3, "validation": 0.4})
        run.experiments(EXPERIMENTS)     # each: run.seeds(5), run.figure(...), run.record(...)
        run.headline({"accuracy": 0.97})

The files are collected in memory and published together when the run ends well: into results/
(and the numbers into the README) by the plain command, into results/studies/ with --studies alone,
elsewhere with --out, --quick, --seed or --text. A run that is killed, fails or is interrupted
leaves the old files as they were.
"""

import argparse
import contextlib
import hashlib
import json
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from shared import readme, runtime
from shared.command_line import MADE_BY, RunError, open_streams, parse_options, say
from shared.data import DataError
from shared.files import (
    plain,
    publish,
    recover,
    signals_held,
    sweep,
    to_json,
    write_atomically,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# --- the run -------------------------------------------------------------------------------------


class Run:
    """One run of a block: its options, where its files go, and the files so far.

    block   the block's folder name          seed    the run's seed
    quick   small sizes, for tests           text    the reader's own text, or None
    folder  where the files go, or None    official  whether that is results/ (and the README)
    studies the long comparisons instead     resume  whether what was kept is to be gone on with
    kept    the folder of what `shared.resume` keeps until the files are published
    """

    def __init__(self, module: str, home: Path, options: argparse.Namespace, arguments: list[str]):
        self.home = home
        self.block = home.name
        self.quick: bool = options.quick
        self.seed: int = options.seed
        self.text: str | None = getattr(options, "text", None)
        self.resume: bool = getattr(options, "resume", False)
        self.studies: bool = getattr(options, "studies", False)
        self.official = set(arguments) <= {"--resume", "--studies"}
        said = [argument for argument in arguments if argument != "--resume"]  # nothing differs
        self.command = " ".join(["python", "-m", module, *said])
        self.place = "studies/" if self.studies else ""  # within results/
        self.folder: Path | None = home / "results" / self.place if self.official else options.out
        key = hashlib.sha256(" ".join(said).encode(errors="surrogateescape")).hexdigest()
        self.kept = home / ".kept" / key[:16]
        self.files: dict[str, bytes] = {}
        self.log_rows: list[dict] = []
        self.headline_numbers: dict[str, Any] = {}
        self.seconds: dict[str, float] = {}
        self.published = False
        self._started = time.perf_counter()
        self._experiment: Callable | None = None
        self._seeds: list[int] = []

    # what is seen while it runs

    def log(self, step: int, losses: Mapping[str, float] | None = None, **where: Any) -> None:
        """Log and print the losses of one step by split: a row of train_log.jsonl for each.

        `where` tells this training from others: problem="digits". (Blocks of the first edition
        log one split at a time, split="train", loss=0.3, and print nothing.)
        """
        rows = [{"split": split, "loss": loss} for split, loss in (losses or {}).items()] or [{}]
        for row in rows:
            row = {"step": step, **where, **row}
            self.log_rows.append(plain(row, f"log row {len(self.log_rows)}"))
        if losses:
            told = [str(value) for value in where.values()] + [f"step {step:>5}"]
            told += [f"{split} {loss:.4f}" for split, loss in losses.items()]
            say("  ".join(told))

    def logged(self, **where: Any) -> tuple[list[int], list[float]]:
        """The steps and losses of the logged rows with these values: split="train", ..."""
        rows = [r for r in self.log_rows if all(r.get(k) == v for k, v in where.items())]
        return [row["step"] for row in rows], [row["loss"] for row in rows]

    def progress(self, items: Iterable, title: str) -> Iterable:
        """The items, behind a progress bar on stderr; silent where stderr is not a terminal."""
        return tqdm(items, title, leave=False, disable=None)

    @contextlib.contextmanager
    def clock(self, name: str) -> Iterator[None]:
        """Measure the seconds of a with-block, for timing.json."""
        started = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - started

    # experiments: the function's name is the result's, its docstring's first paragraph the claim

    def experiments(self, functions: Sequence[Callable]) -> None:
        """Call each with this run; what it records and draws bears its name."""
        for function in self.progress(functions, "experiments"):
            self._experiment, self._seeds = function, []
            with self.clock(function.__name__):
                function(self)
        self._experiment = None

    def seeds(self, count: int, quick: int = 2) -> list[int]:
        """The seeds of a comparison: so many from the run's seed on, fewer in a quick run."""
        self._seeds = list(range(self.seed, self.seed + (quick if self.quick else count)))
        return self._seeds

    def record(self, *, config: Mapping, metrics: Mapping) -> None:
        """The measurements of the experiment that is running, for results/<its name>.json."""
        if self._experiment is None:
            raise ValueError("record is for experiments: call them through run.experiments")
        name, seeds = self._experiment.__name__, self._seeds or [self.seed]
        self.claim(
            name, claim_of(self._experiment), seeds=seeds, config=clean_keys(config),
            metrics=clean_keys(metrics),
        )

    def claim(
        self, name: str, claim: str, *, seeds: Iterable[int], config: Mapping, metrics: Mapping
    ) -> None:
        """A claim and its measurements under any name, for results/<name>.json."""
        record = {
            "claim": claim, "command": self.command, "seeds": list(seeds), "config": config,
            "metrics": metrics,
        }
        self.file(f"{name}.json", to_json(record, name))

    def figure(self, figure: "Figure", name: str | None = None) -> None:
        """A picture, for results/<name>.png; the name is the running experiment's if not given."""
        from shared import plots  # here, since many programs of the blocks draw nothing

        if name is None:
            if self._experiment is None:
                raise ValueError("a picture outside of an experiment needs a name")
            name = self._experiment.__name__
        self.file(f"{name}.png", plots.png(figure))

    # what it ends with

    def headline(self, numbers: Mapping[str, Any]) -> None:
        """Add to the block's headline numbers; keys without dots, each given once."""
        for key, value in plain(numbers, "headline").items():
            if "." in key or key in self.headline_numbers:
                raise ValueError(f"headline key {key!r} holds a dot or is given twice")
            self.headline_numbers[key] = value

    def file(self, name: str, content: bytes | str) -> None:
        """Any other file of results/; text is written as UTF-8. Each name is given once."""
        if name in self.files:
            raise ValueError(f"{name} is written twice in one run")
        self.files[name] = content.encode() if isinstance(content, str) else content

    def finish(self) -> None:
        """Publish every file, refresh the README's numbers, print the headline table."""
        if self.log_rows:
            self.file("train_log.jsonl", "".join(json.dumps(row) + "\n" for row in self.log_rows))
        numbers = self.headline_numbers | self._headline_of_studies()
        table = headline_table(numbers)
        self.file("headline.json", to_json(numbers))
        self.file("headline.txt", table)
        total = time.perf_counter() - self._started
        seconds = self.seconds | {"total": total}
        self.file("timing.json", to_json({k: round(v, 3) for k, v in seconds.items()}))
        page = self._new_readme()  # before anything is written: a dead link ends the run here
        folder = self.folder or Path(tempfile.mkdtemp(prefix=f"{self.block}-"))
        marker = {} if self.official else {MADE_BY: self.block.encode()}
        with signals_held():  # so that an interruption finds all of it written, or nothing
            publish(folder, self.files | marker)
            self.published = True
            if page is not None:
                self._write_readme(page)
            shutil.rmtree(self.kept, ignore_errors=True)
        say(table.rstrip("\n"))
        shown = folder.relative_to(self.home.parent) if self.official else folder
        say(f"{total:.0f} s, {len(self.files)} files written to {shown}")

    def _headline_of_studies(self) -> dict[str, Any]:
        """What `--studies` found, where it has run: the plain run's headline takes it over."""
        path = self.home / "results" / "studies" / "headline.json"
        if self.studies or not self.official or not path.exists():
            return {}
        return json.loads(path.read_bytes())

    def _new_readme(self) -> bytes | None:
        """The README with the numbers of this run, where they differ and this run may write it."""
        page = self.home / "README.md"
        if not (self.official and page.exists()):
            return None
        try:
            old = page.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise readme.ReadmeError(f"README.md is not UTF-8: {error}") from None
        files = {self.place + name: content for name, content in self.files.items()}
        new = readme.refresh(old, self.home, files)
        return None if new == old else new.encode()

    def _write_readme(self, page: bytes) -> None:
        try:
            sweep(self.home)
            write_atomically(self.home / "README.md", page)
        except OSError as error:
            raise RunError(f"README.md keeps its old numbers ({error}); run it again") from None


def claim_of(experiment: Callable) -> str:
    """The first paragraph of the docstring, on one line. Raises ValueError where there is none."""
    claim = " ".join((experiment.__doc__ or "").strip().partition("\n\n")[0].split())
    if not claim:
        raise ValueError(f"{experiment.__name__} has no docstring, which would be its claim")
    return claim


def clean_keys(value: Any) -> Any:
    """The same, lists and all, with keys that a README link can name.

    Letters, digits, _, + and - stay; a run of other characters becomes one underscore, and those
    at the ends go. Raises ValueError where two keys become one, or nothing is left of a key.

    >>> clean_keys({"too small": 1, 0.3: [{"a, b": 2}]})
    {'too_small': 1, '0_3': [{'a_b': 2}]}
    """
    if isinstance(value, Mapping):
        cleaned = [re.sub(r"[^\w+-]+", "_", str(key)).strip("_") for key in value]
        if len(set(cleaned)) < len(cleaned):
            raise ValueError(f"two keys are written the same: {list(value)}")
        if "" in cleaned:
            raise ValueError(f"a key has no letter and no digit: {list(value)}")
        return {key: clean_keys(item) for key, item in zip(cleaned, value.values())}
    return [clean_keys(item) for item in value] if isinstance(value, list | tuple) else value


def headline_table(numbers: Mapping[str, Any]) -> str:
    """The headline numbers as aligned lines, in the order they were added."""
    width = max(map(len, numbers), default=0)
    return "".join(f"{key:<{width}}  {_short(value)}\n" for key, value in numbers.items())


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else json.dumps(value)


# --- from the command line -----------------------------------------------------------------------


@contextlib.contextmanager
def open_run(
    file: str,
    description: str,
    arguments: Sequence[str] | None = None,
    *,
    text: bool = False,
    resume: bool = False,
    studies: bool = False,
    writes: bool = True,
) -> Iterator[Run]:
    """Open the run of a block, given its __main__.py's or train.py's __file__; `arguments` default
    to sys.argv's. With writes=False it trains and prints, and writes nothing; text, resume and
    studies are the options that not every block has.

    Ends the program with exit code 130 on Ctrl-C (143 on SIGTERM), and with one line and exit code
    2 where an option, a data file or the output folder is at fault. Nothing has been written then,
    or the line says that the files were. Files that a killed run began to move are moved first.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    home = Path(file).resolve().parent
    module = home.name if Path(file).name == "__main__.py" else f"{home.name}.{Path(file).stem}"
    open_streams()
    run = None
    try:
        options = parse_options(
            description, module, home, arguments, text=text, resume=resume, studies=studies
        )
        runtime.pin_blas_threads()
        for folder in (home / "results", home / "results" / "studies"):
            recover(folder)
        run = Run(module, home, options, arguments)
        with _sigterm_is_an_exit():
            yield run
            if writes:
                run.finish()
    except KeyboardInterrupt:
        outcome = written(run) or ", nothing was written"
        print(f"\n{home.name}: interrupted{outcome}", file=sys.stderr)
        sys.exit(130)
    except (DataError, readme.ReadmeError, RunError, OSError) as error:
        print(f"{home.name}: {' '.join(str(error).split())}{written(run)}", file=sys.stderr)
        sys.exit(2)


def written(run: Run | None) -> str:
    """What is added to the last line of a run that ended after its files had been published."""
    return ", the files were written" if run is not None and run.published else ""


@contextlib.contextmanager
def _sigterm_is_an_exit() -> Iterator[None]:
    """SIGTERM unwinds the program like an exception, so that temporary folders are removed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    old = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, old)
