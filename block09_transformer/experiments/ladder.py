"""The last step of the ladder: counts of tokens, the transformer, and the floor below all."""

import copy

from block09_transformer.experiments.rivals import rivals, score
from block09_transformer.train import trained
from shared.plots import COLOURS, label, new_figure

NGRAM, TRANSFORMER, FLOOR = COLOURS[1], COLOURS[0], COLOURS[6]


def ladder(run):
    """On test stories the transformer needs fewer bits per character than the best n-gram over the
    same tokens of the same text, and comes near the floor, the least that any model needs.
    """
    tokenizer = trained(run).texts.tokenizer
    tales = trained(run).tales
    stories = tales.stories["test"][: 6 if run.quick else None]
    both = rivals(run)
    scores = {}
    for order in (1, 2, 3, both["n-gram"].order):
        counted = copy.copy(both["n-gram"])
        counted.order = order
        name = "best n-gram" if order == both["n-gram"].order else f"{order}-gram"
        scores[name] = score(counted, tokenizer, stories)
    scores["transformer"] = score(both["transformer"], tokenizer, stories)
    floor = tales.floor("test")
    bits = {name: s.bits_per_char for name, s in scores.items()}
    run.file("ladder.txt", table(scores, floor))
    run.figure(draw(bits, floor))
    run.record(
        config={"stories": len(stories)},
        metrics={
            "best_order": both["n-gram"].order, "floor": floor,
            "scores": {name: score_._asdict() for name, score_ in scores.items()},
            "over_ngram": bits["transformer"] / bits["best n-gram"],
            "above_floor": bits["transformer"] - floor,
        },
    )
    run.headline({
        "bits_per_char_gpt": bits["transformer"],
        "bits_per_char_best_ngram": bits["best n-gram"],
        "bits_per_char_floor": floor,
    })


def table(scores, floor):
    """Bits and perplexity per character, one line a model."""
    lines = [f"{'model':<14}{'bits per character':>20}{'perplexity per character':>27}"]
    rows = {name: score.bits_per_char for name, score in scores.items()} | {"floor": floor}
    lines += [f"{name:<14}{bits:>20.3f}{2 ** bits:>27.3f}" for name, bits in rows.items()]
    return "\n".join(lines) + "\n"


def draw(bits, floor):
    """A bar for each model, and the floor as a line."""
    figure, (axes,) = new_figure("The transformer comes near the floor, the n-grams do not")
    colours = [TRANSFORMER if name == "transformer" else NGRAM for name in bits]
    bars = axes.bar(list(bits), list(bits.values()), color=colours)
    axes.bar_label(bars, fmt="%.3f")
    axes.axhline(floor, color=FLOOR, linestyle="--", label=f"floor: {floor:.3f}")
    label(axes, "model (n-grams of tokens)", "bits per character, test stories")
    return figure
