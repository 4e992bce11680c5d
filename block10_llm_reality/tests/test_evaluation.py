"""Evaluation: metrics by hand, fake models with known scores, files whole, cheats caught."""

import json

import numpy as np
import pytest

from block10_llm_reality.evaluation import cheating, harness, metrics, scoring, tasks
from block10_llm_reality.pipeline import leakage
from block10_llm_reality.tests.models import random_model
from shared.data import DataError
from shared.text import Asked, Slot, Story, load_asked, load_tales


def prompt(story, question):
    return f"{story}{question}"


@pytest.fixture(scope="module")
def asked():
    return load_asked()["validation"]


def model(answer=lambda context: "", score=lambda context, choice: 0.0):
    """A fake model: a text for each context, a number for each choice."""
    return harness.Model(
        "fake", lambda contexts: [answer(context) for context in contexts],
        lambda requests: [(score(*request), False) for request in requests],
    )


def results_of(fake, *chosen):
    return harness.evaluate(fake, chosen, np.random.default_rng(0))[0]["results"]


# --- metrics -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "target", "score"), [
    (" By  the School.", "by the school", 1), ("the school", "by the school", 0), ("", "", 0),
    ('"Tim"', "Tim", 1), ("Tim and Jo", "Tim", 0)])
def test_exact_match_forgives_case_spaces_and_the_signs_at_the_ends(answer, target, score):
    assert metrics.exact_match(answer, target) == score


def test_the_choice_by_length_divides_by_characters():
    choices = ["no", "by the school"]
    assert metrics.choice([-4.0, -5.0]) == 0
    assert metrics.choice_by_length([-4.0, -5.0], choices) == 1
    with pytest.raises(ValueError, match=r"log_likelihoods\[1\] is nan"):
        metrics.choice([0.0, np.nan])


def test_the_standard_error_is_the_spread_of_means():
    values = [1.0] * 30 + [0.0] * 10
    assert metrics.standard_error(values) == pytest.approx(np.sqrt(0.75 * 0.25 / 39))
    assert metrics.standard_error([1.0]) == 0
    draws = np.random.default_rng(0).random((4000, 40)) < 0.75
    spread = draws.mean(axis=1).std()
    errors = [metrics.standard_error(row) for row in draws]
    assert np.mean(errors) == pytest.approx(spread, rel=0.03)


def test_bootstrap_intervals_hold_the_truth_as_often_as_they_say():
    rng, held = np.random.default_rng(0), 0
    for _ in range(200):
        values = rng.random(60) < 0.7
        low, high = metrics.bootstrap_interval(values, range(60), rng, times=300)
        held += low <= 0.7 <= high
    assert 0.9 <= held / 200 <= 0.98


def test_values_that_go_together_are_drawn_together():
    values, rng = np.repeat([0.0, 1.0] * 10, 8), np.random.default_rng(0)
    alone = metrics.bootstrap_interval(values, range(160), rng)
    stories = metrics.bootstrap_interval(values, np.repeat(range(20), 8).tolist(), rng)
    assert (stories[1] - stories[0]) / (alone[1] - alone[0]) == pytest.approx(np.sqrt(8), rel=0.15)
    with pytest.raises(ValueError, match="0 values"):
        metrics.bootstrap_interval([], [], rng)


def test_bits_by_hand():
    assert metrics.bits_per_char(np.log(8), "abc") == 1
    with pytest.raises(ValueError, match="no character"):
        metrics.bits_per_char(1.0, "")


# --- tasks ---------------------------------------------------------------------------------------


def test_a_model_that_knows_scores_one_and_one_that_does_not_scores_chance(asked):
    free = tasks.free_answers("free", asked, prompt)
    easy = tasks.easy_choices("easy", asked, prompt, np.random.default_rng(0))
    hard = tasks.hard_choices("hard", asked, prompt)
    answers = {prompt(one.story, one.question): one.answer for one in asked}
    wise = model(answers.__getitem__, lambda context, choice: answers[context] == choice.strip())
    found = results_of(wise, free, easy, hard)
    assert found["free"]["exact_match,none"] == 1
    assert found["easy"]["acc,none"] == found["hard"]["acc,none"] == 1
    rng = np.random.default_rng(1)
    guesses = model(score=lambda context, choice: rng.random())
    found = results_of(guesses, easy, hard)
    for name in ("easy", "hard"):
        assert abs(found[name]["acc,none"] - 0.5) < 4 * found[name]["acc_stderr,none"]


def test_the_easy_task_can_be_cheated_and_the_hard_one_cannot(asked):
    easy = tasks.easy_choices("easy", asked, prompt, np.random.default_rng(0))
    hard = tasks.hard_choices("hard", asked, prompt)
    assert len(hard.docs) > 300
    found = results_of(cheating.word_finder(), easy, hard)
    assert found["easy"]["acc,none"] >= 0.9
    assert found["hard"]["acc,none"] == 0.5
    assert results_of(cheating.always_the_longest(), hard)["hard"]["acc,none"] == 0.5


