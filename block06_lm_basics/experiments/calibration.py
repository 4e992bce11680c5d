"""What next-token prediction trains: the model's P(word) against the writer's, at marked slots.

The writer of the stories knows the true distribution of each marked word given all the text before
it. A model sees the last few characters. What it can learn is the average of the truth over all
places that look the same through its window, and that is what is tested here.
"""

import collections
from typing import NamedTuple

import numpy as np

from block06_lm_basics.experiments.slots import distributions
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream
from shared.text import SPLITS

EDGES = np.array([0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0])
CHARACTERS = 20_000  # random places of the test split at which every character is asked for
FEW = 20  # a bin with fewer words says nothing
TITLES = {"ngram": "n-gram", "window": "network"}
ALIKE = 50  # a view of the text counts where it occurs so often in the training text


class Question(NamedTuple):
    """A marked slot as a question: the text before it, the words of its kind, their true P."""

    before: str
    words: list[str]
    truth: np.ndarray


def words_of_kinds(tales):
    """kind -> every word that ever fills such a slot."""
    found = collections.defaultdict(set)
    for split in SPLITS:
        for story in tales.stories[split]:
            for slot in story.slots:
                found[slot.kind] |= slot.distribution.keys()
    return {kind: sorted(words) for kind, words in found.items()}


def questions(stories, words, reach):
    """Every slot of the stories, with the last `reach` characters before it."""
    text, begin, found = "".join(story.text for story in stories), 0, []
    for story in stories:
        for slot in story.slots:
            place = begin + slot.start
            truth = np.array([slot.distribution.get(word, 0.0) for word in words[slot.kind]])
            found.append(Question(text[max(place - reach, 0) : place], words[slot.kind], truth))
        begin += len(story.text)
    return found


def string_probabilities(log_probabilities, vocabulary, before, strings):
    """P(string | before) as the product over its characters; lists of texts -> (N,).

    All are laid one after the other, so that one pass of the model answers them all; before has
    to be as long as the model's window, or it sees the end of the one in front.
    """
    log_p = log_probabilities(vocabulary.encode("".join(b + s for b, s in zip(before, strings))))
    ends = np.cumsum([len(b) + len(s) for b, s in zip(before, strings)])
    return np.exp([log_p[end - len(s) : end].sum() for end, s in zip(ends, strings)])


def goes_on(word, words):
    """What would turn the word into a longer one of the list: the word and one character more.

    >>> goes_on("he", ["he", "her", "here", "his"])
    ['her']
    """
    return sorted({w[: len(word) + 1] for w in words if w.startswith(word) and w != word})


def answers(log_probabilities, vocabulary, asked):
    """P(word | before) of every word of every question, as one array per question.

    A word that begins another one ("he", "her") stands for itself only where the longer one does
    not follow: P(he) - P(her).
    """
    pieces = []  # (question, word, sign, string)
    for i, question in enumerate(asked):
        for j, word in enumerate(question.words):
            pieces.append((i, j, 1, word))
            pieces += [(i, j, -1, longer) for longer in goes_on(word, question.words)]
    p = string_probabilities(
        log_probabilities, vocabulary,
        [asked[i].before for i, *_ in pieces], [string for *_, string in pieces],
    )
    found = [np.zeros(len(question.words)) for question in asked]
    for (i, j, sign, _), value in zip(pieces, p):
        found[i][j] += sign * value
    return found


def total_variation(p, q):
    """Half the sum of |p - q|, what lies outside the listed words counted as one more word."""
    return 0.5 * (np.abs(p - q).sum() + abs(p.sum() - q.sum()))


# --- reliability -------------------------------------------------------------------------------


def reliability(model, truth):
    """(mean of the model's P, mean true P, words) by bins of the model's P, thin bins left out.

    The model's P is that given one of the listed words: what it leaves for other kinds of words
    is another question.
    """
    q, p = np.concatenate([q / q.sum() for q in model]), np.concatenate(truth)
    place = np.clip(np.searchsorted(EDGES, q, side="right") - 1, 0, len(EDGES) - 2)
    bins = [place == k for k in range(len(EDGES) - 1)]
    return [(q[b].mean(), p[b].mean(), int(b.sum())) for b in bins if b.sum() >= FEW]


def hits(distribution, ids, places):
    """(P of every character at each place, 1 for the one that stands there): two lists of (V,)."""
    p = [distribution(ids[:t]) for t in places]
    return p, [np.eye(len(row))[ids[t]] for row, t in zip(p, places)]


