"""What a README shows and cannot drift: numbers, printed outputs and code, brought in from files.

    The error is [0.031](results/learning_rate.json#metrics.final_loss).

The bracketed text is the value behind the link, in the form it has on the page: decimals,
scientific notation, thousands separators and per cent are kept. A printed output, and the text of
a function without its docstring, stand between two comments:

    <!-- include results/headline.txt -->       <!-- code two_layers.py:backward -->
    <!-- end -->                                <!-- end -->
"""

import ast
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NUMBER = re.compile(r"\[([^\]\[]*)\]\((results/[^)#\s]+\.json)#([^)\s]+)\)")
INCLUDE = re.compile(r"<!-- include (\S+) -->\n.*?<!-- end -->", re.DOTALL)
CODE = re.compile(r"<!-- code (\S+?):([\w.]+) -->\n.*?<!-- end -->", re.DOTALL)
COMMENT = re.compile(r"<!--\s*(include|code|end)\b.*?(?:-->|$)", re.MULTILINE)  # well formed or not
OPENING = re.compile(r"<!-- (?:include \S+|code \S+?:[\w.]+) -->\n")


class ReadmeError(ValueError):
    """A README names something that is not there; the message says which link."""


# --- numbers -------------------------------------------------------------------------------------


def look_up(record: Any, path: str) -> Any:
    """The value at a dotted path; list positions are numbers.

    >>> look_up({"metrics": {"loss": [3.0, 1.5]}}, "metrics.loss.1")
    1.5
    """
    for key in path.split("."):
        try:
            record = record[int(key)] if isinstance(record, list) else record[key]
        except (KeyError, IndexError, ValueError, TypeError):
            raise ValueError(f"there is no {key!r} on the path {path!r}") from None
    return record


def in_the_form_of(old: str, value: Any) -> str:
    """The value printed as the old text was.

    >>> [in_the_form_of(old, 0.0123456) for old in ("0.55", "0.5", "1.23e-04", "7.1 %", "?")]
    ['0.01', '1.2e-02', '1.23e-02', '1.2 %', '0.01235']
    >>> in_the_form_of("1,000", 23456), in_the_form_of("true", True)
    ('23,456', 'true')

    What its decimals would hide is printed like 1.2e-02, and from a tenth on like 0.50 again:

    >>> in_the_form_of("0.5", 0.0123456), in_the_form_of("1.2e-02", 0.5)
    ('1.2e-02', '0.50')
    """
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        raise ValueError(f"the link leads to a {type(value).__name__}, not to one number")
    per_cent = " %" if old.endswith(" %") else "%" if old.endswith("%") else ""
    shown = value * 100 if per_cent else value
    digits = re.fullmatch(r"-?(\d[\d,]*)(?:\.(\d+))?(e[+-]?\d+)?", old.removesuffix(per_cent))
    if digits is None:
        return f"{shown:.4g}" + per_cent
    decimals = len(digits[2] or "")
    if digits[3] and decimals == 1 and "-" in digits[3]:
        return _two_digits(shown) + per_cent  # the form of a number that was hidden
    if digits[3]:
        return f"{shown:.{decimals}e}" + per_cent
    comma = "," if "," in digits[1] or (abs(shown) >= 10000 and decimals == 0) else ""
    printed = f"{shown:{comma}.{decimals}f}"
    if shown and float(printed.replace(",", "")) == 0:
        printed = _two_digits(shown)  # 0.000 would deny a number that is there
    return printed + per_cent


def _two_digits(shown: float) -> str:
    """Two significant digits: decimals from a tenth on and for 0, else scientific notation."""
    if 0 < abs(shown) < 0.1:
        return f"{shown:.1e}"
    decimals = max(0, 1 - math.floor(math.log10(abs(shown)))) if shown else 1
    return f"{shown:{',' if abs(shown) >= 10000 else ''}.{decimals}f}"


# --- code ----------------------------------------------------------------------------------------


