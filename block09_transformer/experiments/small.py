"""Smaller models on the same stories, for the studies: many trainings, each a few seconds long."""

import numpy as np

from block09_transformer.examples import in_bits_per_character, pairs
from block09_transformer.train import MERGES, Settings, corpus, fused, prepare, train
from shared import gpt
from shared.seeding import stream

SETTINGS = Settings(steps=250, warmup=30)
SHAPE = {"channels": 64, "layers": 2, "heads": 4, "shift": 4}


def texts_of(run, merges=MERGES, stories=None):
    """The run's stories with a tokenizer of so many merges; `stories` of training, or all."""
    _, texts, _ = corpus(run)
    texts["train"] = texts["train"][:stories]
    return prepare(texts, None, 300 if run.quick else merges)


def shortened(run, settings):
    """The settings of a quick run: a few steps."""
    return settings._replace(steps=6, warmup=2) if run.quick else settings


def learn_small(seed, texts, settings, **shape):
    """Train one small model. -> its shape, its parameters, and its loss at every step"""
    shape = gpt.Shape(len(texts.tokenizer), **SHAPE | shape)
    losses = []
    optimizer = train(
        *fused(shape, stream(seed, "weights")), texts.examples["train"], settings,
        stream(seed, "order"), watch=lambda step, loss, *rest: losses.append(loss),
    )
    return shape, gpt.views(shape, optimizer.values), losses


def bits(shape, parameters, texts, split, stories=None):
    """Bits per character on (the first) stories of a split."""
    examples = texts.examples[split][:stories]
    losses = gpt.token_losses(shape, parameters, *pairs(examples))
    tokens = texts.tokenizer.tokens
    letters = sum(len(tokens[n].decode(errors="ignore")) for e in examples for n in e)
    return in_bits_per_character(losses, letters)


def mean_and_sd(values):
    """{"mean": ..., "sd": ...} of what several seeds gave."""
    return {"mean": float(np.mean(values)), "sd": float(np.std(values))}
