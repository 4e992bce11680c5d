"""The corpus, texts of the reader's own, vocabularies, and the one evaluator; earned in block 05.

The corpus is data/tales.txt: stories written by a program, data/tales/, that knows the exact
probability of each, so the entropy of every split is known: no model can do better on average.
Every language model of the path is measured by `evaluate`, in bits per character.
"""

import codecs
import errno
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from shared.checks import check_finite, check_ids, check_shapes
from shared.data import DataError, read_verified

Array = np.ndarray
SPLITS = ("train", "validation", "test")
STORY_END = "\n\n"  # ends every story, and counts as two characters
UNKNOWN = "\ufffd"  # the symbol for what the vocabulary does not have; also what is not UTF-8
CODE_POINTS = 0x110000  # how many characters Unicode has room for
LARGEST_TEXT = 1 << 26  # bytes, 64 MB; what is read of a file that has no end
MARKS = {  # byte order mark: encoding. UTF-32 first, since its mark begins with that of UTF-16
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}

# --- the corpus ----------------------------------------------------------------------------------


class Slot(NamedTuple):
    """A marked word of a story, text[start : start + length], and its kind.

    distribution is the true one given everything before the word, {word: probability}.
    """

    start: int
    length: int
    kind: str
    distribution: dict[str, float]


class Story(NamedTuple):
    """One story with its end, and the exact log2 of its probability.

    Held-out stories also have their marked slots, and the bits of each place where the true
    probability of the next word or sign is not 1, (start, bits): they sum to -log2_probability.
    """

    text: str
    slots: tuple[Slot, ...]
    log2_probability: float
    bits: tuple[tuple[int, float], ...] = ()


def floor_of(stories: Sequence[Story]) -> float:
    """The entropy that is left when everything is known, in bits per character."""
    bits = -math.fsum(story.log2_probability for story in stories)
    return bits / sum(len(story.text) for story in stories)


class Tales(NamedTuple):
    """The corpus: stories by split, and what its generator knows about its words."""

    stories: dict[str, list[Story]]
    vocabulary: list[str]
    categories: dict[str, list[str]]
    relations: dict[str, list[list[str]]]
    synonyms: list[list[str]]

    def text(self, split: str) -> str:
        """All stories of a split, one after the other."""
        return "".join(story.text for story in self.stories[split])

    def floor(self, split: str) -> float:
        """The entropy of a split in bits per character."""
        return floor_of(self.stories[split])


def load_tales() -> Tales:
    """The corpus. Raises DataError where one of its files is missing or damaged."""
    text = read_verified("tales.txt").decode()
    facts = json.loads(read_verified("tales.json"))
    tables = [dict(zip(row[::2], row[1::2])) for row in facts["distributions"]]

    def story(number: int) -> Story:
        start = facts["starts"][number]
        end = start + facts["lengths"][number] + len(STORY_END)
        slots = tuple(
            Slot(place, length, facts["kinds"][kind], tables[table])
            for place, length, kind, table in facts["slots"].get(str(number), [])
        )
        bits = facts["bits"].get(str(number), [])
        pairs = tuple(zip(bits[::2], bits[1::2]))
        return Story(text[start:end], slots, facts["log2p"][number], pairs)

    stories = {split: [story(number) for number in facts["splits"][split]] for split in SPLITS}
    names = ("vocabulary", "categories", "relations", "synonyms")
    return Tales(stories, *(facts[name] for name in names))


def load_more_tales() -> list[Story]:
    """12,000 further training stories from the same program, none of them in the corpus.

    They have no slots. Raises DataError where a file is missing or damaged.
    """
    texts = read_verified("tales_more.txt.xz").decode().split(STORY_END)[:-1]
    log2p = json.loads(read_verified("tales.json"))["more"]["log2p"]
    return [Story(text + STORY_END, (), p) for text, p in zip(texts, log2p, strict=True)]


class Asked(NamedTuple):
    """A question about a story (its text), with the answer; kind is who, where, why, ..."""

    story: str
    kind: str
    question: str
    answer: str


