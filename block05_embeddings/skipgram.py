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


def log_sigmoid(x):
    """ln 1 / (1 + e^-x) = min(x, 0) - ln(1 + e^-|x|): no exponential overflows."""
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


def sigmoid(x):
    """1 / (1 + e^-x), through tanh, which does not overflow."""
    return 0.5 * (1 + np.tanh(0.5 * x))


def start_vectors(num_words, size, rng, dtype=np.float64):
    """W small and random, C zero: every pair starts at score 0, probability 1/2. (V, D) each"""
    W = (rng.random((num_words, size)) - 0.5) / size
    return W.astype(dtype), np.zeros((num_words, size), dtype)


def pair_scores(W, C, words, neighbours):
    """w . c of each word with its neighbours. words (B,), neighbours (B, 1 + K) -> (B, 1 + K)

    All V x V scores in one product, then the wanted ones are picked: with a vocabulary of hundreds
    and pairs by the ten thousand this is less work than one dot product a pair.
    """
    return (W @ C.T)[words[:, None], neighbours]


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
    Source: Levy and Goldberg 2014, eq. 11.
    """
    with np.errstate(divide="ignore"):
        return np.log(counts) - np.log(counts.sum(axis=1, keepdims=True) * noise) - np.log(number)


# --- what to learn from -----------------------------------------------------------------------


def noise_distribution(counts, power=0.75):
    """How often each word is drawn as a made-up neighbour: in proportion to count^power. (V,)

    Below 1 it draws rare words more often than they occur.
    """
    if np.min(counts) < 0 or not np.any(counts):
        raise ValueError("counts are numbers >= 0, not all of them zero")
    weights = np.asarray(counts, dtype=np.float64) ** power
    return weights / weights.sum()


def draw(probabilities, uniform):
    """The word at each uniform number from [0, 1): the first whose cumulative share exceeds it.

    >>> draw(np.array([0.5, 0.25, 0.25]), np.array([0.0, 0.49, 0.5, 0.99])).tolist()
    [0, 0, 1, 2]
    """
    edges = np.cumsum(probabilities)
    return np.minimum(np.searchsorted(edges, uniform, side="right"), len(edges) - 1)


def with_made_up(neighbours, noise, number, rng):
    """Each true neighbour followed by `number` drawn ones. (B,) -> (B, 1 + number)

    A drawn one may happen to be the true one: the loss is written for that.
    """
    made_up = draw(noise, rng.random((len(neighbours), number)))
    return np.concatenate([neighbours[:, None], made_up], axis=1)
