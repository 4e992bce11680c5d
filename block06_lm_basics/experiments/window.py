"""The network's window: what more characters of context bring, and what they cost."""

import numpy as np

from block06_lm_basics.experiments.ladder import entries
from block06_lm_basics.train import WINDOW, learn, score_orders, trained
from shared.plots import COLOURS, label, new_figure
from shared.text import evaluate

CONTEXTS = (1, 2, 4, 8, 16)
BUDGETS = (200, 800)  # updates: early stops, both
SMALL = WINDOW._replace(channels=16, hidden_size=128, batch_size=256, warmup=50)  # thirty of them


def window(run):
    """Which of the windows from 1 to 16 characters is best depends on the budget: the longer
    training has the longer best window, and sixteen characters are behind eight in both. An n-gram
    of the same reach needs fewer bits, from four characters on, and many times the numbers.
    """
    models, seeds = learn(run), run.seeds(3, quick=1)
    contexts = CONTEXTS[:3] if run.quick else CONTEXTS
    cases = [(s, b, n) for s in seeds for b in BUDGETS for n in contexts]
    found = {case: bits(models, *case, run.quick) for case in run.progress(cases, "windows")}
    by_budget = {  # updates: (seeds, contexts)
        b: np.array([[found[s, b, n][0] for n in contexts] for s in seeds]) for b in BUDGETS
    }
    orders = score_orders(models.ngrams, models.vocabulary, models.texts.validation)
    known = [n for n in contexts if n < len(orders)]  # n characters of context: order n + 1
    tables = [entries(models.ngrams, n + 1) for n in known]
    ngrams = [orders[n].bits_per_char for n in known]
    parameters = [found[seeds[0], BUDGETS[0], n][1] for n in contexts]
    run.figure(draw(contexts, by_budget, ngrams, parameters, tables))
    run.record(
        config=SMALL._asdict() | {"contexts": contexts, "steps": BUDGETS},
        metrics={
            f"{b} updates": {
                "bits": values.mean(axis=0),
                "bits_sd": values.std(axis=0),
                "best_context": contexts[values.mean(axis=0).argmin()],
            }
            for b, values in by_budget.items()
        }
        | {"ngram_bits": ngrams, "parameters": parameters, "ngram_counts": tables},
    )


def bits(models, seed, steps, context, quick):
    """-> bits per character on validation after so many updates, and how many numbers were
    learned."""
    settings = SMALL._replace(context=context, steps=steps // 10 if quick else steps)
    ids = models.vocabulary.encode(models.texts.train)
    model = trained(ids, len(models.vocabulary), settings, seed)
    score = evaluate(model.log_probabilities, models.vocabulary, models.texts.validation)
    return score.bits_per_char, model.size()


def draw(contexts, by_budget, ngrams, parameters, tables):
    """Left: bits over the window for both budgets. Right: how many numbers are stored."""
    few, many = BUDGETS
    title = f"{few} updates and {many} have different best windows"
    figure, (left, right) = new_figure(title, columns=2, width=10)
    seeds = len(by_budget[few])
    for (budget, values), style, colour in zip(by_budget.items(), ("^--", "s-"), (3, 1)):
        left.errorbar(
            contexts, values.mean(axis=0), values.std(axis=0), fmt=style, capsize=3,
            color=COLOURS[colour], label=f"network, {budget} updates",
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
