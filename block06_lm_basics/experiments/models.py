"""What a run has fitted and on which texts: every experiment gets it."""

import math
from typing import NamedTuple

import numpy as np

from block06_lm_basics.window_model import WindowModel
from shared import ngram
from shared.text import Score, Tales, Vocabulary, evaluate


class Texts(NamedTuple):
    """Three parts of one text. A reader's own text has no third part: its test is its validation.

    tales is None where the text is the reader's own.
    """

    train: str
    validation: str
    test: str
    tales: Tales | None


class Models(NamedTuple):
    """The n-grams of every order up to the longest, the best order on validation, the network."""

    vocabulary: Vocabulary
    ngrams: ngram.NGram
    best_order: int
    window: WindowModel

    def best_ngram(self, ids: np.ndarray) -> np.ndarray:
        """ln P(ids[t] | ids[:t]) of the best n-gram: (T,) -> (T,)."""
        return ngram_log_probabilities(self.ngrams, ids, self.best_order)

    def by_name(self) -> dict:
        """The two models that are compared everywhere, as functions of the ids."""
        return {"ngram": self.best_ngram, "window": self.window.log_probabilities}


def ngram_log_probabilities(model: ngram.NGram, ids: np.ndarray, order: int) -> np.ndarray:
    """ln P of each character under the n-gram of this order: (T,) -> (T,)."""
    return np.log(ngram.probabilities(model, ids, order))


def score_orders(model: ngram.NGram, vocabulary: Vocabulary, text: str) -> list[Score]:
    """The score of every order from 1 to the model's own."""
    return [
        evaluate(lambda ids, n=n: ngram_log_probabilities(model, ids, n), vocabulary, text)
        for n in range(1, model.order + 1)
    ]


def best_of(scores: list[Score]) -> int:
    """The order with the lowest loss, the first of them."""
    return 1 + min(range(len(scores)), key=lambda i: scores[i].nats_per_char)


def uniform_log_probabilities(vocabulary: Vocabulary):
    """The model that knows the alphabet and nothing else."""
    return lambda ids: np.full(len(ids), -math.log(len(vocabulary)))
