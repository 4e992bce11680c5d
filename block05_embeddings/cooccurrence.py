"""Which words stand near which: counts within a window, and how surprising each count is.

"You shall know a word by the company it keeps" (Firth 1957). A text is a list of words. Row w of
the table of counts says how often each other word stood at most `window` places from w: that row
is already a vector for the word w. (`sided` counts left and right neighbours apart, which tells
more about grammar.) Its large entries are those of `the` and `and`, which stand near
everything; PPMI asks instead how much more often two words meet than chance would have them meet.

Left out: weights that fall with the distance, and marks for the begin and end of a text.
"""

from collections import Counter

import numpy as np

from shared.checks import check_ids, check_shapes

ABSENT = -1  # the number of a word outside the vocabulary


def frequent_words(texts, at_least=1):
    """The words that occur `at_least` so often: the most frequent first, ties by the alphabet.

    Raises ValueError where no word does.

    >>> frequent_words([["a", "red", "kite"], ["a", "kite"]], at_least=2)
    ['a', 'kite']
    """
    counts = Counter(word for text in texts for word in text)
    kept = [word for word in sorted(counts) if counts[word] >= at_least]
    if not kept:
        raise ValueError(f"no word occurs {at_least} times in {len(texts)} texts")
    return sorted(kept, key=lambda word: -counts[word])


def numbered(texts, vocabulary):
    """Each text as an array of word numbers (T,); a word outside the vocabulary is ABSENT.

    Raises ValueError where the vocabulary holds a word twice.
    """
    numbers = {word: number for number, word in enumerate(vocabulary)}
    if len(numbers) < len(vocabulary):
        raise ValueError(f"{len(vocabulary) - len(numbers)} words are in the vocabulary twice")
    rows = [[numbers.get(word, ABSENT) for word in text] for text in texts]
    return [np.array(row, dtype=np.int64) for row in rows]


def _checked(text):
    check_ids("words", text[text != ABSENT])
    return text.astype(np.int64)


def in_one_line(ids, window):
    """All texts as one array, `window` times ABSENT around each: no window reaches across. (L,)

    Raises ValueError where the window is below 1, or a word is no number from 0 up, or ABSENT.
    """
    if window < 1:
        raise ValueError(f"the window is {window}, it must be at least 1")
    gap = np.full(window, ABSENT)
    texts = [_checked(np.asarray(text)) for text in ids]
    return np.concatenate([gap] + [part for text in texts for part in (text, gap)])


def ordered_pairs(line, distance):
    """The words that stand `distance` places apart, the left and the right one. -> (P,), (P,)"""
    left, right = line[:-distance], line[distance:]
    both = (left != ABSENT) & (right != ABSENT)
    return left[both], right[both]


def window_pairs(ids, window):
    """Every pair (word, neighbour) at most `window` places apart in one text -> (P,), (P,).

    Both orders are pairs. An ABSENT word keeps its place in the text and is in no pair.
    Raises ValueError as in_one_line does.

    >>> words, neighbours = window_pairs([np.array([5, 6, 7])], 1)
    >>> sorted(zip(words.tolist(), neighbours.tolist()))
    [(5, 6), (6, 5), (6, 7), (7, 6)]
    """
    line = in_one_line(ids, window)
    pairs = [ordered_pairs(line, distance) for distance in range(1, window + 1)]
    left, right = (np.concatenate(side) for side in zip(*pairs))
    return np.concatenate([left, right]), np.concatenate([right, left])


def random_pairs(line, window, number, rng):
    """About `number` of the pairs that window_pairs lists, drawn with equal chances: (P,), (P,).

    A random word of the line, and one at a random distance and side; pairs in which that is ABSENT
    are left out. line (L,) is of in_one_line with this window.
    """
    places = rng.choice(np.flatnonzero(line != ABSENT), size=number)
    steps = rng.integers(1, window + 1, size=number) * rng.choice([-1, 1], size=number)
    words, neighbours = line[places], line[places + steps]
    both = neighbours != ABSENT
    return words[both], neighbours[both]


def cooccurrence(ids, num_words, window, *, sided=False):
    """counts[w, c]: how often word c stands at most `window` places from word w. -> (V, V)

    The table is symmetric. With sided=True it is (V, 2 V): first how often c stands at the left
    of w, then at the right. Pairs of one distance are counted by one bincount, each pair as one
    number, left V + right.
    Raises ValueError where a word is none of 0 to V - 1: it would be counted in another's row.
    """
    line = in_one_line(ids, window)
    check_ids("words", line[line != ABSENT], num_words)
    follows = np.zeros(num_words**2)
    for distance in range(1, window + 1):
        left, right = ordered_pairs(line, distance)
        follows += np.bincount(left * num_words + right, minlength=num_words**2)
    follows = follows.reshape(num_words, num_words)  # [w, c]: how often c stands at the right of w
    return np.hstack([follows.T, follows]) if sided else follows.T + follows


def ppmi(counts, smoothing=0.75):
    """max(0, ln P(w, c) / (P(w) P(c))), the positive pointwise mutual information. (V, V) -> (V, V)

    ln of how many times more often w and c meet than independent words would; 0 where they meet
    less often, or never. P(c) is proportional to count(c)^smoothing: below 1 that makes rare words
    less rare, else two words that met once by chance have the largest entry of all.
    Raises ValueError where counts are no counts, or the smoothing lies outside 0 to 1.
    Source: Levy, Goldberg and Dagan 2015, sections 2.1 and 3.1 (smoothing 0.75).
    """
    if not 0 <= smoothing <= 1:
        raise ValueError(f"the smoothing is {smoothing}, expected 0 to 1")
    counts = np.asarray(counts, dtype=np.float64)
    check_shapes("counts (V, C)", counts)
    if not np.isfinite(counts).all() or counts.min(initial=0) < 0 or not counts.any():
        raise ValueError("counts is a table of finite numbers >= 0, not all of them zero")
    word_share = counts.sum(axis=1, keepdims=True) / counts.sum()  # (V, 1)
    context = counts.sum(axis=0) ** smoothing  # (V,)
    expected = word_share * (context / context.sum())  # (V, V), the joint share under independence
    met = counts > 0
    surprise = np.zeros(counts.shape)
    surprise[met] = np.log(counts[met] / counts.sum() / expected[met])
    return np.maximum(surprise, 0)