def test_whoever_reads_no_question_is_right_half_the_time_whatever_they_look_at(asked):
    hard = tasks.hard_choices("hard", asked, prompt)
    for seed in range(5):
        blind = model(score=lambda context, choice, seed=seed: hash_of(
            seed, context.split("\n\n")[0], choice))
        assert results_of(blind, hard)["hard"]["acc,none"] == 0.5


def hash_of(*parts):
    return int(harness.sha256(repr(parts))[:8], 16)


def test_both_choices_answer_one_question_each(asked):
    hard = tasks.hard_choices("hard", asked, prompt)
    for one, other in zip(hard.docs[::2], hard.docs[1::2]):
        assert one.choices == other.choices and {one.target, other.target} == set(one.choices)
        assert (one.story, one.kind) == (other.story, other.kind) and one.context != other.context


def test_the_right_answer_stands_at_each_place_as_often(asked):
    for task in (tasks.easy_choices("easy", asked, prompt, np.random.default_rng(0)),
                 tasks.hard_choices("hard", asked, prompt)):
        first = np.mean([doc.choices[0] == doc.target for doc in task.docs])
        assert abs(first - 0.5) < 0.05


def test_cloze_by_hand():
    text = "Ann had a red kite. " + "They ran on. " * 30 + "The red kite! The red one.\n\n"
    far, again = text.index("red", 30), text.rindex("red")
    other = Story("The cat was blue.\n\n", (Slot(12, 4, "colour", {"blue": 0.5, "red": 0.5}),), 0.0)
    slots = tuple(Slot(place, 3, "colour", {"red": 1.0}) for place in (far, again))
    story = Story(text, slots, 0.0)
    undecided = Story(text, (Slot(far, 3, "colour", {"red": 0.5, "blue": 0.5}),), 0.0)
    task = tasks.cloze("cloze", [story, other, undecided], np.random.default_rng(0))
    (doc,) = [doc for doc in task.docs if doc.target == " red"]
    assert doc.context == text[: far - 1] and set(doc.choices) == {" red", " blue"}
    assert len(task.docs) == 1  # the near word and the undecided one are not asked


def test_cloze_asks_for_words_told_long_ago(asked):
    stories = load_tales().stories["validation"][:30]
    task = tasks.cloze("cloze", stories, np.random.default_rng(0))
    assert len(task.docs) > 100
    for doc in task.docs:
        near = len(doc.context) + 2 - tasks.FAR
        assert doc.target.strip() in doc.context and doc.target.strip() not in doc.context[near:]
        assert len(doc.choices) == 4 == len(set(doc.choices)) and doc.target in doc.choices


# --- scoring -------------------------------------------------------------------------------------


def encode(text):
    return np.frombuffer(text.encode(), np.uint8).astype(int) % 23


def test_log_likelihoods_are_the_sums_of_next_token_log_probabilities():
    shape, parameters = random_model()
    requests = [("ab", "cd"), ("", "x"), ("abcdefgh", "z")] * 4
    found = scoring.log_likelihoods(shape, parameters, encode, 1, requests)
    for (context, continuation), (total, greedy) in zip(requests, found):
        ids = [1, *encode(context), *encode(continuation)]
        by_hand, all_greedy = 0.0, True
        for t in range(len(context) + 1, len(ids)):
            logits = scoring.gpt.forward(shape, parameters, [np.array(ids[:t])])[0][-1]
            by_hand += np.log(np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum())[
                ids[t]]
            all_greedy &= int(logits.argmax()) == ids[t]
        assert total == pytest.approx(by_hand, abs=1e-10) and greedy == all_greedy
    with pytest.raises(ValueError, match="nothing to score"):
        scoring.log_likelihoods(shape, parameters, encode, 1, [("a", "")])


def test_a_context_too_long_loses_its_beginning():
    shape, parameters = random_model()
    long, cut = "q" * 9 + "abcdefghijklmn", "abcdefghijklmn"
    found = scoring.log_likelihoods(shape, parameters, encode, 1, [(long, "zyx")])
    ids = encode(cut + "zyx")
    logits = scoring.gpt.forward(shape, parameters, [ids[-17:-1]])[0]
    expected = scoring.log_softmax(logits[-3:])[np.arange(3), ids[-3:]].sum()
    assert found[0][0] == pytest.approx(expected, abs=1e-10)


def test_bits_of_stories_of_a_uniform_model_are_log2_v():
    shape, parameters = random_model()
    parameters["norm.gain"][:] = parameters["norm.bias"][:] = 0
    assert scoring.bits_of_stories(shape, parameters, encode, 1, ["abc", "de"]) == pytest.approx(
        np.log2(23))


# --- files ---------------------------------------------------------------------------------------


