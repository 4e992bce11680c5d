"""Fine-tuning: instructions by hand, loss on the answer alone, LoRA's gradient by differences."""

import json
import re

import numpy as np
import pytest

from block10_llm_reality import proofs
from block10_llm_reality.finetuning import instructions, lora
from block10_llm_reality.tests.models import random_model, random_prompts
from shared import gpt
from shared.text import Asked, load_asked

SMALL = lora.Settings(rank=3, alpha=6.0)


@pytest.fixture(scope="module")
def asked():
    return load_asked()["validation"]


# --- instructions --------------------------------------------------------------------------------


def test_every_question_is_asked_once_and_answered_by_its_answer(asked):
    examples = instructions.question_examples(
        asked, instructions.KNOWN, np.random.default_rng(0))
    assert len(examples) == len(asked)
    for example, one in zip(examples, asked):
        assert example.prompt.startswith(one.story + "Question: ")
        assert example.answer == f" {one.answer}\n\n" and example.story == one.story


@pytest.mark.parametrize("phrasings", [instructions.KNOWN, instructions.HELD_OUT])
def test_each_phrasing_says_something_of_its_own(phrasings, asked):
    for question in ["Where did Ann live?", "Why was Bo sad?", "How many figs were there?"]:
        texts = {way(question) for way in phrasings.values()}
        assert len(texts) == len(phrasings)
    drawn = instructions.question_examples(asked, phrasings, np.random.default_rng(0))
    asked_for = [example.prompt.split("Question: ")[1] for example in drawn]
    starts = {re.sub(r"[A-Z]\w+", "X", question)[:12] for question in asked_for}
    assert len(starts) > 15


def test_held_out_phrasings_make_no_prompt_that_training_could_have(asked):
    for question in {one.question for one in asked}:
        known = {way(question) for way in instructions.KNOWN.values()}
        assert not known & {way(question) for way in instructions.HELD_OUT.values()}


@pytest.mark.parametrize(("question", "known", "other"), [
    ("Where did Ann live?", "Where was the home of Ann?", "Ann lived in which home?"),
    ("What did Bo do when it was sad?", "When it was sad, what did Bo do?",
     "Say what Bo did when it was sad."),
    ("Who had seen Bo?", "Who had seen Bo?", "Who was it: Who had seen Bo?"),
])
def test_rewording_by_hand(question, known, other):
    assert instructions.reworded(question, instructions.RULES) == known
    assert instructions.reworded(question, instructions.OTHER_RULES) == other


def test_json_answers_hold_the_story_s_facts(asked):
    examples = instructions.json_examples(asked)
    assert len(examples) == len({one.story for one in asked})
    for example in examples[:40]:
        facts = json.loads(example.answer)
        assert list(facts) == list(instructions.FIELDS)
        assert all(facts[name] in example.story for name in ("hero", "friend", "colour"))


def test_a_story_to_be_told_has_its_hero_and_thing(asked):
    examples = instructions.telling_examples(asked)
    assert len(examples) == len({one.story for one in asked})
    example = examples[0]
    assert example.prompt == "Question: Tell a story about Jack and a orange ribbon.\nAnswer:"
    assert "Jack" in example.answer and "ribbon" in example.answer and example.answer[0] == " "


def test_stories_without_a_fact_are_left_out():
    one = [Asked("s", "where", "Where did Ann live?", "in a hut")]
    assert instructions.json_examples(one) == instructions.telling_examples(one) == []


def test_the_weights_are_those_of_the_answer_s_tokens():
    def encode(text):
        return np.frombuffer(text.encode(), np.uint8).astype(int)

    example = instructions.Example("abc", "de", "who", "s")
    inputs, targets, weights = instructions.encoded(instructions.single(example), encode, begin=7)
    assert inputs.tolist() == [7, *b"abcd"] and targets.tolist() == [*b"abcde"]
    assert weights.tolist() == [0, 0, 0, 1, 1]
    assert bytes(targets[weights == 1].tolist()) == b"de"


