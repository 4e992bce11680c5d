"""The rules of the repository, each shown to fail: imports, and what a block and its README hold.

A rule yields a line for each violation under a root; what ruff can see stands in pyproject.toml.
Blocks of the first edition, those without __main__.py, are exempt from arrows and skeleton.
"""

import ast
import functools
import json
import os
import re
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from shared import EARNED_IN, readme

ROOT = Path(__file__).resolve().parent.parent.parent
RANK = {"idea": 0, "train": 1, "planted": 1, "bench": 2, "proofs": 2, "experiments": 2}
RANK |= {"report": 2, "sample": 3, "__main__": 3, "tests": 4}  # none imports a higher rank
TESTS, NOT_THE_MAKER = r".*/tests/.*", r"(?!data/tales/).*"
PLACES = {  # which files may import what; the rest of the standard library is free
    "numpy": ".*", "matplotlib": NOT_THE_MAKER, "tqdm": NOT_THE_MAKER, "data": "data/.*",
    "threadpoolctl": r"shared/runtime\.py", "pytest": TESTS, "setup_venv": TESTS,
    "subprocess": r"setup_venv\.py|shared/(planted_bugs|practice)\.py"
                  r"|.*/proofs\.py|.*/(tests|experiments)/.*",
} | dict.fromkeys(["torch", "sklearn", "scipy"], r".*/(bench|tests/make_golden)\.py")
FILES = "README.md __init__.py train.py proofs.py planted.py experiments/__init__.py "
FILES += "tests results/headline.json results/timing.json results/loss_curve.png results/outputs.md"
HEADINGS = ["The question", "Run it", "Read it", "The idea", "Results", "What broke"]
HEADINGS += ["What I learned", "I can explain it", "Try it", "What I built"]
KEYS = ["claim", "command", "config", "metrics", "seeds"]
NO_CLAIM = {"headline.json", "timing.json", "bench.json", "proofs.json", "eval.json"}
NO_CLAIM |= {"results.json"}  # another tool's keys
LINK = re.compile(r"\]\(\s*([^()\s]+)[^()]*\)")
CODE = re.compile(r"(?s)<!-- code \S+\.py:\w+ -->\n```python\n.+?```\n<!-- end -->")
NO_PROSE = re.compile(r"(?ms)^```.*?^```|\$\$.*?\$\$|<!--.*?-->|`[^`\n]+`|(?<![\\\w])\$[^$\n]+\$")
MACHINE = re.compile(  # folders of one machine, registries, a minus that no search finds
    r"(?<![\w.~/:-])/(?:home|root|Users|work|tmp|private|mnt|opt|srv)/|\b[A-Z]:\\+Users"
    r"|pypi\.org|pythonhosted\.org|registry\.npmjs|proxy\.golang|\N{MINUS SIGN}")
Source = namedtuple("Source", "place top role block second tree")
parse = functools.cache(ast.parse)
read = functools.partial(Path.read_text, encoding="utf-8", errors="replace")


def readable(root, *patterns):
    """Regular files that may be read; editors' locks, dangling links and pipes are not ours."""
    paths = sorted({path for pattern in patterns for path in root.glob(pattern)})
    return [p for p in paths if p.name[0] != "." and os.access(p, os.R_OK) and p.is_file()]


def role_of(*parts):
    """A key of RANK, by the parts of a file's or module's name within its block."""
    names = [part.removesuffix(".py") for part in parts]
    return next((name for name in names[:1] + names[-1:] if name in RANK), "idea")


def sources(root):
    for path in readable(root, "*.py", "shared/**/*.py", "data/**/*.py", "block*/**/*.py"):
        top, *parts = path.relative_to(root).parts
        block = int(top[5:7]) if re.match(r"block\d\d_", top) else None
        second, tree = (root / top / "__main__.py").is_file(), parse(read(path), str(path))
        yield Source("/".join([top, *parts]), top, role_of(*parts), block, second, tree)


def refusal(source, top, module="", *_):
    """Why a file may not import top.module; "" where it may."""
    if re.match(r"block\d\d_", top):
        above = source.second and RANK[role_of(module)] > RANK[source.role]
        return "another block" if top != source.top else f"not from {source.role}" * above
    if top != "shared":
        known = PLACES.get(top, ".*" if top in sys.stdlib_module_names else "")
        return "" if re.fullmatch(known, source.place) else "not for this file"
    tests = source.role == "tests"
    if module in ("tests", "EARNED_IN"):
        return "" if tests or (source.block is not None and not source.second) else "for tests"
    last = 98 if tests else EARNED_IN.get(Path(source.place).stem, 0)
    if source.block is not None:
        last = max(0, source.block - (source.role == "idea"))
    fine = EARNED_IN.get(module, 99) <= last and (tests or source.top != "data")
    return "" if fine else f"not earned up to block {last}"


