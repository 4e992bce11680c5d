"""The model's bits are real bits: an arithmetic coder beside xz."""

import lzma
import math

from block06_lm_basics.arithmetic_coder import decode, encode, frequencies
from block06_lm_basics.experiments.slots import distributions

COARSE = 1 << 20  # what the frequencies added up to in the first coder, of 32 bits
CHARACTERS = {"ngram": 25_000, "window": 5_000}  # of the test split, written and read back


def xz_bytes(text):
    """The size of the text in bytes after xz at its strongest."""
    return len(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


def coarse_bits(distribution, ids):
    """The bits of the text where frequencies add up to COARSE: no character costs above 20."""
    shares = [frequencies(distribution(ids[:t]), COARSE)[c] / COARSE for t, c in enumerate(ids)]
    return -math.fsum(map(math.log2, shares))


def round_trip(distribution, log_probabilities, vocabulary, text):
    """Encode and decode the text: its sizes, the model's own bits, and whether it came back."""
    ids = vocabulary.encode(text)
    message = encode(distribution, ids)
    back = vocabulary.decode(decode(distribution, message, len(ids)))
    costs = -log_probabilities(ids) / math.log(2)
    bits = math.fsum(costs)
    return {
        "characters": len(text),
        "message_bytes": len(message),
        "bits_per_char": 8 * len(message) / len(text),
        "model_bits_per_char": bits / len(text),
        "coder_over_model": 8 * len(message) / bits,
        "coarse_coder_over_model": coarse_bits(distribution, ids) / bits,
        "largest_cost_bits": max(costs),
        "costs_above_20_bits": int((costs > math.log2(COARSE)).sum()),
        "largest_over_mean_cost": max(costs) * len(costs) / bits,
        "same_bytes": back.encode() == text.encode(),
    }


def a_models_bits_can_be_written_to_a_file(run, texts, models):
    """The test split through the coder and back, with both models; xz with and without the rest."""
    shown, found = distributions(models), {}
    for name, log_probabilities in models.by_name().items():
        text = texts.test[: CHARACTERS[name] // 10 if run.quick else CHARACTERS[name]]
        found[name] = round_trip(shown[name], log_probabilities, models.vocabulary, text)
    text = texts.test[: found["ngram"]["characters"]]
    with_training = xz_bytes(texts.train + text) - xz_bytes(texts.train)
    run.claim(
        "compression",
        "An arithmetic coder with the n-gram writes the model's own number of bits, and the text "
        "comes back to the byte; xz needs more, even when it is given the training text first",
        seeds=[run.seed],
        config={"order": models.best_order, "xz_preset": "9e"},
        metrics=found
        | {
            "original_bits_per_char": 8.0 * len(text.encode()) / len(text),
            "xz_bits_per_char": 8 * xz_bytes(text) / len(text),
            "xz_after_training_text_bits_per_char": 8 * with_training / len(text),
        },
    )
    if not all(one["same_bytes"] for one in found.values()):
        raise ValueError("the text did not come back")
    run.headline({"arithmetic_coder_bits_over_model_bits": found["ngram"]["coder_over_model"]})
