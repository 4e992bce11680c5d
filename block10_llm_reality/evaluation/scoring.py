"""ln P of continuations under a model of shared.gpt: multiple choice and cloze go by it."""

from collections.abc import Callable, Sequence

import numpy as np

from block10_llm_reality.evaluation.metrics import bits_per_char
from shared import gpt
from shared.runtime import in_threads

Array = np.ndarray
Encode = Callable[[str], Array]
AT_ONCE = 8  # requests that go through the model together


def log_softmax(logits: Array) -> Array:
    """ln of the softmax of each row, in float64: (N, V) -> (N, V)."""
    logits = logits.astype(np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def log_likelihoods(
    shape: gpt.Shape, parameters: gpt.Arrays, encode: Encode, begin: int,
    requests: Sequence[tuple[str, str]],
) -> list[tuple[float, bool]]:
    """For each (context, continuation): ln P of the continuation's tokens, are they all greedy?

    Both parts are encoded apart, so that the continuation's tokens are the same for each context;
    the begin token stands first. What is too long for the model loses its beginning.
    Raises ValueError on an empty continuation.
    """

    def some(start: int) -> list[tuple[float, bool]]:
        found = []
        parts = [(encode(a), encode(b)) for a, b in requests[start : start + AT_ONCE]]
        if any(len(continuation) == 0 for _, continuation in parts):
            raise ValueError("a continuation has no token: there is nothing to score")
        ids = [np.concatenate([[begin], *part])[-shape.context - 1 :] for part in parts]
        logits, _ = gpt.forward(shape, parameters, [row[:-1] for row in ids])
        ends = np.cumsum([len(row) - 1 for row in ids])
        for row, end, (_, continuation) in zip(ids, ends, parts):
            K = min(len(continuation), len(row) - 1)
            log_p, targets = log_softmax(logits[end - K : end]), row[-K:]
            total = float(log_p[np.arange(K), targets].sum())
            found.append((total, bool((log_p.argmax(axis=1) == targets).all())))
        return found

    batches = in_threads(some, [(start,) for start in range(0, len(requests), AT_ONCE)])
    return [row for batch in batches for row in batch]


def bits_of_stories(
    shape: gpt.Shape, parameters: gpt.Arrays, encode: Encode, begin: int, stories: Sequence[str]
) -> float:
    """Bits per character of whole stories, each from the begin token on."""
    examples = [np.concatenate([[begin], encode(story)]) for story in stories]
    losses = gpt.token_losses(
        shape, parameters, [ids[:-1] for ids in examples], [ids[1:] for ids in examples]
    )
    return bits_per_char(float(np.concatenate(losses).sum()), "".join(stories))
