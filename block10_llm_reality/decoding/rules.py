"""The sampling rules, one distribution at a time: logits (V,) -> probabilities (V,).

A rule either bends the distribution (temperature, repetition penalty) or cuts its tail off and
shares the rest out again (top-k, top-p, min-p). Among equally likely tokens the one with the
smaller id comes first, so that every rule has one answer.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from shared.checks import ShapeError, check_ids, check_positive, check_whole
from shared.losses import softmax

Array = np.ndarray


def check_logits(logits: Array) -> Array:
    """The logits (V,) as float64. Raises ValueError on NaN, +inf, or where nothing is allowed.

    -inf stands for a token that is forbidden.
    """
    logits = np.asarray(logits, np.float64)
    if logits.ndim != 1 or logits.size == 0:
        raise ShapeError(f"logits have shape {logits.shape}, expected (V,)")
    wrong = np.isnan(logits) | (logits == np.inf)
    if wrong.any():
        where = int(np.argmax(wrong))
        raise ValueError(f"logits[{where}] is {logits[where]}: the model's weights are damaged")
    if np.all(logits == -np.inf):
        raise ValueError("every token is forbidden: there is none to choose")
    return logits


# --- rules that bend -----------------------------------------------------------------------------


def with_temperature(logits: Array, temperature: float) -> Array:
    """logits / temperature: below 1 the likely become likelier, above 1 all become more alike.

    Raises ValueError where the temperature is not above 0: its limit at 0 is `greedy`.
    """
    if not 0 < temperature < np.inf:
        raise ValueError(f"temperature is {temperature}, it must be above 0 (greedy is the limit)")
    return np.asarray(logits) / temperature


def with_repetition_penalty(logits: Array, seen: Sequence[int], penalty: float) -> Array:
    """The logit of each token that was seen: divided by the penalty, or times it where negative.

    Source: Keskar et al. 2019, section 4.1, with the sign mended as everybody does.

    >>> with_repetition_penalty(np.array([2.0, -1.0, 3.0]), [0, 1, 0], 2.0).tolist()
    [1.0, -2.0, 3.0]
    """
    check_positive("repetition_penalty", penalty)
    out = np.array(logits, np.float64)
    for token in set(check_ids("seen", np.asarray(seen), len(out)).tolist()):
        out[token] = out[token] / penalty if out[token] > 0 else out[token] * penalty
    return out


# --- rules that cut ------------------------------------------------------------------------------


def by_probability(p: Array) -> Array:
    """The token ids, likeliest first, equals by their id."""
    return np.argsort(-p, kind="stable")


def renormalised(p: Array, kept: Sequence[int]) -> Array:
    """p on the kept tokens, 0 elsewhere, divided by its sum."""
    out = np.zeros_like(p)
    out[kept] = p[kept]
    return out / out.sum()


def top_k(p: Array, k: int) -> Array:
    """The k likeliest tokens. Source: Fan, Lewis and Dauphin 2018, section 5.1.

    >>> top_k(np.array([0.1, 0.3, 0.3, 0.3]), 2).tolist()
    [0.0, 0.5, 0.5, 0.0]
    """
    return renormalised(p, by_probability(p)[: check_whole("top_k", k)])


def top_p(p: Array, share: float) -> Array:
    """The smallest set of likeliest tokens that holds at least `share` of the probability.

    A token is kept while those before it hold less than the share. Source: Holtzman et al. 2020.

    >>> top_p(np.array([0.5, 0.25, 0.25]), 0.6).round(3).tolist()
    [0.667, 0.333, 0.0]
    """
    if not 0 < share <= 1:
        raise ValueError(f"top_p is {share}, it must be above 0 and at most 1")
    if share == 1:  # a rounded sum could reach 1 before the last token
        return renormalised(p, np.arange(len(p)))
    kept, held = [], 0.0
    for token in by_probability(p):
        if held >= share:
            break
        kept.append(token)
        held += p[token]
    return renormalised(p, kept)


def min_p(p: Array, fraction: float) -> Array:
    """The tokens at least `fraction` times as likely as the likeliest. Source: Nguyen et al. 2024.

    >>> min_p(np.array([0.5, 0.3, 0.2]), 0.5).round(3).tolist()
    [0.625, 0.375, 0.0]
    """
    if not 0 <= fraction <= 1:
        raise ValueError(f"min_p is {fraction}, it must be from 0 to 1")
    return renormalised(p, np.flatnonzero(p >= fraction * p.max()))


# --- all of them ---------------------------------------------------------------------------------


class Rules(NamedTuple):
    """How to sample; the defaults leave the model's own distribution. top_k 0 cuts nothing."""

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0


def distribution(logits: Array, rules: Rules, seen: Sequence[int] = ()) -> Array:
    """Penalty, temperature, softmax, then top-k, top-p and min-p, each on what the last left."""
    logits = check_logits(logits)
    logits = with_repetition_penalty(logits, seen, rules.repetition_penalty)
    p = softmax(with_temperature(logits, rules.temperature))
    if rules.top_k:
        p = top_k(p, rules.top_k)
    return min_p(top_p(p, rules.top_p), rules.min_p)
