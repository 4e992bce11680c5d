"""What next-token prediction trains: a model's probabilities against what comes, and against the
truth at marked words.

The stories' maker knows the true distribution of each marked word, given the whole story so far. A
model sees the last few characters of it, its view. All places with one view get one answer.
"""

import re
from collections import Counter, defaultdict
from typing import NamedTuple

import numpy as np

from block06_lm_basics.experiments.compression import remembering
from block06_lm_basics.train import learn
from block06_lm_basics.window_model import windows
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream
from shared.text import load_tales

EDGES = np.array([0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0])
PLACES = 10_000  # of the test text, drawn at random, at which every character is asked for
ALIKE = 100  # a view counts where it occurs so often in the training text
COLOUR = {"n-gram": COLOURS[0], "network": COLOURS[1]}


class Asked(NamedTuple):
    """A marked word of a test story: its view, the words of its kind, their true P, their share
    of what follows the view in the training text."""

    view: str
    words: list[str]
    truth: np.ndarray
    average: np.ndarray


def calibration(run):
    """Characters come about as often as both models say. At marked words of the test stories both
    are far from the truth of this story and near the average over all places of the training text
    that look alike: the table by its formula, the network because that is what it learned.
    """
    models = learn(run)
    reach = max(models.window.context, models.best_order - 1)
    ids = models.vocabulary.encode(models.texts.test)
    places, alike = (PLACES // 20, ALIKE // 20) if run.quick else (PLACES, ALIKE)
    chosen = stream(run.seed, "places").integers(reach, len(ids), places)
    asked = questions(models.texts, reach, alike)
    bins, distances = {}, {}
    for name, log_probabilities in models.by_name().items():
        bins[name] = reliability(distributions(models, name, ids, chosen), ids[chosen])
        answers = [answer(log_probabilities, models.vocabulary, one) for one in asked]
        distances[name] = mean_distances(asked, answers)
    run.figure(draw(bins, distances))
    run.record(
        config={"places": places, "reach": reach, "alike": alike},
        metrics={
            "marked_words": len(asked),
            "views": len({one.view for one in asked}),
            "average_to_truth": np.mean([total_variation(a.average, a.truth) for a in asked]),
        }
        | {
            name: {"bins": bins[name], "largest_gap": max(abs(q - p) for q, p, _ in bins[name])}
            | distances[name]
            for name in bins
        },
    )


# --- every character -----------------------------------------------------------------------------


def distributions(models, name, ids, places):
    """P(c | text before) of one model at each place: (P, V)."""
    if name == "network":
        return models.window.distributions(windows(ids, models.window.context)[places])
    table = remembering(models)
    return np.array([table(ids[:t]) for t in places])


def reliability(p, came):
    """(mean P, share that came, how many) by bins of P, over all characters at all places.

    p (P, V), came (P,) ids. A bin without any character is left out.
    """
    hit = np.eye(p.shape[1], dtype=bool)[came]  # (P, V)
    bins = np.clip(np.searchsorted(EDGES, p, side="right") - 1, 0, len(EDGES) - 2)
    inside = [bins == k for k in range(len(EDGES) - 1)]
    return [(p[b].mean(), hit[b].mean(), int(b.sum())) for b in inside if b.any()]


# --- marked words --------------------------------------------------------------------------------


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


def mean_distances(asked, answers):
    """How far the answers are from this story's truth and from the average, on the mean."""
    pairs = list(zip(asked, answers))
    return {
        "to_truth": np.mean([total_variation(one.truth, q) for one, q in pairs]),
        "to_average": np.mean([total_variation(one.average, q) for one, q in pairs]),
        "outside_the_words": np.mean([1 - q.sum() for _, q in pairs]),
    }


def draw(bins, distances):
    """Left: what came over what was said. Right: the distances to the truth and to the average."""
    title = "Both say how often a character comes; neither knows which word this story has settled"
    figure, (left, right) = new_figure(title, columns=2, width=10)
    left.plot([0, 1], [0, 1], color="grey", linewidth=1, label="as often as said")
    for (name, rows), style in zip(bins.items(), ("o-", "s--")):
        q, p, _ = np.array(rows).T
        left.plot(q, p, style, color=COLOUR[name], label=name)
    left.set(xlim=(0, 1), ylim=(0, 1))
    label(left, "P(character) of the model", "share that came", "all characters, test text")
    for i, (name, distance) in enumerate(distances.items()):
        places = np.arange(2) + 0.35 * (i - 0.5)
        heights = [distance["to_truth"], distance["to_average"]]
        right.bar(places, heights, 0.32, color=COLOUR[name], label=name)
    right.set_xticks([0, 1], ["this story's truth", "the average"])
    right.set_ylim(0, 1)
    label(right, "distance to ...", "total variation distance, mean", "marked words")
    return figure
