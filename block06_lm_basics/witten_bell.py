"""Witten-Bell: ask the longest context, and where it has seen little, listen to the shorter one.

A context that was seen 500 times with one follower can be trusted; one seen 3 times with 3
followers will show a fourth. So the longer context speaks with the weight count(h), and the
shorter one with the weight T(h), the number of different characters that have followed h:

    P(c | h) = (count(h c) + T(h) P(c | h')) / (count(h) + T(h))

h' is h without its oldest character. Below the empty context lies 1 / V.
Source: Witten and Bell 1991, method C; as interpolation, Chen and Goodman 1998, eq. 17.
"""

from block06_lm_basics.counts import Counts, check_size, contexts_before, count


def fit(text: str, order: int) -> list[Counts]:
    """The tables of all contexts of 0 to order - 1 characters.

    Raises ValueError where the order is below 1.
    """
    if order < 1:
        raise ValueError(f"the order is {order}, it must be at least 1 (a unigram)")
    return [count(text, length) for length in range(order)]


def probability(tables: list[Counts], context: str, c: str, vocabulary_size: int) -> float:
    """P(c | context) by the formula above; a context longer than the tables loses its beginning.

    Raises ValueError where the vocabulary is smaller than what was seen.

    >>> tables = fit("banana", order=2)
    >>> probability(tables, "", "b", 3) == (1 + 3 * 1/3) / (6 + 3)
    True
    >>> probability(tables, "a", "b", 3) == (0 + 1 * 2/9) / (2 + 1)
    True
    """
    if len(context) >= len(tables):
        context = context[len(context) - len(tables) + 1 :]
    followers = tables[len(context)].get(context, {})
    check_size(followers, vocabulary_size)
    shorter = 1 / vocabulary_size
    if context:
        shorter = probability(tables, context[1:], c, vocabulary_size)
    if not followers:
        return shorter
    total, kinds = sum(followers.values()), len(followers)
    return (followers.get(c, 0) + kinds * shorter) / (total + kinds)


def distribution(tables: list[Counts], context: str, symbols: list[str]) -> list[float]:
    """P(c | context) for every symbol c of the vocabulary; they add up to 1."""
    return [probability(tables, context, c, len(symbols)) for c in symbols]


def probabilities(tables: list[Counts], text: str, vocabulary_size: int) -> list[float]:
    """P(text[t] | text[:t]) for every t. The first characters see what there is."""
    contexts = contexts_before(text, len(tables) - 1)
    return [probability(tables, h, c, vocabulary_size) for h, c in zip(contexts, text)]
