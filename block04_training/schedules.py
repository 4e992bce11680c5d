"""Around the training loop: the learning rate of each step, clipping, and when to stop."""

import math

import numpy as np

# --- schedules: step 0, 1, ... -> a factor on the learning rate, from 1 down ----------------------


def check_at_least(name, value, lowest):
    """Raise ValueError unless value >= lowest; a NaN is not."""
    if not value >= lowest:
        raise ValueError(f"{name} is {value}, it must be at least {lowest}")


def step_decay(step, *, every, factor):
    """factor^(step // every): a staircase.

    >>> [step_decay(t, every=10, factor=0.5) for t in (0, 9, 10, 25)]
    [1.0, 1.0, 0.5, 0.25]
    """
    check_at_least("step", step, 0)
    check_at_least("every", every, 1)
    return factor ** (step // every)


def cosine(step, *, total):
    """(1 + cos(pi step / total)) / 2: level at first, steep in the middle, level at 0 in the end.

    Source: Loshchilov and Hutter 2017, eq. 5, one cycle.

    >>> [round(cosine(t, total=10), 3) for t in (0, 5, 10, 11)]
    [1.0, 0.5, 0.0, 0.0]
    """
    check_at_least("step", step, 0)
    check_at_least("total", total, 1)
    return (1 + math.cos(math.pi * min(step / total, 1))) / 2


def warmup(step, *, steps, after):
    """(step + 1) / steps on a line up to 1, then the schedule `after`, counted from there.

    Source: Goyal et al. 2017, section 2.2.

    >>> [warmup(t, steps=4, after=lambda t: cosine(t, total=2)) for t in (0, 3, 4, 5, 6)]
    [0.25, 1.0, 1.0, 0.5, 0.0]
    """
    check_at_least("step", step, 0)
    check_at_least("steps", steps, 0)
    return (step + 1) / steps if step < steps else after(step - steps)


# --- gradient clipping ---------------------------------------------------------------------------


def clip_by_norm(gradients, largest):
    """All gradients shortened by one factor so that together they are at most `largest` long.

    One factor for all keeps the direction. Returns the new list and the length there was.
    Raises ValueError on a NaN or an infinity: no factor mends those, and where largest is not
    above 0: a negative one would turn the gradients around.
    Source: Pascanu, Mikolov and Bengio 2013, algorithm 1.

    >>> clip_by_norm([np.array([3.0, 0.0]), np.array([4.0])], 1.0)[1]
    5.0
    """
    if not largest > 0:
        raise ValueError(f"the gradients are clipped to {largest}, it must be above 0")
    numbers = np.concatenate([np.ravel(g) for g in [*gradients, []]]).astype(np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError("one of the gradients is not finite: it holds a NaN or an infinity")
    unit = np.abs(numbers).max(initial=0.0) or 1.0  # the square of 1e200 would overflow
    norm = float(unit * np.linalg.norm(numbers / unit))
    factor = min(1.0, largest / norm) if norm > 0 else 1.0
    return [g * factor for g in gradients], norm


# --- early stopping ------------------------------------------------------------------------------


def copied(weights):
    """A copy of an array, or of a dict or list of arrays."""
    if isinstance(weights, dict):
        return {name: copied(array) for name, array in weights.items()}
    if isinstance(weights, list | tuple):
        return [copied(array) for array in weights]
    return np.array(weights)


class EarlyStopping:
    """Stop when the validation loss has not improved for `patience` checks; keep the best weights.

    stopping = EarlyStopping(patience=5)
    for epoch in ...:
        ...
        if stopping.should_stop(validation_loss, weights):
            break
    weights = stopping.best_weights
    """

    def __init__(self, patience):
        check_at_least("patience", patience, 1)
        self.patience = patience
        self.waited = 0
        self.best_loss = math.inf
        self.best_weights = None

    def should_stop(self, validation_loss, weights):
        """Note one check. The best weights are copied: training goes on and changes its own.

        weights: an array, or a dict or list of arrays. A NaN is never better, so a run that has
        broken down stops after `patience` checks.
        """
        self.waited += 1
        if validation_loss < self.best_loss:
            self.best_loss, self.best_weights, self.waited = validation_loss, copied(weights), 0
        return self.waited >= self.patience
