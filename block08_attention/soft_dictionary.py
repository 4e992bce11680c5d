"""A dictionary that answers a key it does not hold: one query at a time, with lists and loops.

A Python dictionary compares the key that is asked for with every key it has, takes the value of the
one that is equal, and raises KeyError where none is. A soft dictionary takes some of every value:
the nearer its key is to the query, the more. Left out: batches, masks and gradients (attention.py).

The example is the README's: three tokens, to be followed with pencil and paper.

>>> KEYS, VALUES = [[2, 0, 0, 1], [0, 2, 0, 0], [1, 0, 2, 0]], [[1, 0], [0, 1], [1, 1]]
>>> query = [0, 1, 2, 0]
>>> scores(query, KEYS)
[0.0, 1.0, 2.0]
>>> [round(weight, 3) for weight in soft_look_up(query, KEYS, VALUES)[1]]
[0.09, 0.245, 0.665]
>>> [round(x, 3) for x in soft_look_up(query, KEYS, VALUES)[0]]
[0.755, 0.91]
"""

import math


def hard_look_up(query, keys, values):
    """The value whose key equals the query: what {key: value}[query] does. KeyError where none.

    >>> hard_look_up("b", ["a", "b"], [10, 20])
    20
    """
    for key, value in zip(keys, values, strict=True):
        if key == query:
            return value
    raise KeyError(query)


def dot(a, b):
    """Sum of a_i b_i: large where two vectors point the same way, 0 where they have no part in
    common.

    >>> dot([1, 2], [3, 4])
    11
    """
    return sum(x * y for x, y in zip(a, b, strict=True))


def scores(query, keys):
    """How well each key fits the query: q . k / sqrt(d), one number per key."""
    return [dot(query, key) / math.sqrt(len(query)) for key in keys]


def shares(scores):
    """e^score, divided by their sum: positive, together 1. The largest score is taken off first.

    >>> shares([1000.0, 1000.0])
    [0.5, 0.5]
    """
    largest = max(scores)
    powers = [math.exp(score - largest) for score in scores]
    return [power / sum(powers) for power in powers]


def weighted_average(weights, values):
    """The sum of weight times value, entry by entry.

    >>> weighted_average([0.25, 0.75], [[0, 8], [4, 0]])
    [3.0, 2.0]
    """
    return [dot(weights, column) for column in zip(*values, strict=True)]


def soft_look_up(query, keys, values):
    """What the soft dictionary answers, and the share of each value in it.

    query (D), keys S times (D), values S times (E)  ->  answer (E), weights (S)
    Source: Bahdanau, Cho and Bengio 2015, section 3.1; the score is Vaswani et al. 2017's, eq. 1.
    """
    weights = shares(scores(query, keys))
    return weighted_average(weights, values), weights
