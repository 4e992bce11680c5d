"""The sampler: tokens as they come, candidates with probabilities, and clear refusals."""

import io

import numpy as np
import pytest

from block10_llm_reality import sample, train
from block10_llm_reality.finetuning import lora
from block10_llm_reality.tests.models import random_model
from shared import bpe


@pytest.fixture(autouse=True)
def weights(tmp_path, monkeypatch):
    shape, parameters = random_model(dtype=np.float32, vocabulary_size=257, context=64)
    adapters = lora.initialise(shape, train.LORA, np.random.default_rng(0))
    model = train.Model(shape, parameters, bpe.Tokenizer([], [train.BEGIN]))
    path = tmp_path / "weights.npz"
    path.write_bytes(train.as_bytes(model, adapters))
    monkeypatch.setattr(sample, "WEIGHTS", path)
    return path


def said(*arguments):
    out = io.StringIO()
    sample.main(list(arguments), out)
    return out.getvalue()


def test_the_same_seed_writes_the_same_and_another_something_else():
    one, two = said("write", "A child", "--most", "20"), said("write", "A child", "--most", "20")
    assert one == two and one.startswith("A child") and len(one) > 10
    assert said("write", "A child", "--most", "20", "--seed", "1") != one
    greedy = said("write", "A", "--greedy", "--most", "20")
    assert greedy == said("write", "A", "--greedy", "--most", "20", "--seed", "1")


def test_each_step_shows_its_candidates_likeliest_first():
    lines = said("write", "A", "--show-probabilities", "--most", "4", "--top-k", "3").splitlines()
    assert 1 <= len([line for line in lines if " from " in line]) <= 4
    shares = [float(part) for part in lines[0].split(" from ")[1].split() if part[0] in "01."]
    assert len(shares) == 3 and shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=0.03)


def test_a_question_is_answered_under_its_story():
    text = said("ask", "3", "Where was the kite?")
    assert sample.story_of("3").strip() in text and "Where was the kite?" in text


@pytest.mark.parametrize(("arguments", "message"), [
    (["write", "A", "--temperature", "0"], "temperature is 0"),
    (["write", "A", "--top-p", "1.5"], "top_p is 1.5"),
    (["write", "A", "--top-k", "-1"], "top_k is -1"),
    (["ask", "999", "Who?"], "say a number from 0 to 119"),
    (["ask", "-1", "Who?"], "say a number"), (["ask", "0", " "], "the question is empty"),
])
def test_what_cannot_be_done_is_one_line(arguments, message, capsys):
    with pytest.raises(SystemExit) as end:
        sample.main(arguments, io.StringIO())
    error = capsys.readouterr().err
    assert end.value.code == 2 and message in error.replace("argument ", "")


def test_missing_weights_are_one_line(weights, capsys):
    weights.unlink()
    with pytest.raises(SystemExit) as end:
        said("write", "A")
    assert end.value.code == 2 and "run make block10" in capsys.readouterr().err
