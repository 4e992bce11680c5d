"""Analogies: settings chosen on some relations and scored on others; which fail, and why."""

import numpy as np

from block05_embeddings.experiments.truth import (
    LEARNED,
    NARROW,
    WIDE,
    analogy_accuracies,
    directions,
    ends_if_quick,
    svd_vectors,
)
from block05_embeddings.similarity import analogy, analogy_questions, cosine_similarity
from block05_embeddings.svd_vectors import word_vectors
from shared.plots import heat_map, new_figure
from shared.seeding import stream

UNITS, WINDOWS = ("sentence", "story"), (2, 3, 5, 8)
RANKS, POWERS = (50, 100, 200), (0.0, 0.5, 1.0)
HALVINGS = 3
EQUALLY_GOOD = 0.02  # a smaller difference is one or two questions of a relation
WINDOWS_SHOWN = (1, 2, 3, 5, 8)


# --- settings on one half, score on the other -------------------------------------------------


def svd_settings(corpus, run):
    """The accuracies of every setting of counted vectors: {"sentence 2 50 0.0": {relation: ...}}"""
    found = {}
    for unit in UNITS[:1] if run.quick else UNITS:
        for window in ends_if_quick(WINDOWS, run):
            U, S = directions(corpus, unit, window, max(RANKS), run.seed)
            for rank in (rank for rank in RANKS if rank <= len(S)):
                for power in POWERS:
                    vectors = word_vectors(U, S, rank, power)
                    name = f"{unit} {window} {rank} {power}"
                    found[name] = analogy_accuracies(vectors, corpus.relations)
    return found


def skipgram_settings(corpus, models):
    """The accuracies of every trained model, by its W and by W + C."""
    found = {}
    for name, (W, C) in models.learned.items():
        found[f"{name} W"] = analogy_accuracies(W, corpus.relations)
        found[f"{name} W+C"] = analogy_accuracies(W + C, corpus.relations)
    return found


