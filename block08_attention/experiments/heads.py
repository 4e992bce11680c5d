"""Two questions at once: one head against two."""

import numpy as np

from block08_attention.train import TWO_LOOKS, score, shorter, trained
from shared.plots import COLOURS, heat_map, label, new_figure

QUESTIONS = ("the word before", "the place of the same word")
ONE_HEAD = TWO_LOOKS._replace(num_heads=1)
WAYS = {  # settings, options of the task, questions that are asked
    "two heads": (TWO_LOOKS, {}, (0, 1)),
    "one head": (ONE_HEAD, {}, (0, 1)),
    "one head, the second alone": (ONE_HEAD._replace(questions=1), {"only": 1}, (1,)),
}


def two_questions(run):
    """Two heads answer two questions about each word at once, one for each; one head with as many
    weights answers one of them, although it learns the other where that is asked alone (three
    seeds).
    """
    seeds = run.seeds(3, quick=1)
    scores = {way: [reached(way, seed, run.quick) for seed in seeds]
              for way in run.progress(WAYS, "heads")}
    accuracy = {
        way: {QUESTIONS[q]: np.array([s.accuracy[i] for s in scores[way]])
              for i, q in enumerate(questions)}
        for way, (_, _, questions) in WAYS.items()
    }
    run.figure(draw(accuracy, scores["two heads"][0].weight))
    run.record(
        config={way: settings._asdict() for way, (settings, _, _) in WAYS.items()},
        metrics={
            way: {question: {"mean": s.mean(), "sd": s.std()} for question, s in by_one.items()}
            for way, by_one in accuracy.items()
        } | {"weight_of_the_better_head": best_head(scores["two heads"])},
    )


def reached(way, seed, quick):
    """The score after training with these heads on these questions."""
    settings, options, _ = WAYS[way]
    settings = shorter(settings, quick)
    return score(trained(settings, seed, **options), settings, seed, **options)


def best_head(scores):
    """For each question the weight of the better head on the answer's place: mean over seeds."""
    weights = np.mean([score.weight.max(axis=0) for score in scores], axis=0)  # (A,)
    return dict(zip(QUESTIONS, weights))


def draw(accuracy, weight):
    """Left a bar for each way and question; right how two heads divide the work, for one seed."""
    figure, (left, right) = new_figure("Two looks at once need two heads", columns=2, width=12)
    for q, question in enumerate(QUESTIONS):
        asked = [(i, by_one[question]) for i, by_one in enumerate(accuracy.values())
                 if question in by_one]
        bars = left.bar([i + 0.4 * (q - 0.5) for i, _ in asked], [s.mean() for _, s in asked], 0.38,
                        yerr=[s.std() for _, s in asked], capsize=3, color=COLOURS[[2, 5][q]],
                        label=question)
        left.bar_label(bars, fmt="%.2f", padding=3)
    left.set(ylim=(0, 1.3), yticks=np.arange(0, 1.1, 0.2))
    left.set_xticks(range(len(WAYS)), ["two heads", "one head", "one head,\nthe second alone"])
    count = len(accuracy["two heads"][QUESTIONS[0]])
    label(left, f"bars: standard deviation over {count} seeds", "share of right answers",
          legend=False)
    left.legend(loc="upper center", ncols=2, fontsize=9)
    heat_map(right, weight, ["head 1", "head 2"], QUESTIONS, number_format=".2f",
             colour_map="Blues", limits=(0, 1))
    label(right, "place of the answer to", "", "mean weight on it, two heads, one seed")
    return figure
