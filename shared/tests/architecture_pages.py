"""Rules on the README pages: headings, links, pictures, numbers, seconds."""

import json
import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from shared import readme
from shared.tests.architecture import blocks, pages

HEADINGS = [
    "Run it", "Read it", "What I built", "Results", "What broke", "What I learned",
    "I can explain it",
]  # fmt: skip
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\[\]]*\]\([^()\s]*\))*\]\(\s*([^()\s]+)[^()]*\)")
PICTURE = re.compile(r"!\[[^\]]*\]\(\s*([^()\s]+)|<img[^>]*\bsrc=[\"']([^\"']+)")
SECONDS = re.compile(r"\babout\s+(\d[\d,]*(?:\.\d+)?)\s+s\b")
MINUS = "\N{MINUS SIGN}"


def prose(text: str) -> str:
    """The page with code, formulas and comments blanked out; every line stays where it is."""
    code = r"^```.*?^```|\$\$.*?\$\$|<!--.*?-->|`[^`\n]+`|(?<![\\\w])\$[^$\n]+\$"
    blank = lambda match: re.sub(r"[^\n]", " ", match[0])  # noqa: E731
    return re.sub(code, blank, text, flags=re.MULTILINE | re.DOTALL)


def line_of(text: str, position: int) -> int:
    """The line number of a position in a text."""
    return text.count("\n", 0, position) + 1


def block_pages(root: Path) -> Iterator[tuple[Path, str, str]]:
    """Each block that has a README: its folder, the page's place and its text."""
    for block in blocks(root):
        if (block / "README.md").is_file():
            text = (block / "README.md").read_text(encoding="utf-8")
            yield block, f"{block.name}/README.md", text


# --- headings ----------------------------------------------------------------------------------


def seven_headings_in_order(root: Path) -> list[str]:
    """The seven headings of a block's README, in their order, and no other of that level."""
    found = []
    for _, place, text in block_pages(root):
        headings = list(re.finditer(r"^## +(.*?) *$", prose(text), re.MULTILINE))
        names = [match[1] for match in headings]
        if names != HEADINGS:
            wrong = next((m for m, want in zip(headings, HEADINGS) if m[1] != want), None)
            line = line_of(text, wrong.start()) if wrong else 1
            found.append(f"{place}:{line}: the headings are {', '.join(HEADINGS)}; here {names}")
    return found


# --- links -------------------------------------------------------------------------------------


def leads_into_a_deleted_block(root: Path, page: Path, path: str) -> bool:
    """A link of the root README into a block of whose number no folder is left."""
    number = re.match(r"block\d\d_", path)
    return bool(number) and page.parent == root and not [*root.glob(f"{number[0]}*")]


def links_exist(root: Path) -> list[str]:
    """Every relative link and picture leads to something that is there, or to a deleted block."""
    found = []
    for page in pages(root):
        text = prose(page.read_text(encoding="utf-8"))
        place = page.relative_to(root).as_posix()
        matches = [(m.start(), m[1]) for m in LINK.finditer(text)]
        matches += [(m.start(), m[1] or m[2]) for m in PICTURE.finditer(text)]
        for start, target in sorted(set(matches)):
            path = target.split("#")[0]
            if re.match(r"[a-z]+:", target) or not path:
                continue
            if leads_into_a_deleted_block(root, page, path):
                continue
            if path.startswith("/") or not (page.parent / path).exists():
                found.append(f"{place}:{line_of(text, start)}: {target} does not exist")
    return found


def pictures_are_shown(root: Path) -> list[str]:
    """Every picture in results/ stands in the block's README."""
    found = []
    for block, place, text in block_pages(root):
        shown = {m[1] or m[2] for m in PICTURE.finditer(prose(text))}
        for path in sorted((block / "results").glob("*.png")):
            if f"results/{path.name}" not in shown:
                found.append(f"{place}:1: does not show results/{path.name}")
    return found


# --- numbers -----------------------------------------------------------------------------------


def numbers_equal_results(root: Path) -> list[str]:
    """Every linked number and every included output is what results/ holds."""
    found = []
    for block, place, text in block_pages(root):
        try:
            fresh = readme.refresh(text, block)
        except ValueError as error:
            found.append(f"{place}:1: {error}")
            continue
        if fresh != text:
            pairs = enumerate(zip_longest(text.split("\n"), fresh.split("\n"), fillvalue=""), 1)
            line, old, new = next((i, *p) for i, p in pairs if p[0] != p[1])
            found.append(f"{place}:{line}: says {old.strip()!r}, results/ say {new.strip()!r}")
    return found


def number_links_are_kept_fresh(root: Path) -> list[str]:
    """A link into a JSON file has the one form that a run rewrites."""
    found = []
    for _, place, text in block_pages(root):
        for match in LINK.finditer(prose(text)):
            known = readme.NUMBER.fullmatch(match[0])
            if ".json#" in match[1] and not known:
                line = line_of(text, match.start())
                found.append(f"{place}:{line}: write {match[0]} as [0.5](results/x.json#metrics.y)")
    return found


def seconds_are_about_right(root: Path) -> list[str]:
    """`about N s` is within a factor 3 of a measured time; the first under Run it, of the total."""
    found = []
    for block, place, text in block_pages(root):
        try:
            timing = json.loads((block / "results/timing.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found.append(f"{place}:1: results/timing.json cannot be read")
            continue
        run_it = re.search(r"^## Run it$.*?(?=^## |\Z)", prose(text), re.MULTILINE | re.DOTALL)
        first = SECONDS.search(prose(text), run_it.start(), run_it.end()) if run_it else None
        if not first:
            found.append(f"{place}:1: Run it does not say how long the run takes, about N s")
        for match in SECONDS.finditer(prose(text)):
            total = first and match.start() == first.start()
            measured = [timing.get("total", 0)] if total else [*timing.values()]
            said = float(match[1].replace(",", ""))
            if not any(said / 3 <= seconds <= said * 3 for seconds in measured):
                line = line_of(text, match.start())
                what = f"the total is {measured[0]} s" if total else "timing.json has nothing near"
                found.append(f"{place}:{line}: about {match[1]} s: {what}")
    return found


def minus_is_ascii(root: Path) -> list[str]:
    """No Unicode minus sign in a README or in a text of results/."""
    results = sorted(root.glob("block*/results/*"))
    texts = [path for path in results if path.suffix in (".md", ".txt", ".json")]
    found = []
    for path in pages(root) + texts:
        place = path.relative_to(root).as_posix()
        for line, text in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if MINUS in text:
                found.append(f"{place}:{line}: a Unicode minus, write -")
    return found


RULES = [
    seven_headings_in_order,
    links_exist,
    pictures_are_shown,
    numbers_equal_results,
    number_links_are_kept_fresh,
    seconds_are_about_right,
    minus_is_ascii,
]
