"""Experiments on chance: what makes a generator, a number below n, a shuffle and a split fair."""

import numpy as np

from block00_toolbox.experiments.fairness import (
    chi_square,
    chi_square_limit,
    every_way,
    orders_of_four,
    swapped_with_any_place,
)
from block00_toolbox.generator import WORD, Pcg32, lcg_step, named_stream, period
from block00_toolbox.sampling import shuffled, split
from shared import plots
from shared.results import Run

# --- the period ----------------------------------------------------------------------------------

MODULUS = 16  # small enough to try every multiplier and every increment


def a_full_period_needs_two_conditions(run: Run) -> None:
    """All 256 generators with 16 states: the full period appears where Hull and Dobell say."""
    periods = np.array([[_period(a, c) for c in range(MODULUS)] for a in range(MODULUS)])
    predicted = [[a % 4 == 1 and c % 2 == 1 for c in range(MODULUS)] for a in range(MODULUS)]
    low_bits = [period_of_bit(bit) for bit in range(4)]
    run.claim(
        "period",
        "An LCG modulo 2^k runs through all states exactly where c is odd and a = 1 mod 4",
        seeds=[],
        config={"modulus": MODULUS, "low_bits": "a = 5, c = 3"},
        metrics={
            "full_periods": np.sum(periods == MODULUS),
            "agree_with_hull_dobell": np.sum((periods == MODULUS) == predicted),
            "generators": MODULUS**2,
            "period_of_bit": low_bits,
        },
    )
    figure, axes = plots.new_figure(
        "A full period needs c odd and a = 1 mod 4", width=8.0, height=5.5
    )
    names = [str(i) for i in range(MODULUS)]
    plots.heat_map(axes[0], periods, names, names, number_format=".0f")
    plots.label(
        axes[0], "increment c", "multiplier a", "Period of s -> (a s + c) mod 16 from s = 1"
    )
    run.figure(figure, "period")
    run.headline({"full_periods_where_predicted": bool(np.all((periods == MODULUS) == predicted))})


def _period(multiplier: int, increment: int) -> int:
    return period(lambda s: lcg_step(s, multiplier, increment, MODULUS), start=1)


def period_of_bit(bit: int) -> int:
    """After how many steps the lowest bits, up to this one, of s -> (5 s + 3) mod 2^k repeat."""
    return period(lambda s: lcg_step(s, 5, 3, 2 ** (bit + 1)), start=1)


# --- even and bell-shaped numbers ----------------------------------------------------------------


def the_numbers_are_even_and_bell_shaped(run: Run) -> None:
    """Chi-square of the uniform numbers, the first moments of the normal ones, and a picture."""
    draws, places = (2_000 if run.quick else 50_000), 100
    rng = named_stream(run.seed, "shapes of chance")
    uniform = np.array([rng.uniform() for _ in range(draws)])
    normal = np.array([rng.normal() for _ in range(draws)])
    statistic = chi_square(np.bincount((uniform * places).astype(int), minlength=places))
    run.claim(
        "distributions",
        "PCG32's uniform numbers fill 100 bins evenly, and Box-Muller's have the bell's moments",
        seeds=[run.seed],
        config={"draws": draws, "bins": places},
        metrics={
            "chi_square": statistic,
            "chi_square_limit": chi_square_limit(places),
            "normal_mean": normal.mean(),
            "normal_variance": normal.var(),
            "normal_kurtosis": np.mean(normal**4),
            "within_one": np.mean(np.abs(normal) < 1),
        },
    )
    figure, axes = plots.new_figure(
        "Box-Muller bends even numbers into the bell curve", columns=2, width=9.0, height=3.8
    )
    plots.histogram(axes[0], {"uniform": uniform})
    plots.label(axes[0], "value", "draws per bin", "Pcg32.uniform", legend=False)
    plots.histogram(axes[1], {"draws": normal})
    grid = np.linspace(-4, 4, 200)
    width = (normal.max() - normal.min()) / 40
    bell = draws * width * np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi)
    axes[1].plot(grid, bell, color="black", label="bell curve")
    plots.label(axes[1], "value", "draws per bin", "Pcg32.normal")
    run.figure(figure, "distributions")
    run.headline({"uniform_chi_square_over_limit": statistic / chi_square_limit(places)})


# --- a number below n ----------------------------------------------------------------------------


