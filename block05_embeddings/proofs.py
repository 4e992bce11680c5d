"""How far from the truth: gradients against differences, the SVD against LAPACK, the fast search
against a sort, drawn pairs against all pairs.

Each function returns errors; the tests assert on them and the run records them.
"""

import numpy as np

from block05_embeddings.cooccurrence import (
    cooccurrence,
    in_one_line,
    ppmi,
    random_pairs,
    window_pairs,
)
from block05_embeddings.similarity import top_k
from block05_embeddings.skipgram import skipgram_gradient, skipgram_loss
from block05_embeddings.svd_vectors import truncated_svd
from shared.checks import gradient_error
from shared.seeding import stream


def gradient_errors(seed, scale):
    """Relative errors of dW and dC; words repeat, as the word, the neighbour and made up."""
    rng = stream(seed, "gradient check", scale)
    W, C = scale * rng.standard_normal((2, 7, 4))  # V = 7, D = 4
    words, neighbours = rng.integers(7, size=30), rng.integers(7, size=(30, 4))
    dW, dC = skipgram_gradient(W, C, words, neighbours)
    return (
        gradient_error(lambda X: skipgram_loss(X, C, words, neighbours), W, dW),
        gradient_error(lambda X: skipgram_loss(W, X, words, neighbours), C, dC),
    )


def small_text(seed, num_words=60, length=3000):
    """A text (length,) of random words, the first ones frequent."""
    rng = stream(seed, "small text")
    return np.minimum(rng.geometric(0.05, size=length) - 1, num_words - 1)


def svd_excess(seed, rank=10):
    """How much longer than LAPACK's the rest is that the truncated SVD of a PPMI table leaves,
    relative; no table of this rank leaves less."""
    table = ppmi(cooccurrence([small_text(seed)], 60, 3))
    exact = np.linalg.svd(table, compute_uv=False)  # (V,)
    U, S, V = truncated_svd(table, rank, stream(seed, "svd"))
    least = np.linalg.norm(exact[rank:])
    return np.linalg.norm(table - U * S @ V.T) / least - 1


def search_differences(seed, k=10):
    """In how many places the k largest of 200 rows differ from those of a full sort; many ties."""
    scores = np.round(stream(seed, "search").standard_normal((200, 300)), 1)
    return int((top_k(scores, k) != np.argsort(-scores, axis=1, kind="stable")[:, :k]).sum())


def pair_distance(seed, number=400_000):
    """Half the sum of |difference| between the shares of drawn pairs and those of all pairs."""
    text, window = small_text(seed, 6, 50), 4
    tables = []
    for words, neighbours in (
        window_pairs([text], window),
        random_pairs(in_one_line([text], window), window, number, stream(seed, "pairs")),
    ):
        counts = np.bincount(words * 6 + neighbours, minlength=36)
        tables.append(counts / counts.sum())
    return float(np.abs(tables[0] - tables[1]).sum() / 2)


def record(run):
    """All of these, for results/proofs.json and the headline."""
    errors = {
        name: dict(zip(("dW", "dC"), gradient_errors(run.seed, scale)))
        for name, scale in (("at_the_start", 0.1), ("sure_of_itself", 3.0))
    }
    run.claim(
        "proofs",
        "Gradients, the truncated SVD, the search and the drawing of pairs are right",
        seeds=[run.seed],
        config={"words": 7, "size": 4, "pairs": 30, "made_up": 3, "step": 1e-5},
        metrics={
            "gradient_relative_error": errors,
            "svd_excess": svd_excess(run.seed),
            "search_differences": search_differences(run.seed),
            "pair_distance": pair_distance(run.seed),
        },
    )
    largest = max(error for case in errors.values() for error in case.values())
    run.headline({"skipgram_gradient_max_relative_error": largest})