def test_a_conversation_reads_its_story_once_and_asks_everything(asked):
    questions = instructions.by_story(asked)[asked[0].story]
    parts = instructions.conversation(questions, instructions.KNOWN, np.random.default_rng(0))
    text = "".join(piece for piece, _ in parts)
    assert text.startswith(questions[0].story) and text.count(questions[0].story) == 1
    assert text.count("Question: ") == len(questions) + 1 == text.count("\nAnswer: ")
    answers = [piece for piece, learnt in parts if learnt]
    assert [learnt for _, learnt in parts] == [False, True] * len(answers)
    assert sorted(a.strip() for a in answers if "{" not in a) == sorted(q.answer for q in questions)
    again = instructions.conversation(questions, instructions.KNOWN, np.random.default_rng(1))
    assert [a for a, learnt in again if learnt] != answers


# --- LoRA ----------------------------------------------------------------------------------------


def test_fresh_adapters_change_nothing():
    shape, parameters = random_model()
    adapters = lora.initialise(shape, SMALL, np.random.default_rng(0))
    merged = lora.merged(shape, parameters, adapters, SMALL)
    assert all(np.array_equal(merged[name], parameters[name]) for name in parameters)
    assert any(adapters[name].any() for name in adapters)


def test_the_adapters_gradients_are_the_differences():
    assert proofs.lora_gradient_error(*random_model(), SMALL, seed=0) <= 1e-6


def test_that_error_sees_a_factor_left_out(monkeypatch):
    true = lora.backward
    monkeypatch.setattr(lora, "backward", lambda *a: {
        name: g * (2 if name.endswith("B") else 1) for name, g in true(*a).items()})
    assert proofs.lora_gradient_error(*random_model(), SMALL, seed=0) > 0.1


def test_merging_by_hand_and_the_base_stays():
    shape, parameters = random_model()
    adapters = lora.initialise(shape, SMALL, np.random.default_rng(0))
    adapters["layers.1.up.B"] += 1
    before = parameters["layers.1.up"].copy()
    merged = lora.merged(shape, parameters, adapters, SMALL)
    expected = before + 2 * adapters["layers.1.up.A"] @ adapters["layers.1.up.B"]
    np.testing.assert_allclose(merged["layers.1.up"], expected, rtol=1e-6)
    assert np.array_equal(parameters["layers.1.up"], before)
    assert merged["layers.0.up"] is not None and np.array_equal(
        merged["layers.0.up"], parameters["layers.0.up"])


def test_the_trained_fraction_counts_both_factors():
    shape = gpt.Shape(23, channels=12, layers=2, heads=2, context=16, shift=2)
    adapters = lora.initialise(shape, SMALL, np.random.default_rng(0))
    total = sum(array.size for array in random_model()[1].values())
    counted = sum(array.size for array in adapters.values()) / total
    assert lora.trained_fraction(shape, SMALL) == pytest.approx(counted)
    story_model = gpt.Shape(1793)
    assert lora.trained_fraction(story_model, lora.Settings()) <= 0.10


def test_a_rank_of_nothing_is_named():
    with pytest.raises(ValueError, match="rank is 0"):
        lora.initialise(gpt.Shape(5), lora.Settings(rank=0), np.random.default_rng(0))


def test_a_prompt_s_tokens_do_not_move_the_loss():
    shape, parameters = random_model()
    (ids,) = random_prompts(shape, [10])
    flat = np.zeros(sum(array.size for array in parameters.values()))
    weights = np.array([0.0] * 5 + [1.0] * 4)

    def loss(targets):
        return gpt.loss_and_gradient(shape, parameters, [ids[:-1]], [targets], [weights], out=flat)

    other = ids[1:].copy()
    other[2] = (other[2] + 1) % shape.vocabulary_size
    assert loss(ids[1:]) == loss(other)
    other[7] = (other[7] + 1) % shape.vocabulary_size
    assert loss(ids[1:]) != loss(other)


def test_exchanged_words_change_alike_in_story_question_and_answer(asked):
    groups = [["jack", "tim", "noah"], ["orange", "red"]]
    story = "Jack had an orange kite. Tim ran.\n\n"
    one = Asked(story, "who", "Who was the friend of Jack?", "Tim")
    seen = set()
    for seed in range(20):
        (new,) = instructions.exchanged([one], groups, np.random.default_rng(seed))
        hero = new.question.split()[-1].rstrip("?")
        assert new.story.startswith(f"{hero} had an ") and f"{new.answer} ran" in new.story
        assert hero != new.answer and {hero, new.answer} <= {"Jack", "Tim", "Noah"}
        seen.add((hero, new.answer, "red" in new.story))
    assert len(seen) > 6
    assert instructions.exchanged([one], [], np.random.default_rng(0)) == [one]
