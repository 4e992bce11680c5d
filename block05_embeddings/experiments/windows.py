"""What a window decides, and how much text it takes."""

import numpy as np

from block05_embeddings.clustering import principal_components
from block05_embeddings.experiments import truth
from block05_embeddings.experiments.truth import ANALOGIES, ROLE, TOPIC, same_category
from block05_embeddings.similarity import unit_rows
from block05_embeddings.svd_vectors import word_vectors
from block05_embeddings.train import NARROW, WIDE, Counted, corpus_of, counted, directions
from block05_embeddings.train import count_vectors as count
from shared.plots import MARKERS, label, new_figure
from shared.seeding import stream

# --- narrow and wide -----------------------------------------------------------------------------

RANK = 100
RANKS = (40, 60, 80, 100, 150)  # tried for the narrow vectors
KINDS = {"one table": False, "left and right apart": True}
DRAWN = [  # a topic a row, a role a column
    ["france", "paris", "cheese"],
    ["japan", "tokyo", "rice"],
    ["egypt", "cairo", "dates"],
]


def windows(run):
    """The wider the window, the fewer of a word's neighbours have its role and the more have its
    topic; telling left from right keeps more of the role and less of the topic.

    100 dimensions; three draws of half of the stories.
    """
    corpus, seeds, widths = corpus_of(run), run.seeds(3, quick=1), truth.widths(run)
    found = {kind: np.array([[by_width(corpus, width, sided, seed) for width in widths]
                             for seed in seeds]) for kind, sided in KINDS.items()}
    hits, chosen = held_out_neighbours(run, corpus)
    purity = truth.purities(counted(run, NARROW), corpus, run.seed, starts=2 if run.quick else 5)
    run.figure(draw_windows(run, corpus, widths, found))  # found: (seeds, widths, 2) each
    run.record(
        config={"rank": RANK, "widths": widths, "topics": truth.TOPICS, "narrow": NARROW._asdict(),
                "judged": len(corpus.judged), "frequent": len(corpus.often), "ranks": RANKS,
                "categories": len(np.unique(corpus.categories[corpus.judged]))},
        metrics={
            kind: {name: {"mean": rows[:, :, i].mean(axis=0), "sd": rows[:, :, i].std(axis=0)}
                   for i, name in enumerate(("role", "topic"))} for kind, rows in found.items()
        } | {
            "neighbours": hits.mean(), "chosen": chosen,
            "neighbours_of_all_frequent_words":
                same_category(counted(run, NARROW), corpus, corpus.often).mean(),
            "purity": {"mean": purity.mean(), "sd": purity.std()},
        },
    )
    run.headline({"neighbour_same_category": hits.mean(), "cluster_purity": purity.mean()})


def by_width(corpus, width, sided, seed):
    """(share of neighbours of the same role, share of partners found) from half of the stories."""
    vectors = count(some(corpus, 0.5, seed), corpus, Counted(width, RANK, sided=sided), seed)
    return same_category(vectors, corpus).mean(), truth.same_topic(vectors, corpus)


def some(corpus, share, seed):
    """A random share of the training stories."""
    order = stream(seed, "stories").permutation(len(corpus.stories))
    return [corpus.stories[i] for i in order[: round(share * len(order))]]


def held_out_neighbours(run, corpus):
    """The neighbours of each judged word in narrow vectors, rank and kind chosen on the other half
    of the categories. -> shares (J,), the two settings"""
    hits = {}
    for kind, sided in KINDS.items():
        setting = NARROW._replace(rank=max(RANKS), sided=sided)
        U, S = directions(corpus.stories, corpus, setting, run.seed)
        for rank in RANKS:
            vectors = word_vectors(U, S, rank, setting.power)
            hits[f"{kind}, rank {rank}"] = same_category(vectors, corpus)
    category = np.unique(corpus.categories[corpus.judged], return_inverse=True)[1]
    return truth.held_out(hits, category % 2)


