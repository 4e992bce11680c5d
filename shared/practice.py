"""Find the bug: `make bug BLOCK=03 SEED=1` plants one in a copy, `make bug-answer` names it.

    python -m shared.practice bug 03 --seed 1
    python -m shared.practice bug-answer

The copy stands in practice/, which git ignores, with the block's tests and without its list of
bugs; an older copy of the block is kept beside it. What is shown is the symptom: what one of the
tests says, and the losses of a short training beside those of the untouched block. Mend the copy
and run its tests to see whether you found it.
"""

import importlib
import itertools
import json
import random
import re
import subprocess
import sys
from pathlib import Path

from shared.command_line import OneLineParser, RunError, say, seed_of
from shared.files import write_atomically
from shared.planted_bugs import (
    ROOT,
    PlantedBug,
    copy_project,
    folders_of,
    plant,
    start_test,
    surroundings,
)

PRACTICE = ROOT / "practice"
LOSSES_SHOWN = 4


def block_folder(number: str) -> str:
    """The folder of a block, from "3" or "03". Raises RunError where there is none with a list."""
    found = sorted(ROOT.glob(f"block{number.zfill(2)}_*/planted.py")) if number.isdigit() else []
    if not found:
        lists = sorted(path.parent.name[5:7] for path in ROOT.glob("block*/planted.py"))
        raise RunError(f"BLOCK={number} has no list of bugs; choose one of {', '.join(lists)}")
    return found[0].parent.name


def drawn_bug(block: str, seed: int) -> PlantedBug:
    """The bug that this seed draws from the block's list."""
    bugs = importlib.import_module(f"{block}.planted").BUGS
    return random.Random(seed).choice(bugs)


# --- the copy and its symptom --------------------------------------------------------------------


def set_aside(copy: Path) -> None:
    """Rename an older copy, in which the reader may have worked, to bugNN-1, bugNN-2, ..."""
    if copy.exists():
        taken = {path.name for path in PRACTICE.iterdir()}
        names = (f"{copy.name}-{number}" for number in itertools.count(1))
        older = copy.rename(PRACTICE / next(name for name in names if name not in taken))
        say(f"Your older copy is now {older.relative_to(ROOT)}.")


def set_up(block: str, bug: PlantedBug) -> Path:
    """practice/bugNN: a copy of what the block needs, with the bug and without lists of bugs."""
    copy = PRACTICE / f"bug{block[5:7]}"
    set_aside(copy)
    copy.mkdir(parents=True)
    copy_project(folders_of(bug) | {block}, copy)
    plant(bug, copy)
    (copy / block / "planted.py").write_text('"""Look for it yourself."""\n\nBUGS: list = []\n')
    told = copy / block / "results/planted_bugs.json"  # a copy of that list
    if told.exists():
        told.write_text("{}\n")
    return copy


def complaint(bug: PlantedBug, copy: Path) -> list[str]:
    """What the failing test says, without its name or the place in the code."""
    output = start_test(bug.test, copy).communicate()[0]
    said = [line[1:].strip() for line in output.splitlines() if line.startswith("E  ")]
    said = [re.sub(r"<function .*?>|\btest_\w+", "...", line)[:100] for line in said if line]
    return said[:3] or ["one of the tests does not end well"]


def last_losses(block: str, root: Path) -> list[str]:
    """The last losses that a short training prints; none where there is no such training."""
    if not (root / block / "train.py").exists():
        return []
    command = [sys.executable, "-m", f"{block}.train", "--quick"]
    done = subprocess.run(
        command, cwd=root, env=surroundings(), capture_output=True, text=True, check=False
    )
    losses = [line for line in done.stdout.splitlines() if re.search(r"\bstep\b", line)]
    if done.returncode != 0:
        losses.append((done.stderr.strip().splitlines() or ["it ends with an error"])[-1])
    return losses[-LOSSES_SHOWN:]


def symptom(block: str, bug: PlantedBug, copy: Path) -> list[str]:
    """What the reader sees, line by line."""
    lines = ["One of the block's checks fails. It says:"]
    lines += [f"    {line}" for line in complaint(bug, copy)]
    right, wrong = last_losses(block, ROOT), last_losses(block, copy)
    if right or wrong:
        lines += ["A short training ends, as it should:", *(f"    {line}" for line in right)]
        same = ["    with the very same losses"]
        lines += ["and in the copy:", *(same if wrong == right else [f"    {x}" for x in wrong])]
    return lines


# --- the two commands ----------------------------------------------------------------------------


def bug_command(number: str, seed: int | None) -> None:
    """Plant a drawn bug, show its symptom, and remember which it was."""
    block = block_folder(number)
    seed = random.SystemRandom().randrange(1000) if seed is None else seed
    bug = drawn_bug(block, seed)
    copy = set_up(block, bug)
    drawn = {"block": block, "seed": seed}
    write_atomically(PRACTICE / "last.json", json.dumps(drawn).encode())
    place = copy.relative_to(ROOT)
    say(f"{place} holds a copy of {block} with one bug (SEED={seed}), in it or in shared/.\n")
    say("\n".join(symptom(block, bug, copy)))
    say(f"\nFind it, mend it, and try: cd {place} && ../../.venv/bin/python -m pytest {block}")
    say("The answer: make bug-answer")


def answer_command() -> None:
    """Name the bug that was planted last."""
    try:
        drawn = json.loads((PRACTICE / "last.json").read_text())
        bug = drawn_bug(drawn["block"], drawn["seed"])
    except FileNotFoundError:
        raise RunError("no bug has been planted yet: make bug BLOCK=03") from None
    except (ValueError, KeyError, TypeError, ImportError):
        raise RunError("practice/last.json is damaged: plant anew, make bug BLOCK=03") from None
    source = (ROOT / bug.file).read_text(encoding="utf-8")
    line = source[: source.index(bug.right)].count("\n") + 1
    say(f"{bug.name}\n\n{bug.file}, line {line}")
    say("\n".join(f"  right: {row}" for row in bug.right.splitlines()))
    say("\n".join(f"  wrong: {row}" for row in bug.wrong.splitlines()))
    say(f"held by {bug.test}")


def main(arguments: list[str] | None = None) -> None:
    parser = OneLineParser(prog="python -m shared.practice", description="Find the bug.")
    commands = parser.add_subparsers(dest="command", required=True)
    bug = commands.add_parser("bug", help="plant a bug in a copy of a block, show its symptom")
    bug.add_argument("block", help="the block's number: 03")
    bug.add_argument("--seed", type=seed_of, help="which bug (default: drawn)")
    commands.add_parser("bug-answer", help="name the bug that was planted last")
    options = parser.parse_args(arguments)
    try:
        if options.command == "bug":
            bug_command(options.block, options.seed)
        else:
            answer_command()
    except KeyboardInterrupt:
        sys.exit(130)
    except (RunError, OSError) as error:
        print(f"practice: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
