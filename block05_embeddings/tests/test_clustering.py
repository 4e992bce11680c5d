"""k-means against its definition, and purity by hand."""

import numpy as np
import pytest

from block05_embeddings.clustering import (
    k_means,
    purity,
    random_start,
    spread_start,
    squared_distances,
)
from shared.seeding import stream


def heaps(K=5, each=20):
    """K heaps of points, far apart. -> (K each, 2), labels"""
    rng = stream(0, "heaps")
    centres = 100 * np.column_stack([np.cos(np.arange(K)), np.sin(np.arange(K))])
    labels = np.repeat(np.arange(K), each)
    return centres[labels] + rng.standard_normal((K * each, 2)), labels


def test_distances_are_those_of_a_loop():
    rng = stream(0, "distances")
    X, centres = rng.standard_normal((8, 3)), rng.standard_normal((4, 3))
    expected = [[np.sum((x - c) ** 2) for c in centres] for x in X]
    assert squared_distances(X, centres) == pytest.approx(np.array(expected))
    assert not np.diag(squared_distances(X, X)).any()


@pytest.mark.parametrize(
    ("X", "K", "expected"),
    [
        (1e9 + np.array([[0.0], [1], [4], [5]]), 2, [0, 0, 1, 1]),
        (-1e15 + np.array([[0.0], [1], [4], [5]]), 2, [0, 0, 1, 1]),
        (np.array([[0.0], [1], [1e9], [1e9 + 1]]), 4, [0, 1, 2, 3]),
        (np.array([[0], [100], [200]], dtype=np.uint8), 3, [0, 1, 2]),
        (np.array([[0], [10], [255]], dtype=np.uint8), 2, [0, 0, 1]),
        (np.array([[0], [1], [0]], dtype=bool), 2, [0, 1, 0]),
        (np.array([[0], [1], [4], [5]], dtype=np.float32) + np.float32(1e6), 2, [0, 0, 1, 1]),
        ([[0, 0], [0, 1], [9, 9]], 2, [0, 0, 1]),
        (np.array([[0.0], [1e-100], [5e-100]]), 2, [0, 0, 1]),
    ],
)
def test_far_from_the_origin_and_in_any_type_the_clusters_are_the_same(X, K, expected):
    for seed in range(3):
        labels, centres, sums = k_means(X, K, stream(seed, "k-means"))
        assert purity(labels, expected) == purity(expected, labels) == 1
        assert (np.diff(sums) <= 0).all() and centres.dtype == np.float64
        assert np.array_equal(labels, squared_distances(X, centres).argmin(axis=1))


def test_heaps_are_found():
    X, truth = heaps()
    labels, centres, _ = k_means(X, 5, stream(0, "k-means"))
    assert purity(labels, truth) == 1
    assert len(np.unique(labels)) == 5
    expected = np.array([X[labels == k].mean(axis=0) for k in range(5)])
    assert centres == pytest.approx(expected)


def test_the_sum_never_rises_and_the_end_is_a_fixed_point():
    X = stream(0, "cloud").standard_normal((300, 4))
    labels, centres, sums = k_means(X, 12, stream(1, "k-means"), random_start)
    assert (np.diff(sums) <= 1e-9).all()
    assert np.array_equal(labels, squared_distances(X, centres).argmin(axis=1))
    means = [X[labels == k].mean(axis=0) for k in range(12)]
    assert centres == pytest.approx(np.array(means), abs=1e-12)
    assert len(sums) > 3


def test_a_spread_start_hits_every_heap():
    X, truth = heaps(K=8)
    for seed in range(5):
        centres = spread_start(X, 8, stream(seed, "start"))
        assert len(set(truth[squared_distances(centres, X).argmin(axis=1)])) == 8


def test_the_start_is_drawn_by_squared_distance():
    X = np.array([[0.0], [1.0], [3.0]])
    second = []
    for seed in range(3000):
        centres = spread_start(X, 2, stream(seed, "two"), tries=1)[:, 0]
        if centres[0] == 0:
            second.append(centres[1])
    assert np.mean(np.array(second) == 3) == pytest.approx(0.9, abs=0.03)  # 9 to 1


def test_as_many_clusters_as_rows_and_equal_rows():
    X, _ = heaps(K=2, each=3)
    assert k_means(X, 6, stream(0, "k-means"))[2][-1] == pytest.approx(0)
    labels, _, sums = k_means(np.ones((4, 2)), 3, stream(0, "k-means"))
    assert sums[-1] == 0
    assert len(labels) == 4


def test_it_ends_where_nothing_changes_and_an_empty_centre_stays():
    X = np.array([[10.0, 10.0], [11.0, 10.0]])
    _, centres, sums = k_means(X, 2, None, lambda X, K, rng: np.array([[10.0, 10.0], [99.0, 99.0]]))
    assert centres.tolist() == [[10.5, 10.0], [99.0, 99.0]]
    assert len(sums) == 2


def test_one_cluster_is_the_mean():
    X, _ = heaps()
    _, centres, sums = k_means(X, 1, stream(0, "k-means"))
    assert centres[0] == pytest.approx(X.mean(axis=0))
    assert sums[-1] == pytest.approx(((X - X.mean(axis=0)) ** 2).sum())


def test_purity_by_hand():
    assert purity(np.array([0, 0, 1, 1]), ["a", "a", "b", "b"]) == 1
    assert purity(np.array([0, 0, 0, 0]), ["a", "a", "b", "b"]) == 0.5
    assert purity(np.array([0, 2, 2, 2]), ["a", "a", "b", "b"]) == 0.75
    assert purity([True, False, True], [7, 7, 8]) == pytest.approx(2 / 3)  # not a mask
    assert purity([-1, 0, 0], [7, 7, 8]) == pytest.approx(2 / 3)  # not the last one


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: k_means(np.ones((3, 2)), 4, stream(0, "k")), "4 clusters of 3 rows"),
        (lambda: k_means(np.ones((3, 2)), 0, stream(0, "k")), "0 clusters"),
        (lambda: k_means(np.full((3, 2), np.nan), 2, stream(0, "k")), "is nan"),
        (lambda: k_means(np.ones(3), 2, stream(0, "k")), r"expected \(N, D\)"),
        (lambda: k_means(np.ones((3, 2)), 2, stream(0, "k"), largest=0), "0 rounds"),
        (lambda: k_means([[0.0], [1e200]], 2, stream(0, "k")), "rescale it"),
        (lambda: k_means([[0.0], [1e-200]], 2, stream(0, "k")), "rescale it"),
        (lambda: spread_start(np.ones((3, 2)), 0, stream(0, "k")), "0 clusters"),
        (lambda: spread_start(np.ones((3, 2)), 2, stream(0, "k"), tries=0), "0 candidates"),
        (lambda: random_start(np.ones((3, 2)), 4, stream(0, "k")), "4 clusters"),
        (lambda: squared_distances(np.ones((3, 2)), np.ones((2, 1))), "centres has shape"),
        (lambda: purity([0, np.nan], ["a", "b"]), "NaN"),
        (lambda: purity([0, 1], [0.5, np.nan]), "NaN"),
        (lambda: purity([[0], [1]], ["a", "b"]), r"expected \(N,\)"),
        (lambda: purity(np.array([0, 1]), ["a"]), "equally many"),
        (lambda: purity(np.array([], dtype=int), []), "equally many"),
    ],
)
def test_what_cannot_be_clustered_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
