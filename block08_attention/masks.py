"""Masks: who may look where. True: allowed; False: the weight is 0, exactly.

A mask is boolean and fits the scores (..., T, S): T who look, S that are looked at. Two masks are
joined by &. Left out: masks of numbers that are added to the scores (ALiBi and the like).
"""

import numpy as np

from shared.checks import ShapeError, as_labels, check_whole


def causal_mask(length):
    """Row t is True up to column t: the past and oneself, and nothing that comes later. (T, T)

    >>> causal_mask(3).astype(int).tolist()
    [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    """
    length = check_whole("length", length)
    return np.tril(np.ones((length, length), dtype=bool))


def padding_mask(lengths, size):
    """True where a sequence has not ended: lengths (N,) -> (N, 1, size), the same for every row.

    Sequences of one batch are filled up to one size; nobody may look at what was filled in. A
    sequence of length 0 has nothing to look at; what its rows get is said in attention.py.

    >>> padding_mask([1, 3], 3).astype(int).tolist()
    [[[1, 0, 0]], [[1, 1, 1]]]
    """
    size = check_whole("size", size)
    lengths = as_labels("lengths", lengths, size + 1)
    return (np.arange(size) < lengths[:, None])[:, None, :]


def check_mask(mask, shape):
    """The mask as an array that fits scores of this shape (..., T, S).

    Raises TypeError where it is not boolean (0 and 1, or -1e9, could mean either thing), ShapeError
    where it does not fit.

    >>> check_mask(np.ones((2, 2), dtype=bool), (5, 3, 4))
    Traceback (most recent call last):
    ...
    shared.checks.ShapeError: the mask has shape (2, 2), the scores have (5, 3, 4)
    """
    mask = np.asarray(mask)
    if mask.dtype != bool:
        raise TypeError(f"the mask is {mask.dtype}, expected bool: True where looking is allowed")
    try:
        fits = np.broadcast_shapes(mask.shape, shape) == tuple(shape) and mask.ndim >= 2
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(f"the mask has shape {mask.shape}, the scores have {tuple(shape)}")
    return mask
