"""What next-token prediction trains: P against what comes, and against the truth where known."""

import numpy as np

from block06_lm_basics.experiments.compression import remembering
from block06_lm_basics.train import learn
from block06_lm_basics.true_bits import answer, questions, total_variation
from block06_lm_basics.window_model import windows
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream

EDGES = np.array([0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0])
PLACES = 10_000  # of the test text, drawn at random, at which every character is asked for
ALIKE = 100  # a view counts where it occurs so often in the training text
COLOUR = {"n-gram": COLOURS[0], "network": COLOURS[1]}


def calibration(run):
    """Characters come about as often as the network says; where the n-gram says 40 to 80 %, fewer
    come. At marked words of the test stories both are far from the truth of this story and nearer
    to the average over all places of the training text that look alike: the table by its formula,
    the network without having been told.
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
    title = "What the network says comes true; neither model knows what this story has settled"
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
