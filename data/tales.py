"""Children's stories with exactly known probabilities: the writer, and the reader over its code.

A story is a chain of choices: a plot, a sentence, a word. `story` below is that chain, written
once. The Writer draws every choice at random and adds up log2 of its probability. The Reader is led
through the same chain by a given text, tries every choice the text allows, and so enumerates all
derivations of the text. Exactly one, with the same sum: then the recorded probability is the
probability of the text, and the mean over the stories is what the best possible model needs.

What stories are made of stands in two files to be read beside this one: `tales_words.txt` (lists of
words; tables of what goes with what) and `tales_sentences.txt` (the ways of saying each thing).

    python data/tales.py               writes tales.txt and both tales*.json, equal each time
    python data/tales.py --check 50    reads 50 stories back and compares their probabilities

Left out: any understanding of the story. No grammar beyond the sentences in the file, no plot that
branches. It is one file because it both runs as a script and is imported by its test.
"""

import argparse
import collections
import functools
import hashlib
import json
import math
import os
import pathlib
import re
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).parent
SEED = 20240501
STORIES = 1660  # about 1.1 MB
ASKED = 250  # the questions are about the sentences of the first so many stories
ENOUGH_WORDS = 92  # no new scene after this many words: then no story leaves 60 to 150
END = "\n\n"  # ends every story, the last one too

PLOTS = ("lost", "gift", "trip", "wish")
SCENES = {  # scene: its weight, its headings; one that ends in "?" is told every other time
    "person": (3.0, "person meet", "person act"),
    "worker": (4.5, "worker meet", "worker act"),
    "country": (4.5, "country news", "country more"),
    "craft": (4.5, "craft plan", "craft deed"),
    "shop": (4.0, "shop", "shop more?"),
    "young": (5.0, "young"),
    "walk": (3.0, "walk", "find?"),
    "find": (3.0, "find"),
    "feeling": (2.5, "feeling"),
    "weather": (2.0, "weather"),
    "sum": (2.5, "sum"),
    "flowers": (2.8, "flowers"),
    "birds": (2.8, "birds"),
    "things": (2.8, "things"),
    "vegetables": (2.8, "vegetables"),
}  # the weights are such that every word of the relations is told 40 times or more
SCENE_SLOTS = (  # what every scene chooses anew
    "person", "worker", "country", "verb", "place", "move", "find", "mood", "weather", "n1", "n2",
)
ALIASES = {"hero": "name", "home": "place", "n1": "several", "n2": "small"}
REPEATABLE = ("n1", "n2", "amount*")  # all other words are drawn fresh until their list is used up
PRONOUNS = {"he": ("he", "she"), "his": ("his", "her"), "him": ("him", "her")}
MARKS = {  # slot that repeats or follows from what was told: its kind
    "hero": "name", "friend": "name", "pet": "pet", "object": "object", "colour": "colour",
    "pet.young": "young", "object.plural": "plural", "country.capital": "capital",
    "country.food": "food", "worker.tool": "tool", "verb.past": "tense", "sum": "sum",
    "mood.deed": "effect", "weather.trace": "effect", "pet.sound": "sound", "pet.treat": "treat",
    "person.act": "act", "object.part": "part", "country.sight": "sight", "verb.work": "work",
    "worker.stuff": "stuff", "place.thing": "thing",
}
QUESTIONS = {  # heading of a sentence: the question about it
    "find": "Tell me how <name> <saw> the <find> near the <place>.",
    "walk": "Tell me how <name> <move> <manner> to the <place>.",
    "feeling": "Tell me why <name> was <mood>.",
}


# ---------------------------------------------------------------- the words and the sentences

def read_weighted(text):
    """The words of a list and their weights, 1 where none is given.

    Raises ValueError where a weight is not a finite number above 0.

    >>> read_weighted("said*6 cried/called")
    (['said', 'cried', 'called'], [6.0, 1.0, 1.0])
    """
    words, weights = [], []
    for item in text.replace("/", " ").split():
        word, _, weight = item.partition("*")
        words.append(word)
        weights.append(float(weight or 1))
        if not 0 < weights[-1] < math.inf:
            raise ValueError(f"{item}: a weight is a finite number above 0")
    return words, weights


