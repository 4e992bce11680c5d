"""Near in meaning: cosine similarity, exact nearest neighbours, analogies by offset.

The dot product of two vectors is the product of their lengths and the cosine of the angle between
them. The direction says in which company a word stands; the length says, in raw counts, mostly how
often, and in other vectors something else again. Cosine keeps the direction.
"""

import numpy as np

from shared.checks import check_ids, check_shapes


def in_floats(X):
    """X as float32 where it is that, else as float64: integers of 8 bits would wrap around."""
    X = np.asarray(X)
    return X if X.dtype == np.float32 else X.astype(np.float64, copy=False)


def unit_rows(X):
    """Each row divided by its length; a row of zeros stays as it is. (N, D) -> (N, D)

    Each row is brought near 1 by a power of two first, which changes no digit: the squares of
    1e-200 would be zero. Raises ValueError where a number is not finite.

    >>> unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    X = in_floats(X)
    check_shapes("X (N, D)", X)
    if not np.isfinite(X).all():
        raise ValueError("a vector holds a NaN or an infinity: it has no angle")
    exponents = np.frexp(np.abs(X).max(axis=1, keepdims=True, initial=0))[1]  # (N, 1)
    X = np.ldexp(X, -exponents)
    lengths = np.linalg.norm(X, axis=1, keepdims=True)  # (N, 1)
    return X / np.where(lengths == 0, 1, lengths)


def cosine_similarity(A, B):
    """cos of the angle between each row of A and each row of B; 0 with a row of zeros.

    A (N, D), B (M, D)  ->  (N, M), from -1 (opposite) over 0 (nothing in common) to 1, where
    rounding is not allowed to leave a little more.
    Raises ValueError where the rows differ in length, or are not finite.
    """
    check_shapes("A (N, D), B (M, D)", A, B)
    return np.clip(unit_rows(A) @ unit_rows(B).T, -1, 1)


def top_k(scores, k):
    """Columns of the k largest scores in each row, the largest first; ties by the column's number.

    argpartition puts the k largest in front without sorting the rest: O(M) a row, where a full
    sort needs O(M log M); then only k numbers are sorted.
    scores (N, M), 1 <= k <= M  ->  (N, k) int

    >>> top_k(np.array([[0.1, 0.9, 0.5, 0.9]]), 3).tolist()
    [[1, 3, 2]]
    """
    scores = in_floats(scores)
    if scores.ndim != 2 or not 1 <= k <= scores.shape[1]:
        raise ValueError(f"the {k} largest were asked for, scores has shape {scores.shape}")
    if np.isnan(scores).any():
        raise ValueError("a score is NaN: it is neither larger nor smaller")
    border = -np.partition(-scores, k - 1, axis=1)[:, k - 1 : k]  # (N, 1), the k-th largest
    above = scores > border
    room = k - above.sum(axis=1, keepdims=True)  # (N, 1), how many equal ones fit
    equal = scores == border
    kept = above | (equal & (np.cumsum(equal, axis=1) <= room))
    columns = np.nonzero(kept)[1].reshape(-1, k)  # (N, k), by number
    order = np.argsort(-np.take_along_axis(scores, columns, axis=1), axis=1, kind="stable")
    return np.take_along_axis(columns, order, axis=1)


def nearest_neighbours(vectors, queries, k, excluded=None):
    """The k rows of vectors with the largest cosine to each query -> (Q, k) int, (Q, k) cosines.

    vectors (V, D), queries (Q, D); excluded (Q, E) int: rows that may not be the answer to query q,
    usually its own words. Exact: every row is compared, all queries in one matrix product.
    Raises ValueError where an excluded row is none of 0 to V - 1, or fewer than k rows are left.
    """
    scores = cosine_similarity(queries, vectors)  # (Q, V)
    if excluded is not None:
        check_shapes("queries (Q, D), excluded (Q, E)", queries, excluded)
        excluded = check_ids("excluded", excluded, len(vectors))
        np.put_along_axis(scores, excluded, -np.inf, axis=1)
        left = (scores > -np.inf).sum(axis=1).min(initial=len(vectors))
        if k > left:
            raise ValueError(f"the {k} nearest were asked for, exclusion leaves {left} rows")
    best = top_k(scores, k)
    return best, np.take_along_axis(scores, best, axis=1)


def analogy(vectors, questions, *, exclude=True):
    """a is to b as c is to ?: the word nearest to b - a + c, in unit vectors. (Q, 3) -> (Q,)

    What makes a queen of a king is the offset woman - man, if the same offset also turns a prince
    into a princess. The three words of the question are no answers, unless exclude is False:
    b - a + c stays near b where c - a is short, and near c where b - a is.
    Raises ValueError where a word of a question is none of 0 to V - 1.
    Source: Mikolov, Yih and Zweig 2013, section 4 (the offset method).
    """
    check_shapes("questions (Q, 3)", questions)
    questions = check_ids("questions", questions, len(vectors))
    a, b, c = unit_rows(vectors)[questions.T]  # (Q, D) each
    best, _ = nearest_neighbours(vectors, b - a + c, 1, questions if exclude else None)
    return best[:, 0]


def analogy_questions(pairs):
    """Every question that a relation's pairs can ask, in both directions, and the answers.

    pairs (N, 2) int  ->  questions (2 N (N - 1), 3), answers (2 N (N - 1),)

    >>> analogy_questions(np.array([[0, 1], [2, 3]]))[0].tolist()
    [[0, 1, 2], [2, 3, 0], [1, 0, 3], [3, 2, 1]]
    """
    check_shapes("pairs (N, 2)", pairs)
    pairs = check_ids("pairs", pairs)
    rows = []
    for way in (pairs, pairs[:, ::-1]):
        rows += [[*way[i], *way[j]] for i in range(len(way)) for j in range(len(way)) if i != j]
    asked = np.array(rows, dtype=np.int64).reshape(-1, 4)
    return asked[:, :3], asked[:, 3]