@pytest.fixture
def evaluated(asked):
    chosen = [tasks.free_answers("free", asked[:20], prompt),
              tasks.easy_choices("easy", asked[:20], prompt, np.random.default_rng(0))]
    return harness.evaluate(model(lambda context: " Tim"), chosen, np.random.default_rng(0))


def test_results_have_the_harness_s_keys(evaluated):
    results, samples = evaluated
    assert set(results) == {"results", "configs", "versions", "n-shot", "n-samples", "config",
                            "higher_is_better"}
    free, easy = results["results"]["free"], results["results"]["easy"]
    assert {"alias", "exact_match,none", "exact_match_stderr,none"} <= set(free)
    assert {"acc,none", "acc_stderr,none", "acc_norm,none"} <= set(easy)
    assert results["n-samples"]["free"] == {"original": 20, "effective": 20}
    row = samples["easy"][3]
    assert {"doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics",
            "doc_hash", "prompt_hash", "target_hash", "acc", "acc_norm"} == set(row)
    assert row["arguments"]["gen_args_1"]["arg_1"] == row["doc"]["choices"][1]
    means = np.mean([row["exact_match"] for row in samples["free"]])
    assert results["results"]["free"]["exact_match,none"] == means > 0


def test_samples_come_back_as_they_were_written(evaluated, tmp_path):
    path = tmp_path / "samples_free.jsonl"
    path.write_text(harness.as_lines(evaluated[1]["free"]))
    rows = harness.read_samples(path)
    assert [row["target"] for row in rows] == [row["target"] for row in evaluated[1]["free"]]
    assert json.loads(harness.as_lines([{"a": 0.123456789, "b": (1.0, "x")}])) == {
        "a": 0.123457, "b": [1.0, "x"]}


@pytest.mark.parametrize(("damage", "message"), [
    ("{", "line 2 is no JSON object"), ("[1]", "line 2 is no JSON object"), ("{}", "line 2 has no"),
    ("[" * 100_000, "line 2 is no JSON object"), ("", "line 2 is no JSON object")])
def test_a_damaged_line_is_named(evaluated, tmp_path, damage, message):
    path = tmp_path / "samples_free.jsonl"
    lines = harness.as_lines(evaluated[1]["free"]).splitlines()
    path.write_text("\n".join([lines[0], damage, *lines[2:]]))
    with pytest.raises(DataError, match=message):
        harness.read_samples(path)
    with pytest.raises(DataError, match="cannot be read"):
        harness.read_samples(tmp_path / "none.jsonl")


def test_perplexities_by_hand():
    """Two texts of 3 and 1 words, 8 and 4 bytes; every byte costs half a bit."""
    task = tasks.perplexity("text", [Story("a bb ccc", (), 0.0), Story("abcd", (), 0.0)])
    fake = model(score=lambda context, text: -len(text) / 2 * np.log(2))
    results, samples = harness.evaluate(fake, [task], np.random.default_rng(0))
    found = results["results"]["text"]
    assert found["bits_per_byte,none"] == pytest.approx(0.5)
    assert found["byte_perplexity,none"] == pytest.approx(2**0.5)
    assert found["word_perplexity,none"] == pytest.approx(2 ** (12 / 2 / 4))
    assert results["higher_is_better"]["text"]["word_perplexity"] is False
    assert samples["text"][0]["bits_per_byte"][1] == 8


def test_acc_goes_by_the_likelihood_and_acc_norm_by_that_of_a_character():
    docs = [tasks.Doc("story", " by the school", (" no", " by the school"), "where", 0)]
    task = tasks.Task("two", "multiple_choice", docs)
    found = results_of(model(score=lambda context, choice: {3: -4.0}.get(len(choice), -5.0)), task)
    assert (found["two"]["acc,none"], found["two"]["acc_norm,none"]) == (0, 1)


def test_a_model_that_answers_too_little_and_an_empty_task_are_named(asked):
    short = harness.Model("short", lambda contexts: contexts[1:], lambda requests: [])
    with pytest.raises(ValueError, match="gave 2 texts for 3"):
        results_of(short, tasks.free_answers("free", asked[:3], prompt))
    with pytest.raises(ValueError, match="has no examples"):
        results_of(short, tasks.Task("none", "generate_until", []))


def test_contamination_is_found_by_story(asked):
    easy = tasks.easy_choices("easy", asked[:40], prompt, np.random.default_rng(0))
    training = [story.text for story in load_tales().stories["train"][:40]]
    assert cheating.contaminated(easy.docs, training, leakage.Settings()) == []
    leaked = easy.docs[0].context.split("\n\n")[0]
    found = cheating.contaminated(easy.docs, [*training, leaked.upper()], leakage.Settings())
    assert found == [n for n, doc in enumerate(easy.docs) if doc.story == 0]


def test_hard_choices_leave_out_what_does_not_come_in_pairs():
    rows = [("who", "q1?", "a"), ("who", "q2?", "a"), ("why", "q?", "b")]
    one = [Asked("s", *row) for row in rows]
    assert tasks.hard_choices("hard", one, prompt).docs == []
