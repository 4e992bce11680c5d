"""Writing: draw the next token, append it, ask again."""

import numpy as np

from shared.losses import softmax


def draw(logits, number, temperature=1.0):
    """The token at which the running sum of softmax(logits / temperature) passes `number`.

    logits (V,), number in [0, 1). A token of probability 0 is never drawn.

    >>> draw(np.log([0.5, 0.25, 0.25]), 0.6)
    1
    """
    p = softmax(np.asarray(logits, np.float64) / temperature)  # (V,)
    total = np.cumsum(p)
    return min(int(np.searchsorted(total, number * total[-1], side="right")),
               int(np.flatnonzero(p)[-1]))


def write(next_logits, ids, most, rng, stop=(), temperature=1.0):
    """Up to `most` tokens more, the one of `stop` that ends it included: list of ids -> list.

    next_logits maps the ids so far to the logits (V,) of what comes next.
    """
    ids = list(ids)
    for _ in range(most):
        ids.append(draw(next_logits(np.array(ids)), rng.random(), temperature))
        if ids[-1] in stop:
            break
    return ids