def worst(bins):
    """The largest distance of the two means over the bins."""
    return max(abs(q - p) for q, p, _ in bins)


# --- averages over what looks alike --------------------------------------------------------------


def averages(train_text, asked, reach):
    """view -> the mean truth over all places of the training text that look so.

    A view is the last `reach` characters and the list of words. Kept where it stands at ALIKE
    marked slots or more, and nowhere else in the training text.
    """
    found = collections.defaultdict(list)
    for question in asked:
        found[question.before[-reach:], tuple(question.words)].append(question.truth)
    return {
        view: np.mean(truths, axis=0)
        for view, truths in found.items()
        if len(truths) >= ALIKE and train_text.count(view[0]) == len(truths)
    }


def distances(asked, answered, means, reach):
    """(distance to the truth, distance to the average truth) of each slot that has an average."""
    rows = []
    for question, q in zip(asked, answered):
        mean = means.get((question.before[-reach:], tuple(question.words)))
        if mean is not None:
            rows.append((total_variation(question.truth, q), total_variation(mean, q)))
    return np.array(rows)


# --- the experiment ----------------------------------------------------------------------------


def draw(characters, words, distance):
    """Reliability on all characters and at the slots; the distance to the truth and its average."""
    title = "What is learned is the truth averaged over all that looks the same in the window"
    figure, (left, middle, right) = new_figure(title, columns=3, width=11.5)
    for axes, bins in ((left, characters), (middle, words)):
        axes.plot([0, 1], [0, 1], color="grey", linewidth=1, label="calibrated")
        axes.set(xlim=(0, 1), ylim=(0, 1))
        for (name, rows), style in zip(bins.items(), ("o-", "s--")):
            q, p, _ = np.array(rows).T
            axes.plot(q, p, style, label=TITLES[name])
    label(left, "P(character) of the model", "share that came", "every character of the text")
    label(middle, "P(word) among words of its kind", "true P(word), mean", "words at marked slots")
    names = list(distance)
    for k, what in enumerate(("this story's truth", "the average truth")):
        places = np.arange(len(names)) + 0.3 * (k - 0.5)
        heights = [distance[name].mean(axis=0)[k] for name in names]
        right.bar(places, heights, 0.28, color=COLOURS[2 + k], label=what)
    right.set_xticks(range(len(names)), [TITLES[name] for name in names])
    right.set_ylim(0, 1.3)
    label(right, "model", "total variation distance to ...", "views seen often")
    return figure


def a_model_learns_the_average_over_what_looks_the_same(run, texts, models):
    """P(word) at the slots of the test split: both models, the truth, and its averages."""
    tales, words = texts.tales, words_of_kinds(texts.tales)
    reaches = {"ngram": models.best_order - 1, "window": models.window.context}
    longest = max(reaches.values())
    test = questions(tales.stories["test"][: 8 if run.quick else None], words, longest)
    train = questions(tales.stories["train"], words, longest)
    train_text, ids = tales.text("train"), models.vocabulary.encode(texts.test)
    places = stream(run.seed, "places").integers(
        longest, len(ids), CHARACTERS // (10 if run.quick else 1)
    )
    shown, characters, bins, distance, metrics = distributions(models), {}, {}, {}, {}
    for name, log_probabilities in models.by_name().items():
        characters[name] = reliability(*hits(shown[name], ids, places))
        answered = answers(log_probabilities, models.vocabulary, test)
        means = averages(train_text, train, reaches[name])
        bins[name] = reliability(answered, [question.truth for question in test])
        distance[name] = distances(test, answered, means, reaches[name])
        to_truth, to_average = distance[name].mean(axis=0)
        metrics[name] = {
            "character_bins": characters[name], "character_gap": worst(characters[name]),
            "word_bins": bins[name], "word_gap": worst(bins[name]),
            "slots_with_average": len(distance[name]),
            "distance_to_truth": to_truth, "distance_to_average": to_average,
            "truth_over_average": to_truth / to_average,
            "mass_outside_the_words": 1 - np.mean([q.sum() for q in answered]),
        }
    run.figure(draw(characters, bins, distance), "calibration")
    run.claim(
        "calibration",
        "Over the whole text characters come nearly as often as the models say. At a marked slot "
        "P(word) is far from the truth of this story, and near the mean of the truth over all "
        "places that look alike through the window",
        seeds=[run.seed],
        config={"slots": len(test), "reach": reaches, "alike": ALIKE, "characters": CHARACTERS},
        metrics=metrics,
    )