class Words:
    """What `tales_words.txt` says.

    lists: name -> (words, weights); facts: (table, column, key) -> (words, weights);
    category: word in lower case -> category; synonyms: pairs that may stand for each other.
    """

    def __init__(self, text):
        self.lists, self.facts, self.category, self.synonyms = {}, {}, {}, []
        table = None
        for line in text.splitlines():
            if line.startswith("#") or not line.strip():
                continue
            head, _, body = line.strip().partition(": ")
            if line.startswith("  "):
                self._row(table, head, body.split("; "))
                continue
            what, name, category = re.fullmatch(r"(\w+) (\w*) ?\((.+)\)", head).groups()
            if what == "table":
                table = (name, category, re.findall(r"(\w+) \((.+?)\)", body))
                self.lists[name] = ([], [])
            else:
                self._file(body, category)
                if what == "list":
                    self.lists[name] = read_weighted(body)

    def _file(self, text, category):
        for item in text.split():
            words, _ = read_weighted(item)
            for word in words:
                if self.category.setdefault(word.lower(), category) != category:
                    raise ValueError(f"{word} is both {self.category[word.lower()]} and {category}")
            if len(words) == 2 and tuple(words) not in self.synonyms:
                self.synonyms.append(tuple(words))

    def _row(self, table, head, cells):
        name, category, columns = table
        keys, weights = read_weighted(head)
        self._file(head, category)
        self.lists[name][0].extend(keys)
        self.lists[name][1].extend(weights)
        for (column, category), cell in zip(columns, cells, strict=True):
            self._file(cell, category)
            for key in keys:
                self.facts[name, column, key] = read_weighted(cell)


def parse_sentence(line, sets):
    """A sentence as a list of (what, body), what being "text", "slot", "either" or "maybe".

    >>> parse_sentence("A {<look*> }<pet> [sat|lay].", {})[1]
    ('maybe', [('slot', 'look*'), ('text', ' ')])
    """
    stack = [[]]
    for piece in re.findall(r"<[^>]+>|\[[^\]]+\]|[{}]|[^<\[{}]+", line):
        if piece == "{":
            stack.append([])
        elif piece == "}":
            group = stack.pop()
            stack[-1].append(("maybe", group))
        elif piece.startswith("<"):
            stack[-1].append(("slot", piece[1:-1]))
        elif piece.startswith("["):
            options = sets[piece[1:-1]] if piece[1] == "@" else piece[1:-1].split("|")
            stack[-1].append(("either", options))
        else:
            stack[-1].append(("text", piece))
    return stack[0]


def read_sentences(text):
    """{heading: [sentence, ...]}, each sentence as `parse_sentence` cuts it."""
    sentences, sets, heading = {}, {}, None
    for line in text.splitlines():
        if line.startswith("@"):
            name, options = line.split(" = ")
            sets[name] = options.split("|")
        elif line.startswith("= "):
            heading = line[2:]
            sentences[heading] = []
        elif heading and line.strip():
            sentences[heading].append(parse_sentence(line, sets))
    return sentences


WORDS = Words((HERE / "tales_words.txt").read_text())
SENTENCES = read_sentences((HERE / "tales_sentences.txt").read_text())
NUMBERS = WORDS.lists["number"][0]
WORDS.lists["name"] = read_weighted(" ".join(WORDS.lists["girl"][0] + WORDS.lists["boy"][0]))
WORDS.lists["small"] = (NUMBERS[:5], [1.0] * 5)
WORDS.lists["several"] = (NUMBERS[1:5], [1.0] * 4)  # "two apples", never "one apples"
WORDS.lists["amount"] = (NUMBERS[1:], [1.0] * 9)
FEMALE = {*WORDS.lists["girl"][0], "queen", "princess", "woman", "girl"}
SYNONYM = {word: other for pair in WORDS.synonyms for word, other in (pair, pair[::-1])}
KEYS = {name: [word.lower() for word in WORDS.lists[name][0]]
        for name in ("name", "pet", "saw", "find", "place", "move", "mood")}
KEYS["name"] += [w.lower() for name in ("friend", "guest") for w in WORDS.lists[name][0]]
KEYS["manner"] = [w for key, (words, _) in WORDS.facts.items() if key[1] == "manner" for w in words]


# ---------------------------------------------------------------- the program

def add_up(numbers):
    """The sum, rounded after each addition, from left to right.

    That is what the corpus was made with; `sum` rounds otherwise from Python 3.12 on.

    >>> add_up([1e16, 1.0, 1.0]) == 1e16
    True
    """
    total = 0.0
    for number in numbers:
        total += number
    return total


