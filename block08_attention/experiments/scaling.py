"""Why 1 / sqrt(d): what the size of the scores does to the weights and to their gradient."""

import numpy as np

from block08_attention import attention
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream

SIZES = (2, 8, 32, 128, 512)  # d, the number of channels of a query and a key
KEYS, QUERIES = 16, 500
WAYS = {"with the root": (COLOURS[0], "o"), "without": (COLOURS[3], "s")}
QUANTITIES = {  # name -> the label of its axis, and what one would call full
    "variance": "variance of the scores",
    "entropy": "entropy of the weights (nats, median)",
    "gradient": "length of dscores (median)",
}


def root_of_d(run):
    """Without the root the variance of the scores is d: at d = 512 most queries put all weight on
    one key of 16 and pass on next to no gradient; with it neither depends on d.

    Queries and keys with independent entries of mean 0 and variance 1; five seeds.
    """
    seeds = run.seeds(5, quick=1)
    found = {way: np.array([[measured(seed, d, way) for seed in seeds] for d in SIZES])
             for way in WAYS}  # (sizes, seeds, 4)
    run.figure(draw(found))
    run.record(
        config={"sizes": SIZES, "keys": KEYS, "queries": QUERIES},
        metrics={way: {f"d{d}": summary(at) for d, at in zip(SIZES, by_size)}
                 for way, by_size in found.items()},
    )
    last = {way: summary(by_size[-1]) for way, by_size in found.items()}
    run.headline({
        f"{quantity}_{name}_d512": last[way][quantity]
        for quantity in ("entropy", "gradient")
        for name, way in (("scaled", "with the root"), ("unscaled", "without"))
    })


def measured(seed, d, way):
    """Variance of the scores; the median query's entropy and gradient; the mean query's gradient.

    The gradient is the length of dscores where dweights is drawn from N(0, 1), entry by entry.
    """
    rng = stream(seed, "scores", d)
    Q, K = rng.standard_normal((QUERIES, 1, d)), rng.standard_normal((QUERIES, KEYS, d))
    scale = 1 / np.sqrt(d) if way == "with the root" else 1.0
    _, (_, _, _, weights, _) = attention.forward(Q, K, K, scale=scale)  # (queries, 1, keys)
    dscores = attention.softmax_backward(weights, rng.standard_normal(weights.shape))
    lengths = np.linalg.norm(dscores, axis=-1)
    scores = scale * np.einsum("nqd,nkd->nk", Q, K)
    return scores.var(), np.median(entropy(weights)), np.median(lengths), lengths.mean()


def entropy(weights):
    """-sum w ln w of each row, in nats: ln S where all are equal, 0 where one has it all."""
    return -(weights * np.log(np.where(weights > 0, weights, 1.0))).sum(axis=-1)


def summary(at):
    """The means over the seeds (seeds, 4), by name."""
    return dict(zip([*QUANTITIES, "gradient_of_the_mean_query"], at.mean(axis=0)))


def draw(found):
    """One panel a quantity, over d; the seeds' spread is smaller than the marks."""
    title = "Without the root the weights of most queries become all or nothing as d grows"
    figure, axes = new_figure(title, columns=3, width=12, height=4)
    for i, (axis, y) in enumerate(zip(axes, QUANTITIES.values())):
        for way, (colour, marker) in WAYS.items():
            mean, sd = found[way][..., i].mean(axis=1), found[way][..., i].std(axis=1)
            axis.errorbar(SIZES, mean, sd, fmt=marker + "-", color=colour, label=way)
        axis.set_xscale("log", base=2)
        axis.set_xticks(SIZES, list(map(str, SIZES)))
        axis.set_yscale("log" if i == 0 else "linear")
        label(axis, "channels d of a query", y, legend=i == 0)
    axes[1].axhline(np.log(KEYS), color="0.6", linewidth=1, linestyle=":")
    axes[1].text(SIZES[0], np.log(KEYS) - 0.05, "ln 16: all alike", va="top", color="0.4")
    axes[1].set_ylim(0, 3)
    axes[2].set_ylim(bottom=0)
    return figure
