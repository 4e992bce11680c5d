"""The sampling rules for a whole batch: logits (B, V) -> probabilities (B, V); earned in block 10.

The same distributions as block 10's textbook, which treats one (V,) at a time, token by token.
Order: repetition penalty, temperature, softmax, top-k, top-p, min-p, each on what the last left.
Equally likely tokens count by their id. -inf stands for a forbidden token.
"""

from typing import NamedTuple

import numpy as np

from shared.checks import check_positive, check_shapes, check_whole
from shared.losses import softmax

Array = np.ndarray


class Rules(NamedTuple):
    """How to sample; the defaults leave the model's own distribution. top_k 0 cuts nothing."""

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0


def check_rules(rules: Rules) -> None:
    """Raise ValueError, with its name, where a setting has no sense."""
    if not 0 < rules.temperature < np.inf:
        raise ValueError(
            f"temperature is {rules.temperature}, it must be above 0 (greedy is the limit)"
        )
    check_whole("top_k", rules.top_k, 0)
    if not 0 < rules.top_p <= 1:
        raise ValueError(f"top_p is {rules.top_p}, it must be above 0 and at most 1")
    if not 0 <= rules.min_p <= 1:
        raise ValueError(f"min_p is {rules.min_p}, it must be from 0 to 1")
    check_positive("repetition_penalty", rules.repetition_penalty)


def check_logits(logits: Array) -> Array:
    """The logits (B, V) as float64. Raises ValueError on NaN, +inf, or a row of -inf alone."""
    check_shapes("logits (B, V)", logits)
    logits = np.asarray(logits, np.float64)
    highest = logits.max(axis=1)  # a NaN is its row's maximum
    if not np.isfinite(highest).all():
        row = int(np.argmin(np.isfinite(highest)))
        if highest[row] == -np.inf:
            raise ValueError(f"row {row}: every token is forbidden, there is none to choose")
        raise ValueError(f"row {row}: the logits hold {highest[row]}, the weights are damaged")
    return logits


def greedy(logits: Array) -> Array:
    """The likeliest token of each row, the smallest id of equals: (B, V) -> (B,)."""
    return np.argmax(check_logits(logits), axis=1)


def distributions(logits: Array, rules: Rules, seen: Array | None = None) -> Array:
    """P of each token by the rules: (B, V) -> (B, V). seen (B, V) bool marks what was written."""
    check_rules(rules)
    logits = check_logits(logits)
    if rules.repetition_penalty != 1 and seen is not None:
        penalised = np.where(
            logits > 0, logits / rules.repetition_penalty, logits * rules.repetition_penalty
        )
        logits = np.where(seen, penalised, logits)
    p = softmax(logits / rules.temperature)
    if rules.top_k or rules.top_p < 1:
        p = without_tail(p, rules.top_k, rules.top_p)
    if rules.min_p:
        p = np.where(p >= rules.min_p * p.max(axis=1, keepdims=True), p, 0)
        p /= p.sum(axis=1, keepdims=True)
    return p


def without_tail(p: Array, k: int, share: float) -> Array:
    """The k likeliest tokens of each row, of these the smallest set that holds the share."""
    order = np.argsort(-p, axis=1, kind="stable")  # (B, V)
    ranked = np.take_along_axis(p, order, axis=1)
    if k:
        ranked[:, k:] = 0
        ranked /= ranked.sum(axis=1, keepdims=True)
    if share < 1:
        held = np.cumsum(ranked, axis=1)  # with the token itself; those before it: one to the left
        ranked[:, 1:][held[:, :-1] >= share] = 0
    ranked /= ranked.sum(axis=1, keepdims=True)
    out = np.empty_like(p)
    np.put_along_axis(out, order, ranked, axis=1)
    return out


def draw(p: Array, numbers: Array) -> Array:
    """For each row the token at which its running sum passes its number in [0, 1): -> (B,).

    A token of probability 0 is never drawn.

    >>> draw(np.array([[0.0, 0.5, 0.5], [0.0, 0.5, 0.5]]), np.array([0.0, 0.7])).tolist()
    [1, 2]
    """
    check_shapes("p (B, V), numbers (B,)", p, numbers)
    if not np.all((numbers >= 0) & (numbers < 1)):
        raise ValueError("a drawn number is not from 0 to below 1")
    total = np.cumsum(p, axis=1)
    passed = total > (numbers * total[:, -1])[:, None]  # (B, V), False and then True
    last = p.shape[1] - 1 - np.argmax(p[:, ::-1] > 0, axis=1)  # where rounding passes nothing
    return np.where(passed.any(axis=1), np.argmax(passed, axis=1), last)
