"""The repository as the rules see it: its blocks, its sources, what they import and name.

The rules stand in architecture_imports.py, architecture_calls.py, architecture_blocks.py and
architecture_pages.py. Each is a function `rule(root) -> list[str]` of violations, one line each
that begins with file:line; test_architecture.py runs them and shows that each of them bites.
"""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

BLOCK = re.compile(r"block(\d\d)_\w+")
ROLE_OF = {"train.py": "train", "experiments.py": "experiments", "bench.py": "bench"}


def blocks(root: Path) -> list[Path]:
    """The folders blockNN_name, in order."""
    return [path for path in sorted(root.glob("block*")) if BLOCK.fullmatch(path.name)]


def number(block: Path) -> int:
    """The NN of blockNN_name."""
    return int(block.name[5:7])


# --- sources -----------------------------------------------------------------------------------


class Source(NamedTuple):
    """One Python file: its place in the repository ("shared/data.py"), its text, its tree.

    role is "tests", "experiments", "train", "bench" or "idea"; the tree is None where the text
    does not parse, which is the business of one rule alone.
    """

    path: Path
    place: str
    text: str
    tree: ast.Module | None
    role: str

    @property
    def top(self) -> str:
        """The folder at the root, or the file itself: "block01_regression", "shared"."""
        return self.place.split("/")[0]

    @property
    def block(self) -> int | None:
        """The number of the block it belongs to."""
        found = BLOCK.fullmatch(self.top)
        return int(found[1]) if found else None

    @property
    def name(self) -> str:
        return self.path.name


@functools.cache
def parse(text: str) -> ast.Module | None:
    """The syntax tree, made once for all rules."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def role(parts: tuple[str, ...]) -> str:
    """What a file is for, from the parts of its place."""
    if "tests" in parts or parts[-1] == "conftest.py":
        return "tests"
    if len(parts) > 2 and parts[1] == "experiments":
        return "experiments"
    return ROLE_OF.get(parts[-1], "idea") if len(parts) == 2 else "idea"


def sources(root: Path) -> list[Source]:
    """Every Python file of the repository: at its root, in shared/, data/ and the blocks."""
    paths = sorted(root.glob("*.py"))
    for folder in (root / "shared", root / "data", *blocks(root)):
        paths += sorted(folder.rglob("*.py"))
    found = []
    for path in paths:
        place = path.relative_to(root)
        text = path.read_text(encoding="utf-8")
        found.append(Source(path, place.as_posix(), text, parse(text), role(place.parts)))
    return found


def block_sources(root: Path) -> list[Source]:
    """The Python files of the blocks."""
    return [source for source in sources(root) if source.block is not None]


def is_idea_file(source: Source) -> bool:
    """Whether it is one of the two to seven files that a block is named after."""
    return source.block is not None and source.role == "idea" and source.name != "__init__.py"


def pages(root: Path) -> list[Path]:
    """The README of the repository, of data/ and of each block, those that are there."""
    folders = [root, root / "data", *blocks(root)]
    return [folder / "README.md" for folder in folders if (folder / "README.md").is_file()]


# --- imports and names -------------------------------------------------------------------------


class Import(NamedTuple):
    """One imported name, whole: "numpy", "shared.data", "numpy.random.rand", "shared.*"."""

    line: int
    name: str

    @property
    def top(self) -> str:
        return self.name.split(".")[0]


def walk(tree: ast.Module | None) -> Iterator[ast.AST]:
    """Every node; none where there is no tree."""
    return ast.walk(tree) if tree else iter(())


def imports(tree: ast.Module | None) -> list[Import]:
    """Every absolute import, wherever it stands; `from a import b` is a.b."""
    found = []
    for node in walk(tree):
        if isinstance(node, ast.Import):
            found += [Import(node.lineno, alias.name) for alias in node.names]
        if isinstance(node, ast.ImportFrom) and not node.level:
            found += [Import(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found


def aliases(tree: ast.Module | None) -> dict[str, str]:
    """What an imported word stands for: {"np": "numpy", "seed": "numpy.random.seed"}."""
    words = {}
    for node in walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.name if alias.asname else alias.name.split(".")[0]
                words[alias.asname or whole] = whole
        if isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                words[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return words


def whole_name(node: ast.AST, words: dict[str, str]) -> str:
    """The dotted name of `np.random.seed` with np resolved; "" where it is no imported name."""
    if isinstance(node, ast.Name):
        return words.get(node.id, "")
    if isinstance(node, ast.Attribute):
        before = whole_name(node.value, words)
        return f"{before}.{node.attr}" if before else ""
    return ""


def calls(tree: ast.Module | None) -> list[tuple[ast.Call, str]]:
    """Every call, with the whole name of what it calls."""
    words = aliases(tree)
    return [(n, whole_name(n.func, words)) for n in walk(tree) if isinstance(n, ast.Call)]
