"""The files of the corpus: the stories in their splits, what is known of them, and reading back."""

import hashlib
import json
import lzma
import math
import os
import pathlib
import tempfile

import numpy as np

from data.tales.grammar import FACTS, HERE, LISTS_OF_WORDS
from data.tales.questions import questions, retrieval, synonyms, words_of
from data.tales.telling import read, write

FOLDER = HERE.parent
SEED, STORIES = 20240601, 2000  # tales.txt: about 1.65 MB
MORE_SEED, MORE_STORIES = 20240602, 12_000  # tales_more.txt.xz: about 10 MB of text
HELD_OUT = 0.06  # of the stories: as many in validation as in test
ASKED = 250  # the retrieval questions are about the passages of the first so many stories
ASKED_IN_TRAINING = 600  # so many training stories have questions with answers
END = "\n\n"  # ends every story, the last one too


def tell(seed, count):
    """The stories of a seed, as the Writer told them."""
    rng = np.random.default_rng(seed)
    return [write(rng) for _ in range(count)]


def splits(count, seed=SEED):
    """Numbers of the stories of each split: a random 88, 6 and 6 percent, each in order."""
    order = [int(i) for i in np.random.default_rng([seed, 1]).permutation(count)]
    part = round(HELD_OUT * count)
    return {
        "train": sorted(order[2 * part:]),
        "validation": sorted(order[:part]),
        "test": sorted(order[part:2 * part]),
    }


def floor(stories):
    """What the best possible model needs for these stories, each counted with its END."""
    characters = sum(len(told.text) + len(END) for told in stories)
    bits = -math.fsum(told.log2p for told in stories)
    return {
        "stories": len(stories), "characters": characters, "bits": round(bits, 6),
        "bits_per_char": round(bits / characters, 9),
    }


def joined(stories):
    return "".join(told.text + END for told in stories)


def sha256(text):
    return hashlib.sha256(text.encode("ascii")).hexdigest()


# --- what is known of the words ------------------------------------------------------------------


def column(table, name):
    """Pairs (key, first word of the column) of a table, in lower case."""
    return [[key.lower(), FACTS[table, name, key][0].lower()] for key in LISTS_OF_WORDS[table]]


def relations():
    """{relation: [[word, word], ...]}: what can be asked of word vectors."""
    return {
        "gender": [["king", "queen"], ["prince", "princess"], ["man", "woman"], ["boy", "girl"]],
        "age": [["king", "prince"], ["queen", "princess"], ["man", "boy"], ["woman", "girl"]],
        "royalty": [["man", "king"], ["woman", "queen"], ["boy", "prince"], ["girl", "princess"]],
        "young": column("pet", "young"),
        "capital": column("country", "capital"),
        "food": column("country", "food"),
        "tool": column("worker", "tool"),
        "plural": column("toy", "plural"),
        "past": column("verb", "past"),
    }


def listed(item):
    """The words that an item of categories.txt stands for: itself, "=list" or "=table.column"."""
    if not item.startswith("="):
        return [item]
    name, _, column = item[1:].partition(".")
    if not column:
        return words_of(" ".join(LISTS_OF_WORDS[name]))
    cells = [FACTS[name, column, word] for word in LISTS_OF_WORDS[name]]
    return words_of(" ".join(text for cell in cells for text in cell))


def categories(vocabulary):
    """{category: its words}: each word of the vocabulary once; what no line names is "other"."""
    left, found = set(vocabulary), {}
    for line in (HERE / "categories.txt").read_text("ascii").splitlines():
        name, _, body = line.partition(": ")
        if body and not line.startswith("#"):
            words = {word for item in body.split() for word in listed(item)}
            found[name] = sorted(words & left)
            left -= words
    return {**found, "other": sorted(left)}


# --- what is known of the stories ----------------------------------------------------------------


