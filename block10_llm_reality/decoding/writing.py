"""Writing: one full pass for each token, the drawn numbers given; stop texts; the context's end."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from block10_llm_reality.decoding.drawing import draw, greedy
from block10_llm_reality.decoding.rules import Rules, distribution
from shared.checks import check_ids

Array = np.ndarray
NextLogits = Callable[[Array], Array]  # ids (T,) -> logits (V,) of the token after them


# --- past the end of the context -----------------------------------------------------------------


def window_start(length: int, context: int) -> int:
    """The first of `length` tokens that the model still sees.

    All of them while they fit. Each time the context is full, its older half is forgotten, and
    the model reads what is left as a text that begins there. (Forgetting one token at a time
    would move every token's position at every step, and nothing could be kept from step to step.)

    >>> [window_start(length, 4) for length in (3, 4, 5, 6, 7)]
    [0, 0, 2, 2, 4]
    """
    half = max(context // 2, 1)
    return -(-max(length - context, 0) // half) * half


# --- stop texts ----------------------------------------------------------------------------------


def stopped_at(text: str, stops: Sequence[str]) -> int:
    """Where the first stop text begins, or -1. Tokens do not matter: a stop may span several.

    >>> stopped_at("She ran. END", ["END", "."])
    7
    """
    if "" in stops:
        raise ValueError("an empty stop text stops everywhere: leave it out")
    places = [place for stop in stops if (place := text.find(stop)) >= 0]
    return min(places, default=-1)


def safe_length(text: str, stops: Sequence[str]) -> int:
    """How much of the text may be shown now: no part that could become a stop text.

    >>> safe_length("She ran. EN", ["END"])
    9
    """
    for length in range(min(max(map(len, stops), default=0) - 1, len(text)), 0, -1):
        if any(stop.startswith(text[-length:]) and len(stop) > length for stop in stops):
            return len(text) - length
    return len(text)


# --- writing -------------------------------------------------------------------------------------


def write(
    next_logits: NextLogits, prompt: Array, most: int, rules: Rules | None,
    numbers: Iterator[float], *, ends: Sequence[int] = (), stops: Sequence[str] = (),
    decode: Callable[[Array], str] | None = None,
) -> list[int]:
    """Up to `most` new tokens: greedy where rules is None, else one drawn number for each.

    Ends after a token of `ends` (included), or when the decoded new text holds one of `stops`.
    Raises ValueError on an empty prompt.
    """
    ids = check_ids("prompt", prompt).tolist()
    if not ids:
        raise ValueError("the prompt is empty: give at least the begin token")
    start = len(ids)
    for _ in range(most):
        logits = next_logits(np.array(ids))
        if rules is None:
            ids.append(greedy(logits))
        else:
            ids.append(draw(distribution(logits, rules, ids), next(numbers)))
        if ids[-1] in ends:
            break
        if stops and decode and stopped_at(decode(np.array(ids[start:])), stops) >= 0:
            break
    return ids[start:]