def code(root):
    """Earning, the core alone, arrows one way, no other block named; small files and functions."""
    for source in sources(root):
        tests, found = source.role == "tests", []
        most = 999 if tests else 35 if source.second else 45 if source.top == "shared" else 999
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                before = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
                for name in [before + alias.name for alias in node.names]:
                    why = refusal(source, *name.split("."))
                    found += [f"{node.lineno}: {name}: {why}"] * bool(why)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                if source.block is not None or (source.top == "shared" and not tests):
                    others = set(re.findall(r"block\d\d_\w+", node.value)) - {source.top}
                    found += [f"{node.lineno}: names {name}" for name in others]
            elif isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= most:
                found.append(f"{node.lineno}: {node.name} has more than {most} lines")
        lines = source.tree.body[-1].end_lineno if source.tree.body else 0
        found += [f"{lines}: 350 lines are enough"] * (lines > 350 and source.top != "data")
        yield from (f"{source.place}:{line}" for line in found)


def skeleton(root):
    """A block's files, its claims (first in a docstring, and in results/), its README's parts."""
    for block in [path.parent for path in readable(root, "block*/__main__.py")]:
        number, text = block.name[5:7], "".join(map(read, readable(block, "README.md")))
        wanted = FILES.split()[: 9 if number == "00" else None]
        found = [f"{name} is missing" for name in wanted if not (block / name).exists()]
        tops = {p.relative_to(block).parts[0] for p in readable(block, "*.py", "*/*.py")}
        ideas = [t for t in tops if t.removesuffix(".py") not in [*RANK, "__init__"]]  # or folders
        found += [f"not two to seven idea files: {ideas}"] * (not 2 <= len(ideas) <= 7)
        nodes = [n for p in readable(block, "experiments/*.py") for n in parse(read(p)).body]
        said = {n.name: ast.get_docstring(n) or "" for n in nodes if isinstance(n, ast.FunctionDef)}
        names = [ast.unparse(entry).split(".")[-1] for node in nodes if isinstance(node, ast.Assign)
                 if ast.unparse(node.targets[0]) in ("EXPERIMENTS", "STUDIES")
                 for entry in node.value.elts]
        found += [f"{len(names)} claims"] * (not 1 <= len(names) <= (12 if number == "10" else 9))
        for name in names:
            files = readable(block, f"results/{name}.json", f"results/studies/{name}.json")
            claim = json.loads(read(files[0]))["claim"].split() if files else []
            if not claim or said.get(name, "").split("\n\n")[0].split() != claim:
                found.append(f"the docstring of {name} is not the claim in results/{name}.json")
        _, *parts = re.split(r"(?m)^## +(.+)\n", NO_PROSE.sub(" ", text))
        under = dict.fromkeys(HEADINGS, "") | dict(zip(parts[::2], parts[1::2]))
        found += [f"the headings are {HEADINGS}"] * (parts[::2] != HEADINGS)
        sentences = re.split(r"(?m)(?<=[.!?])\s|\n\n|^[-*] |^\d+\. |^\|.*", "\n".join(parts))
        found += [f"many numbers: {s}" for s in sentences if len(readme.NUMBER.findall(s)) > 2]
        found += ["a number to say aloud"] * bool(readme.NUMBER.search(under["I can explain it"]))
        exercises = len(re.findall(r"(?m)^(?:[-*]|\d+\.) ", under["Try it"]))
        found += [f"{exercises} exercises, at least three"] * (exercises < 3)
        found += ["the README includes no code"] * (not CODE.search(text))
        yield from (f"{block.name}: {line}" for line in found)


def pages(root):
    """Links, pictures, numbers and seconds hold, results/ is light, no text is of one machine."""
    for page in readable(root, "README.md", "data/README.md", "block*/README.md"):
        home, text = page.parent, NO_PROSE.sub(" ", read(page))
        for link in LINK.findall(text):
            target, other = link.split("#")[0], re.match(r"(\.\./)?block\d\d_", link)
            deleted = other and not [*home.glob(f"{other[0]}*")]  # blocks stand alone
            if target and ":" not in target and not deleted and not (home / target).exists():
                yield f"{page}: {target} does not exist"
        for path in readable(home, "results/**/*.png"):
            place = path.relative_to(home).as_posix()
            if not re.search(rf"!\[[^\]]*\]\({place}\)", text):
                yield f"{page}: does not show {place}"
        stale = readme.refresh(read(page), home) != read(page)
        if stale or text.count(".json#") != len(readme.NUMBER.findall(text)):
            yield f"{page}: a number differs, or is not linked like [1](results/x.json#y)"
        for said in re.findall(r"\babout\s+(\d[\d,]*(?:\.\d+)?)\s+s\b", text):
            files = readable(home, "results/timing.json")
            clocks = json.loads(read(files[0])).values() if files else ()
            if files and not any(x / 10 <= float(said.replace(",", "")) <= x * 10 for x in clocks):
                yield f"{page}: about {said} s, but measured {[*clocks]}"
        most = 4_000_000 if home.name[5:7] == "10" else 1_500_000  # weights that ship
        if sum(path.stat().st_size for path in readable(home, "results/**/*")) > most:
            yield f"{home.name}/results: more than {most} bytes"
        for path in readable(home, "results/**/*.json"):
            if path.name not in NO_CLAIM and [*json.loads(read(path))] != KEYS:
                yield f"{path}: a claim has the keys {KEYS}"
    for path in readable(root, "*.[mpt]*", "M*", "data/**/*.[mp]*", "shared/**/*", "block*/**/*"):
        if path.suffix not in (".png", ".npz", ".pyc") and (found := MACHINE.search(read(path))):
            yield f"{path}: holds {found[0]}"


