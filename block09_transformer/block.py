"""A transformer block: attention moves numbers between tokens, the MLP works on each by itself.

Both add to the *residual stream* x, which runs through the whole model; a layer norm stands before
each (pre-norm), after each (post-norm), or nowhere. Letters: T tokens, C channels.
"""

from block09_transformer.attention import MultiHead
from shared.functional import gelu
from shared.layers import LayerNorm, Linear

NORMS = ("pre", "post", "none")


class MLP:
    """gelu(x up) down, with four times as many hidden units as channels: (T, C) -> (T, C)."""

    def __init__(self, channels, rng, deviation, dtype):
        start = {"deviation": deviation, "bias": False, "dtype": dtype}
        self.up = Linear(channels, 4 * channels, rng, **start)
        self.down = Linear(4 * channels, channels, rng, **start)

    def __call__(self, x):
        return self.down(gelu(self.up(x)))  # (T, C) -> (T, 4C) -> (T, C)


class Block:
    """x + attention(norm(x)), then x + MLP(norm(x)).

    With the norm in front, x itself is passed on untouched, whatever the block does: the gradient
    of the loss reaches every layer along that sum. Sources: Vaswani et al. 2017, section 3.1, with
    the norm behind; Radford et al. 2019, section 2.3, with the norm in front.
    """

    def __init__(self, channels, heads, rng, deviation, dtype, norms="pre", residual=True):
        if norms not in NORMS:
            raise ValueError(f"norms are {norms!r}, expected one of {NORMS}")
        self.norms, self.residual = norms, residual
        self.norm1 = LayerNorm(channels, dtype)
        self.attention = MultiHead(channels, heads, rng, deviation, dtype)
        self.norm2 = LayerNorm(channels, dtype)
        self.mlp = MLP(channels, rng, deviation, dtype)

    def __call__(self, x, rotary, causal=True):
        """x (T, C)  ->  (T, C), weights [H x (T, T)]."""
        seen = self.norm1(x) if self.norms == "pre" else x
        change, weights = self.attention(seen, rotary, causal)
        x = self.joined(x, change, self.norm1)
        seen = self.norm2(x) if self.norms == "pre" else x
        return self.joined(x, self.mlp(seen), self.norm2), weights

    def joined(self, x, change, norm):
        """x + change, or the change alone; behind it the norm, where that is its place."""
        x = x + change if self.residual else change
        return norm(x) if self.norms == "post" else x
