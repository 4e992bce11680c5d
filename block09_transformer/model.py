"""The decoder-only transformer, from tokens to logits: read it from top to bottom.

    ids       The    dog   sat         a story's tokens, one number each
    x          |      |     |          each token's row of a table, plus its predecessors' rows
    block 0    |  <-  |  <- |          attention looks back, the MLP thinks, both add to x
    block 1    |  <-  |  <- |
    logits    dog    sat   down        what comes next, at every place at once

One story at a time, one head at a time. `shared.gpt` is the same model for many stories at once.
Hold picoGPT (Jay Mody 2023) beside it. Left out: dropout, biases of the matrices.

Letters: T tokens, C channels, V vocabulary.
"""

from typing import NamedTuple

import numpy as np

from block09_transformer.block import Block
from block09_transformer.positions import sinusoidal
from shared.checks import check_ids
from shared.functional import cross_entropy
from shared.layers import Embedding, LayerNorm, Linear
from shared.operations import concatenate

POSITIONS = ("rotary", "learned", "sinusoidal", "none")
EMBEDDING_DEVIATION = 0.09  # logits of a tied model then begin with a deviation of about 1
MATRIX_DEVIATION = 0.05


class Shape(NamedTuple):
    """What the model consists of."""

    vocabulary_size: int
    channels: int = 128
    layers: int = 3
    heads: int = 4
    context: int = 512  # the longest story; learned positions are made for so many tokens
    positions: str = "rotary"
    tied: bool = True  # one table for tokens that come in and tokens that go out
    shift: int = 4  # so many predecessors are added to each embedding
    causal: bool = True
    norms: str = "pre"
    residual: bool = True


class Transformer:
    """The whole model. Its parameters are leaves: shared.layers.parameters finds them by name."""

    def __init__(self, shape, rng, dtype=np.float64):
        if shape.positions not in POSITIONS:
            raise ValueError(f"positions are {shape.positions!r}, expected one of {POSITIONS}")
        V, C = shape.vocabulary_size, shape.channels

        def table(rows):
            return Embedding(rows, C, rng, deviation=EMBEDDING_DEVIATION, dtype=dtype)

        self.shape = shape
        self.embedding = table(V)
        self.shift = [table(V) for _ in range(shape.shift)]
        self.positions = table(shape.context) if shape.positions == "learned" else None
        self.blocks = [
            Block(C, shape.heads, rng, MATRIX_DEVIATION, dtype, shape.norms, shape.residual)
            for _ in range(shape.layers)
        ]
        self.norm = LayerNorm(C, dtype)
        self.head = None
        if not shape.tied:
            self.head = Linear(C, V, rng, deviation=MATRIX_DEVIATION, bias=False, dtype=dtype)

    def __call__(self, ids):
        """Logits of the token after each: ids (T,)  ->  (T, V)."""
        return self.look(ids)[0]

    def look(self, ids):
        """The same, and each head's attention weights: (T, V), [layers x heads x (T, T)]."""
        ids = check_ids("ids", ids, self.shape.vocabulary_size)
        if not 1 <= len(ids) <= self.shape.context:
            raise ValueError(f"{len(ids)} tokens, this model takes 1 to {self.shape.context}")
        x, seen = self.embed(ids), []  # (T, C)
        for block in self.blocks:
            x, weights = block(x, self.shape.positions == "rotary", self.shape.causal)  # (T, C)
            seen.append(weights)
        x = self.norm(x)  # (T, C)
        logits = x @ self.embedding.table.T if self.head is None else self.head(x)  # (T, V)
        return logits, seen

    def embed(self, ids):
        """The token's row + its predecessors' rows, each distance from its own table + position.

        The predecessors are a *token shift*: a convolution over the last few tokens. A head that
        looks for the place after an earlier "named" finds it at once, since that place carries
        what stood before it. Source: Elhage et al. 2021, where a head of a first layer does that.
        """
        x = self.embedding(ids)  # (T, C)
        for k, table in enumerate(self.shift[: len(ids) - 1], start=1):
            none = np.zeros((k, self.shape.channels), x.dtype)  # the first k have no predecessor
            x = x + concatenate([none, table(ids[:-k])])
        if self.positions is not None:
            x = x + self.positions(np.arange(len(ids)))
        elif self.shape.positions == "sinusoidal":
            x = x + sinusoidal(len(ids), self.shape.channels)
        return x

    def loss(self, inputs, targets):
        """Mean of -ln P(next token) over the tokens of several stories: lists of (T,) -> nats."""
        total = sum(len(ids) for ids in inputs)
        parts = [
            cross_entropy(self(ids), wanted) * (len(ids) / total)
            for ids, wanted in zip(inputs, targets)
        ]
        return sum(parts[1:], parts[0])
