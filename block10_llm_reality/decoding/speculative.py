"""Speculative decoding: a cheap draft guesses some tokens, one pass of the model judges them all.

A drafted token x is kept with probability min(1, p(x) / q(x)), p the model's distribution and q
the draft's. At the first refusal the token is drawn from max(p - q, 0), renormalised, and the
rest of the draft is thrown away. What comes out is distributed as p alone would have it:

    P(x) = q(x) min(1, p(x) / q(x)) + (1 - sum_y min(p(y), q(y))) max(p(x) - q(x), 0) / Z
         = min(p(x), q(x)) + max(p(x) - q(x), 0) = p(x),   since Z = 1 - sum_y min(p(y), q(y)).

A good draft is accepted often, so that one pass gives several tokens; a bad one costs time, and
never changes what is written. Source: Leviathan, Kalman and Matias 2023; Chen et al. 2023.
"""

from collections.abc import Callable, Sequence

import numpy as np

from block10_llm_reality.decoding.drawing import draw

Array = np.ndarray


def residual(p: Array, q: Array) -> Array:
    """max(p - q, 0) / its sum: where the model wants more than the draft gave. (V,), (V,) -> (V,)

    >>> residual(np.array([0.5, 0.5, 0.0]), np.array([0.2, 0.7, 0.1])).tolist()
    [1.0, 0.0, 0.0]
    """
    rest = np.maximum(p - q, 0)
    total = rest.sum()
    return rest / total if total > 0 else p  # p is q, up to rounding: nothing is ever refused


def judge(p: Array, q: Array, drafted: Sequence[int], numbers: Sequence[float]) -> list[int]:
    """The tokens that come of a draft of K: the accepted ones, and one more.

    p (K + 1, V) is the model's distribution at each place and after the last, q (K, V) the
    draft's; numbers (K + 1,) in [0, 1): one to accept each token, the last one to draw with.
    """
    for k, token in enumerate(drafted):
        if numbers[k] * q[k, token] >= p[k, token]:  # u >= p / q
            return [*drafted[:k], draw(residual(p[k], q[k]), numbers[-1])]
    return [*drafted, draw(p[len(drafted)], numbers[-1])]


def speculate(
    model: Callable[[list[int], int], Array], draft: Callable[[list[int]], Array],
    prompt: Sequence[int], most: int, length: int, rng: np.random.Generator,
) -> tuple[list[int], int]:
    """`most` new tokens, and how many passes of the model they took.

    model(ids, n) gives the distributions (n, V) after each of the last n prefixes of ids, in one
    pass; draft(ids) that of the next token (V,). The draft guesses `length` tokens a time.
    """
    ids, passes, end = list(prompt), 0, len(prompt) + most
    while len(ids) < end:
        q, guesses = [], ids.copy()
        for _ in range(length):
            q.append(draft(guesses))
            guesses.append(draw(q[-1], rng.random()))
        p = model(guesses, length + 1)  # (K + 1, V)
        passes += 1
        ids += judge(p, np.array(q), guesses[len(ids) :], rng.random(length + 1).tolist())
    return ids[len(prompt) : end], passes
