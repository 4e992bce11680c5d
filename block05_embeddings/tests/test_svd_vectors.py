"""Orthogonal iteration against LAPACK."""

import numpy as np
import pytest

from block05_embeddings.proofs import svd_excess
from block05_embeddings.svd_vectors import truncated_svd, word_vectors
from shared.seeding import stream


def table(singular_values, rows=30, columns=20):
    """A random table with these singular values."""
    rng = stream(0, "table")
    U = np.linalg.qr(rng.standard_normal((rows, len(singular_values))))[0]
    V = np.linalg.qr(rng.standard_normal((columns, len(singular_values))))[0]
    return U * singular_values @ V.T


def test_equals_lapack_where_the_singular_values_are_apart():
    M = table(0.7 ** np.arange(20))
    U, S, V = truncated_svd(M, 5, stream(0, "svd"), iterations=40, spare=4)
    exact_U, exact_S, exact_Vt = np.linalg.svd(M)
    assert pytest.approx(exact_S[:5], abs=1e-9) == S
    signs = np.sign((U * exact_U[:, :5]).sum(axis=0))
    assert U * signs == pytest.approx(exact_U[:, :5], abs=1e-7)
    assert V * signs == pytest.approx(exact_Vt[:5].T, abs=1e-7)


def test_reconstructs_a_table_of_low_rank_exactly():
    M = table(np.array([3.0, 2.0, 1.0]))
    U, S, V = truncated_svd(M, 3, stream(0, "svd"))
    assert U * S @ V.T == pytest.approx(M, abs=1e-10)


def test_no_table_of_the_same_rank_is_nearer():
    M = stream(0, "any").standard_normal((25, 25))
    U, S, V = truncated_svd(M, 6, stream(0, "svd"), iterations=200)
    least = np.sqrt((np.linalg.svd(M, compute_uv=False)[6:] ** 2).sum())
    assert np.linalg.norm(M - U * S @ V.T) == pytest.approx(least, rel=1e-6)


def test_a_table_of_words_is_cut_nearly_as_well_as_by_lapack():
    assert -1e-12 < svd_excess(0) < 1e-4


def test_spare_directions_make_the_rounds_converge():
    M = table(0.95 ** np.arange(60), 60, 60)
    least = np.sqrt((0.95 ** np.arange(6, 60) ** 1.0) @ (0.95 ** np.arange(6, 60)))
    over = {}
    for spare in (0, 16):
        U, S, V = truncated_svd(M, 6, stream(0, "svd"), iterations=4, spare=spare)
        over[spare] = np.linalg.norm(M - U * S @ V.T) - least
    assert 0 <= over[16] < 0.01 * over[0]


def test_the_vectors_are_orthonormal_and_the_values_fall():
    U, S, V = truncated_svd(table(np.arange(10, 0, -1.0)), 10, stream(0, "svd"))
    assert U.T @ U == pytest.approx(np.eye(10), abs=1e-12)
    assert V.T @ V == pytest.approx(np.eye(10), abs=1e-12)
    assert (np.diff(S) <= 0).all()


def test_power_one_keeps_the_dot_products_of_the_rows():
    M = table(np.array([3.0, 2.0, 1.0]))
    U, S, _ = truncated_svd(M, 3, stream(0, "svd"))
    full = word_vectors(U, S, 3, 1.0)
    assert full @ full.T == pytest.approx(M @ M.T, abs=1e-10)
    flat = word_vectors(U, S, 3, 0.0)
    assert np.linalg.norm(flat, axis=0) == pytest.approx(np.ones(3))
    assert word_vectors(U, S, 2, 0.5) == pytest.approx(U[:, :2] * np.sqrt(S[:2]))


def test_a_rank_that_does_not_fit_is_refused():
    for rank in (0, 4):
        with pytest.raises(ValueError, match="does not fit"):
            truncated_svd(np.eye(3), rank, stream(0, "svd"))
    U, S, _ = truncated_svd(np.eye(3), 2, stream(0, "svd"))
    with pytest.raises(ValueError, match="2 directions are there"):
        word_vectors(U, S, 3, 1.0)
    for power in (-1, np.nan):
        with pytest.raises(ValueError, match=f"the power is {power}"):
            word_vectors(U, S, 2, power)


@pytest.mark.parametrize(
    ("M", "settings", "message"),
    [
        (np.eye(3), {"iterations": 0}, "0 iterations"),
        (np.eye(3), {"spare": -1}, "-1 spare"),
        (np.full((3, 3), np.nan), {}, "is nan"),
    ],
)
def test_a_search_that_cannot_be_done_is_refused(M, settings, message):
    with pytest.raises(ValueError, match=message):
        truncated_svd(M, 2, stream(0, "svd"), **settings)


def test_integers_of_8_bits_have_the_same_values():
    M = np.array([[200, 100, 0], [0, 50, 250]])
    found = truncated_svd(M.astype(np.uint8), 2, stream(0, "svd"))[1]
    assert found == pytest.approx(np.linalg.svd(M.astype(float))[1])
