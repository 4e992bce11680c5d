"""How to tell fair from unfair: the chi-square of counts, and all ways to draw, counted out.

Both are tried on the famous wrong shuffle, which stands here beside them.
"""

import itertools
from collections import Counter

import numpy as np

from block00_toolbox.generator import Pcg32
from block00_toolbox.sampling import Below


def chi_square(counts) -> float:
    """sum (count - expected)^2 / expected, all places equally likely; about k - 1 when they are.

    >>> chi_square([10, 10, 10, 10]), chi_square([20, 0])
    (0.0, 20.0)
    """
    counts = np.asarray(counts, dtype=float)
    return float(np.sum((counts - counts.mean()) ** 2) / counts.mean())


def chi_square_limit(places: int) -> float:
    """What the chi-square of fair counts exceeds 1 time in 1000 (Wilson, Hilferty 1931)."""
    k = places - 1
    return k * (1 - 2 / (9 * k) + 3.0902 * np.sqrt(2 / (9 * k))) ** 3


def swapped_with_any_place(items, below: Below) -> list:
    """The famous wrong shuffle: each place is swapped with any place, not with one of those left.

    n draws of n results make n^n ways; from n = 3 on they cannot be dealt evenly to n! orders.
    """
    order = list(items)
    for i in range(len(order)):
        pick = below(len(order))
        order[i], order[pick] = order[pick], order[i]
    return order


def every_way(shuffle, n: int, bounds: list[int]) -> Counter:
    """How many of all possible draws end in each order of n items; `bounds` are what it draws."""
    ways: Counter = Counter()
    for draws in itertools.product(*map(range, bounds)):
        script = iter(draws)
        ways[tuple(shuffle(range(n), lambda bound, script=script: next(script)))] += 1
    return ways


def orders_of_four(shuffle, rng: Pcg32, draws: int) -> float:
    """The chi-square of how often each of the 24 orders of four items came up."""
    counts = Counter(tuple(shuffle(range(4), rng.below)) for _ in range(draws))
    return chi_square([counts[order] for order in itertools.permutations(range(4))])
