"""Byte-pair encoding, recounted after every merge: text in tokens between a letter and a word.

A text is bytes, 256 symbols. Training finds the pair of neighbours that occurs most often, makes
it a symbol of its own, and starts again: merge number n makes id 256 + n.

    aaabdaaabac     97 97 is the most frequent pair     -> 256 = aa
    256 a b d 256 a b a c      97 98 and 256 97, two each: the smaller pair -> 257 = ab
    256 257 d 256 257 a c      256 257                  -> 258 = aaab
    258 d 258 a c

No pair crosses the border of a piece: a word with the space before it, a run of signs, or a run of
spaces. Otherwise "dog." and "dog," would become tokens of their own.

Sources: Gage 1994, the algorithm; Sennrich, Haddow and Birch 2016, for text; Radford et al. 2019,
section 2.2, bytes and pieces. Left out: their table of contractions and letters beyond ASCII (all
bytes from 128 on count as letters here).
"""

import json
import re
from collections import Counter
from itertools import pairwise

PIECES = re.compile(rb" ?[A-Za-z0-9\x80-\xff]+| ?[^\sA-Za-z0-9\x80-\xff]+|\s+")


def pieces(text):
    """The text's bytes, cut into pieces: a list of lists of numbers 0 to 255.

    >>> ["".join(map(chr, piece)) for piece in pieces('She said "no".')]
    ['She', ' said', ' "', 'no', '".']
    """
    content = text if isinstance(text, bytes) else text.encode("utf-8", errors="replace")
    return [list(piece) for piece in PIECES.findall(content)]


def count_pairs(parts):
    """How often each pair of neighbours occurs in the pieces: Counter {(left, right): count}.

    >>> count_pairs([[97, 97, 98], [97, 98]])[97, 98]
    2
    """
    counts = Counter()
    for ids in parts:
        counts.update(pairwise(ids))
    return counts


def merge(ids, pair, new):
    """The ids with `new` in place of every pair, from left to right.

    >>> merge([97, 97, 97, 98], (97, 97), 256)
    [256, 97, 98]
    """
    merged, i = [], 0
    while i < len(ids):
        if tuple(ids[i : i + 2]) == pair:
            merged.append(new)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


def train(text, merges):
    """The first `merges` pairs to merge, most frequent first: a list of (left, right).

    Among pairs of one count the smallest pair of ids is taken. Ends early where no pair is left.
    """
    parts, pairs = pieces(text), []
    for new in range(256, 256 + merges):
        counts = count_pairs(parts)
        if not counts:
            break
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        parts = [merge(ids, best, new) for ids in parts]
        pairs.append(best)
    return pairs


def encode(text, pairs):
    """The token ids of a text: every merge in the order in which it was learned.

    >>> encode("aaabdaaabac", train("aaabdaaabac", 3))
    [258, 100, 258, 97, 99]
    """
    ids = []
    for part in pieces(text):
        for n, pair in enumerate(pairs):
            part = merge(part, pair, 256 + n)
        ids += part
    return ids


def symbols(pairs):
    """The bytes that each id stands for: the 256 single bytes, then left + right of each merge."""
    table = [bytes([n]) for n in range(256)]
    for left, right in pairs:
        table.append(table[left] + table[right])
    return table


def decode(ids, pairs):
    """The bytes of the ids, one after the other."""
    table = symbols(pairs)
    return b"".join(table[n] for n in ids)


def to_json(pairs):
    """The merges as JSON one can read, a line each: [left, right, what it spells].

    Bytes are written as the characters of the same number, so that every one has its own.
    """
    spelled = [token.decode("latin-1") for token in symbols(pairs)[256:]]
    lines = [json.dumps([*pair, text]) for pair, text in zip(pairs, spelled)]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def from_json(text):
    """The merges that `to_json` wrote. Raises ValueError where a line does not spell its pair."""
    rows = json.loads(text)
    pairs = [(left, right) for left, right, _ in rows]
    for n, (token, (left, right, spelled)) in enumerate(zip(symbols(pairs)[256:], rows)):
        if max(left, right) >= 256 + n or token.decode("latin-1") != spelled:
            raise ValueError(f"line {n + 2}: {left} and {right} do not spell {spelled!r}")
    return pairs
