"""Against learning the training set by heart: L2, decoupled weight decay, dropout.

With plain SGD an L2 penalty and decoupled decay are one thing: both take learning_rate lambda w off
the weight. With Adam they are not: the penalty's gradient is divided by sqrt(s) like the rest.
"""

import numpy as np

from block04_training.optimizers import adam

# --- weight decay --------------------------------------------------------------------------------


def l2_penalty(w, strength):
    """(lambda / 2) |w|^2, added to the loss. Biases are left out by not passing them.

    Raises ValueError where lambda is not at least 0: it would reward large weights.
    """
    if not 0 <= strength < np.inf:
        raise ValueError(f"the strength is {strength}, it must be at least 0 and finite")
    w = np.asarray(w, dtype=np.float64)  # whole numbers would overflow when squared
    return float(strength / 2 * np.sum(w * w))


def l2_gradient(w, strength):
    """d penalty / dw = lambda w, added to the loss's gradient; the optimizer sees the sum."""
    return strength * w


def adam_with_l2(w, g, state=(0.0, 0.0, 0), *, learning_rate, weight_decay, **rest):
    """Adam on the loss with the penalty in it. Compare adamw: one line differs.

    Where the loss has no slope, g is lambda w alone and Adam divides lambda out again: the weight
    shrinks by learning_rate a step, however small lambda is.
    """
    return adam(w, g + l2_gradient(w, weight_decay), state, learning_rate=learning_rate, **rest)


# --- dropout -------------------------------------------------------------------------------------


def check_rate(dropout_rate):
    """Raise ValueError where the rate is not in [0, 1)."""
    if not 0 <= dropout_rate < 1:
        raise ValueError(f"the dropout rate is {dropout_rate}, it must be at least 0 and below 1")


def dropout_mask(shape, dropout_rate, rng):
    """0 with probability `dropout_rate`, else 1 / (1 - dropout_rate): every element has the mean 1.

    Raises ValueError where the rate is not in [0, 1).
    """
    check_rate(dropout_rate)
    return (rng.random(shape) >= dropout_rate) / (1 - dropout_rate)


def dropout(x, dropout_rate, rng, training):
    """Training: x times a new mask. Evaluation: x as it is, since the mask's mean is 1.

    Returns (y, mask); the mask is 1 in evaluation.
    Source: Srivastava et al. 2014, section 10, inverted form.
    """
    check_rate(dropout_rate)
    mask = dropout_mask(np.shape(x), dropout_rate, rng) if training else np.ones(np.shape(x))
    return x * mask, mask


def dropout_backward(dy, mask):
    """dx = dy mask: what was switched off learns nothing from this batch."""
    return dy * mask
