"""Learning-rate schedules: the rate of a step, counted from 0; earned in block 04."""

import math

from shared.checks import check_range


def step_schedule(step: int, *, start: float, every: int, factor: float) -> float:
    """start * factor^(step // every): a staircase.

    >>> [step_schedule(t, start=1.0, every=10, factor=0.5) for t in (0, 9, 10, 25)]
    [1.0, 1.0, 0.5, 0.25]
    """
    check_range("step", step, 0, math.inf)
    check_range("every", every, 1, math.inf)
    return start * factor ** (step // every)


def cosine_schedule(
    step: int, *, peak: float, total: int, warmup: int = 0, final: float = 0.0
) -> float:
    """Up along a line for `warmup` steps, then down along half a cosine from peak to final.

    Source: Loshchilov and Hutter 2017, eq. 5, one cycle.

    >>> [round(cosine_schedule(t, peak=1.0, total=12, warmup=2), 3) for t in (0, 1, 2, 7, 12, 20)]
    [0.5, 1.0, 1.0, 0.5, 0.0, 0.0]
    """
    check_range("step", step, 0, math.inf)
    check_range("warmup", warmup, 0, math.inf)
    check_range("total", total, 1, math.inf)
    if step < warmup:
        return peak * (step + 1) / warmup
    progress = min((step - warmup) / max(total - warmup, 1), 1.0)
    return final + (peak - final) * (1 + math.cos(math.pi * progress)) / 2