@functools.cache
def split_slot(name):
    """The key, variable and column of a slot, and whether its word takes a capital.

    >>> split_slot("person.His")
    ('person.his', 'person', 'his', True)
    """
    key = name.lower()
    variable, _, column = key.partition(".")
    if variable in PRONOUNS:
        variable, column = "hero", variable
    return key, variable, column, key != name


class Teller:
    """The state of a story being told; how a choice falls (`pick`) is the Writer's or the Reader's.

    bound: slot -> word; narrowed: slot -> {word: weight} it may become; used: words drawn so far;
    length: characters so far; words: words so far; log2p: the sum over the choices so far;
    kind: of the word being said, if it repeats or follows from what was told before.
    """

    def __init__(self):
        self.bound, self.narrowed, self.used = {}, {}, set()
        self.length, self.words, self.log2p, self.kind = 0, 0, 0.0, None

    def choose(self, options, weights=None, starts=None):
        """One of the options.

        starts: for each option the parts that will be told after it, for a Reader to look ahead.
        """
        if len(options) == 1:
            return options[0]
        i, p = self.pick(weights or [1.0] * len(options), starts)
        self.log2p += math.log2(p)
        return options[i]

    def say(self, text):
        self.words += text.count(" ")
        self.emit(text)
        self.length += len(text)

    def cut(self, heading):
        """Called where a sentence begins."""

    def slot(self, name):
        """Say the word of a slot such as hero, person.His or look*; see tales_sentences.txt."""
        key, variable, column, capital = split_slot(name)
        choices = self.choices(key, variable, column)
        shown = [word.capitalize() for word in choices] if capital else list(choices)
        if column in PRONOUNS:
            self.kind = "pronoun"
        elif key in self.bound or (column and variable in self.bound):
            self.kind = MARKS.get(key)
        spelled = self.choose(shown, list(choices.values()), [[("text", word)] for word in shown])
        word = list(choices)[shown.index(spelled)]
        self.say(spelled)
        self.kind = None
        if column and variable not in self.bound:
            self.narrow(variable, column, word)
        elif not column and key not in self.bound:
            self.bind(key, word)

    def choices(self, key, variable, column):
        """{word: weight} of a slot."""
        if column in PRONOUNS:
            return {PRONOUNS[column][self.bound[variable] in FEMALE]: 1.0}
        if column:
            return self.facts(variable, column)
        if key in self.bound:
            return {self.bound[key]: 1.0}
        return self.candidates(key.rstrip("*"))

    def candidates(self, variable):
        """{word: weight} of what the slot may become: words not yet used, if there are any."""
        if variable in self.narrowed:
            return self.narrowed[variable]
        words, weights = WORDS.lists[ALIASES.get(variable, variable)]
        free = {word: weight for word, weight in zip(words, weights) if word not in self.used}
        return free or dict(zip(words, weights))

    def facts(self, variable, column):
        """{word: weight} of a column; before its noun ("a smooth stone"), summed over the nouns."""
        table = ALIASES.get(variable, variable)
        nouns = {self.bound[variable]: 1.0} if variable in self.bound else self.candidates(variable)
        total = {}
        for noun, weight in nouns.items():
            words, weights = WORDS.facts[table, column, noun]
            for word, share in zip(words, weights):
                total[word] = total.get(word, 0.0) + weight * share / add_up(weights)
        return total

    def narrow(self, variable, column, word):
        """The noun to come must be one that the word fits: Bayes' rule over the candidates."""
        left = {}
        for noun, weight in self.candidates(variable).items():
            words, weights = WORDS.facts[ALIASES.get(variable, variable), column, noun]
            if word in words:
                left[noun] = weight * weights[words.index(word)] / add_up(weights)
        self.narrowed[variable] = left

    def bind(self, key, word):
        if key not in REPEATABLE:
            self.used.add(word)
        if not key.endswith("*"):
            self.bound[key] = word
        if key == "n2":
            total = NUMBERS.index(self.bound["n1"]) + NUMBERS.index(word) + 2
            self.bound["sum"] = NUMBERS[total - 1]

    def tell(self, heading):
        """One of the sentences under the heading, with the space before it."""
        if self.length:
            self.say(" ")
        self.cut(heading)
        self.tell_parts(self.choose(SENTENCES[heading], None, SENTENCES[heading]))

    def tell_parts(self, parts):
        for i, (what, body) in enumerate(parts):
            if what == "text":
                self.say(body)
            elif what == "slot":
                self.slot(body)
            elif what == "either":
                self.say(self.choose(body, None, [[("text", option)] for option in body]))
            else:
                self.tell_parts(self.choose([body, []], None, [body, parts[i + 1:]]))