def load_asked() -> dict[str, list[Asked]]:
    """Questions about every held-out story and some training stories, by split."""
    text = read_verified("tales.txt").decode().split(STORY_END)
    splits = json.loads(read_verified("tales.json"))["splits"]
    asked = json.loads(read_verified("tales_questions.json"))["stories"]
    return {
        split: [Asked(text[n] + STORY_END, *row) for n in numbers for row in asked.get(str(n), [])]
        for split, numbers in splits.items()
    }


class Question(NamedTuple):
    """A question about one passage, in its own words and in other words."""

    plain: str
    other: str
    kind: str
    passage: int


def load_questions() -> tuple[list[str], list[Question]]:
    """Passages of the stories, and questions that exactly one of them answers."""
    text = read_verified("tales.txt").decode()
    starts = json.loads(read_verified("tales.json"))["starts"]
    asked = json.loads(read_verified("tales_questions.json"))
    places = [(starts[number] + place, length) for number, place, length in asked["passages"]]
    passages = [text[begin : begin + length] for begin, length in places]
    return passages, [Question(**question) for question in asked["questions"]]


def words(text: str) -> list[str]:
    """The runs of a to z in a text, in lower case: its words, where it is English.

    >>> words('"Is it my kite?" asked Leo.')
    ['is', 'it', 'my', 'kite', 'asked', 'leo']
    """
    return re.findall(r"[a-z]+", text.lower())


def sentences(text: str) -> list[str]:
    """The text cut after each full stop, question or exclamation mark, quotes kept whole.

    >>> sentences('She ran. "Is it my kite?" asked Leo. It was.')
    ['She ran.', '"Is it my kite?" asked Leo.', 'It was.']
    """
    return [
        part.strip() for part in re.findall(r'(?:"[^"]*"|[^".!?])+[.!?]?', text) if part.strip()
    ]


# --- a text of the reader's own ------------------------------------------------------------------


def read_text(name: str) -> str:
    """A text to train on: a file, or "pydoc", the language reference inside CPython.

    The file is UTF-8, or what its byte order mark says. Lone surrogates become U+FFFD; line ends
    become \\n. Raises DataError where there is no such file, it is larger than LARGEST_TEXT, its
    bytes are no text, or there are fewer than two characters in it.
    """
    if name == "pydoc":
        topics = language_reference()
        text = "\n\n".join(topics[key] for key in sorted(topics))
    else:
        text = decode_text(name, read_bytes(name))
    text = re.sub("[\ud800-\udfff]", UNKNOWN, text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) < 2:
        found = "1 character" if text else "no character"
        raise DataError(f"{name} has {found}: at least 2 are needed to train and test")
    return text


