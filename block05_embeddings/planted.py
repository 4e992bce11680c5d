"""Bugs that people really write; each must make an ordinary test of the block fail."""

from shared.planted_bugs import PlantedBug

FOLDER = "block05_embeddings"
COUNTS, TEST_COUNTS = f"{FOLDER}/cooccurrence.py", f"{FOLDER}/tests/test_cooccurrence.py"
SVD, TEST_SVD = f"{FOLDER}/svd_vectors.py", f"{FOLDER}/tests/test_svd_vectors.py"
SKIPGRAM, TEST_SKIPGRAM = f"{FOLDER}/skipgram.py", f"{FOLDER}/tests/test_skipgram.py"
NEAR, TEST_NEAR = f"{FOLDER}/similarity.py", f"{FOLDER}/tests/test_similarity.py"
CLUSTERS, TEST_CLUSTERS = f"{FOLDER}/clustering.py", f"{FOLDER}/tests/test_clustering.py"
SEARCH, TEST_SEARCH = f"{FOLDER}/retrieval.py", f"{FOLDER}/tests/test_retrieval.py"

BUGS = [
    PlantedBug(
        "a window reaches into the next text",
        COUNTS, "for part in (text, gap)]", "for part in (text, gap[:0])]", TEST_COUNTS,
    ),
    PlantedBug(
        "only the neighbours at the right are counted",
        COUNTS, "else follows.T + follows", "else 2 * follows", TEST_COUNTS,
    ),
    PlantedBug(
        "PMI without its P: words that meet less often than chance become negative",
        COUNTS, "return np.maximum(surprise, 0)", "return surprise", TEST_COUNTS,
    ),
    PlantedBug(
        "the small rotation is not transposed",
        SVD, "(V @ right.T)[:, :rank]", "(V @ right)[:, :rank]", TEST_SVD,
    ),
    PlantedBug(
        "the power of the singular values is dropped",
        SVD, "S[:rank] ** power", "S[:rank]", TEST_SVD,
    ),
    PlantedBug(
        "true pairs are pushed apart like made-up ones",
        SKIPGRAM, "dscores[:, 0] -= 1", "dscores[:, 0] -= 0", TEST_SKIPGRAM,
    ),
    PlantedBug(
        "the gradient of C is that of W",
        SKIPGRAM, "return G @ C, G.T @ W", "return G @ C, G @ W", TEST_SKIPGRAM,
    ),
    PlantedBug(
        "the mean over the pairs is missing its 1/n",
        SKIPGRAM, "dscores.ravel() / len(words)", "dscores.ravel()", TEST_SKIPGRAM,
    ),
    PlantedBug(
        "noise words are drawn by their plain frequency",
        SKIPGRAM, "dtype=np.float64) ** power", "dtype=np.float64)", TEST_SKIPGRAM,
    ),
    PlantedBug(
        "dot product instead of cosine",
        NEAR, "np.clip(unit_rows(A) @ unit_rows(B).T, -1, 1)", "A @ B.T", TEST_NEAR,
    ),
    PlantedBug(
        "the k largest come unsorted",
        NEAR, "return np.take_along_axis(columns, order, axis=1)", "return columns", TEST_NEAR,
    ),
    PlantedBug(
        "the offset points the wrong way",
        NEAR, "nearest_neighbours(vectors, b - a + c,", "nearest_neighbours(vectors, a - b + c,",
        TEST_NEAR,
    ),
    PlantedBug(
        "k-means++ draws by distance instead of squared distance",
        CLUSTERS, "chances = nearest / total if",
        "chances = nearest**0.5 / (nearest**0.5).sum() if",
        TEST_CLUSTERS,
    ),
    PlantedBug(
        "the centres never move",
        CLUSTERS, "np.where(sizes[:, None] > 0, means, centres)", "centres", TEST_CLUSTERS,
    ),
    PlantedBug(
        "BM25 without its correction for long passages",
        SEARCH, "b * lengths / (lengths.mean() or 1)", "b", TEST_SEARCH,
    ),
    PlantedBug(
        "a passage that ties with all others is counted as found",
        SEARCH, "better + (equal + 1) / 2", "better + 1", TEST_SEARCH,
    ),
    PlantedBug(
        "the smoothed shares of the neighbours do not sum to 1",
        COUNTS, "context / context.sum()", "context / counts.sum() ** smoothing", TEST_COUNTS,
    ),
    PlantedBug(
        "the spare directions are forgotten",
        SVD, "min(rank + spare, *M.shape)", "min(rank, *M.shape)", TEST_SVD,
    ),
    PlantedBug(
        "the sign of a component is left to chance",
        CLUSTERS, "(Vt[:rank] * signs[:rank, None])", "Vt[:rank]", TEST_CLUSTERS,
    ),
    PlantedBug(
        "a centre without rows jumps to the origin",
        CLUSTERS, "np.where(sizes[:, None] > 0, means, centres)", "means", TEST_CLUSTERS,
    ),
    PlantedBug(
        "TF-IDF weighs the passages only",
        SEARCH, "cosine_similarity(questions * idf, passages * idf)",
        "cosine_similarity(questions, passages * idf)", TEST_SEARCH,
    ),
    PlantedBug(
        "an analogy of the command compares lengths too",
        f"{FOLDER}/ask.py", "unit_rows(vectors)[asked]", "vectors[asked]",
        f"{FOLDER}/tests/test_ask.py",
    ),
]
