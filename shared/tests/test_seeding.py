"""Streams: the same everywhere for the same seed and names, independent for others."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from shared.seeding import stream

ROOT = Path(__file__).resolve().parent.parent.parent
DRAW = "from shared.seeding import stream; print(stream(3, 'split', 2).integers(1 << 62, size=3))"


def test_another_process_with_another_hash_seed_draws_the_same():
    printed = set()
    for hash_seed in ("0", "4321"):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-c", DRAW]
        printed.add(subprocess.check_output(command, cwd=ROOT, env=environment, text=True))
    assert printed == {f"{stream(3, 'split', 2).integers(1 << 62, size=3)}\n"}


def test_the_draws_are_these_for_ever():
    raw = stream(0, "split").bit_generator.random_raw(2).tolist()
    assert raw == [0xE724842172FBD67, 0xE75551BF068C98C7]


def test_other_seeds_names_and_orders_give_other_streams():
    keys = [(0,), (1,), (0, "a"), (0, "b"), (0, "a", "b"), (0, "b", "a"), (0, "ab"), (0, 1),
            (0, 1.0), (0, "1"), (0, ""), (1, "a"), (2**32,), (2**70, "a")]
    drawn = {stream(*key).integers(1 << 62) for key in keys}
    assert len(drawn) == len(keys)


def test_streams_are_uncorrelated():
    draws = np.stack([stream(0, "weights", i).standard_normal(20_000) for i in range(8)])
    correlation = np.corrcoef(draws) - np.eye(8)  # 0 +- 1/sqrt(20000) = 0.007 where independent
    assert np.abs(correlation).max() < 0.04


def test_one_more_draw_in_one_stream_moves_nothing_in_another():
    first, other = stream(0, "a"), stream(0, "b")
    first.random(1000)
    assert other.random() == stream(0, "b").random()


def test_numpy_integers_and_texts_are_the_same_names():
    name, place = np.str_("fold"), np.int64(3)
    assert stream(np.int64(5), name, place).random() == stream(5, "fold", 3).random()


@pytest.mark.parametrize("name", [None, object(), ["a"], np.zeros(2)])
def test_a_name_that_may_print_otherwise_elsewhere_is_refused(name):
    with pytest.raises(TypeError, match="the name of a stream is a text or a number"):
        stream(0, name)


@pytest.mark.parametrize("seed", [-1, 0.0, True, "0", None, np.float64(1), np.bool_(True)])
def test_a_wrong_seed_is_named(seed):
    with pytest.raises(ValueError, match="a seed is a whole number >= 0, not"):
        stream(seed, "a")
