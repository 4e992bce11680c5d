"""The same ladder on a text of the reader's own; and two models, each judging two texts."""

from block06_lm_basics.experiments.ladder import as_table, climb, headline_of
from block06_lm_basics.experiments.models import (
    best_of,
    ngram_log_probabilities,
    score_orders,
)
from shared import ngram
from shared.text import Vocabulary, evaluate, load_tales


def the_ladder_on_a_text_of_ones_own(run, texts, models):
    """Every order and the network on the text's last tenth, which also chose the best order."""
    orders = score_orders(models.ngrams, models.vocabulary, texts.validation)
    scores = climb(models, texts.validation)
    rows = {"uniform": scores["uniform"].nats_per_char}
    rows |= {f"order {i}": score.nats_per_char for i, score in enumerate(orders, 1)}
    table = as_table(rows | {"window model": scores["mlp"].nats_per_char})
    print(table)
    run.file("ladder.txt", table)
    run.claim(
        "ladder",
        "The same ladder on a text of one's own",
        seeds=[run.seed],
        config={"train_characters": len(texts.train), "best_order": models.best_order},
        metrics={
            "scores": {name: score._asdict() for name, score in scores.items()},
            "nats_by_order": [score.nats_per_char for score in orders],
        },
    )
    run.headline({"best_order": models.best_order} | headline_of(scores))


def perplexity_is_about_a_text_and_not_about_a_model(run, texts, models):
    """n-grams trained on the stories and on the text, each evaluated on both."""
    tales, longest = load_tales(), models.ngrams.order
    vocabulary = Vocabulary(tales.text("train"))
    ngrams = ngram.fit(vocabulary.encode(tales.text("train")), longest, len(vocabulary))
    order = best_of(score_orders(ngrams, vocabulary, tales.text("validation")))
    judges = {
        "the stories": (vocabulary, lambda ids: ngram_log_probabilities(ngrams, ids, order)),
        "the text": (models.vocabulary, models.best_ngram),
    }
    judged = {"the stories": tales.text("test"), "the text": texts.validation}
    scores = {
        f"trained on {one}, judging {other}": evaluate(log_p, alphabet, text)
        for one, (alphabet, log_p) in judges.items()
        for other, text in judged.items()
    }
    lines = [f"{name:<46} perplexity {s.perplexity:>10.2f}   unknown characters {s.unknown}"
             for name, s in scores.items()]
    table = "\n".join(lines) + "\n"
    print(table)
    run.file("two_texts.txt", table)
    run.claim(
        "two_texts",
        "The same two models have four perplexities: a perplexity belongs to a model and a text",
        seeds=[],
        config={"order_of_the_stories": order, "order_of_the_text": models.best_order},
        metrics={name: score._asdict() for name, score in scores.items()},
    )
