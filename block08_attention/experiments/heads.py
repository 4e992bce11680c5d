"""Two questions at once: one head against two."""

import numpy as np

from block08_attention.train import TWO_LOOKS, score, shorter, trained
from shared.plots import COLOURS, heat_map, label, new_figure

QUESTIONS = ("the word before", "the place of the same word")
TWO_HEADS = TWO_LOOKS._replace(channels=64)  # nine trainings: a little less exact, half the time
ONE_HEAD = TWO_HEADS._replace(num_heads=1)
WAYS = {  # settings, options of the task, questions that are asked
    "two heads": (TWO_HEADS, {}, (0, 1)),
    "one head": (ONE_HEAD, {}, (0, 1)),
    "one head, the second alone": (ONE_HEAD, {"only": 1}, (1,)),
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
        config={way: shorter(settings, run.quick)._asdict()
                for way, (settings, _, _) in WAYS.items()},
        metrics={way: by_question | {"answered": answered(by_question)}
                 for way, by_question in accuracy.items()}
        | {"weight_of_the_better_head": best_head(scores["two heads"])},
    )


def answered(by_question):
    """For each seed how many of the questions are answered, nine times in ten or more."""
    return (np.array(list(by_question.values())) >= 0.9).sum(axis=0)


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
    """Left a mark for each way, question and seed; right how two heads divide the work."""
    title = "Of two questions at once one head answers one, two heads answer both"
    figure, (left, right) = new_figure(title, columns=2, width=12)
    for q, question in enumerate(QUESTIONS):
        for i, by_question in enumerate(accuracy.values()):
            found = by_question.get(question, np.array([]))
            places = i + 0.25 * (np.arange(len(found)) - (len(found) - 1) / 2)
            left.plot(places, found, "os"[q], color=COLOURS[[2, 5][q]], markersize=9 - 3 * q,
                      label=question if i == 0 else None)
    left.set(ylim=(0, 1.05), xlim=(-0.5, len(WAYS) - 0.5))
    left.set_xticks(range(len(WAYS)), ["two heads", "one head", "one head,\nthe second alone"])
    count = len(accuracy["two heads"][QUESTIONS[0]])
    label(left, f"{count} seeds side by side", "share of right answers", legend=False)
    left.legend(loc="center left", fontsize=9)
    heat_map(right, weight, ["head 1", "head 2"], QUESTIONS, number_format=".2f",
             colour_map="Blues", limits=(0, 1))
    label(right, "question", "", "weight on the place of the answer, two heads, first seed")
    return figure
