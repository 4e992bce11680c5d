"""Layer norm and batch norm: give numbers the mean 0 and the variance 1, forward and backward.

Both are one formula along another axis of x (N, C): layer norm takes each row, an example, by
itself; batch norm takes each column, a channel, over the whole batch. Then a learned gain and bias
(C,) give each channel back its own scale. Batch norm has to remember mean and variance for the day
when there is one example and no batch.
"""

import numpy as np

from shared.checks import check_finite, check_shapes

EPSILON = 1e-5  # keeps a constant row from dividing by zero


def normalise(x, axis):
    """n = (x - mean) / deviation along the axis, deviation = sqrt(variance + epsilon).

    -> n like x, deviation with that axis of size 1
    """
    deviation = np.sqrt(x.var(axis=axis, keepdims=True) + EPSILON)
    return (x - x.mean(axis=axis, keepdims=True)) / deviation, deviation


def normalise_backward(dn, n, deviation, axis):
    """dx = (dn - mean(dn) - n mean(dn n)) / deviation.

    x reaches n on three ways: directly, through the mean (what all of dn share is taken off) and
    through the deviation (what points along n is taken off). The README derives it.
    """
    shared_part = dn.mean(axis=axis, keepdims=True)
    along_n = (dn * n).mean(axis=axis, keepdims=True)
    return (dn - shared_part - n * along_n) / deviation


def norm(x, gain, bias, axis):
    """y = gain n + bias with n normalised along the axis: x (N, C), gain (C,), bias (C,).

    Returns y (N, C) and what the backward pass needs.
    Raises ValueError where shapes do not fit or x is empty, NonFiniteError on NaN.
    """
    x = np.asarray(x, dtype=np.float64)  # float32 sums of equal numbers round to another mean
    check_shapes("x (N, C), gain (C,), bias (C,)", x, gain, bias)
    check_finite("x", x)
    if x.size == 0:
        raise ValueError(f"x has shape {x.shape}: there are no numbers to normalise")
    n, deviation = normalise(x, axis)
    check_finite("the deviation (the numbers are too large to square)", deviation)
    return n * gain + bias, (n, deviation, gain, axis)


def norm_backward(dy, kept):
    """dy (N, C)  ->  dx (N, C), dgain (C,), dbias (C,)"""
    n, deviation, gain, axis = kept
    dx = normalise_backward(dy * gain, n, deviation, axis)
    return dx, (dy * n).sum(axis=0), dy.sum(axis=0)


def layer_norm(x, gain, bias):
    """Each row by itself. Source: Ba, Kiros and Hinton 2016, eq. 4."""
    return norm(x, gain, bias, axis=1)


class BatchNorm:
    """Each column over the batch, with running statistics for evaluation.

    gain and bias (C,) are learned; mean and variance (C,) follow those of the batches:
    running <- (1 - share) running + share batch. The running variance takes the batch's sum of
    squares over N - 1, an unbiased guess at the variance of all data; the batch itself is divided
    by the one over N. PyTorch does the same.
    Source: Ioffe and Szegedy 2015, algorithms 1 and 2.
    """

    def __init__(self, channels, share=0.1):
        if channels < 1 or not 0 < share <= 1:
            raise ValueError(f"{channels} channels at a share of {share}: at least 1, in (0, 1]")
        self.gain, self.bias = np.ones(channels), np.zeros(channels)
        self.mean, self.variance = np.zeros(channels), np.ones(channels)
        self.share = share

    def forward(self, x):
        """Training: normalise x (N, C) by its own statistics, and let the running ones follow.

        Returns y (N, C) and what `norm_backward` needs.
        Raises ValueError on one row: a number minus its own mean is 0, whatever it was.
        """
        x = np.asarray(x, dtype=np.float64)
        if len(x) < 2:
            raise ValueError(f"batch norm trains on batches of at least 2 rows, got {len(x)}")
        y, kept = norm(x, self.gain, self.bias, axis=0)
        self.mean = (1 - self.share) * self.mean + self.share * x.mean(axis=0)
        self.variance = (1 - self.share) * self.variance + self.share * x.var(axis=0, ddof=1)
        return y, kept

    def evaluate(self, x):
        """Evaluation: the running statistics in place of the batch's; any number of rows."""
        x = np.asarray(x, dtype=np.float64)
        check_shapes("x (N, C), gain (C,)", x, self.gain)
        check_finite("x", x)
        n = (x - self.mean) / np.sqrt(self.variance + EPSILON)
        return n * self.gain + self.bias
