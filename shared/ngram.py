"""Witten-Bell n-gram model over sorted arrays; earned in block 06.

An n-gram of order n predicts a symbol from the n - 1 before it. Witten-Bell interpolation mixes
every order down to the uniform distribution over the V symbols:

    P(c | h) = (count(h c) + T(h) P(c | h')) / (count(h) + T(h))

where h' is h without its oldest symbol and T(h) is the number of different symbols seen after h:
the more kinds of followers a context has shown, the more it is expected to show a new one. A
context never seen leaves everything to the shorter one.
Source: Witten and Bell 1991, method C; as interpolation, Chen and Goodman 1998, eq. 17.

Block 06 keeps counts in dictionaries. Here each length of context is a sorted array of keys, and
all positions of a text are looked up at once by binary search.
"""

from typing import NamedTuple

import numpy as np

from shared.checks import check_ids

Array = np.ndarray


class Level(NamedTuple):
    """The counts of all contexts of one length.

    A context of length k is the pair (its number at length k - 1, its oldest symbol); its own
    number is its place among the sorted pairs. contexts (C,) holds the pairs as keys, totals (C,)
    and kinds (C,) are count(h) and T(h); followers (F,) holds (context, next symbol) as keys, and
    counts (F,) how often each occurred.
    """

    contexts: Array
    totals: Array
    kinds: Array
    followers: Array
    counts: Array


class NGram(NamedTuple):
    """A fitted model: one Level per context length 0 to order - 1."""

    vocabulary_size: int
    levels: tuple[Level, ...]

    @property
    def order(self) -> int:
        return len(self.levels)


def _check_ids(ids: Array, vocabulary_size: int) -> Array:
    if np.ndim(ids) != 1:
        raise ValueError(f"ids are (T,), these are {np.shape(ids)}")
    return check_ids("ids", ids, vocabulary_size)


def _check_order(order: int, largest: float = np.inf) -> None:
    if not order >= 1:
        raise ValueError(f"the order is {order}, it must be at least 1 (a unigram)")
    if order > largest:
        raise ValueError(f"the order is {order}, the model was fitted up to {largest}")


def _find(keys: Array, wanted: Array) -> Array:
    """The place of each wanted key in the sorted keys, or -1."""
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, places, -1) if len(keys) else np.full(len(wanted), -1)


def fit(ids: Array, order: int, vocabulary_size: int) -> NGram:
    """Count every context of length 0 to order - 1 in ids (T,).

    Raises ValueError where the order or the size is below 1, or an id is out of range.
    """
    _check_order(order)
    if not 1 <= vocabulary_size < 2**63 // (np.size(ids) + 1):
        raise ValueError(f"a vocabulary of {vocabulary_size} leaves no numbers for the contexts")
    ids = _check_ids(ids, vocabulary_size)
    V, levels = vocabulary_size, []
    contexts = np.zeros(1, np.int64)  # the empty context
    number = np.zeros(len(ids), np.int64)  # of the context before each symbol
    for length in range(order):
        if length > 0:
            older = number[length:] * V + ids[:-length]
            contexts, number_found = np.unique(older, return_inverse=True)
            number = np.concatenate([np.full(min(length, len(ids)), -1), number_found])
        known = number >= 0
        followers, counts = np.unique(number[known] * V + ids[known], return_counts=True)
        totals = np.bincount(followers // V, weights=counts, minlength=len(contexts))
        kinds = np.bincount(followers // V, minlength=len(contexts))
        levels.append(Level(contexts, totals, kinds, followers, counts))
    return NGram(V, tuple(levels))


def probabilities(model: NGram, ids: Array, order: int | None = None) -> Array:
    """P(ids[t] | ids[:t]) for every t: (T,) -> (T,). The first symbols see what there is.

    order, at most the model's own, leaves out the longer contexts.
    """
    _check_order(model.order if order is None else order, model.order)
    ids = _check_ids(ids, model.vocabulary_size)
    V = model.vocabulary_size
    p = np.full(len(ids), 1 / V)
    number = np.zeros(len(ids), np.int64)
    for length, level in enumerate(model.levels[:order]):
        if length > 0:
            seen = number[length:] >= 0
            found = _find(level.contexts, number[length:] * V + ids[:-length])
            number = np.concatenate([np.full(min(length, len(ids)), -1), np.where(seen, found, -1)])
        t = np.flatnonzero(number >= 0)
        place = _find(level.followers, number[t] * V + ids[t])
        count = np.where(place >= 0, level.counts[place], 0) if len(level.counts) else 0.0
        total, kinds = level.totals[number[t]], level.kinds[number[t]]
        mixed = total + kinds > 0  # an empty training text leaves the uniform distribution
        p[t] = np.where(mixed, (count + kinds * p[t]) / np.where(mixed, total + kinds, 1), p[t])
    return p


def distribution(model: NGram, context: Array, order: int | None = None) -> Array:
    """P(c | context) for every symbol c: (T,) -> (V,). Only the last order - 1 symbols count."""
    _check_order(model.order if order is None else order, model.order)
    context = _check_ids(context, model.vocabulary_size)
    V = model.vocabulary_size
    p = np.full(V, 1 / V)
    number = 0
    for length, level in enumerate(model.levels[:order]):
        if length > len(context):
            break
        if length > 0:
            key = np.array([number * V + context[-length]])
            number = int(_find(level.contexts, key)[0])
        if number < 0 or level.totals[number] == 0:
            break
        first, last = np.searchsorted(level.followers, [number * V, (number + 1) * V])
        counts = np.zeros(V)
        counts[level.followers[first:last] - number * V] = level.counts[first:last]
        total, kinds = level.totals[number], level.kinds[number]
        p = (counts + kinds * p) / (total + kinds)
    return p


def sample(model: NGram, context: Array, length: int, rng: np.random.Generator) -> Array:
    """Continue the context by `length` symbols drawn one at a time: -> (length,).

    Raises ValueError where the length is negative. No symbol of probability 0 is drawn.
    """
    if length < 0:
        raise ValueError(f"a text of {length} symbols is none")
    text = list(_check_ids(context, model.vocabulary_size))
    for _ in range(length):
        recent = np.array(text[-(model.order - 1) :] if model.order > 1 else [], np.int64)
        p = distribution(model, recent)
        cumulative = np.cumsum(p)
        drawn = np.searchsorted(cumulative, rng.random() * cumulative[-1], side="right")
        text.append(int(min(drawn, np.flatnonzero(p)[-1])))
    return np.array(text[len(context) :], np.int64)
