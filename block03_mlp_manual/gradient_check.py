"""Is a gradient right? Nudge one number up and down and see what the loss does.

    dL/dp  is about  (L(p + h) - L(p - h)) / 2h

The error of this estimate falls like h^2, and the rounding of L, divided by 2h, grows as h
shrinks; h = 1e-5 lies between. It needs two forward passes for every number, so it is for small
networks and for tests. shared.checks has the same for functions of one array.
"""

import numpy as np

from shared.checks import ShapeError, check_finite


def central_difference(loss, parameter, index, step=1e-5):
    """(L(p + h) - L(p - h)) / 2h for the one number p = parameter[index].

    loss() is called without arguments and reads `parameter`, which is nudged in place and put
    back.

    >>> p = np.array([3.0])
    >>> f"{central_difference(lambda: p[0] ** 2, p, 0):.6f}"
    '6.000000'
    """
    kept = parameter[index]
    parameter[index] = kept + step
    above = loss()
    parameter[index] = kept - step
    below = loss()
    parameter[index] = kept
    return (above - below) / (2 * step)


def numerical_gradient(loss, parameter, step=1e-5):
    """The central difference of every number of `parameter`: an array of its shape.

    Raises TypeError where the parameter is not float64: 1e-5 is lost in float32.
    """
    if parameter.dtype != np.float64:
        raise TypeError(f"gradients are checked in float64, the parameter is {parameter.dtype}")
    gradient = np.zeros(parameter.shape)
    for index in np.ndindex(parameter.shape):
        gradient[index] = central_difference(loss, parameter, index, step)
    return gradient


def relative_error(claimed, measured):
    """|claimed - measured| / max(|claimed|, |measured|), the norms over all elements; 0 for 0, 0.

    About 1e-10 for a right gradient, 1 for a missing one, 2 for the wrong sign.
    Raises ShapeError where shapes differ, NonFiniteError on a NaN: it must not pass as small.

    >>> relative_error(np.array([3.0, 4.0]), np.array([-3.0, -4.0]))
    2.0
    """
    if claimed.shape != measured.shape:
        raise ShapeError(f"claimed has shape {claimed.shape}, measured has {measured.shape}")
    check_finite("claimed", claimed)
    check_finite("measured", measured)
    larger = max(np.linalg.norm(claimed), np.linalg.norm(measured))
    return float(np.linalg.norm(claimed - measured) / larger) if larger > 0 else 0.0


def check_gradients(loss, parameters, gradients, step=1e-5):
    """The relative error of each claimed gradient, array by array: a list of floats.

    Array by array, because in one long vector a large gradient hides a wrong small one.
    """
    if len(parameters) != len(gradients):
        raise ValueError(f"{len(parameters)} parameters, but {len(gradients)} gradients")
    pairs = zip(parameters, gradients)
    return [relative_error(dp, numerical_gradient(loss, p, step)) for p, dp in pairs]


# --- when a check may be believed ----------------------------------------------------------------


def smallest_share(gradients):
    """The smallest norm of an array's gradient over the largest.

    Far below 1e-3 a difference of two losses no longer resolves the smallest one.
    """
    norms = [np.linalg.norm(gradient) for gradient in gradients]
    return float(min(norms) / max(norms))


def distance_to_kink(hidden_inputs):
    """The smallest |z| of all hidden units: a step across ReLU's kink measures neither slope."""
    return float(min(np.abs(z).min() for z in hidden_inputs))
