"""What a loss means: nats, bits, perplexity, and the floor that no model gets below.

A model that gives the next character the probability p pays -ln p nats for it, or -log2 p bits:
a coin toss costs 1 bit, a certainty nothing, the impossible infinity. The mean over a text is the
loss. It is a length too: a good code spends that many bits on a character (arithmetic_coder.py).
"""

import math

import numpy as np

from shared.checks import check_finite, check_shapes


def surprise(probability: float) -> float:
    """-ln p, in nats. Raises ValueError unless 0 < p <= 1.

    >>> surprise(1.0), round(to_bits(surprise(0.25)), 12)
    (0.0, 2.0)
    """
    if not 0 < probability <= 1:
        raise ValueError(f"{probability} is no probability of something that happened")
    return 0.0 - math.log(probability)


def to_bits(nats: float) -> float:
    """nats / ln 2: the same length in another unit."""
    return nats / math.log(2)


def perplexity(nats: float) -> float:
    """e^loss: a fair choice between so many characters would surprise as much.

    >>> round(perplexity(surprise(1 / 6)), 12)  # a die
    6.0
    """
    return math.exp(nats) if nats < 709 else math.inf  # e^710 is more than a float holds


def check_distribution(name: str, p: np.ndarray) -> None:
    """Raise ValueError unless p (V,) is >= 0 and adds up to 1 within 1e-9."""
    check_finite(name, p)
    if np.min(p, initial=0) < 0 or abs(np.sum(p) - 1) > 1e-9:
        raise ValueError(f"{name} has the sum {np.sum(p)} and the minimum {np.min(p, initial=0)}")


def cross_entropy(true: np.ndarray, model: np.ndarray) -> float:
    """H(p, q) = -sum p ln q: what the model pays on average where p is the truth, in nats.

    true p (V,), model q (V,)  ->  float. What never happens costs nothing, whatever q says of it.
    Raises ValueError where one is no distribution, or q is 0 for what does happen.
    """
    check_shapes("true (V,), model (V,)", true, model)
    check_distribution("true", true)
    check_distribution("model", model)
    happens = true > 0
    if np.any(model[happens] == 0):
        raise ValueError("the model calls impossible what does happen: its cost is infinite")
    return float(-np.sum(true[happens] * np.log(model[happens])))


def entropy(true: np.ndarray) -> float:
    """H(p) = H(p, p): what is paid by someone who knows the truth. No model pays less: the floor.

    >>> round(to_bits(entropy(np.array([0.5, 0.25, 0.25]))), 12)
    1.5
    """
    return cross_entropy(true, true)


def divergence(true: np.ndarray, model: np.ndarray) -> float:
    """KL(p, q) = H(p, q) - H(p) >= 0: what is paid for not knowing; 0 only where q = p.

    So loss = floor + divergence, and training can only lower the second.
    Source: Cover and Thomas 2006, theorem 2.6.3.
    """
    return cross_entropy(true, model) - entropy(true)


def entropy_rate(transitions: np.ndarray) -> float:
    """The floor, in nats a symbol, of a text whose next symbol depends on the last one alone.

    transitions (V, V): row i is P(next | last = i)  ->  sum_i pi_i H(row i), where pi (V,) is how
    often each symbol occurs in the long run, pi = pi transitions.
    Source: Cover and Thomas 2006, theorem 4.2.4.

    >>> round(to_bits(entropy_rate(np.full((4, 4), 0.25))), 9)
    2.0
    """
    check_shapes("transitions (V, V)", transitions)
    V = len(transitions)
    balance = np.vstack([transitions.T - np.eye(V), np.ones(V)])  # (V + 1, V)
    pi = np.linalg.lstsq(balance, np.append(np.zeros(V), 1.0))[0]  # (V,)
    return float(sum(share * entropy(row) for share, row in zip(pi, transitions)))