NUMBER = "[0.25](results/width.json#metrics.loss)"
UNDER = {
    "Run it": "It takes about 10 s.", "Try it": "1. One\n2. Two\n3. Three",
    "The idea": "<!-- code a.py:f -->\n```python\nf = 1\n```\n<!-- end -->",
    "Results": f"The loss is {NUMBER}. ![Loss](results/loss_curve.png)",
}
CLAIM = {"claim": "It falls.", "command": "", "config": {}, "metrics": {"loss": 0.25}, "seeds": []}
TREE = {f"block02_x/{name}": "" for name in f"{FILES} __main__.py a.py b.py".split()} | {
    "block02_x/README.md": "".join(f"## {h}\n\n{UNDER.get(h, h)}\n\n" for h in HEADINGS),
    "block02_x/experiments/__init__.py": "EXPERIMENTS = [w.width]\n",
    "block02_x/experiments/w.py": 'def width(run):\n    """It\n    falls.\n\n    So."""\n',
    "block02_x/results/headline.json": "{}", "block02_x/results/timing.json": '{"total": 20.0}',
    "block02_x/results/width.json": json.dumps(CLAIM),
    "shared/losses.py": "import numpy\n", "data/tales/a.py": "import numpy\n",
    "block02_x/a.py": "f = 1\n",
}
IMPORTS = {
    "block02_x/a.py": "torch pytest subprocess shared shared.losses block01_y block02_x.train data",
    "block02_x/train.py": "shared.tensor shared.tests threadpoolctl block02_x.tests.test_a",
    "block02_x/proofs.py": "block02_x.__main__",
    "shared/losses.py": "block02_x.a shared.tensor", "data/tales/a.py": "matplotlib shared.data",
}
PLANTS = [  # the rule, the file, the text in it that is replaced ("": all of it), and the new text
    *((code, file, "", f"import {x}\n") for file in IMPORTS for x in IMPORTS[file].split()),
    (code, "block02_x/train.py", "", "from shared import (\n    tensor)\n"),
    (code, "shared/losses.py", "", "x = 'block02_x'\n"),
    *((code, "block02_x/a.py", "", text) for text in [
        "x = f'../block01_y/{1}'\n", "x = 1\n" * 351, "def f():\n" + "    x = 1\n" * 35]),
    *((skeleton, f"block02_x/{name}", "", None)
      for name in FILES.split()[1:5] + FILES.split()[6:] + ["a.py", "results/width.json"]),
    (skeleton, "block02_x/experiments/w.py", "falls", "rises"),
    (skeleton, "block02_x/experiments/__init__.py", "w.width", ""),
    (skeleton, "block02_x/experiments/__init__.py", "w.width", "w.width, " * 10),
    (pages, "block02_x/results/width.json", '"config"', '"settings"'),
    (pages, "block02_x/results/big.txt", "", "x" * 1_500_001),
    (pages, "block02_x/b.py", "", "f = '/" + "home/x'\n"),
    *((rule, "block02_x/README.md", old, new) for rule, old, new in [
        (skeleton, "## Read it", "## Read"), (skeleton, "```python", "```"), (skeleton, "3. ", ""),
        (skeleton, "One", NUMBER * 3), (skeleton, "explain it\n", f"explain it\n{NUMBER}"),
        (pages, "![L", "[L"), (pages, "0.25", "0.3"), (pages, "10 s", "1 s"),
        (pages, "(results/w", "(./results/w"), (pages, "1. One", "[One](one.py)")]),
]


def planted(root, changes):
    """A small repository that keeps the rules but for these files; None deletes one."""
    for place, text in (TREE | changes).items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            (root / place).write_text(text, encoding="utf-8")
    (root / "shared/.#a.py").symlink_to("nowhere")
    os.mkfifo(root / "block02_x/pipe.py")
    return root


@pytest.mark.parametrize("rule", [code, skeleton, pages])
def test_the_repository_keeps(rule, tmp_path):
    assert list(rule(ROOT)) == []
    assert list(rule(planted(tmp_path, {}))) == []


@pytest.mark.parametrize(("rule", "file", "old", "new"), PLANTS)
def test_a_violation_is_found(rule, file, old, new, tmp_path):
    root = planted(tmp_path, {file: TREE[file].replace(old, new, 1) if old else new})
    assert len(list(rule(root))) == 1