def known_places(stories, numbers):
    """The marked words and the open bits of the held-out stories, as the Reader finds them.

    slots: {story: rows of place, length, number of the kind, number of the distribution}
    bits: {story: place, bits, place, bits, ...} of the tokens that cost bits
    """
    kinds, tables, slots, bits = {}, {}, {}, {}
    for i in numbers:
        _, places = read(stories[i].text)
        slots[i], bits[i] = [], []
        for place in places:
            if place.bits > 1e-9:
                bits[i] += [place.start, round(place.bits, 9)]
            if place.kind:
                key = tuple((word, round(p, 12)) for word, p in place.distribution.items())
                row = [place.start, len(place.text), kinds.setdefault(place.kind, len(kinds))]
                slots[i].append([*row, tables.setdefault(key, len(tables))])
    rows = [[x for pair in key for x in pair] for key in tables]
    return {"slots": slots, "bits": bits, "kinds": list(kinds), "distributions": rows}


def facts_of(stories, more, parts):
    """The content of tales.json; data/README.md says what each key means."""
    text, starts = joined(stories), [0]
    for told in stories[:-1]:
        starts.append(starts[-1] + len(told.text) + len(END))
    vocabulary = sorted({word for told in [*stories, *more] for word in words_of(told.text)})
    return {
        "seed": SEED, "sha256": sha256(text), "starts": starts,
        "lengths": [len(told.text) for told in stories],
        "log2p": [round(told.log2p, 9) for told in stories],
        "splits": parts,
        "floors": {name: floor([stories[i] for i in part]) for name, part in parts.items()},
        "more": {
            "seed": MORE_SEED, "sha256": sha256(joined(more)), "floor": floor(more),
            "log2p": [round(told.log2p, 9) for told in more],
        },
        "vocabulary": vocabulary, "categories": categories(vocabulary),
        "relations": relations(), "synonyms": list(synonyms().values()),
        **known_places(stories, sorted(parts["validation"] + parts["test"])),
    }


def questions_of(stories, parts):
    """The content of tales_questions.json."""
    asked = parts["validation"] + parts["test"] + parts["train"][:ASKED_IN_TRAINING]
    answers = {number: questions(stories[number]) for number in sorted(asked)}
    return {"stories": answers, **retrieval(stories[:ASKED])}


# --- writing -------------------------------------------------------------------------------------


def dense(content):
    return json.dumps(content, separators=(",", ":"), sort_keys=True) + "\n"


def write_whole(path, content):
    """Write bytes to the file whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    pathlib.Path(temporary).chmod(0o644)
    pathlib.Path(temporary).replace(path)


def write_files(folder=FOLDER):
    """All four files, equal each time but for the packing of xz: its text is equal."""
    stories, more, parts = tell(SEED, STORIES), tell(MORE_SEED, MORE_STORIES), splits(STORIES)
    packed = lzma.compress(joined(more).encode("ascii"), preset=9 | lzma.PRESET_EXTREME)
    write_whole(folder / "tales.txt", joined(stories).encode("ascii"))
    write_whole(folder / "tales_more.txt.xz", packed)
    write_whole(folder / "tales.json", dense(facts_of(stories, more, parts)).encode("ascii"))
    asked = dense(questions_of(stories, parts)).encode("ascii")
    write_whole(folder / "tales_questions.json", asked)


# --- reading back --------------------------------------------------------------------------------


def agrees(text, log2p):
    """Whether the rules have exactly one way to the text, of the recorded probability."""
    states, _ = read(text, marks=False)
    return len(states) == 1 and abs(math.log2(states[0].p) - log2p) <= 1e-8


def spread(count, total):
    """`count` numbers, evenly spread over 0 to total - 1."""
    return [i * total // count for i in range(count)]


def check(count, folder=FOLDER):
    """Read `count` stories of tales.txt and half as many of tales_more back.

    How many were read, and how many have not exactly one derivation of the recorded probability.
    Raises ValueError where the count is not 1 to the number of stories.
    """
    facts = json.loads((folder / "tales.json").read_text("ascii"))
    told = (folder / "tales.txt").read_text("ascii").split(END)[:-1]
    more = lzma.decompress((folder / "tales_more.txt.xz").read_bytes()).decode("ascii").split(END)
    if not 1 <= count <= len(told):
        raise ValueError(f"{count} stories cannot be read, only 1 to {len(told)}")
    pairs = [(told[i], facts["log2p"][i]) for i in spread(count, len(told))]
    log2p = facts["more"]["log2p"]
    pairs += [(more[i], log2p[i]) for i in spread(count // 2, len(log2p))]
    return {"parsed": len(pairs), "mismatches": sum(not agrees(*pair) for pair in pairs)}
