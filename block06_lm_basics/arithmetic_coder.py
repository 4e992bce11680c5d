"""Arithmetic coding: a text as one long binary fraction, -log2 P(text) bits long.

The interval [0, 1) is cut into one part per symbol, as wide as the symbol is probable. The first
symbol chooses a part, which is cut again for the second, and so on. What is left after the last
one is P(text) wide, and a number with about -log2 P(text) bits lies in it: the whole message. The
decoder has the same model, sees in which part the number lies, and so reads the text back.

Only 64 bits of the interval are held: `low`, where it begins, and `width`. When the width falls
below 2^56 the first byte of low is written out and both are moved up by a byte. Low may still
grow past 2^64 afterwards: then 1 is carried into the bytes written before.

Source: Witten, Neal and Cleary 1987; with bytes and a carry, Martin 1979.
Left out: the number of symbols; whoever decodes has to know it.
"""

from collections.abc import Callable

import numpy as np

from shared.checks import check_ids

TOP = 1 << 64
BYTE_OUT = 1 << 56  # below this width a byte is written; the width stays between 2^56 and 2^64
TOTAL = 1 << 48  # the sum of the frequencies; below 2^56, so that no part is empty. At 2^20, enough
# for most texts, a symbol of probability 1e-12 would be written as one of 1e-6

Model = Callable[[np.ndarray], np.ndarray]


def frequencies(p: np.ndarray, total: int = TOTAL) -> np.ndarray:
    """Whole numbers in proportion to p (V,), each at least 1, with the given sum: (V,) int.

    What rounding down leaves over goes to the most probable symbol (the first of them). At least
    1, because a symbol of frequency 0 could not be written at all.
    Raises ValueError where p is no distribution or has more symbols than there is room for.

    >>> (frequencies(np.array([0.75, 0.25, 0.0])) / TOTAL).round(9).tolist()
    [0.75, 0.25, 0.0]
    >>> frequencies(np.array([0.75, 0.25, 0.0])).tolist()[2]
    1
    """
    p = np.asarray(p, dtype=np.float64)
    if p.ndim != 1 or not 0 < len(p) <= total:
        raise ValueError(f"probabilities are (V,) with V from 1 to {total}, not {p.shape}")
    if not (np.isfinite(p).all() and p.min() >= 0 and abs(p.sum() - 1) < 1e-3):
        raise ValueError(f"the probabilities have the sum {p.sum()} and the minimum {p.min()}")
    counts = 1 + np.floor(p / p.sum() * (total - len(p))).astype(np.int64)
    counts[np.argmax(p)] += total - counts.sum()
    return counts


def part(width: int, counts: np.ndarray, symbol: int) -> tuple[int, int]:
    """Where the symbol's part of an interval begins and ends, from the interval's beginning.

    Raises ValueError where there is no such symbol.
    """
    if not 0 <= symbol < len(counts):
        raise ValueError(f"symbol {symbol} is none of the {len(counts)} symbols")
    before = int(counts[:symbol].sum())
    return width * before // TOTAL, width * (before + int(counts[symbol])) // TOTAL


def carry(written: bytearray) -> None:
    """Add 1 to the number whose digits are the bytes written so far.

    >>> message = bytearray([7, 255, 255])
    >>> carry(message)
    >>> list(message)
    [8, 0, 0]
    """
    place = len(written) - 1
    while written[place] == 255:
        written[place] = 0
        place -= 1
    written[place] += 1


def encode(model: Model, ids: np.ndarray) -> bytes:
    """The message of ids (T,) under the model, which maps ids[:t] to P(next) (V,).

    Raises ValueError where an id is no whole number, or none of the model's symbols.
    """
    ids = check_ids("ids", ids)
    low, width, written = 0, TOP, bytearray()
    for t, symbol in enumerate(ids):
        begin, end = part(width, frequencies(model(ids[:t])), int(symbol))
        low, width = low + begin, end - begin
        if low >= TOP:
            low -= TOP
            carry(written)
        while width < BYTE_OUT:
            written.append(low >> 56)
            low, width = (low << 8) % TOP, width << 8
    low += BYTE_OUT - 1  # the first multiple of 2^56 in what is left: one byte says it
    if low >= TOP:
        low -= TOP
        carry(written)
    written.append(low >> 56)
    return bytes(written)


def decode(model: Model, message: bytes, length: int) -> np.ndarray:
    """The `length` symbols of a message: (length,) int. Behind its end the message goes on with 0.

    `offset` is how far the message lies above the low of the encoder, so no carry is needed.
    Raises ValueError where the length is negative.
    """
    if length < 0:
        raise ValueError(f"a text of {length} symbols is none")
    ids = np.zeros(length, dtype=np.int64)
    offset, width, position = int.from_bytes(message[:8].ljust(8, b"\0"), "big"), TOP, 8
    for t in range(length):
        counts = frequencies(model(ids[:t]))
        place = ((offset + 1) * TOTAL - 1) // width  # the last one that begins at or before offset
        ids[t] = np.searchsorted(np.cumsum(counts), place, side="right")
        begin, end = part(width, counts, int(ids[t]))
        offset, width = offset - begin, end - begin
        while width < BYTE_OUT:
            byte = message[position] if position < len(message) else 0
            offset, width, position = offset << 8 | byte, width << 8, position + 1
    return ids
