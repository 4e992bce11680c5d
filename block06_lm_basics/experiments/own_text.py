"""A text of the reader's own: two models, each judging two texts."""

from block06_lm_basics.train import (
    MOST_SYMBOLS,
    best_of,
    count_orders,
    learn,
    score_orders,
    tales_of,
)
from shared.command_line import say


def two_texts(run):
    """The same two n-grams have four perplexities: a perplexity belongs to a model and a text."""
    models, tales = learn(run), tales_of(run)
    *stories, by_order = count_orders(tales.text("train"), tales.text("validation"), MOST_SYMBOLS)
    judges = {
        "the stories": (*stories, best_of(by_order)),
        "the text": (models.vocabulary, models.ngrams, models.best_order),
    }
    judged = {"the stories": tales.text("test"), "the text": models.texts.validation}
    scores = {
        f"trained on {one}, judging {other}": score_orders(ngrams, vocabulary, text)[order - 1]
        for one, (vocabulary, ngrams, order) in judges.items()
        for other, text in judged.items()
    }
    lines = [f"{name:<46} perplexity {s.perplexity:>10.2f}   unknown characters {s.unknown}"
             for name, s in scores.items()]
    table = "\n".join(lines) + "\n"
    say(table)
    run.file("two_texts.txt", table)
    run.record(
        config={"order_of_the_stories": best_of(by_order), "order_of_the_text": models.best_order},
        metrics={name: score._asdict() for name, score in scores.items()},
    )