def story(t):
    """The program whose choices make a story."""
    t.tell("begin")
    for heading in t.choose([("pet", "toy"), ("toy", "pet")]):
        t.tell(heading)
    plot = t.choose(PLOTS)
    t.tell(plot + " problem")
    scenes = list(SCENES)
    scene(t, scenes)
    t.tell("lost middle" if plot == "lost" else "middle")
    while t.words < ENOUGH_WORDS:
        scene(t, scenes)
    t.tell(plot + " end")
    t.tell("close")


def scene(t, scenes):
    """One of the scenes that are left."""
    name = t.choose(scenes, [SCENES[name][0] for name in scenes])
    scenes.remove(name)
    for slot in SCENE_SLOTS:
        t.bound.pop(slot, None)
        t.narrowed.pop(slot, None)
    for heading in SCENES[name][1:]:
        if not heading.endswith("?") or t.choose([True, False]):
            t.tell(heading.rstrip("?"))


class Writer(Teller):
    """Draws every choice from a generator; keeps the text, its sentences' beginnings, the marks."""

    def __init__(self, rng):
        super().__init__()
        self.rng, self.text, self.cuts, self.marks = rng, "", [], []

    def pick(self, weights, starts):
        left = self.rng.random() * add_up(weights)
        i = 0
        while i + 1 < len(weights) and left >= weights[i]:
            left -= weights[i]
            i += 1
        return i, weights[i] / add_up(weights)

    def emit(self, text):
        if self.kind:
            self.marks.append((self.length, len(text)))
        self.text += text

    def cut(self, heading):
        self.cuts.append((self.length, heading))


# ---------------------------------------------------------------- reading

class DeadEnd(Exception):
    """The choices so far cannot give the text."""


class Reached(Exception):
    """The text is used up."""


class Reader(Teller):
    """Follows a trail of choices through a text; where the trail ends, tries what the text allows.

    trail: for each choice the options still to be tried, the one in use first. With `open_end` the
    text is a beginning only and the Reader stops where it is used up; with `next_word` (a dict) it
    goes on to the next word and adds the probability of all that was told to next_word[word, kind].
    """

    def __init__(self, text, trail, open_end=False, next_word=None):
        super().__init__()
        self.text, self.trail, self.step = text, trail, 0
        self.open_end, self.next_word = open_end, next_word

    def fits(self, text):
        rest = len(self.text) - self.length
        if len(text) <= rest or not self.open_end:
            return self.text.startswith(text, self.length)
        return self.text.endswith(text[:rest]) if rest else True

    def may_start(self, parts):
        """Whether the text ahead can begin with the first of these parts."""
        if not parts:
            return True
        what, body = parts[0]
        if what == "text":
            return self.fits(body)
        if what == "either":
            return any(self.fits(option) for option in body)
        if what == "slot":
            key, variable, column, capital = split_slot(body)
            choices = self.choices(key, variable, column)
            return any(self.fits(word.capitalize() if capital else word) for word in choices)
        return self.may_start(body) or self.may_start(parts[1:])

    def pick(self, weights, starts):
        total = add_up(weights)
        if self.step == len(self.trail):
            fit = range(len(weights))
            if self.length == len(self.text) and self.open_end:
                if self.next_word is None:
                    raise Reached
                fit = [
                    i for i in fit if not (starts and self.count(starts[i], weights[i] / total))
                ]
            elif starts:
                fit = [i for i in fit if self.may_start(starts[i])]
            if not fit:
                raise DeadEnd
            self.trail.append(list(fit))
        i = self.trail[self.step][0]
        self.step += 1
        return i, weights[i] / total

    def count(self, parts, p):
        """Add what begins with a known text to next_word; False if it begins otherwise."""
        if not parts or parts[0][0] != "text":
            return False
        key = re.match(r"[A-Za-z]+|.", parts[0][1])[0], self.kind
        self.next_word[key] = self.next_word.get(key, 0.0) + 2.0**self.log2p * p
        return True

    def emit(self, text):
        if not self.fits(text):
            raise DeadEnd
        beyond = text[len(self.text) - self.length:]
        if self.open_end and beyond:
            if self.next_word is not None:
                self.count([("text", beyond)], 1.0)
            raise Reached


