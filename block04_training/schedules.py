"""Around the training loop: the learning rate of each step, clipping, and when to stop."""

import math

import numpy as np

# --- schedules: step 0, 1, ... -> a factor on the learning rate, from 1 down ----------------------


def step_decay(step, *, every, factor):
    """factor^(step // every): a staircase.

    >>> [step_decay(t, every=10, factor=0.5) for t in (0, 9, 10, 25)]
    [1.0, 1.0, 0.5, 0.25]
    """
    return factor ** (step // every)


def cosine(step, *, total):
    """(1 + cos(pi step / total)) / 2: level at first, steep in the middle, level at 0 in the end.

    Source: Loshchilov and Hutter 2017, eq. 5, one cycle.

    >>> [round(cosine(t, total=10), 3) for t in (0, 5, 10, 11)]
    [1.0, 0.5, 0.0, 0.0]
    """
    return (1 + math.cos(math.pi * min(step / total, 1))) / 2


def warmup(step, *, steps, after):
    """(step + 1) / steps on a line up to 1, then the schedule `after`, counted from there.

    Source: Goyal et al. 2017, section 2.2.

    >>> [warmup(t, steps=4, after=lambda t: cosine(t, total=2)) for t in (0, 3, 4, 5, 6)]
    [0.25, 1.0, 1.0, 0.5, 0.0]
    """
    return (step + 1) / steps if step < steps else after(step - steps)


# --- gradient clipping ---------------------------------------------------------------------------


def clip_by_norm(gradients, largest):
    """All gradients shortened by one factor so that together they are at most `largest` long.

    One factor for all keeps the direction. Returns the new list and the length there was.
    Raises ValueError on a NaN or an infinity: no factor mends those.
    Source: Pascanu, Mikolov and Bengio 2013, algorithm 1.

    >>> clip_by_norm([np.array([3.0, 0.0]), np.array([4.0])], 1.0)[1]
    5.0
    """
    norm = math.sqrt(sum(float(np.sum(g * g)) for g in gradients))
    if not math.isfinite(norm):
        raise ValueError(f"the gradients are {norm} long together: one of them is not finite")
    factor = min(1.0, largest / norm) if norm > 0 else 1.0
    return [g * factor for g in gradients], norm


# --- early stopping ------------------------------------------------------------------------------


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
        if patience < 1:
            raise ValueError(f"patience is {patience}, it must be at least 1")
        self.patience = patience
        self.waited = 0
        self.best_loss = math.inf
        self.best_weights = None

    def should_stop(self, validation_loss, weights):
        """Note one check. The best weights are copied: training goes on and changes its own.

        A NaN is never better, so a run that has broken down stops after `patience` checks.
        """
        self.waited += 1
        if validation_loss < self.best_loss:
            self.best_loss, self.best_weights, self.waited = validation_loss, np.array(weights), 0
        return self.waited >= self.patience
