"""What the stories are made of: words.txt and stories/*.txt as data.

A story is one sentence under the heading "story"; sentences hold words, choices, other headings
and slots. A slot names a word of the story: `<hero>` is drawn where it is said first and repeated
from then on. Everything drawn so far stands in `bound`, {slot: word}.

Left out: any knowledge of English. What agrees (an old queen, her, curtsied) stands in tables.
"""

import functools
import pathlib
import re
from typing import NamedTuple

HERE = pathlib.Path(__file__).parent
PRONOUNS = {"he": ("he", "she"), "his": ("his", "her"), "him": ("him", "her")}
LISTS = {  # slot: the table that tells about it, where that is not its own name without the digits
    "hero": "name", "friend": "name", "animal": "pet", "thief": "pet", "maker": "worker",
}


class Token(NamedTuple):
    """A word, or one character between words; the kind of what is recalled, or None."""

    text: str
    kind: str | None


class Slot(NamedTuple):
    """`<A place=worker.source>`: article and capital "A", name "place", word of worker's source.

    new: its noun is settled and not said yet, so that its word recalls nothing.
    """

    name: str
    variable: str
    column: str
    article: bool
    capital: bool
    new: bool = False


class Choice(NamedTuple):
    """One of the options, [(weight, parts), ...]."""

    options: list


class Heading(NamedTuple):
    """One of the sentences under a heading; `$x` in the name is the word of slot x."""

    name: str


class End(NamedTuple):
    """Nothing is said: the sentence under this heading is over."""

    name: str


def tokens(text):
    """A text cut into words and single other characters.

    >>> tokens('"My red kite!" said Mia.')[:6]
    ['"', 'My', ' ', 'red', ' ', 'kite']
    """
    return re.findall("[A-Za-z]+|[^A-Za-z]", text)


# --- words.txt -----------------------------------------------------------------------------------


def read_words(text):
    """(lists, facts): name -> words, and (table, column, key) -> words.

    >>> lists, facts = read_words("table pet: young; treat\\n  dog: puppy; bones|old bread")
    >>> lists["pet"], facts["pet", "treat", "dog"]
    (['dog'], ['bones', 'old bread'])
    """
    lists, facts, table, columns = {}, {}, "", []
    for line in text.splitlines():
        head, _, body = line.strip().partition(": ")
        if line.startswith("list "):
            lists[head.split()[1]] = body.split("|") if "|" in body else body.split()
        elif line.startswith("table "):
            table, columns = head.split()[1], body.split("; ")
            lists[table] = []
        elif line.startswith("  "):
            lists[table].append(head)
            for column, cell in zip(columns, body.split("; "), strict=True):
                facts[table, column, head] = cell.split("|")
    return lists, facts


def with_pronouns(lists, facts):
    """The list of all names, and the pronouns of names and persons as facts."""
    lists["name"] = lists["girl"] + lists["boy"]
    women = {*lists["girl"], *(w for w in lists["person"] if facts["person", "sex", w] == ["f"])}
    for table in ("name", "person"):
        for word in lists[table]:
            for column, forms in PRONOUNS.items():
                facts[table, column, word] = [forms[word in women]]
    return lists, facts


# --- stories/*.txt -------------------------------------------------------------------------------


def parse_slot(text):
    """The slot of the text between < and >.

    >>> parse_slot("a place=worker.source")[:4]
    ('place', 'worker', 'source', True)
    """
    article = text.startswith(("a ", "A "))
    capital = text != text.lower()
    text = (text[2:] if article else text).lower()
    name, _, source = text.partition("=")
    variable, _, column = (source or name).partition(".")
    if variable in PRONOUNS:
        variable, column = "hero", variable
    return Slot(name, variable, column, article, capital)


