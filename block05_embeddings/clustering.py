"""Structure without labels: k-means from scratch, and the purity of its clusters."""

import numpy as np

from shared.checks import check_finite, check_shapes


def squared_distances(X, centres):
    """|x - c|^2 for every row and centre, one centre after the other.

    |x|^2 - 2 x.c + |c|^2 is one matrix product, but far from the origin its digits are those of
    |x|^2: two rows at 1e9 and 1e9 + 1 have the distance 0.
    X (N, D), centres (K, D)  ->  (N, K) float64
    """
    check_shapes("X (N, D), centres (K, D)", X, centres)
    X, centres = np.asarray(X, dtype=np.float64), np.asarray(centres, dtype=np.float64)
    distances = np.empty((len(X), len(centres)))
    for k, centre in enumerate(centres):
        offset = X - centre  # (N, D)
        distances[:, k] = np.einsum("nd,nd->n", offset, offset)
    return distances


def check_clusters(X, K):
    """Raise ValueError unless X is (N, D), finite, of a spread one can square, and 1 <= K <= N."""
    check_shapes("X (N, D)", X)
    if not 1 <= K <= len(X):
        raise ValueError(f"{K} clusters of {len(X)} rows: K must be 1 to the number of rows")
    check_finite("X", X)
    X = np.asarray(X, dtype=np.float64)
    spread = (X.max(axis=0) - X.min(axis=0)).max(initial=0)
    if spread > 0 and not 1e-150 < spread < 1e150:
        raise ValueError(f"X spreads over {spread}, which squared is 0 or infinite: rescale it")


def random_start(X, K, rng):
    """K different rows of X as first centres. -> (K, D)"""
    check_clusters(X, K)
    return np.asarray(X)[rng.choice(len(X), size=K, replace=False)]


def spread_start(X, K, rng, tries=6):
    """K rows of X as first centres, each far from those before it, by chance. -> (K, D)

    A row is a candidate with a probability proportional to its squared distance to the nearest
    centre so far; of `tries` candidates the one that lowers the sum of these distances most is
    taken. tries=1 is k-means++; more cost little, and hit two rows of one cluster less often.
    Source: Arthur and Vassilvitskii 2007, section 2.2, and section 6 for the candidates.
    """
    check_clusters(X, K)
    if tries < 1:
        raise ValueError(f"{tries} candidates were asked for, at least 1 is needed")
    X = np.asarray(X)
    first = rng.integers(len(X))
    centres = [X[first]]
    nearest = squared_distances(X, X[first : first + 1])[:, 0]  # (N,)
    for _ in range(K - 1):
        total = nearest.sum()
        chances = nearest / total if total > 0 else None  # all rows are centres: any will do
        candidates = X[rng.choice(len(X), size=tries, p=chances)]  # (tries, D)
        with_it = np.minimum(nearest, squared_distances(X, candidates).T)  # (tries, N)
        best = with_it.sum(axis=1).argmin()
        centres.append(candidates[best])
        nearest = with_it[best]
    return np.array(centres)


def k_means(X, K, rng, start=spread_start, largest=100):
    """Assign every row to its nearest centre, move every centre to the mean of its rows; repeat.

    Each half of a round can only lower the sum of squared distances, and there are finitely many
    assignments, so it ends; a good start decides where. A centre without rows stays where it is.
    X (N, D), 1 <= K <= N  ->  labels (N,) int, centres (K, D), the sum after each assignment
    Raises ValueError where K does not fit or X is not finite. Source: Lloyd 1982.
    """
    check_clusters(X, K)
    if largest < 1:
        raise ValueError(f"{largest} rounds were asked for, at least 1 is needed")
    X = np.asarray(X, dtype=np.float64)
    centres, labels, sums = start(X, K, rng), None, []
    for _ in range(largest):
        distances = squared_distances(X, centres)  # (N, K)
        previous, labels = labels, distances.argmin(axis=1)
        sums.append(float(distances.min(axis=1).sum()))
        if previous is not None and np.array_equal(labels, previous):
            break
        sizes = np.bincount(labels, minlength=K)  # (K,)
        members = np.eye(K)[labels]  # (N, K) one-hot
        means = members.T @ X / np.maximum(sizes, 1)[:, None]  # (K, D)
        centres = np.where(sizes[:, None] > 0, means, centres)
    return labels, centres, sums


def purity(labels, categories):
    """The share of rows whose category is the most frequent one of their cluster.

    labels and categories (N,) of anything sortable, without NaN  ->  from 1/N up to 1
    With as many clusters as rows it is 1: compare it only at the same number of clusters.

    >>> purity(np.array([0, 0, 0, 1]), ["pet", "pet", "toy", "toy"])
    0.75
    """
    if len(labels) != len(categories) or len(labels) == 0:
        raise ValueError(f"{len(labels)} labels, {len(categories)} categories: need equally many")
    check_shapes("labels (N,), categories (N,)", labels, categories)
    if any(name != name for name in [*labels, *categories]):
        raise ValueError("a label or a category is NaN, which is not even equal to itself")
    rows, columns = (np.unique(names, return_inverse=True)[1] for names in (labels, categories))
    table = np.zeros((rows.max() + 1, columns.max() + 1), dtype=np.int64)  # (K, categories)
    np.add.at(table, (rows, columns), 1)
    return float(table.max(axis=1).sum() / len(labels))