def source_of(text: str, name: str) -> str:
    """The source of a function, class, method ("Adam.step") or constant, without its docstring.

    >>> source_of('def half(x):\\n    "Half."\\n    return x / 2\\n', "half")
    'def half(x):\\n    return x / 2'
    """
    body: list[ast.stmt] = ast.parse(text).body
    for part in name.split("."):
        found = [node for node in body if part in _names(node)]
        if not found:
            raise ValueError(f"there is no {name}")
        body = getattr(found[-1], "body", [])
    node = found[-1]
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    docstring: range | tuple = ()
    if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
        docstring = range(node.body[0].lineno, _last(node.body[0]) + 1)
    lines = enumerate(text.splitlines(), 1)
    kept = [line for n, line in lines if first <= n <= _last(node) and n not in docstring]
    return "\n".join(kept)


def _last(node: ast.stmt) -> int:
    """The number of its last line."""
    return node.end_lineno or node.lineno


def _names(node: ast.stmt) -> list[str]:
    """What a statement defines."""
    if isinstance(node, ast.AnnAssign):
        return [node.target.id] if isinstance(node.target, ast.Name) else []
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return [getattr(node, "name", "")]


# --- the page ------------------------------------------------------------------------------------


def refresh(text: str, home: Path, files: Mapping[str, bytes] | None = None) -> str:
    """The README's text with every linked number, output and piece of code as it is now.

    `files` are contents of results/ by name that are about to be written; what is not among them
    is read from the folder. Raises ReadmeError that names the link where it leads nowhere, and the
    comment that has no end or is misspelled.
    """
    check_comments(text)
    new = {f"results/{name}": content for name, content in (files or {}).items()}
    records: dict[str, Any] = {}

    def content(place: str) -> str:
        return (new[place] if place in new else (home / place).read_bytes()).decode()

    def number(match: re.Match) -> str:
        old, place, path = match.groups()
        if place not in records:
            records[place] = json.loads(content(place))
        return f"[{in_the_form_of(old, look_up(records[place], path))}]({place}#{path})"

    def include(match: re.Match) -> str:
        return f"<!-- include {match[1]} -->\n{fenced('text', content(match[1]))}"

    def code(match: re.Match) -> str:
        source = source_of(content(match[1]), match[2])
        return f"<!-- code {match[1]}:{match[2]} -->\n{fenced('python', source)}"

    for pattern, renew in ((NUMBER, number), (INCLUDE, include), (CODE, code)):
        text = pattern.sub(lambda match, renew=renew: _named(renew, match), text)  # type: ignore[misc]
    return text


def check_comments(text: str) -> None:
    """Raise ReadmeError unless every include and code has its own end, which nothing else has.

    Without it the prose up to the next end would count as what was included, and be replaced.
    """
    opened = None
    for comment in COMMENT.finditer(text):
        if comment[1] == "end":
            if opened is None or comment[0] != "<!-- end -->":
                raise ReadmeError(f"README: {comment[0]} ends nothing")
            opened = None
        elif opened is not None:
            raise ReadmeError(f"README: {opened} has no <!-- end --> before {comment[0]}")
        elif not OPENING.match(text, comment.start()):
            forms = "<!-- include FILE --> or <!-- code FILE.py:NAME -->, alone on its line"
            raise ReadmeError(f"README: {comment[0]} is not of the form {forms}")
        else:
            opened = comment[0]
    if opened is not None:
        raise ReadmeError(f"README: {opened} has no <!-- end -->")


def fenced(kind: str, body: str) -> str:
    """The text in a fence, and the comment that ends it. Raises ValueError where it would not."""
    if "```" in body or COMMENT.search(body):
        raise ValueError("what is included holds a fence or an end of its own")
    return f"```{kind}\n{body.rstrip()}\n```\n<!-- end -->"


def _named(renew, match: re.Match) -> str:
    """The renewed text; where that fails the error names what stands on the page."""
    try:
        return renew(match)
    except (OSError, ValueError, SyntaxError) as error:
        raise ReadmeError(f"README: {match[0].splitlines()[0]}: {error}") from None
