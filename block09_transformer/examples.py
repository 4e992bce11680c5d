"""Texts as examples: a begin token, then the tokens of one whole story; and back to characters.

The model reads example[:-1] and predicts example[1:], so that the first token of a story is
predicted too, from the begin token alone.
"""

import math

import numpy as np

from shared.data import DataError


def whole(texts, encode, begin):
    """One example per story: [begin, its tokens]."""
    return [np.concatenate([[begin], encode(text)]) for text in texts]


def windows(text, encode, begin, length):
    """A text without stories, cut into examples of at most `length` tokens after the begin token.

    Raises DataError where the text has fewer than `length` tokens.
    """
    ids = encode(text)
    if len(ids) < length:
        raise DataError(f"the text has {len(ids)} tokens, fewer than one example of {length}")
    return [np.concatenate([[begin], ids[i : i + length]]) for i in range(0, len(ids), length)]


def pairs(examples):
    """What goes in and what should come out: the examples without their last and first token."""
    return [ids[:-1] for ids in examples], [ids[1:] for ids in examples]


def characters(ids, tokens):
    """For each token the place of the character it ends in: (T,) ids -> (T,) places.

    tokens[n] is the bytes of id n. A token that ends inside a character ends in that character.

    >>> characters([0, 1], [b"The", b" dog"]).tolist()
    [2, 6]
    """
    content = b"".join(tokens[n] for n in ids)
    starts = (np.frombuffer(content, np.uint8) & 0xC0) != 0x80  # in UTF-8 a character begins here
    place_of = np.cumsum(starts) - 1  # the character of each byte
    ends = np.cumsum([len(tokens[n]) for n in ids])
    return place_of[ends - 1]


def by_character(losses, ids, tokens):
    """ln P of each character of a story, from the nats of its tokens, each paid at its last one."""
    places = characters(ids, tokens)
    log_p = np.zeros(int(places[-1]) + 1)
    np.subtract.at(log_p, places, losses)
    return log_p


def in_bits_per_character(losses, number_of_characters):
    """The nats of all tokens as bits per character."""
    return math.fsum(np.concatenate(losses)) / math.log(2) / number_of_characters
