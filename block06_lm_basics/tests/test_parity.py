"""Dictionaries of counts and shared/ngram's sorted arrays give the same probabilities."""

import numpy as np
import pytest

from block06_lm_basics.sampling import write_on
from block06_lm_basics.witten_bell import distribution, fit, probabilities
from shared import ngram
from shared.seeding import stream
from shared.text import Vocabulary

TOLERANCE = 1e-12


def random_text(length, seed, symbols="abcdefgh ."):
    weights = stream(seed, "weights").dirichlet(np.full(len(symbols), 0.5))
    return "".join(stream(seed, "text").choice(list(symbols), length, p=weights))


def both(text, order):
    vocabulary = Vocabulary(text)
    arrays = ngram.fit(vocabulary.encode(text), order, len(vocabulary))
    return vocabulary, fit(text, order), arrays


@pytest.mark.parametrize("order", [1, 2, 3, 5, 9])
@pytest.mark.parametrize("length", [1, 2, 7, 3000])
def test_every_character_has_the_same_probability(order, length):
    vocabulary, tables, arrays = both(random_text(length, 0), order)
    for seed in (0, 1):  # the training text itself, and another
        known = vocabulary.decode(vocabulary.encode(random_text(500, seed)))
        slow = probabilities(tables, known, len(vocabulary))
        fast = ngram.probabilities(arrays, vocabulary.encode(known))
        assert np.abs(fast - slow).max() <= TOLERANCE


@pytest.mark.parametrize("order", [1, 2, 4, 7])
def test_every_context_has_the_same_distribution(order):
    text = random_text(2000, 0)
    vocabulary, tables, arrays = both(text, order)
    contexts = ["", "a", text[:3], text[50:70], "\ufffd\ufffd", "zz" + text[5:9]]
    for context in contexts:
        known = vocabulary.decode(vocabulary.encode(context))
        slow = distribution(tables, known, vocabulary.symbols)
        fast = ngram.distribution(arrays, vocabulary.encode(known))
        assert np.abs(fast - slow).max() <= TOLERANCE


def test_leaving_out_the_long_contexts_is_the_same_as_not_having_counted_them():
    text = random_text(2000, 0)
    vocabulary, tables, arrays = both(text, 6)
    for order in range(1, 7):
        fast = ngram.probabilities(arrays, vocabulary.encode(text), order)
        slow = probabilities(tables[:order], text, len(vocabulary))
        assert np.abs(fast - slow).max() <= TOLERANCE


def test_both_write_the_same_text_from_the_same_numbers():
    text = random_text(2000, 0)
    vocabulary, tables, arrays = both(text, 4)

    def dictionaries(ids):
        return np.array(distribution(tables, vocabulary.decode(ids), vocabulary.symbols))

    start, numbers = vocabulary.encode(text[:3]), stream(0, "sample").random(200)
    fast = ngram.sample(arrays, start, 200, stream(0, "sample"))
    assert write_on(dictionaries, start, numbers).tolist() == fast.tolist()
