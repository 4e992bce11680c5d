"""How a model's logits become a text: rules, drawing, writing, beams, drafts, and what it is like.

One sequence and one full pass per token, to be read. shared.generate does the same for a batch,
with a cache.
"""
