"""How many directions of the SVD to keep, and how much each should weigh."""

import numpy as np

from block05_embeddings.experiments.truth import (
    NARROW,
    WIDE,
    clusterings,
    directions,
    ends_if_quick,
    mean_accuracy,
    purities,
    same_category,
)
from block05_embeddings.svd_vectors import word_vectors
from shared.plots import label, new_figure

RANKS = [2, 5, 10, 20, 40, 80, 120, 200, 300]
POWERS = [0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0]


def scores(vectors, corpus, run):
    """The three measures of one set of vectors."""
    runs = clusterings(vectors, corpus, run.seed, starts=1 if run.quick else 3)
    return {
        "neighbours": float(same_category(vectors, corpus).mean()),
        "analogies": mean_accuracy(vectors, corpus.relations),
        "purity": float(np.mean(purities(runs, corpus))),
    }


def transposed(rows):
    """A list of dicts as a dict of lists."""
    return {name: [row[name] for row in rows] for name in rows[0]}


def draw(run, name, title, found, x, x_label):
    """Narrow and wide vectors side by side, the three measures as lines."""
    figure, axes = new_figure(title, columns=2, width=10)
    for panel, (kind, lines) in zip(axes, found.items()):
        for measure, values in lines.items():
            panel.plot(x, values, "o-", label=measure)
        panel.set_ylim(0, 1.02)
        label(panel, x_label, "share right", f"{kind} vectors")
    if name == "dimensions":
        for panel in axes:
            panel.set_xscale("log")
            panel.set_xticks(x, [str(rank) for rank in x], minor=False)
            panel.minorticks_off()
    run.figure(figure, name)


def roles_need_ten_dimensions_and_analogies_eighty(run, corpus, models):
    """The three measures against the number of dimensions, and against the power of S."""
    ranks, powers = ends_if_quick(RANKS, run), ends_if_quick(POWERS, run)
    by_rank, by_power = {}, {}
    for kind, setting in (("narrow", NARROW), ("wide", WIDE)):
        U, S = directions(corpus, setting["unit"], setting["window"], max(ranks), run.seed)
        rank, power = setting["rank"], setting["power"]
        rows = [scores(word_vectors(U, S, r, power), corpus, run) for r in ranks]
        by_rank[kind] = transposed(rows)
        rows = [scores(word_vectors(U, S, rank, p), corpus, run) for p in powers]
        by_power[kind] = transposed(rows)
    title = "Roles fit into ten dimensions, analogies need eighty"
    draw(run, "dimensions", title, by_rank, ranks, "dimensions kept")
    title = (
        "Weight on the large singular values helps wide vectors find roles, and narrow ones nothing"
    )
    draw(run, "singular_values", title, by_power, powers, "power of the singular values")
    setting = {"narrow": NARROW, "wide": WIDE}
    run.claim(
        "dimensions",
        "Roles are told apart in ten dimensions; the pairs of an analogy need eighty",
        seeds=[run.seed], config=setting | {"ranks": ranks}, metrics=by_rank,
    )
    run.claim(
        "singular_values",
        "In wide vectors weight on the large singular values helps roles and, up to a power of "
        "1.5, analogies; narrow vectors hardly notice it",
        seeds=[run.seed], config=setting | {"powers": powers}, metrics=by_power,
    )
