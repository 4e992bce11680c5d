"""What nearness means: the angle and not the length; a word that can stand for another."""

import numpy as np

from block05_embeddings.cooccurrence import cooccurrence, numbered
from block05_embeddings.experiments.truth import COUNTS, ROLE, SKIPGRAM, SVD
from block05_embeddings.similarity import cosine_similarity, nearest_neighbours, top_k
from block05_embeddings.svd_vectors import truncated_svd, word_vectors
from block05_embeddings.train import LEARNED_NARROW, NARROW, corpus_of, counted, learned
from shared.plots import label, new_figure
from shared.seeding import stream

# --- cosine and dot product ----------------------------------------------------------------------

MOST = 20  # words called the commonest answers
TITLES = {"raw": "raw counts", "ppmi": "PPMI", "skipgram": "skip-gram"}
LOOK = {"raw": COUNTS, "ppmi": SVD, "skipgram": SKIPGRAM}


def cosine(run):
    """In raw counts a vector's length is mostly its word's frequency, and by dot product nearly all
    words have the same few neighbours; cosine finds more of the right ones in all three kinds of
    vectors, least so in PPMI.

    Narrow window.
    """
    corpus = corpus_of(run)
    found = {kind: compared(vectors, corpus) for kind, vectors in three_kinds(run, corpus).items()}
    run.figure(draw_lengths(corpus, {kind: lengths for kind, (lengths, _) in found.items()}))
    run.record(
        config={"raw_and_ppmi": NARROW._asdict() | {"power": 1.0}, "skipgram": LEARNED_NARROW},
        metrics={kind: metrics for kind, (_, metrics) in found.items()},
    )


def three_kinds(run, corpus):
    """The vectors of raw counts and of PPMI, lengths and all (power 1), and skip-gram's."""
    ids, V = numbered(corpus.stories, corpus.vocabulary), len(corpus.vocabulary)
    table = cooccurrence(ids, V, NARROW.window, sided=NARROW.sided)
    U, S, _ = truncated_svd(table, NARROW.rank, stream(run.seed, "svd"))
    W, _ = learned(run, LEARNED_NARROW, run.seed)
    return {
        "raw": word_vectors(U, S, NARROW.rank, 1.0),
        "ppmi": counted(run, NARROW._replace(power=1.0)),
        "skipgram": W.astype(np.float64),
    }


def compared(vectors, corpus):
    """The lengths of the judged words; and how they go with frequency, and what they spoil."""
    words = corpus.judged
    lengths = np.linalg.norm(vectors[words], axis=1)
    logs = np.log(corpus.counts[words]), np.log(lengths)
    metrics = {"correlation": np.corrcoef(*logs)[0, 1]}
    for name, rows in (("dot", vectors[words]), ("cosine", vectors[words] / lengths[:, None])):
        near, categories = nearest_by_dot(rows), corpus.categories[words]
        commonest = np.sort(np.bincount(near.ravel(), minlength=len(words)))[-MOST:]
        metrics[name] = {
            "same_category": (categories[near] == categories[:, None]).mean(),
            "share_of_the_20_commonest_answers": commonest.sum() / near.size,
        }
    return lengths, metrics


def nearest_by_dot(rows, k=3):
    """The k other rows with the largest dot product. (J, D) -> (J, k)"""
    scores = rows @ rows.T
    np.fill_diagonal(scores, -np.inf)
    return top_k(scores, k)


def draw_lengths(corpus, lengths):
    title = "Only in raw counts is the length of a vector mostly the frequency of its word"
    figure, panels = new_figure(title, columns=3, width=12)
    counts = corpus.counts[corpus.judged]
    for axes, (kind, values) in zip(panels, lengths.items()):
        axes.plot(counts, values / np.median(values), ".", markersize=4, color=LOOK[kind])
        axes.set(xscale="log", yscale="log", ylim=(0.08, 30))
        r = np.corrcoef(np.log(counts), np.log(values))[0, 1]
        label(axes, "occurrences of the word", "length of its vector / median length",
              f"{TITLES[kind]}: correlation of logs {r:.2f}")
    return figure


# --- in each other's place -----------------------------------------------------------------------

PAIRS = 20_000  # random pairs of frequent words
NEAREST = 30  # and each frequent word with so many nearest ones: near pairs are rare by chance
EDGES = np.array([-0.4, -0.2, 0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0])  # bins of cosine
FEWEST = 300  # swaps that a bin needs to be shown


