"""Byte-pair encoding, fast: incremental training, cached encoding, safe special tokens; block 09.

The same merges and ids as block 09's recount, which reads the whole text again for every merge.
Here equal pieces are counted once, a merge touches the pieces that hold its pair and no others,
and the most frequent pair comes from a heap. Ties: the smallest pair of ids.

    tokenizer = Tokenizer(train(text, 1024), specials=("<|begin|>",))
    ids = tokenizer.encode("Once upon a time")        # (T,)
    begin = tokenizer.special["<|begin|>"]            # an id that no text is ever encoded to

Left out: letters beyond ASCII as such (all bytes from 128 on count as letters), normalisation.
"""

import heapq
import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from shared.checks import check_ids, check_whole
from shared.data import DataError
from shared.files import write_atomically

Array = np.ndarray
Pair = tuple[int, int]
# A word with the space before it, a run of signs, or a run of spaces: no pair crosses its border.
PIECES = re.compile(rb" ?[A-Za-z0-9\x80-\xff]+| ?[^\sA-Za-z0-9\x80-\xff]+|\s+")
MOST_KNOWN = 1 << 16  # pieces whose ids are remembered


def to_bytes(text: str | bytes) -> bytes:
    """The bytes of a text in UTF-8, a lone surrogate as "?"; bytes stay as they are."""
    return text if isinstance(text, bytes) else text.encode("utf-8", errors="replace")


def merged(ids: Sequence[int], pair: Pair, new: int) -> list[int]:
    """The ids with `new` in place of every pair, from left to right."""
    out, i, last = [], 0, len(ids) - 1
    left, right = pair
    while i <= last:
        if ids[i] == left and i < last and ids[i + 1] == right:
            out.append(new)
            i += 2
        else:
            out.append(ids[i])
            i += 1
    return out


# --- training ------------------------------------------------------------------------------------


class _Counts:
    """How often each pair occurs, in which pieces, and a heap of (-count, pair).

    The heap may hold old counts beside the right one: `best` passes over those.
    """

    def __init__(self, words: Sequence[Sequence[int]], repeats: Sequence[int]):
        self.counts: Counter[Pair] = Counter()
        self.places: defaultdict[Pair, set[int]] = defaultdict(set)
        for place, (ids, repeat) in enumerate(zip(words, repeats)):
            self.add(place, ids, repeat)
        self.heap = [(-count, pair) for pair, count in self.counts.items()]
        heapq.heapify(self.heap)

    def add(self, place: int, ids: Sequence[int], repeat: int) -> None:
        """Count the pairs of a piece that occurs `repeat` times (or -repeat: take them off)."""
        for pair in pairwise(ids):
            self.counts[pair] += repeat
            self.places[pair].add(place)

    def push(self, pairs: set[Pair]) -> None:
        """Put the new counts of the changed pairs on the heap."""
        for pair in pairs:
            if self.counts[pair] > 0:
                heapq.heappush(self.heap, (-self.counts[pair], pair))

    def best(self) -> Pair | None:
        """The most frequent pair, the smallest of these; None where no pair is left."""
        while self.heap:
            count, pair = heapq.heappop(self.heap)
            if -count == self.counts[pair]:
                return pair
        return None


def train(text: str | bytes, merges: int) -> list[Pair]:
    """The first `merges` pairs to merge, most frequent first; fewer where no pair is left.

    Source: Sennrich, Haddow and Birch 2016, algorithm 1, without its recount.
    """
    check_whole("merges", merges, 0)
    repeats = Counter(PIECES.findall(to_bytes(text)))
    words, times = [list(piece) for piece in repeats], list(repeats.values())
    counts, pairs = _Counts(words, times), []
    for new in range(256, 256 + merges):
        pair = counts.best()
        if pair is None:
            break
        pairs.append(pair)
        changed: set[Pair] = set()
        for place in counts.places.pop(pair):
            old, repeat = words[place], times[place]
            words[place] = merged(old, pair, new)
            if len(words[place]) == len(old):
                continue  # an earlier merge has taken the pair away from this piece
            counts.add(place, old, -repeat)
            counts.add(place, words[place], repeat)
            changed.update(pairwise(old), pairwise(words[place]))
        counts.push(changed - {pair})
    return pairs


