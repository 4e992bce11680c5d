"""Questions about the stories, each with its answer, from what the Writer knows of a story.

Two kinds: of a whole story (who, where, what colour, how many, why, what did the pet do), answered
in a few words; and of one passage among many, for retrieval: in its own words and in other words.
"""

import functools

from data.tales.grammar import FACTS, HERE, LISTS_OF_WORDS, Heading, Token, parse, tokens
from data.tales.telling import slot_options

# --- filling in a question -----------------------------------------------------------------------


def span_of(told, heading):
    """(start, end) of what a story tells under a heading, or None."""
    return next((span[1:] for span in told.spans if span[0] == heading), None)


def filled(text, told, bound):
    """A question or an answer with the words of the story in its slots.

    Raises ValueError where the story leaves a slot open: then nobody can know the answer.
    """
    said = ""
    for part in parse(text):
        if isinstance(part, Token):
            said += part.text
        elif isinstance(part, Heading):
            name = " ".join(bound[w[1:]] if w[0] == "$" else w for w in part.name.split())
            start, end = span_of(told, name)
            said += told.text[start:end]
        else:
            options = slot_options(part, bound)
            if len(options) != 1:
                raise ValueError(f"the story does not say what <{part.name}> is")
            said += "".join(token.text for token in options[0].parts)
    return said


# --- questions about a story ---------------------------------------------------------------------


def read_questions(text):
    """{heading: [(kind, question, answer), ...]} from the lines of questions.txt."""
    found, heading = {}, ""
    for line in text.splitlines():
        if line.startswith("= "):
            heading = line[2:]
            found[heading] = []
        elif "|" in line and not line.startswith("#"):
            found[heading].append(tuple(cell.strip() for cell in line.split(" | ")))
    return found


@functools.cache
def all_questions():
    return read_questions((HERE / "questions.txt").read_text("ascii"))


def plot_of(told):
    """The heading of the story's plot, such as "lost plot"."""
    return next(name for name, *_ in told.spans if name.endswith(" plot"))


def questions(told):
    """[[kind, question, answer], ...] about one story."""
    templates = all_questions()["all"] + all_questions()[plot_of(told)]
    return [
        [kind, filled(question, told, told.bound), filled(answer, told, told.bound)]
        for kind, question, answer in templates
    ]


# --- questions about a passage -------------------------------------------------------------------


@functools.cache
def synonyms():
    """{name of a set: its words} from the lines "synonyms NAME: words" of words.txt."""
    lines = (HERE / "words.txt").read_text("ascii").splitlines()
    heads = [line.split(": ") for line in lines if line.startswith("synonyms ")]
    return {head.split()[1]: body.split() for head, body in heads}


@functools.cache
def concepts():
    """{word: concept}: synonyms are one; so are an animal and its sounds, and toys of a kind."""
    found = {word: name for name, words in synonyms().items() for word in words}
    for table, columns in {"pet": ("happy", "sad"), "toy": ("plural",)}.items():
        for word in LISTS_OF_WORDS[table]:
            found.update({FACTS[table, column, word][0]: word for column in columns})
    return found


def words_of(text):
    """The words of a text in lower case.

    >>> words_of('"There is my kite!" said Mia.')
    ['there', 'is', 'my', 'kite', 'said', 'mia']
    """
    return [token.lower() for token in tokens(text) if token.isalpha()]


def concepts_of(text):
    return {concepts().get(word, word) for word in words_of(text)}


def passages(stories):
    """[(story, start, end, heading)]: what each story tells under each heading of its plot."""
    found = []
    for number, told in enumerate(stories):
        whole = ("story", "plot", plot_of(told))
        inner = [span for span in told.spans if span[0] not in whole]
        for name, start, end in sorted(inner, key=lambda span: (span[1], -span[2])):
            if not found or found[-1][0] != number or found[-1][2] <= start:
                found.append((number, start, end, name))
    return found


def with_synonyms(told, text):
    """What is bound in a story, the synonyms that a passage says, and for each the next of its set.

    <weep> is "wept" where the passage says so, and <~weep> then "cried".
    """
    bound, said = dict(told.bound), words_of(text)
    for name, words in synonyms().items():
        for i, word in enumerate(words):
            if word in said:
                bound[name], bound["~" + name] = word, words[(i + 1) % len(words)]
    return bound


FRAME = {"why", "what", "how", "was", "when", "did", "say", "about", "the", "to", "does", "that",
         "notice", "share", "with", "anybody", "hear", "animal"}  # fmt: skip


@functools.cache
def all_forms():
    """{heading of a passage: (question in its words, in other words)} from retrieval.txt."""
    lines = (HERE / "retrieval.txt").read_text("ascii").splitlines()
    rows = [line.split(" | ") for line in lines if " | " in line and not line.startswith("#")]
    return {heading: (plain, other) for heading, plain, other in rows}


def ask(told, heading, text):
    """(question in the passage's words, in other words), or None where it cannot be asked.

    All words of the first but those of the frame are said in the passage; of the second none but
    names.
    """
    if heading not in all_forms():
        return None
    bound, said = with_synonyms(told, text), set(words_of(text))
    try:
        plain, other = (filled(form, told, bound) for form in all_forms()[heading])
    except (ValueError, KeyError):
        return None
    names = {bound["hero"].lower(), bound["friend"].lower()}
    inside = set(words_of(plain)) - FRAME <= said
    outside = not (set(words_of(other)) - FRAME - names) & said
    return (plain, other) if inside and outside else None


def retrieval(stories):
    """The passages of the stories, and the questions that exactly one of them answers."""
    places = passages(stories)
    texts = [stories[number].text[start:end] for number, start, end, _ in places]
    inside = [concepts_of(text) for text in texts]
    asked = []
    for number, (place, text) in enumerate(zip(places, texts)):
        found = ask(stories[place[0]], place[3], text)
        if not found:
            continue
        wanted = [concepts_of(form) - FRAME for form in found]
        answering = [[k for k, said in enumerate(inside) if words <= said] for words in wanted]
        if answering == [[number], [number]]:
            plain, other = found
            asked.append({"passage": number, "kind": place[3], "plain": plain, "other": other})
    rows = [[number, start, end - start] for number, start, end, _ in places]
    return {"passages": rows, "questions": asked}