def readings(text, start=(), open_end=False, next_word=None, program=story):
    """All derivations of the text, depth first, as Readers; `start` fixes the first choices."""
    trail = [[i] for i in start]
    while True:
        reader = Reader(text, trail, open_end, next_word)
        try:
            program(reader)
            if reader.length == len(text):
                yield reader
        except DeadEnd:
            pass
        except Reached:
            yield reader
        while trail and len(trail[-1]) == 1:
            trail.pop()
        if not trail:
            return
        trail[-1] = trail[-1][1:]


def next_words(text, starts, program=story):
    """{(word, kind): probability} of what follows the text; starts: its derivations."""
    found = {}
    for start in starts:
        collections.deque(readings(text, start, True, found, program), maxlen=0)
    total = add_up(found.values())
    return {key: found[key] / total for key in sorted(found, key=str)}


def slots(told):
    """[(offset, length, kind, {word: probability})]: the marked places of a story.

    A place is marked where every word that is possible there repeats or follows from the story so
    far; where several kinds are possible, the kind is "colour/object". So the text before the place
    decides about the mark, never the word that was drawn. The distribution is that of the next word
    given the text before it, over all derivations of that text.
    """
    found, starts, cuts = [], [()], [offset for offset, _ in told.cuts]
    for offset, following in zip(cuts, cuts[1:] + [len(told.text)]):
        for place, length in told.marks:
            if offset < place < following:
                words = next_words(told.text[:place], starts)
                kinds = {kind for _, kind in words}
                if None not in kinds:
                    names = sorted(kinds)
                    p = {w: add_up(words.get((w, k), 0.0) for k in names) for w, _ in words}
                    found.append((place, length, "/".join(names), p))
        if following < len(told.text):
            starts = [
                [options[0] for options in reader.trail]
                for start in starts
                for reader in readings(told.text[: following - 1], start, True)
            ]
    return found


# ---------------------------------------------------------------- the files

def splits(count, rng):
    """Numbers of the stories of each split: a random 90, 5 and 5 percent, each in order."""
    order = [int(i) for i in rng.permutation(count)]
    part = count // 20
    return {
        "train": sorted(order[2 * part:]),
        "validation": sorted(order[:part]),
        "test": sorted(order[part:2 * part]),
    }


def floor(told, numbers):
    """What the best possible model needs for these stories, each counted with its END."""
    characters = sum(len(told[i].text) + len(END) for i in numbers)
    bits = -add_up(told[i].log2p for i in numbers)
    return {
        "stories": len(numbers), "characters": characters, "bits": bits,
        "bits_per_char": bits / characters, "bits_per_story": bits / len(numbers),
    }


def column(table, name):
    """Pairs (key, first word of the column) of a table, in lower case."""
    keys = WORDS.lists[table][0]
    return [[key.lower(), WORDS.facts[table, name, key][0][0].lower()] for key in keys]


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
        "plural": column("object", "plural"),
        "past": column("verb", "past"),
    }


def words_of(text):
    """The words of a text: its runs of letters, in lower case.

    >>> words_of('"There is my kite!" said Mia.')
    ['there', 'is', 'my', 'kite', 'said', 'mia']
    """
    return re.findall("[a-z]+", text.lower())


def passages(told):
    """[(story, offset, length, heading)]: the sentences of the stories, as they were told."""
    found = []
    for i, t in enumerate(told):
        ends = [offset - 1 for offset, _ in t.cuts[1:]] + [len(t.text)]
        found += [(i, start, end - start, name) for (start, name), end in zip(t.cuts, ends)]
    return found


def concept(word):
    """The word, or the first in the alphabet of it and its synonym."""
    return min(word, SYNONYM.get(word, word))


def ask(heading, text):
    """(question in the sentence's own words, question in synonyms, its concepts), or None.

    >>> ask("find", "Near the brook Mia spied a round stone.")[:2]  # doctest: +NORMALIZE_WHITESPACE
    ('Tell me how Mia spied the stone near the brook.',
     'Tell me how Mia glimpsed the rock near the stream.')
    """
    plain, other, concepts = QUESTIONS.get(heading, ""), QUESTIONS.get(heading, ""), set()
    for name in re.findall(r"<(\w+)>", plain):
        found = [word for word in words_of(text) if word in KEYS[name]]
        if name == "name":
            pets = [f"the {word}" for word in words_of(text) if word in KEYS["pet"]]
            found = [word.capitalize() for word in found] or pets
            if not found:
                return None
        said = found[0] if found else ""
        plain = plain.replace(f"<{name}>", said)
        other = other.replace(f"<{name}>", SYNONYM.get(said, said))
        concepts.update(concept(word) for word in words_of(said))
    return (" ".join(plain.split()), " ".join(other.split()), concepts) if plain else None