# --- the tokenizer -------------------------------------------------------------------------------


class Tokenizer:
    """Merges and special tokens: 256 bytes, then one id per merge, then one per special name.

    tokens    the bytes of each id, b"" for special ones
    special   name -> id; these ids come from nowhere else: no text is encoded to one
    """

    def __init__(self, pairs: Sequence[Pair], specials: Sequence[str] = ()):
        self.pairs = [(int(left), int(right)) for left, right in pairs]
        self.tokens = [bytes([n]) for n in range(256)]
        for n, (left, right) in enumerate(self.pairs):
            if not 0 <= min(left, right) <= max(left, right) < 256 + n:
                raise ValueError(f"merge {n} joins {left} and {right}, expected 0 to {255 + n}")
            self.tokens.append(self.tokens[left] + self.tokens[right])
        if len(set(specials)) < len(specials):
            raise ValueError(f"a special token is named twice: {list(specials)}")
        self.special = {name: len(self.tokens) + n for n, name in enumerate(specials)}
        self.tokens += [b""] * len(specials)
        self._rank = {pair: 256 + n for n, pair in enumerate(self.pairs)}
        self._known: dict[bytes, list[int]] = {}

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: str | bytes) -> Array:
        """The token ids of a text, (T,) int64; never a special one, whatever the text says."""
        ids: list[int] = []
        for piece in PIECES.findall(to_bytes(text)):
            known = self._known.get(piece)
            ids += self._encode_piece(piece) if known is None else known
        return np.array(ids, dtype=np.int64)

    def _encode_piece(self, piece: bytes) -> list[int]:
        """Of the pairs in the piece merge the one learned first, until none is known."""
        ids = list(piece)
        while len(ids) > 1:
            new, pair = min((self._rank.get(pair, len(self)), pair) for pair in pairwise(ids))
            if new == len(self):
                break
            ids = merged(ids, pair, new)
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[piece] = ids
        return ids

    def decode_bytes(self, ids: Array) -> bytes:
        """The bytes of the ids; special ones add none. ValueError where there is no such id."""
        return b"".join([self.tokens[n] for n in check_ids("ids", ids, len(self))])

    def decode(self, ids: Array) -> str:
        """The text of the ids; bytes that are no UTF-8 become U+FFFD."""
        return self.decode_bytes(ids).decode("utf-8", errors="replace")

    def save(self, path: Path) -> None:
        """Write JSON one can read: {"merges": [[left, right, what it spells]], "specials": []}."""
        spelled = [token.decode("latin-1") for token in self.tokens[256:]]
        rows = [json.dumps([*pair, text]) for pair, text in zip(self.pairs, spelled)]
        text = '{"specials": ' + json.dumps(list(self.special)) + ',\n"merges": [\n'
        write_atomically(Path(path), (text + ",\n".join(rows) + "\n]}\n").encode())


def load(path: Path) -> Tokenizer:
    """The tokenizer of a file. Raises DataError, one line, where it is missing or damaged."""
    try:
        record = json.loads(Path(path).read_bytes())
        return _from_record(record)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): train a tokenizer") from None
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DataError(f"{path} is no whole tokenizer ({error}): train it again") from None


def _from_record(record: Any) -> Tokenizer:
    rows, specials = record["merges"], record["specials"]
    if not all(isinstance(name, str) for name in specials):
        raise ValueError("the special tokens are no names")
    for left, right, _ in rows:
        if type(left) is not int or type(right) is not int:
            raise ValueError(f"{left!r} and {right!r} are no ids")
    tokenizer = Tokenizer([(left, right) for left, right, _ in rows], specials)
    for n, (_, _, spelled) in enumerate(rows):
        if tokenizer.tokens[256 + n].decode("latin-1") != spelled:
            raise ValueError(f"merge {n} does not spell {spelled!r}")
    return tokenizer
