"""Rules on what a block consists of: its files, its results, its targets in the Makefile."""

import ast
import json
import re
from pathlib import Path
from typing import Any

from shared.tests.architecture import block_sources, blocks, is_idea_file, number, sources, walk

NOT_AN_IDEA = re.compile(r"(.*_)?(utils?|helpers?|common|misc)(_.*)?")
CLAIM = ["claim", "command", "config", "metrics", "seeds"]
LONGEST = 350  # lines of a file
HEAVIEST = 1_500_000  # bytes of a results/ folder


# --- the skeleton ------------------------------------------------------------------------------


def every_block_has_its_files(root: Path) -> list[str]:
    """README.md, __init__.py, train.py, experiments, tests and results/headline.json."""
    found = []
    for block in blocks(root):
        needed = ["README.md", "__init__.py", "train.py", "results/headline.json"]
        needed += ["tests/test_train.py", "results/timing.json"]
        if number(block) >= 1:
            needed += ["results/outputs.md", "results/loss_curve.png"]
        missing = [name for name in needed if not (block / name).is_file()]
        found += [f"{block.name}/{name}:1: is missing" for name in missing]
        if not ((block / "experiments.py").is_file() or (block / "experiments").is_dir()):
            found.append(f"{block.name}:1: has neither experiments.py nor a folder experiments/")
        if not any((block / "results").glob("*.png")):
            found.append(f"{block.name}/results:1: holds no picture")
    return found


def init_holds_a_docstring_only(root: Path) -> list[str]:
    """A block's __init__.py is one docstring."""
    found = []
    for source in block_sources(root):
        if source.place != f"{source.top}/__init__.py" or not source.tree:
            continue
        if not ast.get_docstring(source.tree) or len(source.tree.body) != 1:
            found.append(f"{source.place}:1: should hold one docstring and nothing else")
    return found


def train_has_a_main(root: Path) -> list[str]:
    """train.py defines the function main."""
    return [
        f"{source.place}:1: defines no function main"
        for source in block_sources(root)
        if source.role == "train"
        and not any(isinstance(n, ast.FunctionDef) and n.name == "main" for n in walk(source.tree))
    ]


def two_to_seven_idea_files(root: Path) -> list[str]:
    """A block has two to seven idea files, each named after its idea and each with its tests."""
    found = []
    for block in blocks(root):
        ideas = [s for s in block_sources(root) if s.top == block.name and is_idea_file(s)]
        if not 2 <= len(ideas) <= 7:
            names = ", ".join(source.name for source in ideas) or "none"
            found.append(f"{block.name}:1: has {len(ideas)} idea files, not two to seven: {names}")
        for source in ideas:
            if len(source.place.split("/")) > 2:
                found.append(f"{source.place}:1: idea files stand in the block's own folder")
            elif not (block / "tests" / f"test_{source.name}").is_file():
                found.append(f"{source.place}:1: there is no tests/test_{source.name}")
    return found


def names_say_something(root: Path) -> list[str]:
    """No utils, helpers, common or misc."""
    return [
        f"{source.place}:1: name it after what it does"
        for source in sources(root)
        if any(NOT_AN_IDEA.fullmatch(part.removesuffix(".py")) for part in source.place.split("/"))
    ]


def files_are_short(root: Path) -> list[str]:
    """No Python file of 350 lines or more in a block or in shared/."""
    found = []
    for source in sources(root):
        lines = source.text.count("\n")
        if lines >= LONGEST and source.top != "data":
            found.append(f"{source.place}:{lines}: has {lines} lines, {LONGEST} are too many")
    return found


def results_are_light(root: Path) -> list[str]:
    """results/ stays under 1.5 MB."""
    found = []
    for block in blocks(root):
        files = [path for path in (block / "results").rglob("*") if path.is_file()]
        total = sum(path.stat().st_size for path in files)
        if total >= HEAVIEST:
            largest = max(files, key=lambda path: path.stat().st_size)
            found.append(
                f"{largest.relative_to(root).as_posix()}:1: results/ holds {total:,} bytes, "
                f"{HEAVIEST:,} are too many; this is the largest file"
            )
    return found


