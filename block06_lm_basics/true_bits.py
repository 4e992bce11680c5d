"""What the maker of the stories knows: what was drawn, what follows, and how probable it was.

Every character of a story has one kind of place, and every marked word a true distribution. The
maker says at which places it drew (Story.bits) and which words follow from the story (Story.slots);
it pays bits there and nowhere else. A model sees the last few characters, its view, and has one
answer for all places with the same view.
"""

import math
import re
from collections import Counter, defaultdict
from typing import NamedTuple

import numpy as np

from shared.text import load_tales

# --- every character has one kind ----------------------------------------------------------------

NEAR, FAR = 60, 300  # characters back to where a recalled word was said last
KINDS = (
    "chosen word, new to the story",
    "chosen word, said before",
    f"recalled word, said less than {NEAR} characters ago",
    f"recalled word, said {NEAR} to {FAR} characters ago",
    f"recalled word, said more than {FAR} characters ago",
    "word that follows from the story",
    "settled word, its first letter",
    "settled word, the letters after it",
    "space or sign",
    "other",
)
NUMBER = {kind: number for number, kind in enumerate(KINDS)}
WORD = re.compile(r"[A-Za-z]+")


def kinds_and_truth(stories):
    """The number of each character's kind, and the bits that the truth pays there: (T,), (T,)."""
    found = [(kinds_of(story), truth_of(story)) for story in stories]
    kinds, truth = zip(*found)
    return np.concatenate(kinds), np.concatenate(truth)


def truth_of(story):
    """-log2 of the true probability, at the first character of what was drawn; 0 elsewhere: (T,).

    At a marked word it is that of its true distribution.
    """
    truth = np.zeros(len(story.text))
    for start, bits in story.bits:
        truth[start] = bits
    for slot in story.slots:
        truth[slot.start] = -math.log2(slot.distribution[word_at(story.text, slot.start)])
    return truth


def kinds_of(story):
    """The number of the kind of each character: (T,). A marked word is no chosen one."""
    text, kinds = story.text, np.full(len(story.text), NUMBER["other"])
    chosen, marked = {start for start, _ in story.bits}, {slot.start for slot in story.slots}
    for sign in re.finditer(r"[^A-Za-z]", text):
        kinds[sign.start()] = NUMBER["space or sign"]
    for word in WORD.finditer(text):
        start, end = word.span()
        distance = distance_back(text, start)
        if start in marked:
            kinds[start:end] = NUMBER[recalled(distance)]
        elif start in chosen:
            said = "new to the story" if distance is None else "said before"
            kinds[start:end] = NUMBER[f"chosen word, {said}"]
        else:
            kinds[start] = NUMBER["settled word, its first letter"]
            kinds[start + 1 : end] = NUMBER["settled word, the letters after it"]
    return kinds


def word_at(text, start):
    """The word that begins there."""
    return WORD.match(text, start)[0]


def distance_back(text, start):
    """How many characters ago the word that begins at start was said last, or None.

    >>> distance_back("a cat, a catfish, a cat", 20)
    18
    """
    places = re.finditer(rf"\b{word_at(text, start)}\b", text[:start])
    last = max((found.start() for found in places), default=None)
    return None if last is None else start - last


def recalled(distance):
    """The kind of a marked word, by the distance back to where it was said last."""
    if distance is None:
        return "word that follows from the story"
    if distance < NEAR:
        return f"recalled word, said less than {NEAR} characters ago"
    if distance <= FAR:
        return f"recalled word, said {NEAR} to {FAR} characters ago"
    return f"recalled word, said more than {FAR} characters ago"


# --- marked words as questions -------------------------------------------------------------------


class Asked(NamedTuple):
    """A marked word of a test story: its view, the words of its kind, their true P, their share
    of what follows the view in the training text."""

    view: str
    words: list[str]
    truth: np.ndarray
    average: np.ndarray


def words_of_kinds(stories):
    """kind -> the words that are possible there; only kinds with several words, none of which
    begins another: then P(word) is the product of P(character) and nothing else."""
    found = defaultdict(set)
    for story in stories:
        for slot in story.slots:
            found[slot.kind] |= slot.distribution.keys()
    return {
        kind: sorted(words)
        for kind, words in found.items()
        if len(words) > 1 and not any(a != b and b.startswith(a) for a in words for b in words)
    }


def questions(texts, reach, alike):
    """The marked words of the test stories whose view stands at least `alike` times in the training
    text, and is followed there by words of the same kind only."""
    tales, asked, counts = load_tales(), [], {}
    words = words_of_kinds(tales.stories["validation"] + tales.stories["test"])
    for story in texts.tales.stories["test"]:
        for slot in story.slots:
            view = story.text[max(slot.start - reach, 0) : slot.start]
            if slot.kind not in words or len(view) < reach:
                continue
            if view not in counts:
                counts[view] = Counter(re.findall(re.escape(view) + "([A-Za-z]+)", texts.train))
            after, known = counts[view], words[slot.kind]
            if after.total() >= alike and set(after) <= set(known):
                truth = np.array([slot.distribution.get(word, 0.0) for word in known])
                average = np.array([after[word] for word in known]) / after.total()
                asked.append(Asked(view, known, truth, average))
    return asked


def answer(log_probabilities, vocabulary, asked):
    """P(word | view) of every word of a question: the product over its characters, (W,)."""
    text = vocabulary.encode("".join(asked.view + word for word in asked.words))
    log_p = log_probabilities(text)  # all words in one pass, each behind the view
    ends = np.cumsum([len(asked.view) + len(word) for word in asked.words])
    return np.exp([log_p[end - len(word) : end].sum() for end, word in zip(ends, asked.words)])


def total_variation(p, q):
    """Half the sum of |p - q|; what is not given to the listed words counts as one more word."""
    return 0.5 * (np.abs(p - q).sum() + abs(p.sum() - q.sum()))
