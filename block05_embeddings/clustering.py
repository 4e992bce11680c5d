"""Structure without labels: k-means from scratch, the purity of its clusters, PCA for pictures."""

import numpy as np


def squared_distances(X, centres):
    """|x|^2 - 2 x.c + |c|^2 for every row and centre, in one matrix product.

    X (N, D), centres (K, D)  ->  (N, K). What rounding leaves a little below 0 is set to 0.
    """
    cross = X @ centres.T  # (N, K)
    distances = (X**2).sum(axis=1)[:, None] - 2 * cross + (centres**2).sum(axis=1)
    return np.maximum(distances, 0)


def random_start(X, K, rng):
    """K different rows of X as first centres. -> (K, D)"""
    return X[rng.choice(len(X), size=K, replace=False)]


def spread_start(X, K, rng, tries=6):
    """K rows of X as first centres, each far from those before it, by chance. -> (K, D)

    A row is a candidate with a probability proportional to its squared distance to the nearest
    centre so far; of `tries` candidates the one that lowers the sum of these distances most is
    taken. tries=1 is k-means++; more cost little, and hit two rows of one cluster less often.
    Source: Arthur and Vassilvitskii 2007, section 2.2, and section 6 for the candidates.
    """
    first = rng.integers(len(X))
    centres = [X[first]]
    nearest = squared_distances(X, X[first : first + 1])[:, 0]  # (N,)
    for _ in range(K - 1):
        total = nearest.sum()
        chances = nearest / total if total > 0 else None  # all rows are centres: any will do
        candidates = X[rng.choice(len(X), size=tries, p=chances)]  # (tries, D)
        with_it = np.minimum(nearest, squared_distances(candidates, X))  # (tries, N)
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
    if not 1 <= K <= len(X):
        raise ValueError(f"{K} clusters of {len(X)} rows: K must be 1 to the number of rows")
    if not np.isfinite(X).all():
        raise ValueError("X holds a NaN or an infinity")
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

    labels (N,) int, categories (N,) of anything sortable  ->  from 1/N up to 1
    With as many clusters as rows it is 1: compare it only at the same number of clusters.

    >>> purity(np.array([0, 0, 0, 1]), ["pet", "pet", "toy", "toy"])
    0.75
    """
    if len(labels) != len(categories) or len(labels) == 0:
        raise ValueError(f"{len(labels)} labels, {len(categories)} categories: need equally many")
    numbers = np.unique(categories, return_inverse=True)[1]
    table = np.zeros((labels.max() + 1, numbers.max() + 1), dtype=np.int64)  # (K, categories)
    np.add.at(table, (labels, numbers), 1)
    return float(table.max(axis=1).sum() / len(labels))


def principal_components(X, rank):
    """The `rank` orthogonal directions along which X varies most, and their share of the variance.

    The right singular vectors of the centred X: Var(X v) = |X v|^2 / N is largest for the first.
    Each direction's sign is chosen so that its largest entry is positive.
    X (N, D)  ->  coordinates (N, rank), share (rank,). Source: Bishop 2006, section 12.1.
    """
    if not 1 <= rank <= min(X.shape):
        raise ValueError(f"{rank} components do not fit X of shape {X.shape}")
    centred = X - X.mean(axis=0)
    _, S, Vt = np.linalg.svd(centred, full_matrices=False)  # (N, K), (K,), (K, D)
    total = (S**2).sum()
    largest = np.abs(Vt).argmax(axis=1)
    signs = np.sign(Vt[np.arange(len(Vt)), largest])
    coordinates = centred @ (Vt[:rank] * signs[:rank, None]).T  # (N, rank)
    return coordinates, S[:rank] ** 2 / (total if total > 0 else 1)
