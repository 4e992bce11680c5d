"""The model's bits are real bits: an arithmetic coder beside xz."""

import lzma
import math

import numpy as np

from block06_lm_basics.arithmetic_coder import decode, encode
from block06_lm_basics.train import learn
from shared import ngram

COARSE = 1 << 20  # what the frequencies added up to in the first coder, of 32 bits
CHARACTERS = 20_000  # of the test text, written and read back


def compression(run):
    """An arithmetic coder with the best n-gram writes as many bits as the model's loss says, and
    the text comes back to the byte; xz needs more, even where it is given the training text first.
    """
    models = learn(run)
    text = models.texts.test[: CHARACTERS // 20 if run.quick else CHARACTERS]
    found = round_trip(models, text)
    train = models.texts.train
    after_training = xz_bytes(train + text) - xz_bytes(train)
    run.record(
        config={"order": models.best_order, "xz_preset": "9e"},
        metrics=found
        | {
            "original_bits_per_char": 8 * len(text.encode()) / len(text),
            "xz_bits_per_char": 8 * xz_bytes(text) / len(text),
            "xz_after_training_text_bits_per_char": 8 * after_training / len(text),
        },
    )
    if not found["same_bytes"]:
        raise ValueError("the decoded text is not the one that was encoded")
    run.headline({"arithmetic_coder_bits_over_model_bits": found["coder_over_model"]})


def remembering(models):
    """The best n-gram as a function from ids to P(next); it remembers what it was asked."""
    known = {}

    def distribution(ids):
        recent = ids[max(len(ids) - models.best_order + 1, 0) :]
        key = recent.tobytes()
        if key not in known:
            known[key] = ngram.distribution(models.ngrams, recent, models.best_order)
        return known[key]

    return distribution


def round_trip(models, text):
    """Encode and decode the text: its sizes, the model's own bits, and whether it came back."""
    distribution, ids = remembering(models), models.vocabulary.encode(text)
    message = encode(distribution, ids)
    back = models.vocabulary.decode(decode(distribution, message, len(ids)))
    costs = -models.table(ids) / math.log(2)
    bits = math.fsum(costs)
    return {
        "characters": len(text),
        "message_bytes": len(message),
        "bits_per_char": 8 * len(message) / len(text),
        "model_bits_per_char": bits / len(text),
        "coder_over_model": 8 * len(message) / bits,
        "coarse_coder_over_model": coarse_bits(costs, len(models.vocabulary)) / bits,
        "largest_cost_bits": max(costs),
        "costs_above_20_bits": int((costs > math.log2(COARSE)).sum()),
        "largest_over_mean_cost": max(costs) * len(costs) / bits,
        "same_bytes": back.encode() == text.encode(),
    }


def coarse_bits(costs, V):
    """What a coder with frequencies of at least 1 in COARSE would pay for characters of these
    costs in bits: none pays more than 20."""
    shares = (1 + np.floor(2.0**-costs * (COARSE - V))) / COARSE
    return -math.fsum(np.log2(shares))


def xz_bytes(text):
    """The size of the text in bytes after xz at its strongest."""
    return len(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