def halvings(relations, seed):
    """Three random ways to cut the relations in two: those to choose on, those to score on."""
    for number in range(HALVINGS):
        order = stream(seed, "halving", number).permutation(sorted(relations)).tolist()
        yield order[: len(order) // 2], order[len(order) // 2 :]


def held_out(found, relations, seed):
    """For each halving the best settings, their accuracy there, and on the relations held out.

    Settings within EQUALLY_GOOD of the best cannot be told apart: the score is their mean.
    """
    rows = []
    for chosen_on, scored_on in halvings(relations, seed):
        on_chosen = {s: float(np.mean([row[n] for n in chosen_on])) for s, row in found.items()}
        highest = max(on_chosen.values())
        best = [setting for setting, value in on_chosen.items() if value >= highest - EQUALLY_GOOD]
        scores = {s: float(np.mean([found[s][n] for n in scored_on])) for s in best}
        rows.append(
            {
                "chosen_on": chosen_on, "scored_on": scored_on, "best_settings": len(best),
                "accuracy_chosen_on": highest, "accuracy": float(np.mean([*scores.values()])),
                "worst_of_the_best": min(scores.values()),
                "worst_setting": min(scores, key=lambda setting: scores[setting]),
            }
        )
    return rows


def analogies_hold_on_relations_that_chose_nothing(run, corpus, models):
    """Counted and learned vectors, each with three halvings of the relations."""
    judged = {name: pairs for name, pairs in corpus.relations.items() if len(pairs) > 1}
    settings = {
        "svd": svd_settings(corpus, run), "skipgram": skipgram_settings(corpus, models)
    }
    halved = {kind: held_out(found, judged, run.seed) for kind, found in settings.items()}
    means = {
        kind: float(np.mean([row["accuracy"] for row in rows])) for kind, rows in halved.items()
    }
    run.claim(
        "analogies",
        "Offsets found on some relations also hold on relations that had no part in any choice",
        seeds=[run.seed],
        config={
            "equally_good": EQUALLY_GOOD, "units": UNITS, "windows": WINDOWS, "ranks": RANKS,
            "powers": POWERS,
            "relations": {name: len(pairs) for name, pairs in judged.items()},
        },
        metrics={
            "halvings": halved, "mean": means,
            "settings_tried": {kind: len(found) for kind, found in settings.items()},
            "skipgram_settings": {
                name.replace(" ", "_"): float(np.mean([*row.values()]))
                for name, row in settings["skipgram"].items()
            },
        },
    )
    run.headline({f"analogy_accuracy_{kind}": mean for kind, mean in means.items()})


# --- those that fail ----------------------------------------------------------------------------


def answered(vectors, pairs, categories, exclude):
    """What the answers to a relation's questions are: right, of the right category, c itself, b."""
    questions, answers = analogy_questions(pairs)
    given = analogy(vectors, questions, exclude=exclude)
    return {
        "right": float((given == answers).mean()),
        "right_category": float((categories[given] == categories[answers]).mean()),
        "c_itself": float((given == questions[:, 2]).mean()),
        "b_again": float((given == questions[:, 1]).mean()),
    }


def partner_margin(vectors, pairs):
    """How much nearer, in cosine, a word is to its own partner than to the partners of others."""
    cosines = cosine_similarity(vectors[pairs[:, 0]], vectors[pairs[:, 1]])  # (N, N)
    own = np.eye(len(pairs), dtype=bool)
    return float(cosines[own].mean() - cosines[~own].mean())


def draw_failures(run, names, windows, right, category):
    figure, axes = new_figure(
        "A narrow window finds the kind of the answer and guesses which; a wide one loses the kind",
        columns=2, width=11,
    )
    for panel, (title, table) in zip(
        axes, (("the right word", right), ("a word of the right category", category))
    ):
        columns = [f"{window}" for window in windows]
        heat_map(panel, table, names, columns, number_format=".2f", limits=(0, 1))
        panel.set(title=f"share of answers that are {title}", xlabel="window (words)")
    run.figure(figure, "failed_analogies")


def an_analogy_fails_where_no_window_tells_its_pairs_apart(run, corpus, models):
    """Accuracy, right category and partner margin of each relation for five windows."""
    names = [name for name, pairs in corpus.relations.items() if len(pairs) > 1]
    setting = {key: WIDE[key] for key in ("unit", "rank", "power")}
    windows, rows = ends_if_quick(WINDOWS_SHOWN, run), []
    for window in windows:
        vectors = svd_vectors(corpus, run.seed, window=window, **setting)
        row = {}
        for name in names:
            pairs = corpus.relations[name]
            row[name] = answered(vectors, pairs, corpus.categories, True)
            row[name]["partner_margin"] = partner_margin(vectors, pairs)
            row[name]["guess"] = 1 / (len(pairs) - 1)
        rows.append(row)
    right, category = (
        np.array([[row[name][key] for row in rows] for name in names])
        for key in ("right", "right_category")
    )
    draw_failures(run, names, windows, right, category)
    run.claim(
        "failed_analogies",
        "Where no word within the window belongs to one pair of a relation alone, the answer has "
        "the right category and is otherwise a guess",
        seeds=[run.seed], config=setting | {"windows": windows},
        metrics={f"window_{window}": row for window, row in zip(windows, rows)},
    )


def allowing_the_words_of_the_question_costs_answers(run, corpus, models):
    """The same questions with the three words of the question allowed as answers."""
    kinds = {
        "svd": models.wide,
        "skipgram": models.learned[LEARNED][0],
        "narrow": models.narrow,
    }
    metrics = {}
    for kind, vectors in kinds.items():
        for exclude in (True, False):
            rows = [
                answered(vectors, pairs, corpus.categories, exclude)
                for pairs in corpus.relations.values() if len(pairs) > 1
            ]
            means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
            metrics[f"{kind}_{'excluded' if exclude else 'allowed'}"] = means
    run.claim(
        "query_words",
        "Where the words of the question may be answers, some answers are words of the question; "
        "in narrow vectors, where a and c are nearly the same, most are b",
        seeds=[run.seed], config={"svd": WIDE, "skipgram": LEARNED, "narrow": NARROW},
        metrics=metrics,
    )
