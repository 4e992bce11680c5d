"""Attention: a weighted average in place of a memory, forward and backward by hand."""
