"""What the transformer is measured against: n-grams on the same tokens of the same text."""

import numpy as np

from block09_transformer.examples import by_character, pairs, whole
from block09_transformer.train import BEGIN, trained
from shared import gpt, ngram
from shared.text import Vocabulary, evaluate

LONGEST = 7  # tokens; validation chooses an order below


class Transformer:
    """A model of shared.gpt as a rival: its losses and its guesses, story by story."""

    def __init__(self, shape, parameters):
        self.shape, self.parameters = shape, parameters

    def losses(self, examples):
        """-ln P of each token after the first: a (T - 1,) per example."""
        return gpt.token_losses(self.shape, self.parameters, *pairs(examples))

    def guesses(self, example, places):
        """The likeliest token at each place of an example, given all before it."""
        logits, _ = gpt.forward(self.shape, self.parameters, [example[:-1]])
        return logits[places - 1].argmax(axis=1)


class NGrams:
    """Witten-Bell n-grams over tokens, up to LONGEST; `order` chooses one."""

    def __init__(self, examples, vocabulary_size):
        self.model = ngram.fit(np.concatenate(examples), LONGEST, vocabulary_size)
        self.order = LONGEST

    def losses(self, examples):
        return [-np.log(ngram.probabilities(self.model, e, self.order)[1:]) for e in examples]

    def guesses(self, example, places):
        """Only the last order - 1 tokens count."""
        contexts = [example[max(t - self.order + 1, 0) : t] for t in places]
        return np.array([ngram.distribution(self.model, c, self.order).argmax() for c in contexts])

    def choose(self, examples):
        """Take the order with the lowest loss on these (validation) examples. -> loss by order"""
        by_order = {}
        for self.order in range(1, LONGEST + 1):
            by_order[self.order] = float(np.concatenate(self.losses(examples)).mean())
        self.order = min(by_order, key=by_order.get)
        return by_order


def rivals(run):
    """The n-grams of the training text, their order chosen on validation, and the transformer."""
    learned = trained(run)
    if not hasattr(run, "ngrams"):
        run.ngrams = NGrams(learned.texts.examples["train"], len(learned.texts.tokenizer))
        run.ngrams.choose(learned.texts.examples["validation"])
    return {"n-gram": run.ngrams, "transformer": Transformer(learned.shape, learned.parameters)}


def as_example(story, tokenizer):
    """A story of the corpus as an example: the begin token, then its tokens."""
    return whole([story.text], tokenizer.encode, tokenizer.special[BEGIN])[0]


def character_log_p(rival, tokenizer, stories):
    """ln P of each character of each story: a list of arrays."""
    examples = [as_example(story, tokenizer) for story in stories]
    return [
        by_character(losses, example[1:], tokenizer.tokens)
        for losses, example in zip(rival.losses(examples), examples)
    ]


def score(rival, tokenizer, stories):
    """shared.text's score of a rival on whole stories, every character of them."""
    text = "".join(story.text for story in stories)
    log_p = np.concatenate(character_log_p(rival, tokenizer, stories))
    return evaluate(lambda ids: log_p, Vocabulary(text), text)
