"""Robustness: forms, distractors, failures sorted by hand, and JSON that cannot fail."""

import json

import numpy as np
import pytest

from block10_llm_reality import proofs
from block10_llm_reality.evaluation.metrics import exact_match
from block10_llm_reality.robustness import constrained, formats, surface
from block10_llm_reality.tests.models import random_model
from shared import bpe
from shared.text import sentences

FIELDS = ("hero", "colour")


# --- forms ---------------------------------------------------------------------------------------


def test_there_are_twenty_forms_and_no_two_are_the_same():
    question = "Where was the red kite?"
    texts = {name: form(question) for name, form in surface.FORMS.items()}
    assert len(surface.FORMS) >= 20 and len(set(texts.values())) == len(texts)
    assert texts["typo"] == "Where wsa the red kite?"


def test_accuracy_by_form_asks_the_same_questions_in_each_form():
    questions = [("s1 ", "Who ran?", "Ann"), ("s2 ", "Who sat?", "Bo")]
    forms = {"plain": lambda q: q, "upper": str.upper}

    def answer(prompts):
        return ["ann" if prompt == "s1 Who ran?" else "Bo" if "sat" in prompt.lower() else "?"
                for prompt in prompts]

    found = surface.accuracy_by_form(answer, questions, lambda s, q: s + q, exact_match, forms)
    assert found == {"plain": [1, 1], "upper": [0, 1]}
    assert surface.spread(found) == {"min": 0.5, "mean": 0.75, "max": 1.0}


def test_a_distractor_adds_two_foreign_sentences_after_the_opening():
    story, other = "One. Two. Three. Four.\n\n", "Aa. Bb. Cc. Dd.\n\n"
    for seed in range(20):
        mixed = sentences(surface.with_distractor(story, other, np.random.default_rng(seed)))
        foreign = [part for part in mixed if part in sentences(other)]
        assert [part for part in mixed if part not in foreign] == sentences(story)
        assert len(foreign) == 2 and mixed[:2] == ["One.", "Two."]
        assert mixed.index(foreign[1]) == mixed.index(foreign[0]) + 1


def test_stories_before_are_whole():
    assert surface.with_story_before("c", ["a\n\n", "b\n\n", "x"], 2) == "a\n\nb\n\nc"


# --- formats -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "failure"), [
    ('{"hero": "A", "colour": "b"}', None), (' {"colour": "b", "hero": "A"}\n', None),
    ("Ann", "no JSON"), ("", "no JSON"), ('{"hero": "A", "col', "cut off"),
    ('{"hero": "A" "colour": "b"}', "no JSON"), ('{"hero": "A", "colour": "b"} Bye',
                                                  "text around it"),
    ('Yes {"hero": "A"}', "text around it"), ('["hero"]', "no object"), ("3", "no object"),
    ('{"hero": "A"}', "fields missing"), ('{"hero": "A", "colour": "b", "c": "d"}', "fields added"),
    ('{"hero": "A", "hero": "B", "colour": "b"}', "field twice"),
    ('{"hero": 1, "colour": "b"}', "no text"), ("{" * 100_000, "cut off"),
    ('{"hero": ' + "[" * 1500 + "}", "no JSON"),
])
def test_failures_by_hand(answer, failure):
    assert formats.failure(answer, FIELDS) == failure


def test_counts_name_every_failure():
    found = formats.counts(['{"hero": "A", "colour": "b"}', "x", "y"], FIELDS)
    assert found["valid"] == 1 and found["no JSON"] == 2 and found["cut off"] == 0
    assert set(found) == {"valid", *formats.FAILURES} and sum(found.values()) == 3


# --- constrained decoding ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tokenizer():
    text = '{"hero": "Ann Bo", "colour": "red"}\n\nShe said "no". ' * 3
    return bpe.Tokenizer(bpe.train(text, 40), ["<|end|>"])


@pytest.fixture(scope="module")
def form(tokenizer):
    return constrained.Format(FIELDS, tokenizer.tokens, [tokenizer.special["<|end|>"]])


def test_what_json_dumps_writes_is_taken_whole_and_then_only_the_end_is_allowed(form, tokenizer):
    tokens = tokenizer.encode(' {"hero": "Ann Bo", "colour": "red"}').tolist()
    for place, token in enumerate(tokens):
        assert form.mask_after(tokens[:place])[token]
    end = form.mask_after(tokens)
    assert np.flatnonzero(end).tolist() == [tokenizer.special["<|end|>"]]
    assert not form.mask_after(tokens[:-1])[tokenizer.special["<|end|>"]]


def test_the_mask_allows_a_token_exactly_where_its_bytes_fit(form, tokenizer):
    prefix = b' {"hero": "An'
    tokens = list(prefix)
    mask = form.mask_after(tokens)
    rest = [b'n", "colour": "red"}', b'", "colour": "r"}', b'", "colour": "x y"}']
    allowed = {tokenizer.tokens[n] for n in np.flatnonzero(mask)}
    assert b"n" in allowed and b'"' in allowed and b" Bo" in allowed
    assert b"{" not in allowed and b"\n" not in allowed and b"\\" not in allowed
    for token in allowed:
        assert any((token + b"x").startswith(r[: len(token)]) or form.after(
            form.after(constrained.START, prefix), token) for r in rest)


def test_any_model_writes_valid_json_under_the_masks(tokenizer):
    """Random weights, at a high temperature: without the masks none of the answers is valid."""
    shape, parameters = random_model(vocabulary_size=len(tokenizer), context=256)
    free, held = proofs.format_rates(shape, parameters, tokenizer, FIELDS, 12, seed=0)
    assert (free, held) == (0.0, 1.0)


def test_strings_end_and_are_not_empty(form):
    inside = form.after(constrained.START, b' {"hero": "')
    assert form.after(inside, b'"') is None
    full = form.after(inside, b"a" * constrained.LONGEST)
    assert form.after(full, b"a") is None and form.after(full, b'"') is not None


def test_an_answer_out_of_the_format_and_fields_without_sense_are_named(form):
    with pytest.raises(ValueError, match="has left the format"):
        form.mask_after([ord("x")])
    for fields in ([], ["a", "a"]):
        with pytest.raises(ValueError, match="each once"):
            constrained.Format(fields, [b"a"], [0])


def test_field_names_are_escaped():
    odd = constrained.Format(['a"b'], [bytes([n]) for n in range(256)], [])
    assert odd.after(constrained.START, b' {"a\\"b": "x"}') == (3, 0)
    assert json.loads(' {"a\\"b": "x"}') == {'a"b': "x"}
