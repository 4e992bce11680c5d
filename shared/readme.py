"""Numbers in prose that cannot drift: README numbers are links into results/, and are rewritten.

    The error is [0.031](results/learning_rate.json#metrics.final_loss).

The bracketed text is the value behind the link, in the form it has on the page: decimals,
scientific notation, thousands separators and per cent are kept. A printed output is included from
a file between two comments:

    <!-- include results/headline.txt -->
    <!-- end -->
"""

import json
import re
from pathlib import Path
from typing import Any

NUMBER = re.compile(r"\[([^\]\[]*)\]\((results/[^)#\s]+\.json)#([^)\s]+)\)")
INCLUDE = re.compile(r"<!-- include (\S+) -->\n.*?<!-- end -->", re.DOTALL)


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
    if digits[3]:
        return f"{shown:.{decimals}e}" + per_cent
    comma = "," if "," in digits[1] or (abs(shown) >= 10000 and decimals == 0) else ""
    printed = f"{shown:{comma}.{decimals}f}"
    if shown and float(printed.replace(",", "")) == 0:
        printed = f"{shown:.1e}"  # 0.000 would deny a number that is there
    return printed + per_cent


def refresh(text: str, home: Path) -> str:
    """The README's text with every linked number and every included output as results/ has them.

    Raises ValueError that names the link where a file or a path in it does not exist.
    """
    records: dict[str, Any] = {}

    def number(match: re.Match) -> str:
        old, file, path = match.groups()
        try:
            if file not in records:
                records[file] = json.loads((home / file).read_text(encoding="utf-8"))
            return f"[{in_the_form_of(old, look_up(records[file], path))}]({file}#{path})"
        except (OSError, ValueError) as error:
            raise ValueError(f"README link {match[0]}: {error}") from None

    def include(match: re.Match) -> str:
        path = home / match[1]
        if not path.exists():
            raise ValueError(f"README includes {match[1]}, which does not exist")
        body = path.read_text(encoding="utf-8").rstrip("\n")
        return f"<!-- include {match[1]} -->\n```text\n{body}\n```\n<!-- end -->"

    return INCLUDE.sub(include, NUMBER.sub(number, text))
