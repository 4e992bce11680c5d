"""Skip-gram with negative sampling: word vectors that tell true neighbours from made-up ones.

Each word has two vectors: a row of W as the word in the middle, a row of C as a neighbour. The
score of a pair is w . c, and sigmoid(w . c) the probability that the pair stood in the text rather
than being made up. For a true pair and K made-up ones the loss is

    -ln sigmoid(w . c) - sum_k ln sigmoid(-w . n_k)

Minimising it makes w . c approach ln P(w, c) / (P(w) P(c)) - ln K: the table that is counted in
`cooccurrence.py`, now as a product of two thin ones (Levy and Goldberg 2014).
Source: Mikolov et al. 2013, "Distributed representations of words and phrases", eq. 4.
"""

import numpy as np

from block05_embeddings.similarity import in_floats
from shared.checks import check_ids, check_shapes


def log_sigmoid(x):
    """ln 1 / (1 + e^-x) = min(x, 0) - ln(1 + e^-|x|): no exponential overflows."""
    x = in_floats(x)
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


def sigmoid(x):
    """1 / (1 + e^-x), below 0 as e^x / (1 + e^x): nothing overflows, and 1e-18 keeps its digits."""
    x = in_floats(x)
    small = np.exp(-np.abs(x))
    return np.where(x < 0, small, 1) / (1 + small)


def start_vectors(num_words, size, rng, dtype=np.float64):
    """W small and random, C zero: every pair starts at score 0, probability 1/2. (V, D) each"""
    if min(num_words, size) < 1:
        raise ValueError(f"{num_words} words of {size} numbers: both must be at least 1")
    W = (rng.random((num_words, size)) - 0.5) / size
    return W.astype(dtype), np.zeros((num_words, size), dtype)


def pair_scores(W, C, words, neighbours):
    """w . c of each word with its neighbours. words (B,), neighbours (B, 1 + K) -> (B, 1 + K)

    All V x V scores in one product, then the wanted ones are picked: with a vocabulary of hundreds
    and pairs by the ten thousand this is less work than one dot product a pair.
    Raises ValueError where there is no pair, shapes differ, or a word is none of 0 to V - 1.
    """
    sizes = check_shapes(
        "W (V, D), C (V, D), words (B,), neighbours (B, M)", W, C, words, neighbours
    )
    if min(sizes["B"], sizes["M"]) < 1:
        raise ValueError("there is no pair to learn from")
    words = check_ids("words", words, len(W))
    neighbours = check_ids("neighbours", neighbours, len(W))
    return (in_floats(W) @ in_floats(C).T)[words[:, None], neighbours]


def skipgram_loss(W, C, words, neighbours):
    """Mean over the pairs of -ln sigmoid(true score) - sum ln sigmoid(-made-up score), in nats.

    W (V, D), C (V, D), words (B,) int, neighbours (B, 1 + K) int: column 0 the true one  ->  float
    At the start, with all scores 0, it is (1 + K) ln 2.
    """
    scores = pair_scores(W, C, words, neighbours)  # (B, 1 + K)
    scores[:, 1:] *= -1
    return float(-log_sigmoid(scores).sum() / len(words))


def skipgram_gradient(W, C, words, neighbours):
    """dW (V, D) and dC (V, D) of skipgram_loss.

    -ln sigmoid(s) has the derivative sigmoid(s) - 1, and -ln sigmoid(-s) has sigmoid(s): prediction
    minus truth, as in logistic regression. A pair's score w . c passes it on as c to w and as w to
    c. So with G[w, c] the sum of the derivatives over all pairs (w, c) of the batch, dW = G C and
    dC = G' W: a word that occurs in many pairs gets the sum of what they say.
    """
    W, C, words = in_floats(W), in_floats(C), np.asarray(words)
    num_words = len(W)
    dscores = sigmoid(pair_scores(W, C, words, neighbours))  # (B, 1 + K)
    dscores[:, 0] -= 1
    places = words[:, None] * num_words + neighbours  # (B, 1 + K)
    G = np.bincount(places.ravel(), dscores.ravel() / len(words), num_words**2)
    G = G.reshape(num_words, num_words).astype(W.dtype)  # (V, V)
    return G @ C, G.T @ W


def best_scores(counts, noise, number):
    """Where training ends if W and C are large enough: ln P(w, c) / (P(w) Q(c)) - ln K. -> (V, V)

    For one pair the expected loss is  -n ln sigmoid(s) - K N Q(c) P(w) ln sigmoid(-s), n of N pairs
    being (w, c); its derivative is zero where e^s = P(w, c) / (K P(w) Q(c)). Pairs that never met
    would go to -infinity. counts (V, V), noise Q (V,), K = number of made-up neighbours a pair.
    Raises ValueError where counts or noise are below 0, or number below 1.
    Source: Levy and Goldberg 2014, eq. 11.
    """
    counts, noise = np.asarray(counts, dtype=np.float64), np.asarray(noise, dtype=np.float64)
    check_shapes("counts (V, V), noise (V,)", counts, noise)
    if not (counts.min() >= 0 and noise.min() >= 0 and number >= 1):
        raise ValueError(f"counts and noise are >= 0, made-up neighbours >= 1, not {number}")
    chance = counts.sum(axis=1, keepdims=True) * noise * number  # (V, V)
    scores, met = np.full(counts.shape, -np.inf), counts > 0
    with np.errstate(divide="ignore"):  # what met and is never made up goes to +infinity
        scores[met] = np.log(counts[met]) - np.log(chance[met])
    return scores


# --- what to learn from -----------------------------------------------------------------------


def noise_distribution(counts, power=0.75):
    """How often each word is drawn as a made-up neighbour: in proportion to count^power. (V,)

    Below 1 it draws rare words more often than they occur.
    Raises ValueError where counts are no counts, or the power is below 0.
    """
    check_shapes("counts (V,)", counts)
    if not np.isfinite(counts).all() or np.min(counts, initial=0) < 0 or not np.any(counts):
        raise ValueError("counts are finite numbers >= 0, not all of them zero")
    if not 0 <= power < np.inf:
        raise ValueError(f"the power is {power}, expected 0 or more")
    weights = np.asarray(counts, dtype=np.float64) ** power
    return weights / weights.sum()


def with_made_up(neighbours, noise, number, rng):
    """Each true neighbour followed by `number` words drawn from the noise. (B,) -> (B, 1 + number)

    How often each word is drawn in all is one multinomial draw; then the words are shuffled. That
    is what drawing them one by one gives, in a tenth of the time. A drawn word may happen to be
    the true one: the loss is written for that.
    Raises ValueError where number is below 1 (with true pairs alone all vectors become one), or
    the noise is no distribution.
    """
    if number < 1:
        raise ValueError(f"{number} made-up neighbours were asked for, at least 1 is needed")
    neighbours, noise = check_ids("neighbours", neighbours), np.asarray(noise, dtype=np.float64)
    check_shapes("noise (V,)", noise)
    if not (len(noise) and noise.min() >= 0 and abs(noise.sum() - 1) < 1e-9):
        raise ValueError("the noise is no distribution: shares >= 0 that sum to 1")
    times = rng.multinomial(len(neighbours) * number, noise)  # (V,)
    made_up = rng.permutation(np.repeat(np.arange(len(noise)), times))
    return np.column_stack([neighbours, made_up.reshape(-1, number)])
