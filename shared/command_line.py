"""The command line of every block: its options, where output may go, and what is printed.

One line and exit code 2 where an option is wrong; nothing has been written then.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import NoReturn

from tqdm import tqdm

MADE_BY = ".made-by"  # marks an --out folder as ours; it holds the block's name


class RunError(Exception):
    """The run cannot go on; the message is one line that says why and what to do."""


# --- what is printed -----------------------------------------------------------------------------


def say(text: str) -> None:
    """Print a line, above the progress bar where there is one.

    A reader of a pipe that has gone away (`| head -1`) is no error: the run goes on unread.
    """
    try:
        tqdm.write(text, file=sys.stdout)
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at the end
        if not isinstance(error, BrokenPipeError):
            raise


def open_streams() -> None:
    """Give a process that was started without stdout or stderr one that nobody reads, and print
    what the terminal's encoding lacks as an escape."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")


# --- options -------------------------------------------------------------------------------------


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong with the options in one line; the usage is behind --help."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def parse_options(
    description: str, module: str, home: Path, arguments: list[str], *,
    text: bool, resume: bool = False, studies: bool = False,
) -> argparse.Namespace:
    """The options every block has, and those that this one has besides (text, resume, studies).

    Wrong ones end the program with one line and exit code 2.
    """
    parser = OneLineParser(
        prog=f"python -m {module}", description=description, allow_abbrev=False
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, a few seconds")
    parser.add_argument("--seed", type=seed_of, default=0, help="another seed (default 0)")
    parser.add_argument("--out", help="write there (default: a new temporary folder)")
    if text:
        parser.add_argument("--text", help="train on this file, or on Python's help: pydoc")
    if resume:
        told = "go on with the training that a run with these options was stopped in"
        parser.add_argument("--resume", action="store_true", help=told)
    if studies:
        told = "the comparisons that take long, instead of all else: results/studies/"
        parser.add_argument("--studies", action="store_true", help=told)
    options = parser.parse_args(arguments)
    if text and options.text is not None and not options.text.strip():
        parser.error("--text names no file")
    if options.out is not None:
        options.out = output_folder(options.out, home)
        if text and options.text and options.out in Path(options.text).resolve().parents:
            parser.error(f"--text {options.text} lies in --out {options.out}, which is overwritten")
    return options


def seed_of(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"a seed is a whole number >= 0, not {text!r}")
    return int(text)


def output_folder(named: str, home: Path) -> Path:
    """The folder of --out, whole. Raises RunError unless it is new, empty, or made by a run of
    this block, and where it lies in a folder of this repository."""
    if not named.strip():
        raise RunError("--out names no folder")
    if Path(named).is_symlink() and not Path(named).exists():
        raise RunError(f"--out {named} is a link that leads nowhere")
    out = Path(named).resolve()
    there = next(path for path in [out, *out.parents] if path.exists())
    root = home.parent
    own = [*root.glob("block*"), *(root / name for name in ("shared", "data", ".git", ".ci"))]
    for folder in filter(Path.exists, own):
        if any(folder.samefile(path) for path in [there, *there.parents]):
            raise RunError(
                f"--out {named} lies in {folder.name}: only the plain command of a block writes "
                "there, into results/"
            )
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise RunError(f"--out {named}: {there} is not a folder one may write to")
    if there == out and any(out.iterdir()):
        made_by = out / MADE_BY
        maker = made_by.read_text(errors="replace") if made_by.is_file() else "something else"
        if maker != home.name:
            raise RunError(f"--out {named} holds files of {maker}: name a new or empty folder")
    return out
