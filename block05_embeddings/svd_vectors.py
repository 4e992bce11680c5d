"""Short vectors from a large table: the truncated SVD, by orthogonal iteration.

A row of the PPMI table has one entry per word of the vocabulary. The SVD  M = U S V'  says which
directions carry the table; cut after the d largest singular values, U S V' is the nearest table of
rank d (Eckart and Young 1936), and row w of U S^p is a vector of d numbers for the word w.
"""

import numpy as np

from shared.checks import check_finite


def truncated_svd(M, rank, rng, iterations=8, spare=16):
    """The `rank` largest singular values of M with their vectors: M V = U S, V' V = I.

    Multiply some random vectors by M and M' in turn. Each round stretches every direction by its
    squared singular value, so the largest win; QR keeps the vectors apart, or all of them would
    become the first. They end in the space of the largest directions, still mixed; the SVD of the
    small R rotates them apart. A round shrinks the error of direction i by (S_j / S_i)^2, j the
    first direction not carried along: `spare` extra vectors make that quotient smaller.

    M (R, C), rank at most min(R, C)  ->  U (R, rank), S (rank,) falling, V (C, rank)
    Raises ValueError where the rank does not fit, or M is not finite.
    Source: Golub and Van Loan 2013, sections 8.2.4 and 8.1.5, on M'M.
    """
    M = np.asarray(M, dtype=np.float64)
    if M.ndim != 2 or not 1 <= rank <= min(M.shape):
        raise ValueError(f"rank {rank} does not fit a table of shape {M.shape}")
    if iterations < 1 or spare < 0:
        raise ValueError(f"{iterations} iterations and {spare} spare: expected >= 1 and >= 0")
    check_finite("M", M)
    width = min(rank + spare, *M.shape)
    V = np.linalg.qr(rng.standard_normal((M.shape[1], width)))[0]  # (C, width)
    for _ in range(iterations):
        U, _ = np.linalg.qr(M @ V)  # (R, width)
        V, R = np.linalg.qr(M.T @ U)  # (C, width), (width, width): M is nearly U R' V'
    left, S, right = np.linalg.svd(R.T)  # (width, width), (width,), (width, width)
    return (U @ left)[:, :rank], S[:rank], (V @ right.T)[:, :rank]


def word_vectors(U, S, rank, power):
    """The rows of U S^power, cut to `rank` columns. -> (V, rank)

    power 1 keeps the dot products of the table's rows, 0 gives every direction the same weight,
    1/2 stands between them. Source: Levy, Goldberg and Dagan 2015, section 3.3 (eigenvalue
    weighting).
    """
    if not 1 <= rank <= len(S):
        raise ValueError(f"rank {rank} was asked for, {len(S)} directions are there")
    if not 0 <= power < np.inf:
        raise ValueError(f"the power is {power}, expected 0 or more")
    return U[:, :rank] * S[:rank] ** power
