"""Backward passes of two tanh layers with one mistake each, and the right one.

Each takes and gives what `many_layers.backward` does. The mistakes are ones that people make; the
last two are no slips but other ways to train.
"""

import numpy as np

from block03_mlp_manual.initialisation import xavier
from block03_mlp_manual.many_layers import backward
from shared.seeding import stream


def forgets_the_slope(layers, cache, doutputs, activation):
    """dz1 = da1, as if tanh were the identity."""
    (X, _), (a1, _) = cache
    dz1 = doutputs @ layers[1][0].T  # (N, H)
    return [(X.T @ dz1, dz1.sum(axis=0)), (a1.T @ doutputs, doutputs.sum(axis=0))]


def slope_at_the_output(layers, cache, doutputs, activation):
    """f'(a1) in place of f'(z1): the slope is taken at the wrong point."""
    (X, _), (a1, outputs) = cache
    return backward(layers, [(X, a1), (a1, outputs)], doutputs, activation)


def forgets_the_mean(layers, cache, doutputs, activation):
    """Gradients of the sum over the batch, not of its mean."""
    return backward(layers, cache, len(doutputs) * doutputs, activation)


def bias_takes_the_mean(layers, cache, doutputs, activation):
    """db2 = mean over the batch, though doutputs has its 1/N already."""
    first, (dW2, _) = backward(layers, cache, doutputs, activation)
    return [first, (dW2, doutputs.mean(axis=0))]


def wrong_sign_in_the_first_layer(layers, cache, doutputs, activation):
    """The first layer climbs."""
    (dW1, db1), second = backward(layers, cache, doutputs, activation)
    return [(-dW1, -db1), second]


def frozen_first_layer(layers, cache, doutputs, activation):
    """dW1 = 0: the second layer alone learns."""
    (dW1, db1), second = backward(layers, cache, doutputs, activation)
    return [(0 * dW1, 0 * db1), second]


def forgets_the_first_bias(layers, cache, doutputs, activation):
    """db1 = 0."""
    (dW1, db1), second = backward(layers, cache, doutputs, activation)
    return [(dW1, 0 * db1), second]


def feedback_alignment(layers, cache, doutputs, activation):
    """The error comes back along fixed random weights in place of W2.

    Source: Lillicrap et al. 2016, where it is meant.
    """
    first, (W2, b2) = layers
    other = xavier(*W2.shape, stream(0, "feedback", *W2.shape))
    return backward([first, (other, b2)], cache, doutputs, activation)


def noise(layers, cache, doutputs, activation):
    """Random numbers of the gradient's size: what one published program really does."""
    rng = stream(0, "noise", *doutputs.shape, float(doutputs.sum()), float(doutputs[0, 0]))
    gradients = backward(layers, cache, doutputs, activation)
    return [tuple(np.std(g) * rng.standard_normal(g.shape) for g in pair) for pair in gradients]


MISTAKES = {
    "right": backward,
    "forgets the slope": forgets_the_slope,
    "slope at the output": slope_at_the_output,
    "forgets the mean": forgets_the_mean,
    "bias takes the mean": bias_takes_the_mean,
    "wrong sign in the first layer": wrong_sign_in_the_first_layer,
    "frozen first layer": frozen_first_layer,
    "forgets the first bias": forgets_the_first_bias,
    "error back through other weights": feedback_alignment,
    "noise": noise,
}
