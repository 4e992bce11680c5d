"""Rules on what the code does: no hidden code, no shell, no path tricks, no global chance."""

import ast
import re
from pathlib import Path

from shared.tests.architecture import aliases, calls, imports, pages, sources, walk, whole_name

HIDDEN_CODE = {"eval", "exec", "compile", "__import__"}
SHELL = re.compile(r"os\.(system|popen|exec\w+|spawn\w+|posix_spawnp?)|subprocess\.get\w*output")
STARTS = {f"subprocess.{name}" for name in ("run", "Popen", "call", "check_call", "check_output")}
PATHS = {"sys.path", "sys.path_hooks", "sys.meta_path", "site.addsitedir"}
SEEDED = {"random.Random", "numpy.random.default_rng", "numpy.random.SeedSequence"}
SEEDED |= {f"numpy.random.{name}" for name in ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")}
EXPLICIT = SEEDED | {"numpy.random.Generator", "numpy.random.BitGenerator"}
ABSOLUTE = re.compile(
    r"(?<![\w.~/:-])/(?:home|root|Users|work|tmp|private|mnt|opt|srv)/|\b[A-Z]:\\+Users"
)


def sources_parse(root: Path) -> list[str]:
    """Every Python file is Python."""
    found = []
    for source in sources(root):
        try:
            ast.parse(source.text)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            found.append(f"{source.place}:{line}: does not parse: {error}")
    return found


def no_hidden_code(root: Path) -> list[str]:
    """No eval, exec, compile, __import__, and no loading of pickled arrays."""
    found = []
    for source in sources(root):
        for node in walk(source.tree):
            if isinstance(node, ast.Name) and node.id in HIDDEN_CODE:
                found.append(f"{source.place}:{node.lineno}: uses {node.id}")
        for call, name in calls(source.tree):
            for keyword in call.keywords:
                if keyword.arg == "allow_pickle" and not is_constant(keyword.value, False):
                    found.append(f"{source.place}:{call.lineno}: {name} with allow_pickle")
    return found


def is_constant(node: ast.AST, value: object) -> bool:
    """Whether the node is this very constant."""
    return isinstance(node, ast.Constant) and node.value is value


def no_shell(root: Path) -> list[str]:
    """No os.system and its kin, no shell=True."""
    found = []
    for source in sources(root):
        words = aliases(source.tree)
        for node in walk(source.tree):
            name = whole_name(node, words)
            if SHELL.fullmatch(name):
                found.append(f"{source.place}:{node.lineno}: uses {name}, a shell")
        for call, _ in calls(source.tree):
            for keyword in call.keywords:
                if keyword.arg == "shell" and not is_constant(keyword.value, False):
                    found.append(f"{source.place}:{call.lineno}: shell=True")
    return found


def subprocess_in_its_place(root: Path) -> list[str]:
    """subprocess only in experiments and tests (and in the bootstrap), with an argument list."""
    found = []
    for source in sources(root):
        allowed = source.role in ("experiments", "tests") or source.place == "setup_venv.py"
        for imported in imports(source.tree):
            if imported.top == "subprocess" and not allowed:
                place = f"{source.place}:{imported.line}"
                found.append(f"{place}: subprocess belongs into experiments and tests")
        for call, name in calls(source.tree):
            named = [keyword.value for keyword in call.keywords if keyword.arg == "args"]
            for command in (call.args[:1] or named) if name in STARTS else ():
                if is_text(command, source.tree):
                    found.append(f"{source.place}:{call.lineno}: {name} with a string, not a list")
    return found


def is_text(node: ast.AST, tree: ast.Module | None) -> bool:
    """Whether an expression is a string; a name is what the tree assigns to it anywhere."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.BinOp):
        return is_text(node.left, tree) or is_text(node.right, tree)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return is_text(node.func.value, tree) and node.func.attr in ("format", "join")
    if isinstance(node, ast.Name):
        assigned = [n for n in walk(tree) if isinstance(n, ast.Assign)]
        named = [n.value for n in assigned if node.id in [getattr(t, "id", "") for t in n.targets]]
        return any(is_text(value, None) for value in named)
    return isinstance(node, ast.JoinedStr)


def mentions(tree: ast.Module | None) -> list[tuple[int, str]]:
    """Every imported or dotted name that occurs, as (line, whole name)."""
    words = aliases(tree)
    dotted = [node for node in walk(tree) if isinstance(node, ast.Attribute)]
    named = {(node.lineno, whole_name(node, words)) for node in dotted}
    return sorted(named | {tuple(imported) for imported in imports(tree)})


def no_path_edits(root: Path) -> list[str]:
    """Nobody touches sys.path or the import machinery."""
    return [
        f"{source.place}:{line}: touches {name}; `pip install -e .` is enough"
        for source in sources(root)
        for line, name in mentions(source.tree)
        if name in PATHS
    ]


def randomness_is_an_argument(root: Path) -> list[str]:
    """No global random state, and no generator without a seed."""
    found = []
    for source in sources(root):
        for line, name in mentions(source.tree):
            if re.fullmatch(r"(numpy\.)?random\.[^.]+", name) and name not in EXPLICIT:
                found.append(f"{source.place}:{line}: {name} uses the global random state")
        for call, name in calls(source.tree):
            if name in SEEDED and not (call.args or call.keywords):
                found.append(f"{source.place}:{call.lineno}: {name}() has no seed")
    return found


def no_absolute_paths(root: Path) -> list[str]:
    """No source, page or result names a folder of one machine."""
    results = [path for path in sorted(root.glob("block*/results/*")) if path.suffix != ".png"]
    found = []
    for path in [source.path for source in sources(root)] + pages(root) + results:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
        place = path.relative_to(root).as_posix()
        for line, text in enumerate(lines, 1):
            if there := ABSOLUTE.search(text):
                found.append(f"{place}:{line}: a path of one machine, {there[0]}...")
    return found


RULES = [
    sources_parse,
    no_hidden_code,
    no_shell,
    subprocess_in_its_place,
    no_path_edits,
    randomness_is_an_argument,
    no_absolute_paths,
]
