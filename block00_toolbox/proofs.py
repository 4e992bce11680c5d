"""How far from the truth: generator and shuffle against theory, the loops against shared/.

Functions that return what is measured; the tests assert on them and the run records them.
"""

import itertools
from collections import Counter

import numpy as np

from block00_toolbox import reductions, sampling
from block00_toolbox.generator import Pcg32, lcg_step, named_stream, period
from shared import data
from shared.checks import relative_error
from shared.seeding import stream

# --- the generator -------------------------------------------------------------------------------

MODULUS = 16  # small enough to try every multiplier and every increment


def periods():
    """The period of s -> (a s + c) mod 16 from s = 1, for every a (rows) and c (columns)."""
    pairs = [[(a, c) for c in range(MODULUS)] for a in range(MODULUS)]
    return np.array([[period(lambda s, p=p: lcg_step(s, *p, MODULUS), 1) for p in row]
                     for row in pairs])


def full_period_predicted():
    """Where the period is full by Hull and Dobell 1962: c odd and a = 1 mod 4, (16, 16)."""
    numbers = np.arange(MODULUS)
    return (numbers % 4 == 1)[:, None] & (numbers % 2 == 1)


def period_of_low_bits(count):
    """After how many steps the last `count` bits of s -> (5 s + 3) mod 2^k repeat, for any k."""
    return period(lambda s: lcg_step(s, 5, 3, 2**count), 1)


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


def uniform_chi_square(seed, draws, places=100):
    """The chi-square of Pcg32's uniform numbers in so many bins."""
    rng = named_stream(seed, "uniform", places)
    bins = [int(rng.uniform() * places) for _ in range(draws)]
    return chi_square(np.bincount(bins, minlength=places))


# --- the shuffle ---------------------------------------------------------------------------------


def swapped_with_any_place(items, below):
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


# --- the loops against shared/ -------------------------------------------------------------------


def rows_agree(n, fraction, batch_size):
    """For one permutation, whether split and batches return the rows that shared/ returns."""
    order = stream(0, "order", n).permutation(n).tolist()
    ours = [*sampling.split(order, fraction), *sampling.batches(order, batch_size)]
    theirs = [
        *data.train_validation_split(n, fraction, stream(0, "order", n)),
        *data.minibatches(n, batch_size, stream(0, "order", n)),
    ]
    return ours == [rows.tolist() for rows in theirs]


def standardising_error(X):
    """The largest relative error of mean, scale and standardised table against shared/."""
    fitted = data.fit_standardiser(X)
    mean, scale = reductions.fit_standardiser(X.tolist())
    Z = reductions.standardise(X.tolist(), mean, scale)
    pairs = [(mean[0], fitted.mean), (scale[0], fitted.scale), (Z, fitted(X))]
    return max(relative_error(np.array(ours), theirs) for ours, theirs in pairs)


# --- the record ----------------------------------------------------------------------------------


def record(run):
    """results/proofs.json and the headline numbers of this file."""
    found, predicted = periods() == MODULUS, full_period_predicted()
    uniforms, shuffles = (2_000, 2_400) if run.quick else (50_000, 24_000)
    any_place, fisher_yates = (
        orders_of_four(shuffle, named_stream(run.seed, "shuffle", shuffle.__name__), shuffles)
        for shuffle in (swapped_with_any_place, sampling.shuffled)
    )
    metrics = {
        "generators": found.size,
        "full_periods": found.sum(),
        "agree_with_hull_dobell": np.sum(found == predicted),
        "uniform_chi_square": uniform_chi_square(run.seed, uniforms),
        "uniform_chi_square_limit": chi_square_limit(100),
        "any_place_chi_square": any_place,
        "fisher_yates_chi_square": fisher_yates,
        "shuffle_chi_square_limit": chi_square_limit(24),
        "rows_agree_with_shared": all(rows_agree(*sizes) for sizes in ROWS),
        "standardising_error": standardising_error(data.load_diabetes().X),
    }
    said = "Generator and shuffle behave as theory says, and the loops agree with shared/"
    config = {"uniform_draws": uniforms, "bins": 100, "shuffles": shuffles, "orders": 24}
    run.claim("proofs", said, seeds=[run.seed], config=config, metrics=metrics)
    limit = chi_square_limit(24)
    run.headline(
        {
            "full_periods_where_predicted": bool(np.all(found == predicted)),
            "uniform_chi_square_over_limit": metrics["uniform_chi_square"] / chi_square_limit(100),
            "unfair_shuffle_chi_square_over_limit": any_place / limit,
            "fair_shuffle_chi_square_over_limit": fisher_yates / limit,
        }
    )


ROWS = [(10, 0.3, 4), (2, 0.5, 1), (442, 0.2, 32), (7, 1 / 3, 10)]  # examples, fraction, batch
