"""What nearness means: near words can stand in each other's place."""

import numpy as np

from block05_embeddings.cooccurrence import numbered
from block05_embeddings.experiments.truth import NARROW
from block05_embeddings.similarity import cosine_similarity, nearest_neighbours
from shared.plots import label, new_figure
from shared.seeding import stream

PAIRS = 20_000  # random pairs of frequent words
NEAREST = 30  # and each frequent word with so many nearest ones: near pairs are rare by chance
EDGES = np.array([-0.4, -0.2, 0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0])  # bins of cosine
FEWEST = 300  # swaps that a bin needs to be shown
EXAMPLES = [("king", "prince"), ("king", "queen"), ("king", "kite"), ("happy", "glad"),
            ("sea", "ocean"), ("tulips", "roses"), ("tulips", "three")]


def frames(ids):
    """Each word of the texts with its left and right neighbour, where it has both. -> (T, 3)"""
    return np.concatenate([np.stack([t[:-2], t[1:-1], t[2:]], axis=1) for t in ids if len(t) > 2])


def as_one_number(triples, num_words):
    """Three word numbers as one. (T, 3) -> (T,)"""
    return (triples[:, 0] * num_words + triples[:, 1]) * num_words + triples[:, 2]


def still_occur(places, known, other, num_words):
    """For each frame whether it is known with `other` in its middle. (T, 3) -> (T,) bool"""
    swapped = np.column_stack([places[:, 0], np.full(len(places), other), places[:, 2]])
    codes = as_one_number(swapped, num_words)
    spots = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    return known[spots] == codes


def swapped_pairs(corpus, pairs, held_out, known):
    """For each pair (a, b): how many held-out frames of a there are, how many b may enter."""
    order = np.argsort(held_out[:, 1], kind="stable")
    by_word = held_out[order]
    edges = np.searchsorted(by_word[:, 1], np.arange(len(corpus.vocabulary) + 1))
    tried, kept = np.zeros(len(pairs), dtype=int), np.zeros(len(pairs), dtype=int)
    for i, (a, b) in enumerate(pairs):
        places = by_word[edges[a] : edges[a + 1]]
        tried[i] = len(places)
        kept[i] = still_occur(places, known, b, len(corpus.vocabulary)).sum()
    return tried, kept


def pairs_to_swap(corpus, vectors, rng, count):
    """Random pairs of frequent words, and each frequent word with its nearest. -> (P, 2)"""
    by_chance = rng.choice(corpus.often, size=(count, 2))
    by_chance = by_chance[by_chance[:, 0] != by_chance[:, 1]]
    chosen, itself = vectors[corpus.often], np.arange(len(corpus.often))[:, None]
    near, _ = nearest_neighbours(chosen, chosen, NEAREST, itself)  # (F, NEAREST)
    by_nearness = np.column_stack([np.repeat(corpus.often, NEAREST), corpus.often[near.ravel()]])
    return np.concatenate([by_chance, by_nearness])


def whole_sentences(corpus, vectors):
    """Held-out sentences with one word replaced by its nearest: how many stand in training.

    -> tries, found with the nearest word, found with the word next in frequency
    """
    known = {tuple(sentence) for sentence in corpus.sentences}
    numbers = {word: number for number, word in enumerate(corpus.vocabulary)}
    near, _ = nearest_neighbours(vectors, vectors, 1, np.arange(len(vectors))[:, None])
    tries, nearest, other = 0, 0, 0
    for sentence in corpus.held_out:
        for place, word in enumerate(sentence):
            if word not in numbers:
                continue
            number = numbers[word]
            before, after = tuple(sentence[:place]), tuple(sentence[place + 1 :])
            replaced = corpus.vocabulary[near[number, 0]]
            next_one = corpus.vocabulary[(number + 1) % len(corpus.vocabulary)]
            tries += 1
            nearest += (*before, replaced, *after) in known
            other += (*before, next_one, *after) in known
    return tries, nearest, other


def draw(run, middles, shares, itself):
    figure, (axes,) = new_figure(
        "Only very near words may stand for each other, then nearly as often as the word itself"
    )
    axes.plot(middles, shares, "o-", label="another word in its place")
    axes.axhline(itself, color="black", linestyle=":", label="the word itself")
    axes.set_ylim(0, 1)
    label(
        axes, "cosine of the two words (training stories)",
        "held-out frames that occur in training",
    )
    run.figure(figure, "swapping")


def near_words_can_stand_in_each_others_place(run, corpus, models):
    """Take a word with its two neighbours from held-out stories, put another in: is that known?"""
    num_words = len(corpus.vocabulary)
    vectors = models.narrow
    known = np.unique(as_one_number(frames(corpus.ids()), num_words))
    places = frames(numbered(corpus.held_out, corpus.vocabulary))
    places = places[(places >= 0).all(axis=1)]
    rng = stream(run.seed, "pairs to swap")
    pairs = pairs_to_swap(corpus, vectors, rng, PAIRS // (10 if run.quick else 1))
    tried, kept = swapped_pairs(corpus, pairs, places, known)
    cosines = cosine_similarity(vectors, vectors)
    bins = np.digitize(cosines[pairs[:, 0], pairs[:, 1]], EDGES) - 1
    totals = [(tried[bins == i].sum(), kept[bins == i].sum()) for i in range(len(EDGES) - 1)]
    shown = [i for i, (all_of_them, _) in enumerate(totals) if all_of_them >= FEWEST]
    middles = [(EDGES[i] + EDGES[i + 1]) / 2 for i in shown]
    shares = [totals[i][1] / totals[i][0] for i in shown]
    itself = np.isin(as_one_number(places, num_words), known).mean()
    draw(run, middles, shares, itself)
    whole = whole_sentences(corpus, vectors)

    examples = {}
    for a, b in EXAMPLES:
        if a in corpus.vocabulary and b in corpus.vocabulary:
            pair = np.array([[corpus.number(a), corpus.number(b)]])
            count, left = (int(value[0]) for value in swapped_pairs(corpus, pair, places, known))
            cosine = float(cosines[pair[0, 0], pair[0, 1]])
            examples[f"{a}_{b}"] = {"cosine": cosine, "frames": count, "still_occur": left}
    run.claim(
        "swapping",
        "From a cosine of 0.5 on: the larger the cosine of two words, the larger the share of "
        "places where one may stand for the other",
        seeds=[run.seed],
        config={"vectors": NARROW, "pairs": len(pairs), "frame": "one word on each side"},
        metrics={
            "cosine": middles, "share_that_still_occurs": shares, "with_the_word_itself": itself,
            "examples": examples,
            "whole_sentences": dict(zip(("tries", "nearest", "next_in_frequency"), whole)),
        },
    )
