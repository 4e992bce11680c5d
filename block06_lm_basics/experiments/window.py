"""The network's window: what more characters of context bring, and what they cost."""

import numpy as np

from block06_lm_basics.experiments.ladder import entries
from block06_lm_basics.train import WINDOW, learn, trained
from shared.plots import COLOURS, label, new_figure
from shared.text import evaluate

CONTEXTS = (1, 2, 4, 8, 16)
BUDGETS = (200, 800)  # updates: early stops, both
SMALL = WINDOW._replace(channels=16, hidden_size=128, batch_size=256, warmup=50)  # thirty of them
JUDGED = 30_000  # characters of the validation text


def window(run):
    """Which of the windows from 1 to 16 characters is best depends on the budget: the longer
    training has the longer best window, and sixteen characters are behind eight in both. An n-gram
    of the same reach needs fewer bits, and from four characters on more numbers.
    """
    models, seeds = learn(run), run.seeds(3, quick=1)
    contexts = CONTEXTS[:3] if run.quick else CONTEXTS
    ids, judged = models.vocabulary.encode(models.texts.train), models.texts.validation[:JUDGED]
    found = {  # updates: (seeds, contexts) networks
        steps: [[small(models, ids, seed, n, steps, run.quick) for n in contexts] for seed in seeds]
        for steps in run.progress(BUDGETS, "windows")
    }
    bits = {b: np.array([[bits_of(models, m.log_probabilities, judged) for m in row]
                         for row in rows]) for b, rows in found.items()}
    known = [n for n in contexts if n < models.ngrams.order]  # n characters: order n + 1
    ngrams = [bits_of(models, lambda x, n=n: models.table(x, n + 1), judged) for n in known]
    tables = [entries(models.ngrams, n + 1) for n in known]
    parameters = [model.size() for model in found[BUDGETS[0]][0]]
    run.figure(draw(contexts, bits, ngrams, parameters, tables))
    by_budget = {f"{steps} updates": summary(contexts, values) for steps, values in bits.items()}
    run.record(
        config=SMALL._asdict() | {"context": contexts, "steps": BUDGETS, "judged": JUDGED},
        metrics=by_budget
        | {"ngram_bits": ngrams, "parameters": parameters, "ngram_counts": tables},
    )


def small(models, ids, seed, context, steps, quick):
    """A small network with this window after so many updates."""
    settings = SMALL._replace(context=context, steps=steps // 10 if quick else steps)
    return trained(ids, len(models.vocabulary), settings, seed)


def bits_of(models, log_probabilities, text):
    """Bits per character of a model on the text."""
    return evaluate(log_probabilities, models.vocabulary, text).bits_per_char


def summary(contexts, bits):
    """Mean and deviation over the seeds, bits (seeds, contexts), and the best window."""
    mean = bits.mean(axis=0)
    return {"bits": mean, "bits_sd": bits.std(axis=0), "best_context": contexts[mean.argmin()]}


def draw(contexts, by_budget, ngrams, parameters, tables):
    """Left: bits over the window for both budgets. Right: how many numbers are stored."""
    few, many = BUDGETS
    title = f"{few} updates and {many} have different best windows"
    figure, (left, right) = new_figure(title, columns=2, width=10)
    seeds = len(by_budget[few])
    for (budget, values), style in zip(by_budget.items(), ("^--", "s-")):
        left.errorbar(
            contexts, values.mean(axis=0), values.std(axis=0), fmt=style, capsize=3,
            color=COLOURS[1], label=f"network, {budget} updates",
        )
    left.plot(contexts[: len(ngrams)], ngrams, "o:", color=COLOURS[0], label="n-gram")
    left.set_ylim(0)
    told = f"bars: standard deviation over {seeds} seeds"
    label(left, "characters of context", "bits per character, validation", told)
    right.plot(contexts, parameters, "s-", color=COLOURS[1], label="network: parameters")
    right.plot(contexts[: len(tables)], tables, "o:", color=COLOURS[0], label="n-gram: counts")
    right.set_yscale("log")
    label(right, "characters of context", "numbers stored")
    for axes in (left, right):
        axes.set_xscale("log", base=2)
        axes.set_xticks(contexts, contexts)
    return figure
