"""The Writer draws a story and adds up log2 of each choice; the Reader finds all ways to a text.

Both walk the same rules, `step`: a state of a story is what is still to be told and the words
drawn so far, and a step leads to the next token or to a choice. The Writer takes one option at
random. The Reader takes every option that goes on as the text does, and keeps all states that are
still possible, each with its probability: the forward algorithm. So it knows the probability of
a text, the number of its derivations, and the true distribution of the word that comes next.

Left out: any search. Nothing is tried and taken back; a state that cannot be continued is dropped.
"""

import math
from typing import NamedTuple

from data.tales.grammar import (
    SENTENCES,
    Choice,
    End,
    Heading,
    Slot,
    Token,
    candidates,
    facts,
    settle,
    tokens,
)

KINDS = {  # slot that repeats or follows from what was told: the kind of its place
    "hero": "name", "friend": "name", "petname": "pet name", "pet": "pet", "animal": "pet",
    "toy": "thing", "toy.plural": "plural", "colour": "colour", "home": "home", "place": "place",
    "workplace": "workplace", "house": "house", "worker": "worker", "worker.tool": "tool",
    "worker.stuff": "stuff", "worker.product": "product", "person": "person",
    "person.good": "thing", "band": "thing", "giver": "giver", "relative": "giver",
    "pet.young": "young", "pet.youngs": "youngs", "animal.young": "young",
    "animal.youngs": "youngs", "pet.happy": "sound", "pet.sad": "sound", "animal.happy": "sound",
    "animal.sad": "sound", "verb": "verb", "verb.past": "tense", "verb.what": "object",
    "country": "country", "country.capital": "capital", "country.food": "food",
    "country.sight": "sight", "fruit.plural": "plural", "treasure.plural": "plural",
    "sum": "sum", "need": "sum", "left": "sum", "family": "sum", "price": "number",
    "have": "number", "brood": "number", "weather.chase": "chase", "trait": "trait",
}


class State(NamedTuple):
    """Where a story stands.

    frame: (parts, index of the next part, frame to go on with after them), or None at the end
    bound: {slot: word}    p: the probability of all choices so far
    """

    frame: tuple | None
    bound: dict
    p: float


class Option(NamedTuple):
    """A way to go on: its probability, the parts to tell next, the slot it settles and its word."""

    p: float
    parts: tuple
    slot: str | None
    word: str


START = State(((Heading("story"),), 0, None), {}, 1.0)


# --- the rules, for both -------------------------------------------------------------------------


def kind_of(slot, bound):
    """The kind of a slot whose word repeats or follows from one said before, or None."""
    if slot.new:
        return None
    if slot.column in ("he", "his", "him"):
        return "pronoun"
    return KINDS.get(slot.name) if slot.name in bound or slot.column else None


def shown(slot, word, kind):
    """The tokens of a slot's word: with its article, with a capital where it begins a sentence."""
    if slot.article:
        article = "an" if word[0] in "aeiou" else "a"
        return (*shown(slot._replace(article=False), article, None), Token(" ", None),
                *shown(slot._replace(article=False, capital=False), word, kind))
    said = tokens(word[0].upper() + word[1:] if slot.capital else word)
    return tuple(Token(text, kind if len(said) == 1 else None) for text in said)


def unsettled(slot, bound):
    """The slot that has to be settled before this one, unsaid: the noun of a column, or None."""
    first = slot.variable if slot.column else "have" if slot.name == "price" else None
    return None if first in bound else first


def slot_options(slot, bound):
    """The words a slot may become here, each as likely as the next.

    `<person.age> <person>`: a column that stands before its noun settles the noun without saying
    it: the state knows what the text has not told yet.
    """
    if slot.name in bound:
        words, settled = [bound[slot.name]], None
    elif (first := unsettled(slot, bound)):
        nouns, then = candidates(first, bound), (slot._replace(new=True),)
        return [Option(1 / len(nouns), then, first, noun) for noun in nouns]
    elif slot.column:
        words, settled = facts(slot.variable, slot.column, bound), slot.name
        if slot.name == "place":  # <place=worker.source> is another place than the home
            words = [word for word in words if word not in bound.values()]
    else:
        words, settled = candidates(slot.variable, bound), slot.name
    kind = kind_of(slot, bound)
    return [Option(1 / len(words), shown(slot, word, kind), settled, word) for word in words]


def weighted(options, ending=()):
    """Options [(weight, parts), ...] with their probabilities."""
    total = math.fsum(weight for weight, _ in options)
    return [Option(weight / total, parts + ending, None, "") for weight, parts in options]


