"""Tasks of which one knows where to look: a batch says what is asked, and the place of the answer.

Every word and every position is a code, a vector of random numbers. Words get new codes in every
batch: nothing can be learned about a word, only how to compare two of them. Positions keep theirs.

    look_up      a memory of (key, value) pairs; which value belongs to this key?
    copy_back    which word stands so many places before me?
    reverse      which word stands as far from the end as I from the start?
    next_word    which word comes next? All are equally likely: nobody can know
    two_looks    which word stands before me, and where did I stand the last time?
"""

from typing import NamedTuple

import numpy as np

from shared.checks import check_ids, check_range, check_whole
from shared.seeding import stream

NOT_ASKED = -1  # a target that is not counted
WORDS = 16  # different words of a task, so that guessing is right once in 16 times


class Batch(NamedTuple):
    """N sequences of T tokens that ask A questions each of S tokens in memory.

    x (N, T, C), memory (N, S, C), mask for the scores or None; answers: for each question the codes
    (K, C) to choose from; targets (N, T, A) the row of the right one; places (N, T, A) where in
    memory it is found. Both are NOT_ASKED where nothing is asked.
    """

    x: np.ndarray
    memory: np.ndarray
    mask: np.ndarray | None
    answers: list[np.ndarray]
    targets: np.ndarray
    places: np.ndarray


def codes(count, channels, rng):
    """A random vector for each of `count` things: (count, C). Two of them are nearly orthogonal."""
    return rng.standard_normal((count, channels))


def position_codes(length, channels):
    """The code of each place, the same in every batch and every run: (T, C)."""
    return codes(length, channels, stream(0, "positions"))


def some_words(batch_size, length, num_words, rng):
    """Random sequences, every word equally likely everywhere: (N, T) int."""
    length = check_whole("length", length)
    return rng.integers(0, check_whole("num_words", num_words), (batch_size, length))


def shuffled(words, batch_size, rng):
    """The same words in a new order for each sequence: (T,) -> (N, T)."""
    return rng.permuted(np.tile(words, (batch_size, 1)), axis=1)


# --- the dictionary ------------------------------------------------------------------------------


def look_up(rng, batch_size, channels, pairs=16, asked=None, at=None, fixed=None):
    """A memory of `pairs` with different keys; x asks for keys of it, or for the one at place `at`.

    A token of the memory is its key's code plus its value's code; x is a key's code alone. With
    `fixed` = (key codes, value codes) those are used in place of new ones.
    Raises ValueError where there are fewer keys than pairs, or no place `at`.
    """
    pairs = check_whole("pairs", pairs)
    keys, values = fixed or (codes(2 * pairs, channels, rng), codes(WORDS, channels, rng))
    check_range("pairs", pairs, 1, len(keys) + 1)
    which = shuffled(np.arange(len(keys)), batch_size, rng)[:, :pairs]  # (N, S)
    held = some_words(batch_size, pairs, len(values), rng)  # (N, S)
    places = rng.integers(0, pairs, (batch_size, asked or pairs))  # (N, T)
    if at is not None:
        check_range("at", at, 0, pairs)
        places[:] = at
    x = keys[np.take_along_axis(which, places, axis=1)]  # (N, T, C)
    targets = np.take_along_axis(held, places, axis=1)
    memory = keys[which] + values[held]  # (N, S, C)
    return Batch(x, memory, None, [values], targets[..., None], places[..., None])


# --- places --------------------------------------------------------------------------------------


def of_sequence(words, places, table, mask, positions=True):
    """The batch of a sequence that looks at itself, with the word at `places` as the answer.

    Raises ValueError where a word has no row in the table.
    """
    words = check_ids("words", words, len(table))
    x = table[words]  # (N, T, C)
    if positions:
        x = x + position_codes(*x.shape[1:])
    places = np.broadcast_to(places, words.shape)
    targets = np.take_along_axis(words, np.maximum(places, 0), axis=1)
    targets = np.where(places == NOT_ASKED, NOT_ASKED, targets)
    return Batch(x, x, mask, [table], targets[..., None], places[..., None])


def copy_back(rng, batch_size, channels, length=16, offset=3, positions=True):
    """Which word stands `offset` places before me? The first `offset` tokens are not asked."""
    words = some_words(batch_size, length, WORDS, rng)
    check_range("offset", offset, 0, length)
    places = np.maximum(np.arange(length) - offset, NOT_ASKED)  # (T,)
    table = codes(WORDS, channels, rng)
    return of_sequence(words, places, table, np.tri(length, dtype=bool), positions)


def reverse(rng, batch_size, channels, length=16, positions=True, once=False):
    """Which word stands at place T - 1 - t? All may look everywhere. With `once` every word stands
    once: which words there are tells nothing, and who cannot tell places is right once in T times.
    """
    if once:
        words = shuffled(np.arange(length), batch_size, rng)
    else:
        words = some_words(batch_size, length, WORDS, rng)
    table = codes(max(WORDS, length), channels, rng)
    return of_sequence(words, np.arange(length)[::-1], table, None, positions)


def next_word(rng, batch_size, channels, length=16, sees=0):
    """Which word comes next? With sees=0 under the causal mask; sees=1 is a mask that is off by one
    and shows the next word, sees=length no mask. The last token is not asked."""
    words = some_words(batch_size, length, WORDS, rng)
    places = np.append(np.arange(1, length), NOT_ASKED)  # where the answer would be
    mask = np.tri(length, k=sees, dtype=bool)
    return of_sequence(words, places, codes(WORDS, channels, rng), mask)


# --- two questions at once -----------------------------------------------------------------------


def last_places(words):
    """For each token the place where its word stood the last time before, NOT_ASKED if it is new.

    >>> last_places(np.array([[7, 5, 7, 7, 5]])).tolist()
    [[-1, -1, 0, 2, 1]]
    """
    T = words.shape[1]
    earlier = (words[:, :, None] == words[:, None, :]) & np.tri(T, k=-1, dtype=bool)  # (N, T, T)
    return np.where(earlier, np.arange(T), NOT_ASKED).max(axis=2)


def text_batch(words, table):
    """The two questions for these words, (N, T) ids into the codes (K, C).

    The mask shows the past without oneself, so the first token has nothing to look at.
    """
    T = words.shape[1]
    before = of_sequence(words, np.arange(T) - 1, table, np.tri(T, k=-1, dtype=bool))
    last = last_places(words)[..., None]  # (N, T, 1), both the place and the answer
    return before._replace(
        answers=[table, position_codes(T, table.shape[1])],
        targets=np.concatenate([before.targets, last], axis=-1),  # (N, T, 2)
        places=np.concatenate([before.places, last], axis=-1),
    )


def two_looks(rng, batch_size, channels, length=24, only=None):
    """Which word stands before me, and where did I stand the last time? Each word stands twice.
    With `only`, 0 or 1, one of the questions is asked alone. Raises ValueError on an odd length."""
    if check_whole("length", length, 2) % 2:
        raise ValueError(f"length is {length}, it must be even: each word stands twice")
    words = shuffled(np.repeat(np.arange(length // 2), 2), batch_size, rng)
    batch = text_batch(words, codes(length // 2, channels, rng))
    if only is None:
        return batch
    part = slice(only, only + 1)
    targets, places = batch.targets[..., part], batch.places[..., part]  # (N, T, 1)
    return batch._replace(answers=batch.answers[part], targets=targets, places=places)
