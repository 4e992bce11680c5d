"""What is proved can fail: sums, the two n-grams, and the worst gradient."""

import numpy as np
import pytest

from block06_lm_basics import proofs, witten_bell
from block06_lm_basics.train import Models, Texts, score_orders
from block06_lm_basics.window_model import WindowModel
from shared import ngram
from shared.seeding import stream
from shared.tests.ways import a_run
from shared.text import Vocabulary, load_tales


@pytest.fixture(scope="module")
def small():
    """n-grams of order 4 on a few stories, and an untrained network."""
    tales = load_tales()
    texts = Texts(tales.text("train")[:20_000], tales.text("validation")[:500],
                  tales.text("test")[:3000], tales)
    vocabulary = Vocabulary(texts.train)
    ngrams = ngram.fit(vocabulary.encode(texts.train), 4, len(vocabulary))
    network = WindowModel(len(vocabulary), 4, 2, 3, stream(0, "start"))
    by_order = score_orders(ngrams, vocabulary, texts.validation)
    return Models(texts, vocabulary, ngrams, by_order, network)


def test_a_sum_that_is_wrong_at_one_order_is_noticed(small, monkeypatch):
    assert proofs.sum_error(small, 0) < 1e-9
    V = len(small.vocabulary)
    wrong = lambda model, context, order: np.full(V, (1.1 if order == 3 else 1) / V)  # noqa: E731
    monkeypatch.setattr(ngram, "distribution", wrong)
    assert proofs.sum_error(small, 0) == pytest.approx(0.1)


def test_dictionaries_that_count_otherwise_than_arrays_are_noticed(small, monkeypatch):
    given = small.texts.train[:3000], small.texts.test[:300], small.vocabulary, 5
    assert proofs.parity_error(*given) <= 1e-12
    monkeypatch.setattr(witten_bell, "probabilities", lambda tables, text, V: [2.0] * len(text))
    assert proofs.parity_error(*given) > 1


def test_the_headline_has_the_worst_gradient(small, tmp_path, monkeypatch):
    for name, value in {"gradient_errors": {"a": 1e-9, "b": 0.5, "c": 0}, "sum_error": 0.25,
                        "parity_error": 0.75, "read_back": {"parsed": 3, "mismatches": 2}}.items():
        monkeypatch.setattr(proofs, name, lambda *given, value=value: value)
    run = a_run(tmp_path)
    proofs.record(run, small)
    assert list(run.headline_numbers.values()) == [3, 2, 0.5, 0.25, 0.75]