def parse(text):
    """A sentence as a tuple of parts: Token, Slot, Choice, Heading.

    >>> parse("[A|The] <pet>{ ran}.")[0]
    Choice(options=[(1.0, (Token(text='A', kind=None),)), (1.0, (Token(text='The', kind=None),))])
    """
    stack = [[[]]]  # for each open bracket its options so far, each a list of parts
    for piece in re.findall(r"<=[^>]+>|<[^>]+>|[][{}|]|[A-Za-z]+|.", text):
        if piece in ("[", "{"):
            stack.append([[]])
        elif piece == "|":
            stack[-1].append([])
        elif piece in ("]", "}"):
            options = stack.pop() + ([[]] if piece == "}" else [])
            stack[-1][-1].append(Choice([(1.0, tuple(option)) for option in options]))
        elif piece.startswith("<="):
            stack[-1][-1].append(Heading(piece[2:-1]))
        elif piece.startswith("<"):
            stack[-1][-1].append(parse_slot(piece[1:-1]))
        else:
            stack[-1][-1].append(Token(piece, None))
    return tuple(stack[0][0])


def read_sentences(text):
    """{heading: [(weight, parts), ...]}.

    "= x" begins heading x, "@m = a|b" a macro, "3 * a" a sentence of weight 3, "#" a comment.
    """
    sentences, macros, heading = {}, {}, ""
    for line in text.splitlines():
        if line.startswith("@") and " = " in line.split("|")[0]:
            name, _, options = line[1:].partition(" = ")
            options = re.sub(r"@(\w+)", lambda found: macros[found[1]], options)
            macros[name] = f"[{options}]"
        elif line.startswith("= "):
            heading = line[2:].strip()
            sentences[heading] = []
        elif line.strip() and not line.startswith("#"):
            weight, body = re.fullmatch(r"(?:(\d+) \* )?(.+)", line.strip()).groups()
            body = re.sub(r"@(\w+)", lambda found: macros[found[1]], body)
            sentences[heading].append((float(weight or 1), parse(body)))
    return sentences


LISTS_OF_WORDS, FACTS = with_pronouns(*read_words((HERE / "words.txt").read_text("ascii")))
SENTENCES = read_sentences(
    "\n".join(path.read_text("ascii") for path in sorted(HERE.glob("stories/*.txt")))
)
NUMBERS = LISTS_OF_WORDS["number"]
RANGES = {  # slot: its smallest and largest number
    "n1": (2, 6), "n2": (2, 6), "have": (2, 6), "brood": (3, 6), "others": (2, 5),
}


# --- what a slot may become ----------------------------------------------------------------------


@functools.cache
def list_of(slot):
    """The list of a slot: "place2" draws from "place", "hero" from "name"."""
    base = slot.rstrip("0123456789")
    return LISTS.get(base, base)


def candidates(slot, bound):
    """The words that a slot without a word may become: those no other slot has.

    A price is two to six coins more than the hero has.
    """
    if slot == "price":
        have = NUMBERS.index(bound["have"])
        return NUMBERS[have + 2:have + 7]
    if slot in RANGES:
        low, high = RANGES[slot]
        return NUMBERS[low - 1:high]
    taken = bound.values()
    name = slot if slot in LISTS_OF_WORDS else list_of(slot)
    return [word for word in LISTS_OF_WORDS[name] if word not in taken]


def settle(bound, slot, word):
    """`bound` with one word more, and the number that follows from it.

    >>> settle({"n1": "two"}, "n2", "three")["sum"]
    'five'
    """
    bound = {**bound, slot: word}
    if slot == "n2":
        bound["sum"] = NUMBERS[NUMBERS.index(bound["n1"]) + NUMBERS.index(word) + 1]
    elif slot == "price":
        bound["need"] = NUMBERS[NUMBERS.index(word) - NUMBERS.index(bound["have"]) - 1]
    elif slot == "brood":
        bound["left"] = NUMBERS[NUMBERS.index(word) - 1]
    elif slot == "others":
        bound["family"] = NUMBERS[NUMBERS.index(word) + 1]
    return bound


def facts(variable, column, bound):
    """The words of a column for the word that the variable has."""
    return FACTS[list_of(variable), column, bound[variable]]
