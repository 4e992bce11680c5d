"""The run's models, trained when they are first asked for; and how to write with them."""

from typing import NamedTuple

import numpy as np

from block10_llm_reality.evaluation import scoring
from block10_llm_reality.evaluation.harness import Model as Answering
from block10_llm_reality.train import Data, Model, adapt, learn_base, load_data, tune
from shared.generate import Rules, fold, generate
from shared.runtime import in_threads
from shared.text import STORY_END

AT_ONCE = 32  # prompts that are written on together
NAMES = {"base": "base model", "tuned": "fine-tuned, all weights", "adapted": "fine-tuned, LoRA"}


def legend_above(axes, columns: int) -> None:
    """The legend over the axes, so that it hides no data and shares need no room above 1."""
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=columns)


class Learned(NamedTuple):
    """The data and the three models; the adapters alone too, as they ship."""

    data: Data
    base: Model
    tuned: Model
    adapted: Model
    adapters: dict

    def all(self) -> dict[str, Model]:
        return {"base": self.base, "tuned": self.tuned, "adapted": self.adapted}


def learned(run) -> Learned:
    """The run's models: trained when first asked for, the same ones from then on."""
    if not hasattr(run, "learned"):
        data = load_data(run)
        with run.clock("base"):
            base = learn_base(run, data)
        with run.clock("tuned"):
            tuned = tune(run, data, base)
        with run.clock("adapted"):
            run.learned = Learned(data, base, tuned, *adapt(run, data, base))
    return run.learned


def ends_of(tokenizer) -> list[int]:
    """The tokens that end a story or an answer."""
    return [n for n, token in enumerate(tokenizer.tokens) if token.endswith(STORY_END.encode())]


def prompt_ids(model: Model, prompt: str) -> np.ndarray:
    return np.concatenate([[model.begin], model.tokenizer.encode(prompt)])


def write_texts(
    model: Model, prompts, most: int, rules: Rules | None = None, rng=None, allowed=None
) -> list[str]:
    """What the model writes after each prompt, up to and without the end; greedy without rules.

    allowed(tokens so far) -> mask, for constrained decoding.
    """
    weights, ends = fold(model.shape, model.parameters), ends_of(model.tokenizer)
    ids = [prompt_ids(model, prompt) for prompt in prompts]
    numbers = None if rules is None else rng.random((len(ids), most))
    mask = None if allowed is None else lambda row, new: allowed(new)

    def some(start):
        part = slice(start, start + AT_ONCE)
        drawn = None if numbers is None else numbers[part]
        return generate(weights, ids[part], most, rules, drawn, ends=ends, allowed=mask)

    batches = in_threads(some, [(start,) for start in range(0, len(ids), AT_ONCE)])
    texts = [model.tokenizer.decode(np.array(row)) for batch in batches for row in batch]
    return [text.split(STORY_END)[0].strip() for text in texts]


def answering(name: str, model: Model, most: int = 16) -> Answering:
    """The model as the harness asks it: greedy answers, ln P of continuations."""
    return Answering(
        name, lambda prompts: write_texts(model, prompts, most),
        lambda requests: scoring.log_likelihoods(
            model.shape, model.parameters, model.tokenizer.encode, model.begin, requests),
    )


def bits_per_char(run, model: Model) -> float:
    """On the held-out stories: what fine-tuning forgets, or does not."""
    return scoring.bits_of_stories(
        model.shape, model.parameters, model.tokenizer.encode, model.begin,
        learned(run).data.validation)
