"""The ladder: every model of the block on one text, in nats, bits and perplexity."""

from block06_lm_basics.entropy import perplexity, to_bits
from block06_lm_basics.experiments.models import (
    Models,
    ngram_log_probabilities,
    uniform_log_probabilities,
)
from shared.text import Score, evaluate

HEADLINE = {"uniform", "unigram", "bigram", "best_ngram", "mlp"}


def climb(models: Models, text: str) -> dict[str, Score]:
    """The score of each model on the text, from knowing nothing upwards."""
    rungs = {"uniform": uniform_log_probabilities(models.vocabulary)}
    for name, order in (("unigram", 1), ("bigram", 2), ("trigram", 3)):
        rungs[name] = lambda ids, n=order: ngram_log_probabilities(models.ngrams, ids, n)
    rungs["best_ngram"] = models.best_ngram
    rungs["mlp"] = models.window.log_probabilities
    return {name: evaluate(rung, models.vocabulary, text) for name, rung in rungs.items()}


def as_table(rows: dict[str, float]) -> str:
    """{name: nats per character} as aligned lines, in three units."""
    lines = [f"{'model':<14} {'nats/char':>10} {'bits/char':>10} {'perplexity':>11}"]
    for name, nats in rows.items():
        lines.append(f"{name:<14} {nats:>10.4f} {to_bits(nats):>10.4f} {perplexity(nats):>11.3f}")
    return "\n".join(lines) + "\n"


def headline_of(scores: dict[str, Score]) -> dict[str, float]:
    """The ladder's headline numbers."""
    bits = {f"bits_per_char_{k}": s.bits_per_char for k, s in scores.items() if k in HEADLINE}
    names = ("best_ngram", "mlp")
    return bits | {f"perplexity_{name}": scores[name].perplexity for name in names}


def each_rung_needs_fewer_bits_than_the_one_below(run, texts, models):
    """All models on the whole test split, beside the floor that the corpus's writer knows."""
    scores = climb(models, texts.test)
    floor = texts.tales.floor("test")
    rows = {name: score.nats_per_char for name, score in scores.items()}
    table = as_table(rows | {"floor": floor * rows["uniform"] / scores["uniform"].bits_per_char})
    print(table)
    run.file("ladder.txt", table)
    run.claim(
        "ladder",
        "From uniform to unigram, bigram and the best n-gram the bits per character fall; a "
        "network on a window comes close to the best n-gram, and both stay far above the floor",
        seeds=[run.seed],
        config={"best_order": models.best_order, "context": models.window.context},
        metrics={
            "scores": {name: score._asdict() for name, score in scores.items()},
            "floor_bits_per_char": floor,
            "floor_bits_per_story": floor * len(texts.test) / len(texts.tales.stories["test"]),
            "network_parameters": models.window.size(),
            "table_entries": sum(
                len(level.followers) for level in models.ngrams.levels[: models.best_order]
            ),
        },
    )
    best = scores["best_ngram"].bits_per_char
    run.headline({"floor_bits_per_char_test": floor, "best_ngram_over_floor": best / floor})
    run.headline(headline_of(scores))