def draw_windows(run, corpus, widths, found):
    """Left: both measures over the width. Beside it: the same words in narrow and wide vectors."""
    title = "A narrow window puts capitals beside capitals, a wide one beside their countries"
    figure, panels = new_figure(title, columns=3, width=14, height=5)
    for (kind, rows), line in zip(found.items(), ("o-", "o--")):
        for i, (name, colour) in enumerate((("same role", ROLE), ("same topic", TOPIC))):
            truth.with_bars(panels[0], widths, rows[:, :, i], line, color=colour,
                            label=f"{name}, {kind}")
    bars = f"share found (bars: sd of {len(rows)} draws)"
    label(panels[0], "window (words on each side)", bars, "half of the stories", legend=False)
    figure.legend(loc="outside lower center", ncols=4)
    scattered(panels[1], counted(run, NARROW), corpus, f"narrow: {NARROW.window} words")
    scattered(panels[2], counted(run, WIDE), corpus, f"wide: {WIDE.window} words")
    return figure


def scattered(axes, vectors, corpus, title):
    """The drawn words on two principal components; the marker is the role, a line joins a topic."""
    numbers = np.array([[corpus.number(word) for word in row] for row in DRAWN])  # (topics, roles)
    points, share = principal_components(unit_rows(vectors[numbers.ravel()]), 2)
    for i, topic in enumerate(points.reshape(*numbers.shape, 2)):
        axes.plot(*topic.T, color="0.8", zorder=1)
        for role, place in enumerate(topic):
            axes.plot(*place, MARKERS[role], color="black", markersize=6)
            aside = (-8, "right") if role == 0 else (8, "left")  # countries to the left
            axes.annotate(DRAWN[i][role], place, fontsize=9, va="center", ha=aside[1],
                          textcoords="offset points", xytext=(aside[0], 12 * (1 - i)))
    axes.margins(0.3)
    first, second = (f"{100 * part:.0f} %" for part in share)
    label(axes, f"first component ({first} of the variance)", f"second component ({second})", title)


# --- how much text -------------------------------------------------------------------------------

SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1)
MEASURES = {"neighbours of the same role (narrow vectors)": ROLE,
            "right analogies (wide vectors)": ANALOGIES}


def text_amount(run):
    """The role of a word needs less text than its analogies: with a sixteenth of the stories most
    neighbours are right and few analogies are.

    Narrow vectors for the neighbours, wide ones for the analogies; three draws of the stories.
    """
    corpus, seeds = corpus_of(run), run.seeds(3, quick=1)
    shares = SHARES[:1] + SHARES[-1:] if run.quick else SHARES
    found = np.array([[both_measures(run, corpus, share, seed) for share in shares]
                      for seed in run.progress(seeds, "text")])  # (seeds, shares, 2)
    tokens = [round(share * sum(map(len, corpus.stories))) for share in shares]
    figure, (axes,) = new_figure("The role of a word is learned from less text than its analogies")
    for i, (name, colour) in enumerate(MEASURES.items()):
        truth.with_bars(axes, tokens, found[:, :, i], "o-", color=colour, label=name)
    label(axes, "words of text", f"share right (bars: sd of {len(found)} draws)")
    run.figure(figure)
    run.record(
        config={"shares": shares, "neighbours": NARROW._asdict(), "analogies": WIDE._asdict()},
        metrics={"words": tokens} | {
            name: {"mean": found[:, :, i].mean(axis=0), "sd": found[:, :, i].std(axis=0)}
            for i, name in enumerate(("neighbours", "analogies"))},
    )


def both_measures(run, corpus, share, seed):
    """Neighbours of the same role by narrow vectors, analogies by wide ones."""
    if share == 1:  # nothing to draw: the same for every seed
        narrow, wide = counted(run, NARROW), counted(run, WIDE)
    else:
        told = some(corpus, share, seed)
        narrow, wide = (count(told, corpus, setting, seed) for setting in (NARROW, WIDE))
    analogies = truth.analogy_accuracies(wide, corpus.relations).mean()
    return same_category(narrow, corpus).mean(), analogies
