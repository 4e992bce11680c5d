"""The network's window: what more characters of context bring, and what they cost."""

import numpy as np

from block06_lm_basics.experiments.models import score_orders
from block06_lm_basics.window_model import WindowModel, windows
from shared.data import BatchOrder
from shared.optim import Adam, cosine_schedule
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream
from shared.text import evaluate

CONTEXTS = (1, 2, 4, 8, 16)
CHANNELS, HIDDEN = 16, 128  # smaller than train.py's: thirty networks are trained here
BUDGETS = (200, 700)  # updates
BATCH, LEARNING_RATE = 256, 1e-2


def trained(seed, context, ids, vocabulary_size, steps):
    """A window model after so many updates."""
    model = WindowModel(vocabulary_size, context, CHANNELS, HIDDEN, stream(seed, "start", context))
    rows = windows(ids, context)
    batches = BatchOrder(len(ids), BATCH, stream(seed, "batches"))
    optimizer = Adam(model.parameters, LEARNING_RATE)
    for step in range(steps):
        chosen = batches.next()
        loss = model.loss(rows[chosen], ids[chosen])
        optimizer.zero_gradients()
        loss.backward()
        optimizer.learning_rate = cosine_schedule(step, peak=LEARNING_RATE, total=steps, warmup=50)
        optimizer.step()
    return model


def draw(contexts, bits, ngrams, parameters, table):
    """Left: bits over the window, both budgets. Right: how many numbers are stored."""
    title = "A longer window helps at first; then each character costs more than it teaches"
    figure, (left, right) = new_figure(title, columns=2, width=9.5)
    for i, style in enumerate(("^--", "s-")):
        name = f"network, {BUDGETS[i]} updates"
        left.errorbar(contexts, bits[i].mean(0), bits[i].std(0), fmt=style, capsize=3, label=name)
    left.plot(contexts[: len(ngrams)], ngrams, "o:", label="n-gram")
    left.set_ylim(0)
    label(left, "characters of context", "bits per character, validation")
    right.plot(contexts, parameters, "s-", color=COLOURS[1], label="network: parameters")
    right.plot(contexts[: len(table)], table, "o:", color=COLOURS[2], label="n-gram: counts")
    right.set_yscale("log")
    label(right, "characters of context", "numbers stored")
    for axes in (left, right):
        axes.set_xscale("log", base=2)
        axes.set_xticks(contexts, contexts)
    return figure


def longer_windows_help_until_they_cost_more_than_they_teach(run, texts, models):
    """Windows of 1 to 16 characters, two numbers of updates, three seeds; n-grams beside them."""
    vocabulary, V = models.vocabulary, len(models.vocabulary)
    ids = vocabulary.encode(texts.train)
    seeds = [run.seed] if run.quick else list(range(run.seed, run.seed + 3))
    contexts = CONTEXTS[:3] if run.quick else CONTEXTS
    bits, sizes = np.zeros((len(BUDGETS), len(seeds), len(contexts))), []
    for k, i, j in run.progress(list(np.ndindex(bits.shape)), "windows"):
        steps = BUDGETS[k] // 10 if run.quick else BUDGETS[k]
        model = trained(seeds[i], contexts[j], ids, V, steps)
        score = evaluate(model.log_probabilities, vocabulary, texts.validation)
        bits[k, i, j] = score.bits_per_char
        sizes.append(model.size())
    known = [n for n in contexts if n < models.ngrams.order]
    by_order = score_orders(models.ngrams, vocabulary, texts.validation)
    ngrams = [by_order[n].bits_per_char for n in known]  # n characters of context: order n + 1
    tables = [sum(len(level.followers) for level in models.ngrams.levels[: n + 1]) for n in known]
    parameters = sizes[: len(contexts)]
    run.figure(draw(contexts, bits, ngrams, parameters, tables), "context_length")
    run.claim(
        "context_length",
        "From 1 to 4 characters each doubling of the window saves bits; beyond, the same number "
        "of updates teaches less and less, while the parameters grow by the same amount for each "
        "character (the n-gram's table grows many times faster)",
        seeds=seeds,
        config={"contexts": contexts, "budgets": BUDGETS, "channels": CHANNELS, "hidden": HIDDEN,
                "batch": BATCH, "learning_rate": LEARNING_RATE},
        metrics={
            "bits_mean": bits.mean(axis=1), "bits_sd": bits.std(axis=1), "ngram_bits": ngrams,
            "parameters": parameters, "ngram_counts": tables,
            "best_context": [contexts[k] for k in bits.mean(axis=1).argmin(axis=1)],
        },
    )
