"""What to count: raw counts against PPMI, and how much text it takes."""

import numpy as np

from block05_embeddings.cooccurrence import cooccurrence, numbered, ppmi
from block05_embeddings.experiments.dimensions import scores, transposed
from block05_embeddings.experiments.truth import (
    NARROW,
    WIDE,
    ends_if_quick,
    mean_accuracy,
    same_category,
)
from block05_embeddings.svd_vectors import truncated_svd, word_vectors
from shared.plots import heat_map, label, new_figure
from shared.seeding import stream

TITLES = {
    "raw": "raw counts", "log": "ln(1 + count)", "ppmi_unsmoothed": "PPMI, no smoothing",
    "ppmi": "PPMI, smoothing 0.75", "uncut": "PPMI, not cut",
}
SHARES = [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1]
DRAWS = 3


def tables(counts):
    """The ways to turn counts into a table."""
    return {
        "raw": counts,
        "log": np.log1p(counts),
        "ppmi_unsmoothed": ppmi(counts, smoothing=1.0),
        "ppmi": ppmi(counts),
    }


def vectors_of(table, setting, seed):
    """The vectors of any table, cut and weighted as the setting says."""
    rank = min(setting["rank"], len(table))
    U, S, _ = truncated_svd(table, rank, stream(seed, "svd"))
    return word_vectors(U, S, rank, setting["power"])


def draw_tables(run, found):
    title = "Raw counts lose neighbours, not analogies; a logarithm brings the neighbours back"
    figure, axes = new_figure(title, columns=2, width=11, height=3.6)
    for panel, (kind, rows) in zip(axes, found.items()):
        measures = list(next(iter(rows.values())))
        table = np.array([[row[measure] for measure in measures] for row in rows.values()])
        names = [TITLES[key] for key in rows]
        heat_map(panel, table, names, measures, number_format=".2f", limits=(0, 1))
        panel.set_title(f"{kind} vectors: share right")
    run.figure(figure, "raw_counts")


def raw_counts_lose_neighbours_and_a_logarithm_brings_them_back(run, corpus, models):
    """Four tables from the same windows, through the same SVD, and one that is not cut."""
    found = {}
    for kind, setting in (("narrow", NARROW), ("wide", WIDE)):
        ids = corpus.ids(setting["unit"])
        counts = cooccurrence(ids, len(corpus.vocabulary), setting["window"])
        found[kind] = {
            name: scores(vectors_of(table, setting, run.seed), corpus, run)
            for name, table in tables(counts).items()
        } | {"uncut": scores(ppmi(counts), corpus, run)}
    draw_tables(run, found)
    run.claim(
        "raw_counts",
        "Raw counts find fewer right neighbours, most of all in a wide window, and the logarithm "
        "of the counts finds them again; in a wide window raw counts lose no analogies",
        seeds=[run.seed],
        config={"narrow": NARROW, "wide": WIDE},
        metrics=found,
    )


def one_draw(corpus, share, seed):
    """Both measures of vectors from a random share of the training sentences or stories."""
    texts, vectors = {"sentence": corpus.sentences, "story": corpus.stories}, []
    for setting in (NARROW, WIDE):
        told, rng = texts[setting["unit"]], stream(seed, "text", str(share))
        chosen = [told[i] for i in rng.permutation(len(told))[: round(share * len(told))]]
        ids = numbered(chosen, corpus.vocabulary)
        table = ppmi(cooccurrence(ids, len(corpus.vocabulary), setting["window"]))
        vectors.append(vectors_of(table, setting, seed))
    narrow, wide = vectors
    return {
        "neighbours": float(same_category(narrow, corpus).mean()),
        "analogies": mean_accuracy(wide, corpus.relations),
        "words": sum(map(len, chosen)),
    }


def roles_need_less_text_than_analogies(run, corpus, models):
    """Vectors from a thirty-second up to all of the training text, three draws each."""
    draws, shares = (1 if run.quick else DRAWS), ends_if_quick(SHARES, run)
    seeds = list(range(run.seed, run.seed + draws))
    rows = [transposed([one_draw(corpus, share, seed) for seed in seeds]) for share in shares]
    means = {name: [float(np.mean(row[name])) for row in rows] for name in rows[0]}
    spreads = {name: [float(np.std(row[name])) for row in rows] for name in rows[0]}
    figure, (axes,) = new_figure("The role of a word is learned early, its relations late")
    for name in ("neighbours", "analogies"):
        axes.errorbar(means["words"], means[name], spreads[name], fmt="o-", capsize=3, label=name)
    axes.set_xscale("log")
    axes.set_ylim(0, 1.02)
    label(axes, "words of text", "share right")
    run.figure(figure, "text_amount")
    run.claim(
        "text_amount",
        "Same-category neighbours need less text than analogies",
        seeds=seeds,
        config={"shares_of_the_text": shares, "neighbours": NARROW, "analogies": WIDE},
        metrics={"mean": means, "std": spreads},
    )
