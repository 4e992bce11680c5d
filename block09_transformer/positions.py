"""Where a token stands: three ways to tell a model that would otherwise see a bag of tokens.

Attention compares queries with keys, and a sum over tokens does not know their order. So the order
is put into the numbers: added to the embeddings (sinusoidal, learned), or turned into the queries
and keys (rotary), so that their product depends on the distance alone.

Letters: T tokens, C channels, D channels of one head, m a position.
"""

import numpy as np

from shared.operations import stack


def frequencies(channels):
    """w_j = 10000^(-2j / C): from one radian a token to one in nearly 10,000. -> (C / 2,)"""
    return 10000.0 ** (-np.arange(0, channels, 2) / channels)


def sinusoidal(length, channels):
    """sin(m w_j) and cos(m w_j) in turn: a fixed row of numbers for every position. -> (T, C)

    Source: Vaswani et al. 2017, section 3.5.

    >>> sinusoidal(2, 2).round(3).tolist()
    [[0.0, 1.0], [0.841, 0.54]]
    """
    angles = np.outer(np.arange(length), frequencies(channels))  # (T, C / 2)
    table = np.empty((length, channels))
    table[:, 0::2] = np.sin(angles)
    table[:, 1::2] = np.cos(angles)
    return table


def rotate(x, start=0):
    """Turn each pair of channels (x_2j, x_2j+1) of the token at m by the angle m w_j. (T, D)

    A query at m and a key at n then meet at the angle (m - n) w_j: only the distance is left.
    Source: Su et al. 2021, eq. 15 and 34.

    x is a Tensor (T, D) with an even D; its first row stands at position `start`.
    """
    T, D = x.shape
    if D % 2:
        raise ValueError(f"rotary positions turn pairs of channels, a head has {D}")
    angles = np.outer(np.arange(start, start + T), frequencies(D))  # (T, D / 2)
    cos, sin = np.cos(angles).astype(x.dtype), np.sin(angles).astype(x.dtype)
    even, odd = x[:, 0::2], x[:, 1::2]  # (T, D / 2) each
    turned = stack([even * cos - odd * sin, even * sin + odd * cos], axis=-1)  # (T, D / 2, 2)
    return turned.reshape(T, D)
