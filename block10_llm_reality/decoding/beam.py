"""Beam search: keep the few likeliest beginnings, and lengthen each of them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from shared.checks import check_ids, check_whole

Array = np.ndarray


class Beam(NamedTuple):
    """New tokens, the sum of their ln P, and whether an end token was written."""

    tokens: tuple[int, ...]
    log_p: float
    ended: bool

    def score(self, length_penalty: float) -> float:
        """ln P / length^penalty: at 0 the likelihood itself, at 1 the mean per token.

        Source: Wu et al. 2016, eq. 14, in its plain form.
        """
        return self.log_p / max(len(self.tokens), 1) ** length_penalty


def beam_search(
    log_probabilities: Callable[[Array], Array], prompt: Array, width: int, most: int,
    ends: Sequence[int] = (), length_penalty: float = 0.0,
) -> list[Beam]:
    """The `width` best continuations found, best first; at most `most` tokens each.

    log_probabilities maps ids (T,) to ln P of the next token (V,). Width 1 is greedy; a width of
    V^most keeps everything and finds the likeliest text. Equals by their tokens.
    """
    check_whole("width", width)
    prompt = check_ids("prompt", prompt)
    if len(prompt) == 0:
        raise ValueError("the prompt is empty: give at least the begin token")

    def best(beams: list[Beam]) -> list[Beam]:
        return sorted(beams, key=lambda b: (-b.score(length_penalty), b.tokens))[:width]

    beams = [Beam((), 0.0, False)]
    for _ in range(most):
        longer = [beam for beam in beams if beam.ended]
        for beam in beams:
            if not beam.ended:
                ids = np.concatenate([prompt, np.array(beam.tokens, np.int64)])
                log_p = np.asarray(log_probabilities(ids), np.float64)  # (V,)
                for token in np.argsort(-log_p, kind="stable")[:width].tolist():
                    tokens = (*beam.tokens, token)
                    longer.append(Beam(tokens, beam.log_p + float(log_p[token]), token in ends))
        beams = best(longer)
        if all(beam.ended for beam in beams):
            break
    return beams
