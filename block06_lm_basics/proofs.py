"""How far from the truth: gradients, sums to one, the two n-grams, the corpus's own probabilities.

Each function returns what was measured; the tests assert on them, `record` writes them down.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from block06_lm_basics import witten_bell
from block06_lm_basics.window_model import WindowModel, windows
from shared import ngram
from shared.checks import gradient_error
from shared.layers import parameters
from shared.seeding import stream

ROOT = Path(__file__).resolve().parent.parent
CHECKED = {"context": 5, "channels": 4, "hidden_size": 8}  # the network of the gradient check
CONTEXTS = 20  # for each order, half of them from the text and half at random
PARITY_TRAIN, PARITY_TEST = 200_000, 5_000  # characters: dictionaries are slow
STORIES = 60  # read back from tales.txt, and half as many from tales_more


def gradient_errors(ids, V, seed):
    """Relative error of the gradient of every parameter, in float64: {name: error}."""
    model = WindowModel(V, *CHECKED.values(), stream(seed, "check"), np.float64)
    rng = stream(seed, "directions")
    for tensor in parameters(model).values():  # away from the start, where half of it is zero
        tensor.data = tensor.data + 0.2 * rng.standard_normal(tensor.shape)
    rows = windows(ids, model.context)
    model.loss(rows, ids).backward()
    errors = {}
    for name, tensor in parameters(model).items():

        def loss_at(values, tensor=tensor):
            tensor.data = values
            return model.loss(rows, ids).item()

        values = tensor.data.copy()
        errors[name] = gradient_error(loss_at, values, tensor.grad, rng=rng)
        tensor.data = values
    return errors


def sum_error(models, seed):
    """The largest distance from 1 of a sum of probabilities, of any order and the network."""
    rng, V = stream(seed, "contexts"), len(models.vocabulary)
    ids, longest = models.vocabulary.encode(models.texts.test), models.ngrams.order
    worst = 0.0
    for order in range(1, longest + 1):
        for i in range(CONTEXTS):
            place = rng.integers(longest, len(ids))
            real, drawn = ids[place - longest : place], rng.integers(V, size=longest)
            context = real if i % 2 == 0 else drawn
            p = ngram.distribution(models.ngrams, context, order)
            worst = max(worst, abs(p.sum() - 1), abs(models.window.distribution(context).sum() - 1))
    return worst


def parity_error(train, test, vocabulary, order):
    """The largest difference between the dictionaries' and the arrays' P of a character."""
    slow = witten_bell.probabilities(witten_bell.fit(train, order), test, len(vocabulary))
    fast = ngram.fit(vocabulary.encode(train), order, len(vocabulary))
    return float(np.abs(ngram.probabilities(fast, vocabulary.encode(test)) - slow).max())


def read_back(stories):
    """The corpus's maker reads stories back, with the same rules by which it told them:
    {"parsed": how many, "mismatches": how many without one derivation of the recorded P}."""
    command = [sys.executable, "-m", "data.tales", "--check", str(stories)]
    found = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(found.stdout)


def record(run, models):
    """results/proofs.json, and the headline's part of it."""
    ids = models.vocabulary.encode(models.texts.train[:200])
    gradients = gradient_errors(ids, len(models.vocabulary), run.seed)
    part = PARITY_TRAIN // (10 if run.quick else 1)
    given = models.texts.train[:part], models.texts.test[:PARITY_TEST]
    parity = parity_error(*given, models.vocabulary, models.best_order)
    parsed = read_back(4 if run.quick else STORIES)
    headline = {
        "parsed_stories": parsed["parsed"],
        "parse_mismatches": parsed["mismatches"],
        "gradient_check_max_relative_error": max(gradients.values()),
        "probabilities_sum_error": sum_error(models, run.seed),
        "ngram_parity_max_abs_error": parity,
    }
    run.claim(
        "proofs",
        "The corpus is as probable as it says, gradients agree with central differences, "
        "probabilities add up to one, and dictionaries and arrays count alike",
        seeds=[run.seed],
        config=CHECKED | {"parity_train_characters": part, "parity_test_characters": PARITY_TEST},
        metrics=headline | {"gradient_errors": gradients},
    )
    run.headline(headline)
