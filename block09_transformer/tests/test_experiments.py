"""Experiments against models with a known answer: uniform, all-knowing, and a head that looks."""

from types import SimpleNamespace

import numpy as np
import pytest

from block09_transformer import proofs
from block09_transformer.experiments import choices, heads, peeking, rivals, slots, small, spike
from block09_transformer.train import BEGIN, MERGES, Texts, prepare
from shared import bpe, gpt
from shared.tensor import Tensor
from shared.text import load_tales

TALES = load_tales()
STORIES = TALES.stories["test"][:5]
TOKENIZER = bpe.Tokenizer(bpe.train(TALES.text("validation"), MERGES), [BEGIN])


class Uniform:
    """Every token is as likely as any other; the guess is token 0."""

    def losses(self, examples):
        return [np.full(len(e) - 1, np.log(len(TOKENIZER))) for e in examples]

    def guesses(self, example, places):
        return np.zeros(len(places), int)


class Knower:
    """Pays nothing and is always right."""

    def losses(self, examples):
        return [np.zeros(len(e) - 1) for e in examples]

    def guesses(self, example, places):
        return example[places]


def test_a_uniform_model_pays_the_logarithm_of_the_vocabulary_for_each_token():
    score = rivals.score(Uniform(), TOKENIZER, STORIES)
    text = "".join(story.text for story in STORIES)
    tokens = sum(len(TOKENIZER.encode(story.text)) for story in STORIES)
    assert score.bits_per_char == pytest.approx(tokens * np.log2(len(TOKENIZER)) / len(text))
    assert score.characters == len(text) and score.unknown == 0


def test_a_slot_is_scored_at_its_own_tokens():
    rows = slots.measure({"n-gram": Uniform(), "transformer": Knower()}, TOKENIZER, STORIES)
    every = np.concatenate(list(rows.values()))
    assert (every[:, 3] == 0).all() and (every[:, 5] == 1).all() and (every[:, 4] == 0).all()
    words = [story.text[s.start : s.start + s.length] for story in STORIES for s in story.slots]
    tokens = [len(TOKENIZER.encode(" " + word)) for word in words]
    assert sum(map(len, rows.values())) == len(words)
    at_least = np.log2(len(TOKENIZER))
    assert every[:, 2].min() >= at_least - 1e-9 and np.mean(every[:, 2] / at_least) == (
        pytest.approx(np.mean(tokens), rel=0.03)
    )


def test_a_model_right_at_one_slot_alone_is_right_at_that_slot_alone():
    """A scorer that looks at another place (off by one, or of another story) fails here."""
    story = STORIES[2]
    chosen = story.slots[7]

    class Right(Uniform):
        def guesses(self, example, places):
            before = story.text[: chosen.start].rstrip()
            t = 1 + len(TOKENIZER.encode(before))
            return np.where(places == t, example[places], -1)

    rows = slots.measure({"n-gram": Uniform(), "transformer": Right()}, TOKENIZER, [story])
    right = {kind: part[:, 5].sum() for kind, part in rows.items()}
    assert sum(right.values()) == 1 and right[chosen.kind] == 1


def test_settled_slots_are_those_with_one_possible_word():
    rows = slots.measure({"n-gram": Uniform(), "transformer": Knower()}, TOKENIZER, STORIES)
    every = np.concatenate(list(rows.values()))
    assert ((every[:, 0] < 0.02) == (every[:, 1] == 1)).all() and 0 < every[:, 1].mean() < 1


def test_ngrams_are_fitted_on_training_and_chosen_on_the_examples_they_are_shown():
    rng = np.random.default_rng(0)
    examples = [np.concatenate([[9], rng.integers(0, 9, 20)]) for _ in range(50)]
    counted = rivals.NGrams(examples, 10)
    by_order = counted.choose([rng.permutation(e) for e in examples])
    assert counted.order == 1 and min(by_order, key=by_order.get) == 1
    chain = [np.array([9, *(np.arange(20) + n) % 9]) for n in range(50)]
    counted = rivals.NGrams(chain, 10)
    counted.choose(chain)
    assert counted.order > 1
    assert counted.guesses(chain[0], np.array([5, 9])).tolist() == chain[0][[5, 9]].tolist()