def swapping(run):
    """The nearer two words are, the more often one can take the other's place: put a word between
    the two neighbours of another in held-out stories, and see whether the training stories have it.

    Narrow vectors; frames of one word on each side; three draws of pairs.
    """
    corpus, seeds = corpus_of(run), run.seeds(3, quick=1)
    vectors, V = counted(run, NARROW), len(corpus.vocabulary)
    known = np.unique(as_one_number(frames(numbered(corpus.stories, corpus.vocabulary)), V))
    places = frames(numbered(corpus.held_out, corpus.vocabulary))
    places = places[(places >= 0).all(axis=1)]
    count = PAIRS // (10 if run.quick else 1)
    shares = []
    for seed in seeds:
        pairs = pairs_to_swap(corpus, vectors, stream(seed, "pairs to swap"), count)
        cosines = cosine_similarity(vectors, vectors)[pairs[:, 0], pairs[:, 1]]
        shares.append(shares_by_bin(cosines, *swapped(pairs, places, known, V)))
    shown = ~np.isnan(shares).any(axis=0)
    middles, shares = ((EDGES[:-1] + EDGES[1:]) / 2)[shown], np.array(shares)[:, shown]
    itself = np.isin(as_one_number(places, V), known).mean()
    run.figure(draw_swaps(middles, shares, itself))
    run.record(
        config={"vectors": NARROW._asdict(), "pairs": count, "nearest": NEAREST},
        metrics={
            "cosine": middles, "share": shares.mean(axis=0), "share_sd": shares.std(axis=0),
            "with_the_word_itself": itself, "frames": len(places),
        },
    )


def frames(ids):
    """Each word of the texts with its left and right neighbour, where it has both. -> (T, 3)"""
    return np.concatenate([np.stack([t[:-2], t[1:-1], t[2:]], axis=1) for t in ids if len(t) > 2])


def as_one_number(triples, num_words):
    """Three word numbers as one. (T, 3) -> (T,)"""
    return (triples[:, 0] * num_words + triples[:, 1]) * num_words + triples[:, 2]


def pairs_to_swap(corpus, vectors, rng, count):
    """Random pairs of frequent words, and each frequent word with its nearest. -> (P, 2)"""
    by_chance = rng.choice(corpus.often, size=(count, 2))
    by_chance = by_chance[by_chance[:, 0] != by_chance[:, 1]]
    chosen, itself = vectors[corpus.often], np.arange(len(corpus.often))[:, None]
    near, _ = nearest_neighbours(chosen, chosen, NEAREST, itself)  # (F, NEAREST)
    by_nearness = np.column_stack([np.repeat(corpus.often, NEAREST), corpus.often[near.ravel()]])
    return np.concatenate([by_chance, by_nearness])


def swapped(pairs, places, known, num_words):
    """For each pair (a, b) how many frames of a there are, and into how many b fits. (P,), (P,)"""
    by_word = places[np.argsort(places[:, 1], kind="stable")]
    edges = np.searchsorted(by_word[:, 1], np.arange(num_words + 1))
    tried, kept = np.zeros(len(pairs), dtype=int), np.zeros(len(pairs), dtype=int)
    for i, (a, b) in enumerate(pairs):
        frame = by_word[edges[a] : edges[a + 1]].copy()
        frame[:, 1] = b
        codes = as_one_number(frame, num_words)
        spots = np.minimum(np.searchsorted(known, codes), len(known) - 1)
        tried[i], kept[i] = len(frame), (known[spots] == codes).sum()
    return tried, kept


def shares_by_bin(cosines, tried, kept):
    """Of all swaps in a bin of cosines, the share that is known; nan where there are few."""
    bins = np.digitize(cosines, EDGES) - 1
    totals = np.array([[tried[bins == i].sum(), kept[bins == i].sum()]
                       for i in range(len(EDGES) - 1)])
    enough = totals[:, 0] >= FEWEST
    return np.where(enough, totals[:, 1] / np.maximum(totals[:, 0], 1), np.nan)


def draw_swaps(middles, shares, itself):
    figure, (axes,) = new_figure("Only near words can stand in each other's place")
    axes.errorbar(middles, shares.mean(axis=0), shares.std(axis=0), fmt="o-", capsize=3,
                  color=ROLE, label="another word in its place")
    axes.axhline(itself, color="black", linestyle=":", label="the word itself")
    axes.set(xlim=(-0.4, 1), ylim=(0, 1))
    label(axes, "cosine of the two words (training stories)",
          f"share of frames known (bars: sd of {len(shares)} draws)")
    return figure