def questions(told):
    """The questions about sentences of these stories that exactly one sentence answers."""
    places = passages(told)
    texts = [told[i].text[offset:offset + length] for i, offset, length, _ in places]
    answers = [{concept(word) for word in words_of(text)} for text in texts]
    asked = []
    for number, (place, text) in enumerate(zip(places, texts)):
        found = ask(place[3], text)
        if found and sum(found[2] <= words for words in answers) == 1:
            asked.append(
                {"passage": number, "kind": place[3], "plain": found[0], "other": found[1]}
            )
    return {"passages": [list(place[:3]) for place in places], "questions": asked}


def facts_of(told, parts):
    """The content of tales.json; data/README.md says what each key means."""
    text = "".join(t.text + END for t in told)
    starts = [0]
    for t in told[:-1]:
        starts.append(starts[-1] + len(t.text) + len(END))
    kinds, table, marked = {}, {}, []
    for t in told:
        rows = []
        for offset, length, kind, words in slots(t):
            index = table.setdefault(tuple(words.items()), len(table))
            rows.append([offset, length, kinds.setdefault(kind, len(kinds)), index])
        marked.append(rows)
    categories = {}
    for word in sorted(WORDS.category):
        categories.setdefault(WORDS.category[word], []).append(word)
    return {
        "seed": SEED, "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "starts": starts, "lengths": [len(t.text) for t in told], "log2p": [t.log2p for t in told],
        "splits": parts, "floors": {name: floor(told, part) for name, part in parts.items()},
        "vocabulary": sorted(WORDS.category), "categories": categories, "relations": relations(),
        "synonyms": [list(pair) for pair in WORDS.synonyms],
        "kinds": list(kinds), "distributions": [[x for pair in key for x in pair] for key in table],
        "slots": marked,
    }


def write_whole(path, text):
    """Write the file whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    pathlib.Path(temporary).chmod(0o644)
    pathlib.Path(temporary).replace(path)


def tell_all(seed=SEED, count=STORIES):
    """The stories of the corpus, as Writers, and the numbers of each split."""
    rng = np.random.default_rng(seed)
    told = []
    for _ in range(count):
        told.append(Writer(rng))
        story(told[-1])
    return told, splits(count, rng)


def dense(content):
    return json.dumps(content, separators=(",", ":"), sort_keys=True) + "\n"


def check(count):
    """Read `count` stories of the files back: how many have not exactly one derivation as recorded.

    The stories are spread evenly over the text; a count of all of them takes each.
    Raises ValueError where the count is not 1 to their number.
    """
    text = (HERE / "tales.txt").read_text(encoding="ascii")
    facts = json.loads((HERE / "tales.json").read_text(encoding="ascii"))
    stories = list(zip(facts["starts"], facts["lengths"], facts["log2p"]))
    if not 1 <= count <= len(stories):
        raise ValueError(f"{count} stories cannot be read, only 1 to {len(stories)}")
    mismatches = 0
    for i in range(count):
        start, length, log2p = stories[i * len(stories) // count]
        found = [reader.log2p for reader in readings(text[start:start + length])]
        mismatches += len(found) != 1 or abs(found[0] - log2p) > 1e-9
    return {"parsed": count, "mismatches": mismatches}


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Write the corpus, or check what is written.")
    parser.add_argument("--check", type=int, metavar="N", help="read N stories back, write nothing")
    options = parser.parse_args(arguments)
    if options.check is not None:
        try:
            found = check(options.check)
        except (OSError, ValueError) as error:
            parser.error(str(error))
        print(dense(found), end="")
        sys.exit(1 if found["mismatches"] else 0)
    told, parts = tell_all()
    write_whole(HERE / "tales.txt", "".join(t.text + END for t in told))
    write_whole(HERE / "tales_questions.json", dense(questions(told[:ASKED])))
    write_whole(HERE / "tales.json", dense(facts_of(told, parts)))


if __name__ == "__main__":
    main()