def step(frame, bound):
    """(part, frame after it, options): a Token or End to say, or the options of a choice.

    (None, None, []) where the story is over.
    """
    while frame and frame[1] == len(frame[0]):
        frame = frame[2]
    if not frame:
        return None, None, []
    parts, i, rest = frame
    part, after = parts[i], (parts, i + 1, rest)
    if isinstance(part, Slot):
        return part, after, slot_options(part, bound)
    if isinstance(part, Choice):
        return part, after, weighted(part.options)
    if isinstance(part, Heading):
        name = " ".join(bound[w[1:]] if w[0] == "$" else w for w in part.name.split())
        return part, after, weighted(SENTENCES[name], (End(name),))
    return part, after, []


def follow(state, option, after):
    """The state after an option was taken."""
    bound = settle(state.bound, option.slot, option.word) if option.slot else state.bound
    return State((option.parts, 0, after), bound, state.p * option.p)


# --- writing -------------------------------------------------------------------------------------


class Told(NamedTuple):
    """A story as the Writer told it.

    spans: [(heading, start, end)]    choices: [(place, what was chosen, its probability)]
    """

    text: str
    log2p: float
    bound: dict
    spans: list
    choices: list


def draw(options, u):
    """The option that a number u in [0, 1) falls on."""
    for option in options[:-1]:
        if u < option.p:
            return option
        u -= option.p
    return options[-1]


def write(rng, start=START):
    """A story, every choice drawn from the generator."""
    state, said, length, log2p = start, [], 0, 0.0
    begun, spans, choices = [], [], []
    while True:
        part, after, options = step(state.frame, state.bound)
        if options:
            option = draw(options, rng.random()) if len(options) > 1 else options[0]
            log2p += math.log2(option.p)
            state = follow(state, option, after)
            if isinstance(part, Heading):
                begun.append(length)
            if option.p < 1:
                choices.append((length, part, option))
        elif part is None:
            return Told("".join(said), log2p, state.bound, spans, choices)
        else:
            if isinstance(part, End):
                spans.append((part.name, begun.pop(), length))
            else:
                said.append(part.text)
                length += len(part.text)
            state = state._replace(frame=after)


# --- reading -------------------------------------------------------------------------------------


def successors(state, wanted=None):
    """[(token, state after it)]: every way to the next token, or only those that say `wanted`.

    Where the story is over, the token is None.
    """
    part, after, options = step(state.frame, state.bound)
    if part is None:
        return [(None, state._replace(frame=None))] if wanted in (None, "") else []
    if isinstance(part, Token):
        fits = wanted is None or part.text == wanted
        return [(part, state._replace(frame=after))] if fits else []
    if isinstance(part, End):
        return successors(state._replace(frame=after), wanted)
    found = []
    for option in options:
        first = option.parts[0] if option.parts else None
        if wanted is None or not isinstance(first, Token) or first.text == wanted:
            found += successors(follow(state, option, after), wanted)
    return found


def next_words(states):
    """({word: probability}, kinds) of the next token; kinds holds None for what recalls nothing."""
    found, kinds = {}, set()
    for state in states:
        for token, after in successors(state):
            text, kind = token or Token("", None)
            kinds.add(kind)
            found[text] = found.get(text, 0.0) + after.p
    total = math.fsum(found.values())
    return {word: found[word] / total for word in sorted(found)}, kinds


class Place(NamedTuple):
    """A token of a text that was read: where, its bits, and what it recalls (a kind or None).

    distribution: {word: probability}, known where the place recalls something.
    """

    start: int
    text: str
    bits: float
    kind: str | None
    distribution: dict


def recalled(states, found):
    """(kind, distribution) of a place, (None, {}) where some possible word recalls nothing.

    So the text before a place decides whether it is marked, never the word that was drawn.
    """
    if any(token is None or token.kind is None for token, _ in found):
        return None, {}
    words, kinds = next_words(states)
    return (None, {}) if None in kinds else ("/".join(sorted(kinds)), words)


def read(text, start=START, marks=True):
    """(final states, places): all derivations of a text, each with its probability.

    No state is left where the rules cannot have made the text.
    """
    states, places, at = [start], [], 0
    for token in [*tokens(text), ""]:
        before = math.fsum(state.p for state in states)
        found = [pair for state in states for pair in successors(state, token)]
        if not found:
            return [], places
        kind, words = recalled(states, found) if marks and token.isalpha() else (None, {})
        states = [state for _, state in found]
        bits = math.log2(before) - math.log2(math.fsum(state.p for state in states))
        places.append(Place(at, token, bits, kind, words))
        at += len(token)
    return states, places
