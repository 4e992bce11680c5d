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

    Raises ValueError where nats is NaN or negative by more than rounding: no loss is.

    >>> round(perplexity(surprise(1 / 6)), 12)  # a die
    6.0
    """
    if not nats > -1e-9:
        raise ValueError(f"a loss of {nats} nats is none: it is 0 or more")
    return math.exp(nats) if nats < 709 else math.inf  # e^710 is more than a float holds


def check_distribution(name: str, p: np.ndarray) -> np.ndarray:
    """p (V,) as float64. Raises ValueError unless it is >= 0 and adds up to 1 within 1e-9."""
    check_finite(name, p)
    p = np.asarray(p, dtype=np.float64)
    if p.min(initial=0) < 0 or abs(p.sum() - 1) > 1e-9:
        raise ValueError(f"{name} has the sum {p.sum()} and the minimum {p.min(initial=0)}")
    return p


def cross_entropy(true: np.ndarray, model: np.ndarray) -> float:
    """H(p, q) = -sum p ln q: what the model pays on average where p is the truth, in nats.

    true p (V,), model q (V,)  ->  float. What never happens costs nothing, whatever q says of it.
    Raises ValueError where one is no distribution, or q is 0 for what does happen.
    """
    check_shapes("true (V,), model (V,)", true, model)
    true, model = check_distribution("true", true), check_distribution("model", model)
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
    return max(cross_entropy(true, model) - entropy(true), 0.0)  # rounding may end below


def long_run(transitions: np.ndarray) -> np.ndarray:
    """How often a chain is in each state in the long run: pi = pi transitions, (V, V) -> (V,).

    States that are left for good have 0. Of the others one is taken out after the other: whoever
    went there goes on to where it would have led. Then they are put back, each with the share that
    flows into it. Nothing is subtracted, so that a step of probability 1e-18 keeps its digits.
    Raises ValueError where two parts have no way between them: then it depends on the first state.
    Source: Grassmann, Taksar and Heyman 1985.
    """
    V = len(transitions)
    reach = np.eye(V, dtype=bool) | (transitions > 0)  # from row to column, in one step
    for _ in range(V.bit_length()):
        reach = reach @ reach  # in twice as many
    home = np.flatnonzero(reach.all(axis=0))  # where every state leads in the end
    if len(home) == 0:
        raise ValueError("the chain has two closed parts: its long run depends on its start")
    P = transitions[np.ix_(home, home)].astype(np.float64)
    for n in range(len(P) - 1, 0, -1):
        P[:n, n] /= P[n, :n].sum()
        P[:n, :n] += np.outer(P[:n, n], P[n, :n])
    pi = np.zeros(V)
    pi[home[0]] = 1
    for n in range(1, len(P)):
        pi[home[n]] = pi[home[:n]] @ P[:n, n]
    return pi / pi.sum()


def entropy_rate(transitions: np.ndarray) -> float:
    """The floor, in nats a symbol, of a text whose next symbol depends on the last one alone.

    transitions (V, V): row i is P(next | last = i)  ->  sum_i pi_i H(row i), where pi (V,) is how
    often each symbol occurs in the long run.
    Raises ValueError where a row is no distribution, or the chain has more than one long run.
    Source: Cover and Thomas 2006, theorem 4.2.4.

    >>> round(to_bits(entropy_rate(np.full((4, 4), 0.25))), 9)
    2.0
    """
    check_shapes("transitions (V, V)", transitions)
    rows = [check_distribution(f"row {i}", row) for i, row in enumerate(transitions)]
    shares = long_run(np.reshape(rows, (len(rows), len(rows))))  # (V,)
    return math.fsum(share * entropy(row) for share, row in zip(shares, rows))
