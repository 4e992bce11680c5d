"""The experiments of block 05: one entry, one claim, one results/<name>.json, in reading order."""

from block05_embeddings.experiments import analogies, learning, nearness, retrieving, windows

EXPERIMENTS = [
    windows.windows,
    windows.text_amount,
    nearness.cosine,
    nearness.swapping,
    learning.learned_table,
    analogies.analogies,
    analogies.failed_analogies,
    retrieving.retrieval,
]