class Looks:
    """A model of two heads: one looks evenly at all places, the other at target(t) alone."""

    def __init__(self, target):
        self.target, self.shape = target, SimpleNamespace(shift=2)

    def look(self, ids):
        T = len(ids)
        even = np.tril(np.ones((T, T))) / np.arange(1, T + 1)[:, None]
        sharp = np.zeros((T, T))
        for t in range(T):
            sharp[t, self.target(t)] = 1
        return None, [[Tensor(even), Tensor(sharp)]]


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_the_weight_on_a_name_is_found_where_it_is(after):
    story = next(s for s in STORIES if heads.name_places(s, TOKENIZER)[1])
    example, places = heads.name_places(story, TOKENIZER)
    first = {t: np.flatnonzero(example[:t] == example[t])[0] for t in places}
    assert all(first[t] + 3 < t and (example[first[t] + 1 : first[t] + 4] != example[t]).all()
               for t in places)
    looks = Looks(lambda t: first[t + 1] + after if t + 1 in first else 0)
    weights, share = heads.weights_on_names(looks, TOKENIZER, [story])  # (3, 1, 2)
    assert weights[:, 0, 1].tolist() == [after == k for k in range(3)]
    assert abs(weights[:, 0, 0].sum() - share) < 0.01 and 0 < share < 0.5


def test_the_floor_per_token_is_that_of_the_corpus():
    texts = SimpleNamespace(texts=SimpleNamespace(tokenizer=TOKENIZER), tales=TALES)
    floor = peeking.floor_per_token(texts)
    train = TALES.stories["train"][:200]
    letters = sum(len(story.text) for story in train)
    tokens = sum(len(TOKENIZER.encode(story.text)) for story in train)
    bits = floor / np.log(2) * tokens / letters
    assert 0.9 < bits / TALES.floor("train") < 1.1


def test_bits_of_a_small_model_are_those_of_the_one_evaluator():
    shape = gpt.Shape(len(TOKENIZER), channels=8, layers=1, heads=2)
    parameters = gpt.initialise(shape, np.random.default_rng(0))
    stories = [story.text for story in STORIES]
    texts = prepare({"train": stories, "test": stories}, None, MERGES)
    texts = Texts(TOKENIZER, {"test": [rivals.as_example(s, TOKENIZER) for s in STORIES]},
                  texts.characters)
    expected = rivals.score(rivals.Transformer(shape, parameters), TOKENIZER, STORIES)
    assert small.bits(shape, parameters, texts, "test") == pytest.approx(expected.bits_per_char)


def test_the_transformer_guesses_what_it_finds_likeliest_next():
    shape = gpt.Shape(30, channels=8, layers=1, heads=2)
    rival = rivals.Transformer(shape, gpt.initialise(shape, np.random.default_rng(0)))
    example = np.random.default_rng(1).integers(0, 30, 9)
    for t in (1, 4, 8):
        alone = gpt.forward(shape, rival.parameters, [example[:t]])[0][-1].argmax()
        assert rival.guesses(example, np.array([t])).tolist() == [alone]


def test_a_spread_is_the_standard_deviation_over_the_seeds():
    assert small.mean_and_sd([1.0, 3.0]) == {"mean": 2.0, "sd": 1.0}


def test_pieces_lose_no_token_and_predict_each_once():
    example = np.arange(10)
    parts = choices.pieces([example], 4)
    assert [p.tolist() for p in parts] == [[0, 1, 2, 3, 4], [4, 5, 6, 7, 8], [8, 9]]


def test_a_jump_is_the_rise_above_the_lowest_loss_before():
    assert spike.jump([5, 4, 3, 2, 6, 1]) == 4
    assert spike.jump([5, 4, 3, 2, 1]) == 0


def test_the_leak_test_tells_a_model_without_mask():
    leaky = proofs.TINY._replace(causal=False)
    assert proofs.causality_change(leaky, gpt.initialise(leaky, np.random.default_rng(0))) > 0
