"""A story taken apart: what was told under each heading, and what each choice cost in bits."""

import math

from data.tales.grammar import Heading, Slot, Token
from data.tales.questions import passages, plot_of


def beginning(parts):
    """An option in words: what it says up to its first slot, or that slot, or that it is told.

    >>> from data.tales.grammar import parse
    >>> beginning(parse("close to")), beginning(parse("<petname> sat")), beginning(())
    ('"close to"', '<petname>', 'left out')
    """
    said = ""
    for part in parts:
        if not isinstance(part, Token):
            break
        said += part.text
    if said.strip():
        return f'"{said.strip()}"'
    if parts and isinstance(parts[0], Slot):
        return f"<{parts[0].name}>"
    return "told" if parts else "left out"


def name_of(part, option):
    """A choice in words: which slot got which word, which way a sentence was said."""
    if isinstance(part, Slot):
        return f"{option.slot or part.name}: {option.word}"
    if isinstance(part, Heading):
        return f"a way to say *{part.name}*"
    return beginning(option.parts)


def rows_of(told):
    """[(heading, text, [(choice, bits), ...]), ...] of a story, in order."""
    places = [place[1:] for place in passages([told])]
    rows = [[name, told.text[start:end], []] for start, end, name in places]
    starts = [start for start, _, _ in places]
    for at, part, option in told.choices:
        row = max((i for i, start in enumerate(starts) if start <= at), default=0)
        bits = -math.log2(option.p)
        name = plot_of(told) if isinstance(part, Heading) and part.name == "plot" else None
        rows[row][2].append((f"the plot: *{name}*" if name else name_of(part, option), bits))
    return rows


def table(told):
    """The story as a table of Markdown, with the sum of all bits in the last line."""
    lines = ["| heading | text | choices, each with its bits | bits |", "|---|---|---|---|"]
    total = 0.0
    for heading, text, choices in rows_of(told):
        listed = "; ".join(f"{name} {bits:.2f}" for name, bits in choices)
        bits = math.fsum(bits for _, bits in choices)
        total += bits
        lines.append(f"| {heading} | {text} | {listed} | {bits:.2f} |")
    return "\n".join([*lines, f"| | | all {len(told.choices)} choices | {total:.2f} |"])
