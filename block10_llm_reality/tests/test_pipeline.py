"""The pipeline: sets by hand, MinHash against its formula, and faults whose number is known."""

import itertools

import numpy as np
import pytest

from block10_llm_reality import proofs
from block10_llm_reality.pipeline import leakage, minhash, planting, quality, run
from block10_llm_reality.pipeline.normalise import exact_duplicates, normalise
from block10_llm_reality.pipeline.shingles import jaccard, shingles
from shared.text import load_tales


@pytest.fixture(scope="module")
def stories():
    return [story.text for story in load_tales().stories["train"][:260]]


# --- texts and sets ------------------------------------------------------------------------------


@pytest.mark.parametrize(("raw", "clean"), [
    ("\u201cOh\u201d \u2014 she\u2019s", '"Oh" - she\'s'), ("e\u0301", "\u00e9"),
    ("a\u200b\0b", "ab"),
    ("a \t\u00a0 b", "a b"), (" a \r\n\r\n\r\n\r\n b\r", "a\n\nb"), ("", ""), ("\ufeffx", "x"),
    ("a\n\n\nb", "a\n\nb"),
])
def test_normal_texts_by_hand_and_once_is_enough(raw, clean):
    assert normalise(raw) == clean == normalise(clean)


def test_exact_duplicates_differ_in_case_signs_and_spaces_alone():
    assert exact_duplicates(["A b!", "b a", "a  B", "", "", "1", "2"]) == [2, 4]


def test_shingles_are_the_different_runs_of_words():
    text = "to be or not to be or"
    assert len(shingles(text, 3)) == len({("to", "be", "or"), ("be", "or", "not"),
                                          ("or", "not", "to"), ("not", "to", "be")})
    assert len(shingles("", 3)) == 0 and len(shingles("one two", 3)) == 1
    assert shingles("a b c", 3).tolist() != shingles("c b a", 3).tolist()


def test_the_hash_of_a_word_is_the_same_in_every_process():
    assert proofs.hash_in_a_new_process("cat dog") == shingles("cat dog", 2).tolist()


def test_jaccard_by_hand():
    a, b = np.array([1, 2, 3, 4], np.uint64), np.array([3, 4, 5], np.uint64)
    assert jaccard(a, b) == 2 / 5 and jaccard(a, a) == 1 and jaccard(a, b[2:]) == 0
    assert jaccard(a[:0], b[:0]) == 1


# --- MinHash -------------------------------------------------------------------------------------


@pytest.mark.parametrize("similarity", [0.1, 0.5, 0.9])
def test_equal_entries_of_signatures_estimate_jaccard(similarity):
    assert proofs.minhash_deviations(similarity, seed=0) < 4


@pytest.mark.parametrize("similarity", [0.1, 0.2, 0.3, 0.5])
def test_pairs_meet_as_often_as_the_s_curve_says(similarity):
    measured, promised, error = proofs.meeting_rate(similarity, seed=0)
    assert abs(measured - promised) < 4 * error + 1e-9


def test_the_s_curve_by_hand():
    np.testing.assert_allclose(minhash.s_curve([0, 0.5, 1], 2, 1), [0, 0.75, 1])
    np.testing.assert_allclose(minhash.s_curve(0.5, 2, 3), 1 - (1 - 1 / 8) ** 2)


def test_the_first_of_a_chain_of_near_duplicates_stays():
    base = [f"w{n}" for n in range(100)]
    letters = [" ".join("abcdefghij"[int(d)] for d in word[1:]) for word in base]
    text = " ".join("q" + part.replace(" ", "") for part in letters)
    chain = [text, text.replace("qc", "x", 2), text.replace("qc", "x", 2).replace("qd", "y", 2)]
    documents = ["something else entirely for once", *chain, "nothing of the kind here"]
    found = minhash.near_duplicates(documents, minhash.Settings(), np.random.default_rng(0))
    assert found == [2, 3]


def test_stories_of_the_corpus_are_no_near_duplicates(stories):
    sets = [shingles(story, 3) for story in stories[:120]]
    nearest = max(jaccard(a, b) for a, b in itertools.combinations(sets, 2))
    assert nearest < 0.15
    assert minhash.near_duplicates(stories, minhash.Settings(), np.random.default_rng(0)) == []


# --- quality and leaks ---------------------------------------------------------------------------


