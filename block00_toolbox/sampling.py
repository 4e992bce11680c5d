"""Shuffle, split and batches, on lists.

Chance comes in as an argument: `below(n)` draws a whole number in [0, n), each equally likely.
A Pcg32's method does, so does NumPy's generator, and a test can hand in draws of its own.
"""

from collections.abc import Callable, Iterable, Iterator

from shared.checks import check_whole

Below = Callable[[int], int]


def shuffled(items: Iterable, below: Below) -> list:
    """The items in random order: Fisher and Yates's shuffle, every order equally likely.

    From the back: each place gets one of the items that are not yet placed. The draws number
    n (n-1) ... 2 = n! ways, as many as there are orders, and each way ends in another order.
    Source: Knuth, The Art of Computer Programming 2, algorithm 3.4.2 P.

    >>> shuffled("abcd", lambda n: 0)  # always the first of those left
    ['b', 'c', 'd', 'a']
    """
    order = list(items)
    for last in range(len(order) - 1, 0, -1):
        pick = below(last + 1)
        order[last], order[pick] = order[pick], order[last]
    return order


def split(order: list, validation_fraction: float) -> tuple[list, list]:
    """(train, validation): a shuffled list, cut once. Both parts are non-empty.

    The list must come shuffled: files are often sorted, and then a cut leaves a class out.
    Raises ValueError where the fraction leaves one part empty.

    >>> split([3, 0, 4, 1, 2], 0.4)
    ([4, 1, 2], [3, 0])
    """
    inside = 0 < validation_fraction < 1  # NaN is not
    num_validation = round(len(order) * validation_fraction) if inside else 0
    if not 0 < num_validation < len(order):
        raise ValueError(
            f"a fraction of {validation_fraction} of {len(order)} items leaves one part empty"
        )
    return order[num_validation:], order[:num_validation]


def batches(order: list, batch_size: int) -> Iterator[list]:
    """The list in pieces of `batch_size`; the last is smaller where it does not divide.

    >>> list(batches([3, 0, 4, 1, 2], 2))
    [[3, 0], [4, 1], [2]]
    """
    batch_size = check_whole("batch_size", batch_size)
    for start in range(0, len(order), batch_size):
        yield order[start : start + batch_size]
