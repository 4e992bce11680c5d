"""Is a gradient right? Nudge one number up and down and see what the loss does.

    dL/dp  is about  (L(p + h) - L(p - h)) / 2h

The error of this estimate falls like h^2, and the rounding of L, divided by 2h, grows as h
shrinks; h = 1e-5 lies between. It needs two forward passes for every number, so it is for small
networks and for tests. shared.checks has the same for functions of one array, and the relative
error, |claimed - measured| / max(|claimed|, |measured|) with the norms over all elements.
"""

import numpy as np

from shared.checks import check_finite, check_positive, check_step, relative_error


def central_difference(loss, parameter, index, step=1e-5):
    """(L(p + h) - L(p - h)) / 2h for the one number p = parameter[index].

    loss() is called without arguments and reads `parameter`, which is nudged in place and put
    back, also where loss() raises. 2h is the distance really gone, after rounding.
    Raises TypeError where the parameter is not float64 (1e-5 is lost in float32) or the index
    names more than one number, ValueError where the number is so large that the step is lost.

    >>> p = np.array([3.0])
    >>> f"{central_difference(lambda: p[0] ** 2, p, 0):.6f}"
    '6.000000'
    """
    if parameter.dtype != np.float64:
        raise TypeError(f"gradients are checked in float64, the parameter is {parameter.dtype}")
    kept = parameter[index]
    if np.ndim(kept) != 0:
        raise TypeError(f"the index {index!r} names {np.shape(kept)} numbers, expected one")
    check_positive("step", step)
    check_step(kept, step)
    up, down = kept + step, kept - step
    try:
        parameter[index] = up
        above = loss()
        parameter[index] = down
        below = loss()
    finally:
        parameter[index] = kept
    return (above - below) / (up - down)


def numerical_gradient(loss, parameter, step=1e-5):
    """The central difference of every number of `parameter`: an array of its shape."""
    gradient = np.zeros(parameter.shape)
    for index in np.ndindex(parameter.shape):
        gradient[index] = central_difference(loss, parameter, index, step)
    return gradient


def check_gradients(loss, parameters, gradients, step=1e-5):
    """The relative error of each claimed gradient, array by array: a list of floats.

    Array by array, because in one long vector a large gradient hides a wrong small one.
    Below 1e-7 for a right gradient, 1 for a missing one, 2 for the wrong sign; a NaN is an error.
    """
    if len(parameters) != len(gradients):
        raise ValueError(f"{len(parameters)} parameters, but {len(gradients)} gradients")
    pairs = zip(parameters, gradients)
    return [relative_error(dp, numerical_gradient(loss, p, step)) for p, dp in pairs]


# --- when a check may be believed ----------------------------------------------------------------


def smallest_share(gradients):
    """The smallest norm of an array's gradient over the largest.

    Far below 1e-3 a difference of two losses no longer resolves the smallest one; where all are 0
    there is nothing to resolve, and the share is 0.
    """
    for gradient in gradients:
        check_finite("gradient", gradient)
    largest = max(np.abs(gradient).max() for gradient in gradients)
    if largest == 0:
        return 0.0
    norms = [np.linalg.norm(gradient / largest) for gradient in gradients]  # no square vanishes
    return float(min(norms) / max(norms))


def distance_to_kink(hidden_inputs):
    """The smallest |z| of all hidden units: a step across ReLU's kink measures neither slope."""
    for z in hidden_inputs:
        check_finite("z", z)
    return float(min(np.abs(z).min() for z in hidden_inputs))