def test_each_rule_is_broken_by_what_it_is_for():
    story = load_tales().stories["train"][0].text
    found = quality.measures("The cat ran. The cat ran. It was a dog!")
    assert found["words"] == 10 and found["repeated"] == pytest.approx(1 / 3)
    assert found["common"] == 0.5 and found["different"] == 0.7  # the x2, it, was, a
    assert found["word_length"] == 2.7 and found["sentence_words"] == pytest.approx(10 / 3)
    assert quality.broken_rules(story, quality.Limits()) == []
    for name in quality.Limits._fields:
        above = quality.Limits()._replace(**{name: (1e9, 2e9)})
        assert quality.broken_rules(story, above) == [name]
    assert quality.broken_rules("", quality.Limits())


def test_a_model_of_clean_text_is_surprised_by_other_text(stories):
    reference = quality.fit_reference(stories[:90])
    costs = [quality.bits_per_char(text, *reference[:2]) for text in (
        stories[100], planting.other_letters(stories[100], "", np.random.default_rng(0)))]
    assert costs[0] < reference.limit < costs[1]
    assert quality.bits_per_char("", *reference[:2]) == np.inf
    with pytest.raises(ValueError, match="at least 3"):
        quality.fit_reference(["a", "b"])


def test_overlap_by_hand():
    held = leakage.index(["a b c d e", "f g h i j"], 3)
    assert leakage.overlap("x a b c d", held, 3) == 2 / 3  # a b c and b c d of three each
    assert leakage.overlap("a b c", held, 3) == 1  # the shorter one counts
    assert leakage.overlap("a b c g h i", held, 3) == pytest.approx(1 / 3)  # one text at a time
    assert leakage.overlap("x y z", held, 3) == leakage.overlap("", held, 3) == 0
    assert leakage.overlap("x a b c d", held, 3, least=3) == 0
    assert leakage.leaks(["a b c"], [], leakage.Settings()) == []


# --- all of it on known faults -------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1])
def test_faults_of_kinds_never_tuned_on_are_found(seed):
    for name, value in proofs.pipeline_rates(seed, stories=300).items():
        assert value >= 0.95, name


def test_a_stage_left_out_shows_in_its_rate(monkeypatch):
    monkeypatch.setattr(minhash, "near_duplicates", lambda *_: [])
    monkeypatch.setattr(leakage, "leaks", lambda *_: [])
    found = proofs.pipeline_rates(0, stories=150)
    assert found["duplicate_recall"] < 0.5 and found["leak_recall"] == 0


def test_measured_kinds_are_not_those_that_were_tuned_on():
    kinds = [{kind for kinds in table.values() for kind in kinds}
             for table in (planting.TUNED, planting.MEASURED)]
    assert not kinds[0] & kinds[1]


def test_rates_by_hand():
    raw = planting.Raw(
        list("abcdefg"), ["clean", "duplicate", "duplicate", "clean", "junk", "leak", "leak"],
        [0, 0, 0, 1, -1, 5, 5], [""] * 7)
    removed = {"junk": [3], "leak": [5], "exact": [0], "near": [2]}
    cleaned = run.Cleaned(raw.documents, removed, [1, 4, 6])
    found = run.rates(raw, cleaned)
    assert found["junk"] == (0, 0) and found["leak"] == (0.5, 1)
    assert found["duplicate"] == (1, 1)  # of three copies two went, whichever
    assert run.missed(raw, cleaned) == {"junk": {"": 1}, "leak": {"": 1}}
    worse = cleaned._replace(removed=removed | {"near": [1, 2]}, kept=[4, 6])
    assert run.rates(raw, worse)["duplicate"] == (1, 2 / 3)  # the last copy went too


def test_planting_keeps_every_clean_text_and_says_what_each_document_is(stories):
    raw = planting.plant(stories[:30], stories[30:40], planting.MEASURED, 0.3,
                         np.random.default_rng(0))
    assert sorted(d for d, label in zip(raw.documents, raw.labels) if label == "clean") == sorted(
        stories[:30])
    assert [raw.labels.count(label) for label in planting.MEASURED] == [9, 9, 9]
    assert raw.labels != sorted(raw.labels)


def test_the_held_out_texts_touch_the_leakage_check_alone(stories):
    reference, rng = quality.fit_reference(stories[200:]), np.random.default_rng
    poisoned = ["zq " * 50] * 5
    one, other = (run.clean(stories[:60] + [stories[0]], held, reference, rng(0))
                  for held in (poisoned, []))
    assert one == other and one.removed["exact"] == [60]
