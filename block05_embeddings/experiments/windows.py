"""What the window decides: within a sentence words of the same role, across sentences topics."""

import numpy as np

from block05_embeddings.clustering import principal_components
from block05_embeddings.experiments.truth import directions, ends_if_quick, same_category
from block05_embeddings.similarity import nearest_neighbours, unit_rows
from block05_embeddings.svd_vectors import word_vectors
from shared.plots import COLOURS, MARKERS, label, new_figure

WINDOWS = [("sentence", 2), ("sentence", 3), ("sentence", 5), ("story", 5), ("story", 8),
           ("story", 12)]
RANK, POWER = 100, 0.5
TOPICS = ["young", "capital", "food", "tool", "past"]  # pairs of one topic and two categories
DRAWN = [  # country, capital, food, sight: one topic a row, one role a column
    ["france", "paris", "cheese", "vineyards"],
    ["japan", "tokyo", "rice", "kimonos"],
    ["egypt", "cairo", "dates", "pyramids"],
]


def same_topic(vectors, corpus, k=10):
    """The share of words whose partner in a topic (dog: puppy) is among their k nearest words."""
    pairs = np.concatenate([corpus.relations[name] for name in TOPICS])
    pairs = np.concatenate([pairs, pairs[:, ::-1]])  # each asks for the other
    near, _ = nearest_neighbours(vectors, vectors[pairs[:, 0]], k, pairs[:, :1])  # (P, k)
    return float((near == pairs[:, 1:]).any(axis=1).mean())


def scattered(axes, vectors, corpus, title):
    """A few words of three countries on their first two principal components."""
    numbers = np.array([[corpus.number(word) for word in row] for row in DRAWN])  # (3, roles)
    points, share = principal_components(unit_rows(vectors[numbers.ravel()]), 2)
    names = np.ravel(DRAWN)
    for k, place in enumerate(points):
        topic, role = divmod(k, numbers.shape[1])
        axes.scatter(*place, marker=MARKERS[role], s=60, color=COLOURS[topic])
        group = np.flatnonzero(np.linalg.norm(points - place, axis=1) < 0.25)
        beside = points[group, 0].max(), points[group, 1].mean()  # one column of labels a group
        line = len(group) / 2 - np.searchsorted(group, k) - 1
        axes.annotate(
            names[k], beside, color=COLOURS[topic], fontsize=9,
            textcoords="offset points", xytext=(10, 12 * line),
        )
    axes.margins(0.2)
    first, second = (f"{100 * part:.0f} %" for part in share)
    label(axes, f"first component ({first} of the variance)", f"second component ({second})", title)


def draw(run, corpus, kept):
    """The same words in narrow and in wide vectors; colour: the country, marker: the role."""
    figure, axes = new_figure(
        "Within a sentence: capitals with capitals. Across: each country with what is its own",
        columns=2, width=12, height=5.5,
    )
    for panel, name in zip(axes, ("sentence 2", "story 12")):
        unit, window = name.split()
        scattered(panel, kept[name], corpus, f"window {window}, {unit} by {unit}")
    run.figure(figure, "windows")


def windows_within_a_sentence_find_roles_and_across_it_topics(run, corpus, models):
    """Neighbours of the same category, and partners of the same topic, for six windows."""
    kept, role, topic = {}, {}, {}
    for unit, window in ends_if_quick(WINDOWS, run):
        name = f"{unit} {window}"
        U, S = directions(corpus, unit, window, RANK, run.seed)
        kept[name] = word_vectors(U, S, len(S), POWER)
        role[name] = float(same_category(kept[name], corpus).mean())
        topic[name] = same_topic(kept[name], corpus)
    draw(run, corpus, kept)
    run.claim(
        "windows",
        "Windows that reach across sentences find partners in a topic; windows within a sentence "
        "find words of the same role",
        seeds=[run.seed],
        config={"rank": RANK, "power": POWER, "windows": [*role], "topics": TOPICS},
        metrics={
            "same_role": {name.replace(" ", "_"): value for name, value in role.items()},
            "same_topic": {name.replace(" ", "_"): value for name, value in topic.items()},
        },
    )
