"""The experiments against models with known answers, and on a quick run's own small models."""

import json

import numpy as np
import pytest

from block10_llm_reality import report
from block10_llm_reality.evaluation import harness
from block10_llm_reality.evaluation.harness import Model as Answering
from block10_llm_reality.experiments import decoding, evals, models, robust, studies, tuning
from block10_llm_reality.finetuning import instructions
from block10_llm_reality.tests.models import random_model
from block10_llm_reality.train import BEGIN, Data, Model
from shared import bpe
from shared.tests.ways import a_run
from shared.text import load_asked, load_tales


@pytest.fixture(scope="module")
def tales():
    return load_tales()


@pytest.fixture
def run(tmp_path, tales):
    """A run whose models are small random ones, and whose data is the corpus."""
    run = a_run(tmp_path)
    shape, parameters = random_model(dtype=np.float32, vocabulary_size=257, context=512)
    model = Model(shape, parameters, bpe.Tokenizer([], [BEGIN]))
    stories = [story.text for story in tales.stories["train"][:50]]
    held_out = [story.text for story in tales.stories["validation"][:4]]
    data = Data(tales, stories, held_out, load_asked(), model.tokenizer)
    run.learned = models.Learned(data, model, model, model, {})
    return run


def knows(run):
    """A "model" that looks the answer up."""
    asked = run.learned.data.asked["test"]
    answers = {}
    for ways in (instructions.KNOWN, instructions.HELD_OUT):
        for one in asked:
            for way in ways.values():
                answers[instructions.prompt_of(one.story, way(one.question))] = one.answer
    return Answering(
        "knows", lambda prompts: [answers.get(prompt, "?") for prompt in prompts],
        lambda requests: [(float(b.strip() == answers.get(a)), True) for a, b in requests])


def test_texts_end_at_the_end_and_batches_do_not_matter(run, monkeypatch):
    model = run.learned.base
    prompts = ["One day", "A", "", "Once there was a child"] * 2
    together = models.write_texts(model, prompts, 30)
    monkeypatch.setattr(models, "AT_ONCE", 3)
    assert models.write_texts(model, prompts, 30) == together
    assert together[:4] == together[4:] and all("\n\n" not in text for text in together)


def test_every_token_that_ends_a_text_ends_it():
    tokenizer = bpe.Tokenizer([(10, 10), (46, 256), (97, 98)], [BEGIN])
    assert models.ends_of(tokenizer) == [256, 257]


@pytest.mark.parametrize("phrasing", ["known", "held out"])
def test_who_knows_the_answers_scores_one_in_both_phrasings(run, phrasing):
    task = tuning.task_of(run, phrasing)
    assert len(task.docs) >= 500
    results = harness.evaluate(knows(run), [task], np.random.default_rng(0))[0]["results"]
    assert results[task.name]["exact_match,none"] == 1
    stories = {doc.context.split("\n\n")[0] for doc in task.docs}
    training = {one.story.strip() for one in load_asked()["train"]}
    assert len(stories) == len({doc.story for doc in task.docs}) and not stories & training


def test_by_kind_splits_the_samples(run):
    task = tuning.task_of(run, "known")
    half = Answering("half", lambda prompts: ["red"] * len(prompts), lambda requests: [])
    samples = harness.samples_of(half, task)
    kinds = tuning.by_kind(samples)
    right = [doc.target == " red" for doc in task.docs if doc.kind == "what colour"]
    assert kinds["what colour"] == np.mean(right) > 0 == kinds["who"]


def test_scores_of_a_knowing_model_are_one_with_no_error(run):
    task = evals.hard_task(run)
    results = harness.evaluate(
        knows(run), [task], np.random.default_rng(0))[0]["results"]
    assert evals.score_of(results, task) == {
        "score": 1.0, "standard_error": 0.0, "interval": [1.0, 1.0]}


def test_a_short_sample_keeps_everything_but_the_story(run):
    task = evals.hard_task(run)
    row = harness.samples_of(knows(run), task._replace(docs=task.docs[:2]))[0]
    small = evals.short_sample(row)
    assert small.keys() == row.keys() and small["acc"] == row["acc"]
    assert len(json.dumps(small)) < 2500 and row["doc"]["context"].endswith(
        small["doc"]["context"][3:])


def test_stories_under_a_rule_begin_with_their_opening_and_are_the_same_twice(run):
    stories = decoding.held_out(run)[:3]
    for rule in ("greedy", "temperature 1"):
        texts = decoding.continued(run, stories, rule)
        assert texts == decoding.continued(run, stories, rule)
        assert all(text.startswith(story.split(".")[0]) for text, story in zip(texts, stories))
    assert decoding.continued(run, stories, "temperature 1") != decoding.continued(
        run, stories, "temperature 1.5")


def test_a_draft_is_a_distribution_over_the_same_tokens(run):
    guess = decoding.draft_of(run.learned.data, order=3)
    p = guess([run.learned.base.begin, 79, 110])
    assert p.shape == (257,) and p.sum() == pytest.approx(1) and p.max() > 5 / 257


def test_right_fields_are_a_share_and_none_where_the_format_failed():
    facts = {"hero": "Ann", "friend": "Bo", "home": "in a hut", "colour": "red"}
    half = json.dumps(facts | {"hero": "Bo", "colour": "blue"})
    assert robust.right_fields(json.dumps(facts), facts) == 1
    assert robust.right_fields(half, facts) == 0.5
    assert robust.right_fields("Sure! " + half, facts) == robust.right_fields("{}", facts) == 0


def test_the_same_questions_are_asked_whatever_the_seed(run):
    first = robust.questions_of(run, 100)
    run.seed = 5
    assert robust.questions_of(run, 100) == first and len({row[0] for row in first}) > 3


def test_mean_and_spread_by_hand():
    assert studies.mean_and_sd({"a": [1.0, 3.0]}) == {"a": {"mean": 2.0, "sd": 1.0}}


def test_the_outputs_show_the_same_questions_before_and_after(run):
    report.show_outputs(run)
    text = run.files["outputs.md"].decode()
    asked = run.learned.data.asked["test"]
    questions = [one.question for one in asked if one.story == asked[0].story]
    assert all(f"| {question} |" in text for question in questions)