def read_bytes(name: str) -> bytes:
    """The bytes of a plain file, LARGEST_TEXT at most: no device, no pipe, nothing without end."""
    path = Path(name)
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise OSError(errno.EINVAL, "it is no plain file")
        with path.open("rb") as file:
            content = file.read(LARGEST_TEXT + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{name!r} cannot be read ({reason}): name a text file") from None
    if len(content) > LARGEST_TEXT:
        raise DataError(f"{name} is larger than {LARGEST_TEXT >> 20} MB: cut a part of it out")
    return content


def decode_text(name: str, content: bytes) -> str:
    """Bytes as text by their byte order mark, UTF-8 without one. Raises DataError: what, where."""
    mark = next((mark for mark in MARKS if content.startswith(mark)), b"")
    encoding = MARKS.get(mark, "utf-8")
    try:
        text = content[len(mark) :].decode(encoding, errors="surrogatepass")
    except UnicodeDecodeError as error:
        place = len(mark) + error.start
        raise DataError(
            f"{name} is no {encoding.upper()}: byte {place} is 0x{content[place]:02x}; "
            "save it as UTF-8"
        ) from None
    if "\0" in text:
        raise DataError(
            f"{name} is no text, or UTF-16 without its mark: character {text.index(chr(0))} is "
            "NUL; save it as UTF-8"
        )
    return text


def language_reference() -> dict[str, str]:
    """The topics of `help()`, about half a megabyte of English that comes with Python."""
    from pydoc_data import topics

    return topics.topics


def split_text(text: str, train_fraction: float = 0.9) -> tuple[str, str]:
    """The text cut in two, (train, validation), each with at least one character.

    Raises ValueError where there are fewer than two, or the fraction lies outside 0 to 1.
    """
    if len(text) < 2 or not 0 <= train_fraction <= 1:
        raise ValueError(f"{len(text)} characters cannot be split at {train_fraction}")
    cut = min(max(int(len(text) * train_fraction), 1), len(text) - 1)
    return text[:cut], text[cut:]


# --- vocabularies --------------------------------------------------------------------------------


class Vocabulary:
    """Symbols and their numbers; number 0 is UNKNOWN, for every symbol that is not there.

    >>> letters = Vocabulary("banana")
    >>> letters.encode("nab!").tolist()
    [3, 1, 2, 0]
    """

    def __init__(self, symbols: Iterable[str]):
        self.symbols = [UNKNOWN, *sorted(set(symbols) - {UNKNOWN})]
        self._numbers = {symbol: number for number, symbol in enumerate(self.symbols)}

    def __len__(self) -> int:
        return len(self.symbols)

    def encode(self, symbols: Sequence[str]) -> Array:
        """The number of each symbol: a text (for characters) or a list (for words) -> (T,) int."""
        numbers = self._numbers
        return np.array([numbers.get(symbol, 0) for symbol in symbols], dtype=np.int64)

    def decode(self, ids: Array, separator: str = "") -> str:
        """The symbols of the numbers, joined. Raises ValueError where there is no such number."""
        return separator.join(self.symbols[n] for n in check_ids("ids", ids, len(self)))


def frequent_characters(text: str, most: int) -> list[str]:
    """The `most` most frequent characters, ties by their code; where there are fewer, all of them.

    Who makes a vocabulary of them leaves the others to UNKNOWN.

    >>> frequent_characters("banana", 2)
    ['a', 'n']
    """
    if most < 1:
        raise ValueError(f"{most} characters were asked for, at least 1 is needed")
    counts = Counter(text)
    return sorted(counts, key=lambda symbol: (-counts[symbol], symbol))[:most]


# --- the one evaluator ---------------------------------------------------------------------------


class Score(NamedTuple):
    """How well a model predicts a text. perplexity = 2^bits_per_char: per character."""

    bits_per_char: float
    nats_per_char: float
    perplexity: float
    characters: int
    unknown: int


def evaluate(
    log_probabilities: Callable[[Array], Array], vocabulary: Vocabulary, text: str
) -> Score:
    """Score a character model on a whole text, every character of it, from the first on.

    log_probabilities maps ids (T,) to ln P(ids[t] | ids[:t]) (T,). A character that the vocabulary
    does not have costs what the model gives UNKNOWN, and log2(CODE_POINTS) bits more to say which
    one it is; so an alphabet that is too small is no advantage. UNKNOWN in the text counts as one.
    Raises ValueError on an empty text, and where the model's numbers are no log-probabilities.
    """
    if not text:
        raise ValueError("there is no character to predict")
    ids = vocabulary.encode(text)
    nats = -np.asarray(log_probabilities(ids), dtype=np.float64)
    if nats.shape != ids.shape:
        raise ValueError(
            f"the model gave {nats.shape} log-probabilities for {ids.shape} characters"
        )
    check_finite("the model's log-probabilities", nats)
    if nats.min() < -1e-6:
        raise ValueError(f"ln P is {-nats.min()} at character {nats.argmin()}: above 0 is no ln P")
    unknown = int(np.sum(ids == 0))
    total = math.fsum(nats) + unknown * math.log(CODE_POINTS)
    mean = total / len(text)
    perplexity = math.exp(mean) if mean < 709 else math.inf  # e^710 is more than a float holds
    return Score(mean / math.log(2), mean, perplexity, len(text), unknown)


def slot_bits(log_probabilities: Array, story: Story) -> list[tuple[Slot, float]]:
    """What each marked slot of a story cost, in bits, from ln P of each of its characters (T,).

    Raises ShapeError where there are not as many as the story, with its end, has characters.
    """
    check_shapes(f"log_probabilities ({len(story.text)})", log_probabilities)
    bits = -np.asarray(log_probabilities, dtype=np.float64) / math.log(2)
    return [
        (slot, float(bits[slot.start : slot.start + slot.length].sum())) for slot in story.slots
    ]
