"""Neighbours and clusters against the true categories of the words."""

import numpy as np

from block05_embeddings.clustering import random_start, spread_start
from block05_embeddings.experiments.truth import NARROW, clusterings, purities, same_category
from shared.plots import label, new_figure


def plain_start(X, K, rng):
    """k-means++ with one candidate a centre."""
    return spread_start(X, K, rng, tries=1)


STARTS = {"random": random_start, "plain": plain_start, "greedy": spread_start}
TITLES = {"random": "random words", "plain": "k-means++", "greedy": "k-means++, best of 6"}


def a_good_start_decides_where_k_means_ends(run, corpus, models):
    """Purity over five starts of three kinds, and the sum of squared distances round by round."""
    runs = {
        key: clusterings(models.narrow, corpus, run.seed, start) for key, start in STARTS.items()
    }
    found = {key: purities(row, corpus) for key, row in runs.items()}
    figure, axes = new_figure("Where k-means starts decides where it ends", columns=2, width=10)
    paths = [row[0][1] for row in runs.values()]
    for key, path in zip(STARTS, paths):
        axes[0].plot(range(1, len(path) + 1), path, "o-", markersize=4, label=TITLES[key])
    label(axes[0], "round", "sum of squared distances", "one run of each")
    for i, key in enumerate(STARTS):
        axes[1].plot(np.linspace(i - 0.15, i + 0.15, 5), found[key], "o", label=TITLES[key])
    axes[0].set_xticks(range(1, 1 + max(map(len, paths))))
    axes[1].set_xticks(range(3), [TITLES[key].replace(", ", ",\n") for key in STARTS])
    axes[1].set_xlim(-0.5, 2.5)
    label(axes[1], "first centres", "purity", "five runs of each", legend=False)
    run.figure(figure, "clusters")
    words, K = len(corpus.often), len(np.unique(corpus.categories[corpus.often]))
    run.claim(
        "clusters",
        "k-means finds the categories; starts that are spread out find more of them",
        seeds=[run.seed],
        config={"vectors": NARROW, "words": words, "clusters": K, "starts": 5},
        metrics={
            key: {"each": row, "mean": float(np.mean(row)), "std": float(np.std(row))}
            for key, row in found.items()
        },
    )
    run.headline({"cluster_purity": float(np.mean(found["greedy"]))})


def most_neighbours_share_the_category(run, corpus, models):
    """The three nearest of every frequent word, over all and category by category."""
    hits = same_category(models.narrow, corpus)
    categories = corpus.categories[corpus.often]
    learned = same_category(models.learned["sentence 2"][0], corpus)
    by_category = {name: float(hits[categories == name].mean()) for name in np.unique(categories)}
    sizes = np.unique(categories, return_counts=True)[1]
    run.claim(
        "neighbours",
        "The nearest words of a word have its part of speech and its topic",
        seeds=[run.seed], config={"vectors": NARROW, "nearest": 3, "words": len(hits)},
        metrics={
            "same_category": float(hits.mean()),
            "categories": len(by_category),
            "categories_without_a_stranger": sum(share == 1 for share in by_category.values()),
            "categories_too_small": int((sizes <= 3).sum()),  # for three neighbours of their kind
            "by_category": {name.replace(" ", "_"): v for name, v in by_category.items()},
            "skipgram_same_category": float(learned.mean()),
        },
    )
    run.headline({"neighbour_same_category": float(hits.mean())})