def modulo_favours_small_numbers(run: Run) -> None:
    """word % n on all 16 words of 4 bits, counted; and on PCG32 with a bound that makes it bad."""
    bound = 3 * 2**30  # 2^32 words on 3/4 as many results: the first third is hit twice as often
    draws = 2_000 if run.quick else 20_000
    rng = named_stream(run.seed, "modulo")
    modulo = np.mean([rng.word() % bound < bound // 3 for _ in range(draws)])
    rejecting = np.mean([rng.below(bound) < bound // 3 for _ in range(draws)])
    run.claim(
        "modulo_bias",
        "word % n favours small results where n does not divide the number of words",
        seeds=[run.seed],
        config={"draws": draws, "bound": bound, "words": WORD},
        metrics={
            "four_bit_words_modulo_6": np.bincount(np.arange(16) % 6),
            "four_bit_words_from_4_modulo_6": np.bincount(np.arange(4, 16) % 6),
            "share_below_a_third_modulo": modulo,
            "share_below_a_third_rejecting": rejecting,
        },
    )


# --- the shuffle ---------------------------------------------------------------------------------


def swapping_with_any_place_is_unfair(run: Run) -> None:
    """Both shuffles: every way counted for 3 items, 24 orders of 4 items drawn, places of 8."""
    draws = 2_400 if run.quick else 24_000
    shuffles = {"swap with any place": swapped_with_any_place, "Fisher and Yates": shuffled}
    rng = {name: named_stream(run.seed, "shuffle", name) for name in shuffles}
    statistic = {name: orders_of_four(s, rng[name], draws) for name, s in shuffles.items()}
    places = {name: places_of_eight(s, rng[name], draws // 2) for name, s in shuffles.items()}
    limit = chi_square_limit(24)
    any_place = sorted(every_way(swapped_with_any_place, 3, [3, 3, 3]).values())
    fisher_yates = sorted(every_way(shuffled, 3, [3, 2]).values())
    run.claim(
        "shuffle",
        "Swapping with any place favours some orders; swapping with those left favours none",
        seeds=[run.seed],
        config={"draws": draws, "orders": 24, "draws_in_picture": draws // 2},
        metrics={
            "ways_of_three_any_place": any_place,
            "ways_of_three_fisher_yates": fisher_yates,
            "chi_square_any_place": statistic["swap with any place"],
            "chi_square_fisher_yates": statistic["Fisher and Yates"],
            "chi_square_limit": limit,
        },
    )
    figure, axes = plots.new_figure(
        "Swapping with any place leaves a pattern, Fisher and Yates leave none",
        columns=2, width=9.5, height=4.6,
    )  # fmt: skip
    names = [str(i) for i in range(8)]
    for panel, (name, share) in zip(axes, places.items()):
        plots.heat_map(panel, share, names, names, number_format=".1f", limits=(9, 16))
        plots.label(panel, "place it ends at", "place it starts at", f"{name}: % of shuffles")
    run.figure(figure, "shuffle")
    run.headline(
        {
            "unfair_shuffle_chi_square_over_limit": statistic["swap with any place"] / limit,
            "fair_shuffle_chi_square_over_limit": statistic["Fisher and Yates"] / limit,
        }
    )


def places_of_eight(shuffle, rng: Pcg32, draws: int) -> np.ndarray:
    """In per cent of the shuffles: item i ends at place j, (8, 8)."""
    counts = np.zeros((8, 8))
    for _ in range(draws):
        counts[shuffle(range(8), rng.below), range(8)] += 1
    return 100 * counts / draws


# --- the split -----------------------------------------------------------------------------------

VALIDATION_FRACTION = 1 / 3  # of three equal classes: exactly one, where the file is sorted


def a_cut_without_a_shuffle_loses_a_class(run: Run) -> None:
    """A file sorted by class, cut as it is and cut after a shuffle; nearest class mean decides."""
    seeds = range(run.seed, run.seed + 5)
    accuracy = {"as it is": [], "shuffled": []}
    for seed in seeds:
        X, y = sorted_file(seed)
        for name, order in orders(len(y), seed).items():
            train, validation = split(order, VALIDATION_FRACTION)
            predict = nearest_mean(X[train], y[train])
            accuracy[name].append(np.mean(predict(X[validation]) == y[validation]))
    run.claim(
        "split",
        "A sorted file cut without a shuffle has a class in validation that training never saw",
        seeds=seeds,
        config={"examples": 150, "classes": 3, "validation_fraction": VALIDATION_FRACTION},
        metrics={
            name.replace(" ", "_"): {"mean": np.mean(a), "std": np.std(a), "all": a}
            for name, a in accuracy.items()
        },
    )
    figure, axes = plots.new_figure(
        "A sorted file that is cut without a shuffle loses a class",
        columns=2, width=9.5, height=4.4,
    )  # fmt: skip
    X, y = sorted_file(run.seed)
    for panel, (name, order) in zip(axes, orders(len(y), run.seed).items()):
        train, _ = split(order, VALIDATION_FRACTION)
        plots.decision_boundary(panel, nearest_mean(X[train], y[train]), X, y)
        plots.label(panel, "feature 1", "feature 2", f"Split of the file {name}")
    run.figure(figure, "split")
    run.headline({"accuracy_split_without_shuffle": np.mean(accuracy["as it is"])})


def sorted_file(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """X (150, 2) and y (150,): three clouds of 50 points, class after class."""
    rng = named_stream(seed, "three clouds")
    centres = np.array([[0.0, 0.0], [4.0, 1.0], [1.5, 4.0]])
    y = np.repeat([0, 1, 2], 50)
    noise = [[rng.normal(), rng.normal()] for _ in y]
    return centres[y] + np.array(noise), y


def orders(num_examples: int, seed: int) -> dict[str, list[int]]:
    """The row numbers as they stand in the file, and shuffled."""
    below = named_stream(seed, "split").below
    return {"as it is": list(range(num_examples)), "shuffled": shuffled(range(num_examples), below)}


def nearest_mean(X, y):
    """A classifier: the class whose mean (of the rows given here) is nearest."""
    classes = np.unique(y)
    means = np.array([X[y == k].mean(axis=0) for k in classes])  # (K, 2)

    def predict(points):
        difference = points[:, None, :] - means  # (M, 1, 2) - (K, 2) -> (M, K, 2)
        return classes[np.sum(difference**2, axis=2).argmin(axis=1)]  # (M, K) -> (M,)

    return predict
