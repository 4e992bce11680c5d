"""A decoder-only transformer: tokens, positions, heads, blocks; and the same model, fast."""
