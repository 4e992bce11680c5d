"""Was the format kept? Answers that should be JSON with given fields, sorted by what is wrong."""

import json
from collections import Counter
from collections.abc import Sequence

LONGEST = 2000  # characters of an answer that are looked at; deep nesting ends there too
FAILURES = ("cut off", "no JSON", "text around it", "no object", "fields missing", "fields added",
            "field twice", "no text")


def failure(answer: str, fields: Sequence[str]) -> str | None:
    """What is wrong with the answer, one of FAILURES; None where it is as asked.

    >>> failure('{"hero": "Ann"}', ["hero"]), failure('Sure: {"hero": "Ann"}', ["hero"])
    (None, 'text around it')
    """
    text = answer.strip()[:LONGEST]
    seen: list[str] = []

    def object_of(pairs: list) -> dict:
        seen.extend(name for name, _ in pairs)
        return dict(pairs)

    try:
        value = json.loads(text, object_pairs_hook=object_of)
    except (ValueError, RecursionError):
        return no_json(text)
    if not isinstance(value, dict):
        return "no object"
    if len(seen) > len(set(seen)):
        return "field twice"
    if set(fields) - value.keys():
        return "fields missing"
    if value.keys() - set(fields):
        return "fields added"
    return None if all(isinstance(part, str) for part in value.values()) else "no text"


def no_json(text: str) -> str:
    """Why a text is no JSON: an object with something around it, one that does not end, or none."""
    start = text.find("{")
    if start < 0:
        return "no JSON"
    if "}" not in text[start:]:
        return "cut off"
    try:
        json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return "no JSON"
    return "text around it"


def counts(answers: Sequence[str], fields: Sequence[str]) -> dict[str, int]:
    """How often each failure occurred, and "valid"; all names, so that a 0 is seen."""
    found = Counter(failure(answer, fields) or "valid" for answer in answers)
    return {name: found[name] for name in ("valid", *FAILURES)}