# --- results -----------------------------------------------------------------------------------


def strictly(text: str) -> Any:
    """The value of a JSON text. Raises ValueError on a NaN, an infinity or a key given twice."""

    def refuse(constant: str) -> None:
        raise ValueError(f"holds {constant}")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"has the key {key!r} twice")
        return dict(pairs)

    return json.loads(text, parse_constant=refuse, object_pairs_hook=once)


def records(root: Path) -> list[tuple[str, Any, str]]:
    """Every JSON value of every results/ as (file:line, value, what is wrong with it or "")."""
    found: list[tuple[str, Any, str]] = []
    for block in blocks(root):
        for path in sorted((block / "results").glob("*.json*")):
            text = path.read_text(encoding="utf-8")
            parts = text.splitlines() if path.suffix == ".jsonl" else [text]
            for line, part in enumerate(parts, 1):
                place = f"{path.relative_to(root).as_posix()}:{line}"
                try:
                    found.append((place, strictly(part), ""))
                except ValueError as error:
                    found.append((place, None, str(error)))
    return found


def results_are_strict_json(root: Path) -> list[str]:
    """No NaN, no infinity, no key twice."""
    return [f"{place}: {wrong}" for place, _, wrong in records(root) if wrong]


def headline_is_flat(root: Path) -> list[str]:
    """headline.json: one level, keys without dots."""
    found = []
    for place, value, wrong in records(root):
        if "/headline.json:" not in place or wrong:
            continue
        if not isinstance(value, dict) or not value:
            found.append(f"{place}: holds no headline numbers")
            continue
        for key, item in value.items():
            if "." in key:
                found.append(f"{place}: the key {key!r} holds a dot")
            if isinstance(item, dict | list):
                found.append(f"{place}: {key} is a {type(item).__name__}, not one value")
    return found


def claims_are_whole(root: Path) -> list[str]:
    """A claim has exactly its five keys, and its seeds are a list of whole numbers."""
    found = []
    for place, value, _ in records(root):
        if ".json:" not in place or not isinstance(value, dict) or "claim" not in value:
            continue
        if sorted(value) != CLAIM:
            found.append(f"{place}: a claim has the keys {', '.join(CLAIM)}, not {sorted(value)}")
            continue
        seeds = value["seeds"]
        if not isinstance(seeds, list) or {type(seed) for seed in seeds} - {int}:
            found.append(f"{place}: seeds is {seeds!r}, not a list of whole numbers")
    return found


def log_rows_have_step_and_split(root: Path) -> list[str]:
    """Each row of train_log.jsonl is an object with step and split."""
    return [
        f"{place}: a log row is an object with step and split"
        for place, value, wrong in records(root)
        if "/train_log.jsonl:" in place and not wrong
        and not (isinstance(value, dict) and {"step", "split"} <= value.keys())
    ]  # fmt: skip


# --- the Makefile ------------------------------------------------------------------------------


def makefile_knows_every_block(root: Path) -> list[str]:
    """For each block the targets blockNN (also in `all`) and test-blockNN."""
    makefile = root / "Makefile"
    text = makefile.read_text(encoding="utf-8") if makefile.is_file() else ""
    everything = re.search(r"^all:([^#\n]*)", text, re.MULTILINE)
    found = []
    for block in blocks(root):
        short = block.name[:7]
        recipes = {short: f"-m {block.name}.train", f"test-{short}": f"-m pytest {block.name}"}
        for target, command in recipes.items():
            if not re.search(rf"^{target}:.*\n\t.*{re.escape(command)}\b", text, re.MULTILINE):
                found.append(f"Makefile:1: has no target {target} that runs `python {command}`")
        if not everything or short not in everything[1].split():
            found.append(f"Makefile:1: `all` does not run {short}")
    return found


RULES = [
    every_block_has_its_files,
    init_holds_a_docstring_only,
    train_has_a_main,
    two_to_seven_idea_files,
    names_say_something,
    files_are_short,
    results_are_light,
    results_are_strict_json,
    headline_is_flat,
    claims_are_whole,
    log_rows_have_step_and_split,
    makefile_knows_every_block,
]
