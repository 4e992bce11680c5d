"""The next token's logits by a full pass over all that the model sees: what a cache saves."""

import numpy as np

from block10_llm_reality.decoding.writing import NextLogits, window_start
from shared import gpt


def next_logits(shape: gpt.Shape, parameters: gpt.Arrays) -> NextLogits:
    """ids (T,) -> logits (V,), by shared.gpt.forward over the window: O(T) rows for one token."""

    def of(ids: np.ndarray) -> np.ndarray:
        window = ids[window_start(len(ids), shape.context) :]
        logits, _ = gpt.forward(shape, parameters, [window])  # (T, V)
        return logits[-1]

    return of


def cache_numbers(shape: gpt.Shape, length: int) -> int:
    """How many numbers a cache of this length holds: a key and a value per layer and channel."""
    return 2 * shape.layers * length * shape.channels


def multiplications(shape: gpt.Shape, length: int, cached: bool) -> int:
    """Multiplications of matrices for the token after `length` others.

    Each row that is computed: 12 C^2 a layer; its attention: 2 C for each token it sees. Without
    a cache there are length + 1 rows, with one a single row; the head is needed once.
    """
    C, rows = shape.channels, [length] if cached else range(length + 1)
    inside = sum(12 * C * C + 2 * C * (before + 1) for before in rows)
    return shape.layers * inside + C * shape.vocabulary_size
