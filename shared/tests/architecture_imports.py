"""Rules on imports: earning, no block knows another, the core alone, data stands alone."""

import ast
import re
import sys
from pathlib import Path

from shared.tests.architecture import Source, block_sources, imports, is_idea_file, sources, walk

CORE = {"numpy", "matplotlib", "tqdm"}
EXTRAS = {"torch", "sklearn", "scipy"}  # the extra `parity`
FORBIDDEN = {
    "pickle": "it runs what it reads", "cPickle": "it runs what it reads",
    "dill": "it runs what it reads", "cloudpickle": "it runs what it reads",
    "joblib": "it pickles", "shelve": "it pickles", "marshal": "it trusts what it reads",
    "importlib": "write the import out", "runpy": "write the import out",
    "socket": "no network", "socketserver": "no network", "ssl": "no network",
    "urllib": "no network", "http": "no network", "ftplib": "no network",
    "smtplib": "no network", "xmlrpc": "no network", "requests": "no network",
    "httpx": "no network", "aiohttp": "no network", "webbrowser": "no network",
}  # fmt: skip
# The bootstrap looks for ensurepip, and the doctor asks for each package by name.
EXEMPT = {("setup_venv.py", "importlib"), ("shared/runtime.py", "importlib")}


# --- the rule of earning -----------------------------------------------------------------------


def earned_in(root: Path) -> tuple[dict[str, int], int]:
    """The table EARNED_IN as it stands in shared/__init__.py, and its line."""
    for source in sources(root):
        for node in walk(source.tree) if source.place == "shared/__init__.py" else ():
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            target = node.target if isinstance(node, ast.AnnAssign) else target
            if isinstance(target, ast.Name) and target.id == "EARNED_IN":
                return ast.literal_eval(node.value), node.lineno
    return {}, 1


def shared_imports(source: Source) -> list[tuple[int, str]]:
    """The modules of shared/ a file imports, as (line, module); "" where it names none."""
    return [
        (line, (name.split(".") + [""])[1].strip("*"))
        for line, name in imports(source.tree)
        if name.split(".")[0] == "shared"
    ]


def refusal(source: Source, module: str, table: dict[str, int], last: int) -> str:
    """Why a file may not import this module of shared/; "" where it may."""
    if module == "tests":
        fine = source.role in ("experiments", "tests")
        return "" if fine else "shared.tests is for experiments and tests"
    if not module:
        return "shared itself: name the module you need"
    if module not in table:
        return f"shared.{module} is not in EARNED_IN"
    if table[module] > max(last, 0):
        return f"shared.{module} is earned in block {table[module]}, here one may use up to {last}"
    return ""


def blocks_use_what_they_earned(root: Path) -> list[str]:
    """Idea files use what earlier blocks earned; the rest of a block also what it earns itself."""
    table, _ = earned_in(root)
    found = []
    for source in block_sources(root):
        last = source.block - 1 if is_idea_file(source) else source.block
        for line, module in shared_imports(source):
            if why := refusal(source, module, table, last):
                found.append(f"{source.place}:{line}: {why}")
    return found


def shared_uses_what_was_earned(root: Path) -> list[str]:
    """A module of shared/ imports no block, and of shared/ what was earned no later than itself."""
    table, _ = earned_in(root)
    found = []
    for source in sources(root):
        if source.top != "shared":
            continue
        for line, name in imports(source.tree):
            if re.match(r"block\d\d_", name):
                found.append(f"{source.place}:{line}: shared imports a block, {name}")
        last = max(table.values(), default=0)
        if source.role != "tests":
            last = table.get(source.place.split("/")[1].removesuffix(".py"), 0)
        for line, module in shared_imports(source):
            why = refusal(source, module, table, last)
            if why and not (source.role == "tests" and not module):
                found.append(f"{source.place}:{line}: {why}")
    return found


def earned_in_is_complete(root: Path) -> list[str]:
    """EARNED_IN names every module of shared/ and nothing else."""
    table, line = earned_in(root)
    place = f"shared/__init__.py:{line}"
    there = {s.place.split("/")[1].removesuffix(".py") for s in sources(root) if s.top == "shared"}
    there -= {"__init__", "tests"}
    missing = [f"{place}: EARNED_IN lacks {module}" for module in sorted(there - table.keys())]
    extra = [
        f"{place}: EARNED_IN names {module}, there is no shared/{module}.py"
        for module in sorted(table.keys() - there)
    ]
    return missing + extra


# --- who knows whom ----------------------------------------------------------------------------


def no_block_knows_another(root: Path) -> list[str]:
    """No block imports another or holds its name in a string; neither does shared/."""
    found = []
    for source in sources(root):
        if source.block is None and not (source.top == "shared" and source.role != "tests"):
            continue
        named = list(imports(source.tree)) if source.block is not None else []
        for node in walk(source.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named.append((node.lineno, node.value))
        for line, text in named:
            for block in re.findall(r"block\d\d_\w*", text):
                if block.rstrip("_") != source.top:
                    found.append(f"{source.place}:{line}: names another block, {block}")
    return found


def core_alone(root: Path) -> list[str]:
    """Standard library and core only; extras in bench.py and tests/make_golden.py alone."""
    found = []
    for source in sources(root):
        known = CORE | sys.stdlib_module_names | {"shared", "data", "__future__"}
        if source.role == "tests":
            known = known | {"pytest"}
        if source.place == "shared/runtime.py":
            known = known | {"threadpoolctl"}
        if source.role == "bench" or source.place.endswith("/tests/make_golden.py"):
            known = known | EXTRAS
        for imported in imports(source.tree):
            if imported.top not in known and not re.match(r"block\d\d_", imported.top):
                found.append(
                    f"{source.place}:{imported.line}: {imported.top} is not in the core, or not "
                    "for this file (extras: bench.py and tests/make_golden.py; pytest: tests)"
                )
    return found


def data_stands_alone(root: Path) -> list[str]:
    """data/*.py imports the standard library and numpy; nobody outside data/ imports it."""
    found = []
    for source in sources(root):
        for imported in imports(source.tree):
            place = f"{source.place}:{imported.line}"
            if source.top != "data" and imported.top == "data":
                found.append(f"{place}: imports data/, whose files are to be read instead")
            own = sys.stdlib_module_names | {"numpy", "data"}
            maker = source.top == "data" and source.role != "tests"
            if maker and imported.top not in own:
                found.append(f"{place}: standard library and numpy only, not {imported.top}")
            if source.top == "data" and re.match(r"block\d\d_", imported.top):
                found.append(f"{place}: data/ imports a block, {imported.top}")
    return found


def no_relative_imports(root: Path) -> list[str]:
    """Imports name the whole path."""
    return [
        f"{source.place}:{node.lineno}: relative import, write the whole name"
        for source in sources(root)
        for node in walk(source.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]


def no_forbidden_imports(root: Path) -> list[str]:
    """No pickle and its kin, no network, no importlib."""
    return [
        f"{source.place}:{imported.line}: imports {imported.top}: {FORBIDDEN[imported.top]}"
        for source in sources(root)
        for imported in imports(source.tree)
        if imported.top in FORBIDDEN and (source.place, imported.top) not in EXEMPT
    ]


RULES = [
    blocks_use_what_they_earned,
    shared_uses_what_was_earned,
    earned_in_is_complete,
    no_block_knows_another,
    core_alone,
    data_stands_alone,
    no_relative_imports,
    no_forbidden_imports,
]
