"""What has to be exact: gradients, sums to one, the two n-grams, the corpus's own probabilities."""

import json
import subprocess
import sys

import numpy as np

from block06_lm_basics import witten_bell
from block06_lm_basics.window_model import WindowModel, windows
from shared import ngram
from shared.checks import gradient_error
from shared.data import FOLDER
from shared.seeding import stream

SUM_CONTEXTS = 50  # random contexts for each order
PARITY_TRAIN, PARITY_TEST = 200_000, 5_000  # characters: dictionaries are slow


def gradients_match_finite_differences(run, texts, models):
    """The network in float64 on windows of the corpus; every parameter, random directions."""
    V, context = len(models.vocabulary), models.window.context
    model = WindowModel(V, context, 8, 32, stream(run.seed, "check"), np.float64)
    rng = stream(run.seed, "directions")
    for tensor in model.parameters.values():  # away from the start, where half of it is zero
        tensor.data = tensor.data + 0.2 * rng.standard_normal(tensor.shape)
    ids = models.vocabulary.encode(texts.train[:200])
    rows = windows(ids, context)
    model.loss(rows, ids).backward()
    errors = {}
    for name, tensor in model.parameters.items():

        def loss_at(values, tensor=tensor):
            tensor.data = values
            return model.loss(rows, ids).item()

        values = tensor.data.copy()
        errors[name] = gradient_error(loss_at, values, tensor.grad, rng=rng)
        tensor.data = values
    run.claim(
        "gradient_check",
        "The gradient of each parameter of the network agrees with central differences",
        seeds=[run.seed],
        config={"characters": len(ids), "context": context, "channels": 8, "hidden": 32},
        metrics={"relative_error": errors},
    )
    run.headline({"gradient_check_max_relative_error": max(errors.values())})


def probabilities_add_up_to_one(run, texts, models):
    """Every order on contexts from the text and on random ones; the network as well."""
    rng, V = stream(run.seed, "contexts"), len(models.vocabulary)
    ids, longest = models.vocabulary.encode(texts.test), models.ngrams.order
    worst = 0.0
    for order in range(1, longest + 1):
        for i in range(SUM_CONTEXTS):
            place = rng.integers(longest, len(ids))
            real = i % 2 == 0
            context = ids[place - longest : place] if real else rng.integers(V, size=longest)
            p = ngram.distribution(models.ngrams, context, order)
            worst = max(worst, abs(p.sum() - 1), abs(models.window.distribution(context).sum() - 1))
    run.claim(
        "sums",
        "The probabilities of all characters add up to 1 after any context",
        seeds=[run.seed],
        config={"orders": longest, "contexts_per_order": SUM_CONTEXTS},
        metrics={"max_error": worst},
    )
    run.headline({"probabilities_sum_error": worst})


def dictionaries_and_arrays_agree(run, texts, models):
    """The block's Witten-Bell and shared/ngram's, trained on the same text, on a new one."""
    vocabulary, order = models.vocabulary, models.best_order
    part = PARITY_TRAIN // (10 if run.quick else 1)
    train, test = texts.train[:part], texts.test[:PARITY_TEST]
    tables = witten_bell.fit(train, order)
    slow = witten_bell.probabilities(tables, test, len(vocabulary))
    fast = ngram.fit(vocabulary.encode(train), order, len(vocabulary))
    error = np.abs(ngram.probabilities(fast, vocabulary.encode(test)) - slow).max()
    run.claim(
        "ngram_parity",
        "Dictionaries of counts and sorted arrays give the same probability to every character",
        seeds=[],
        config={"order": order, "train_characters": part, "test_characters": len(test)},
        metrics={"max_abs_error": error},
    )
    run.headline({"ngram_parity_max_abs_error": error})


def the_corpus_is_as_probable_as_it_says(run, texts, models):
    """The corpus's maker reads stories back: one derivation each, with the recorded probability."""
    stories = 5 if run.quick else 60
    command = [sys.executable, str(FOLDER / "tales.py"), "--check", str(stories)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    run.claim(
        "parsed",
        "A parser over the maker's own code finds exactly one derivation of each story, with the "
        "log-probability that the corpus records: the floor is exact",
        seeds=[],
        config={"stories": stories},
        metrics=found,
    )
    run.headline({"parsed_stories": found["parsed"], "parse_mismatches": found["mismatches"]})
