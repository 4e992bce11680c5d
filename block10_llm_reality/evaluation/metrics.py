"""Metrics of one answer, and how sure the mean over many is."""

import math
from collections.abc import Hashable, Sequence

import numpy as np

from shared.checks import as_floats, check_finite, check_whole

Array = np.ndarray

# --- one answer ----------------------------------------------------------------------------------


def plain_answer(text: str) -> str:
    """Lower case, no full stop or quotes at its ends, single spaces.

    >>> plain_answer(' "By  the School." ')
    'by the school'
    """
    return " ".join(text.lower().split()).strip(" .!?\"'")


def exact_match(answer: str, target: str) -> float:
    """1 where the plain answers are equal, else 0; an empty answer matches nothing."""
    return float(plain_answer(answer) == plain_answer(target) != "")


def choice(log_likelihoods: Sequence[float]) -> int:
    """The choice the model finds likeliest, the first of equals."""
    check_finite("log_likelihoods", np.asarray(log_likelihoods))
    return int(np.argmax(log_likelihoods))


def choice_by_length(log_likelihoods: Sequence[float], choices: Sequence[str]) -> int:
    """The likeliest per character: without it the shortest choice has a start.

    >>> choice_by_length([-4.0, -5.0], ["no", "by the school"])
    1
    """
    return choice([total / len(text) for total, text in zip(log_likelihoods, choices)])


# --- the mean over many --------------------------------------------------------------------------


def standard_error(values: Sequence[float]) -> float:
    """sd / sqrt(n), with n - 1 under the sd: what the mean would vary by on other examples.

    For shares of hits it is about sqrt(p (1 - p) / n). Of one value: NaN is no answer, so 0.
    """
    array = as_floats("values", values)
    return float(array.std(ddof=1) / math.sqrt(len(array))) if len(array) > 1 else 0.0


def bootstrap_interval(
    values: Sequence[float], groups: Sequence[Hashable], rng: np.random.Generator,
    times: int = 2000, level: float = 0.95,
) -> tuple[float, float]:
    """(low, high) of the mean, by drawing whole groups with replacement. Efron 1979.

    Questions about one story are right or wrong together, so it is stories that are drawn; with
    a group of its own for each value it is the usual bootstrap.
    Raises ValueError where there is no value, or not one group for each.
    """
    check_whole("times", times)
    array = as_floats("values", values)
    if len(array) == 0 or len(array) != len(groups):
        raise ValueError(f"{len(array)} values and {len(groups)} groups: one for each is needed")
    numbers = {group: n for n, group in enumerate(dict.fromkeys(groups))}
    place = np.array([numbers[group] for group in groups])
    sums, sizes = np.bincount(place, weights=array), np.bincount(place)  # (G,)
    drawn = rng.integers(0, len(sums), (times, len(sums)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def bits_per_char(nats: float, text: str) -> float:
    """The nats a text cost, in bits for each of its characters."""
    if not text:
        raise ValueError("there is no character to predict")
    return nats / math.log(2) / len(text)
