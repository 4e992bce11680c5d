"""Multi-head self-attention: each head asks a question of every earlier token, and takes an answer.

Letters: T tokens, C channels, H heads, D = C / H channels of one head.
"""

import numpy as np

from block09_transformer.positions import rotate
from shared.functional import softmax
from shared.layers import Linear
from shared.operations import concatenate, where


def causal_mask(length):
    """Whether token t may look at token s: yes if s <= t. -> (T, T) bool

    >>> causal_mask(3).astype(int).tolist()
    [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    """
    return np.tril(np.ones((length, length), dtype=bool))


def attend(queries, keys, values, causal=True):
    """softmax(Q K' / sqrt(D)) V: queries, keys, values (T, D)  ->  (T, D), weights (T, T).

    The product of two vectors of D independent numbers of variance 1 has variance D; divided by
    sqrt(D) it stays where softmax has a slope. Source: Vaswani et al. 2017, eq. 1.
    """
    T, D = queries.shape
    scores = queries @ keys.T / np.sqrt(D)  # (T, T): how well does token s answer token t?
    if causal:
        scores = where(causal_mask(T), scores, -np.inf)  # e^-inf = 0: the future has no weight
    weights = softmax(scores)  # (T, T), each row sums to 1
    return weights @ values, weights


class Head:
    """One head: its own questions, its own keys, its own answers, each a matrix (C, D)."""

    def __init__(self, channels, head_size, rng, deviation, dtype):
        def matrix():
            return Linear(channels, head_size, rng, deviation=deviation, bias=False, dtype=dtype)

        self.query, self.key, self.value = matrix(), matrix(), matrix()

    def __call__(self, x, rotary, causal=True):
        """x (T, C)  ->  (T, D), weights (T, T)."""
        queries, keys, values = self.query(x), self.key(x), self.value(x)  # (T, D) each
        if rotary:
            queries, keys = rotate(queries), rotate(keys)
        return attend(queries, keys, values, causal)


class MultiHead:
    """H heads side by side, each on C / H channels; a matrix mixes what they bring."""

    def __init__(self, channels, heads, rng, deviation, dtype):
        if channels % heads:
            raise ValueError(f"{heads} heads do not divide {channels} channels evenly")
        size = channels // heads
        self.heads = [Head(channels, size, rng, deviation, dtype) for _ in range(heads)]
        self.out = Linear(channels, channels, rng, deviation=deviation, bias=False, dtype=dtype)

    def __call__(self, x, rotary, causal=True):
        """x (T, C)  ->  (T, C), weights [H x (T, T)]."""
        found = [head(x, rotary, causal) for head in self.heads]
        together = concatenate([answer for answer, _ in found], axis=1)  # (T, C)
        return self.out(together), [weights for _, weights in found]
