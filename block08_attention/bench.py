"""Attention against a GRU as the sequence grows: `python -m block08_attention.bench`.

Forward and backward of one layer over one sequence, in float64, on one thread: CPU milliseconds,
the fastest of several rounds; the bytes that the forward pass leaves for the backward pass; and how
many steps have to wait for one another: the GRU's T, attention's one. So attention can be cut
between cores along the tokens: half of the queries is measured alone. Writes results/bench.json;
needs no extra.
"""

import os
import time
from pathlib import Path

import numpy as np

from block08_attention import multi_head
from block08_attention.masks import causal_mask
from shared import runtime
from shared.files import to_json, write_atomically
from shared.recurrent import GRU
from shared.seeding import stream

RESULTS = Path(__file__).resolve().parent / "results/bench.json"
LENGTHS = (16, 64, 256, 1024)
BATCH, CHANNELS, NUM_HEADS = 1, 64, 1
ROUNDS = 9


def attention_pass(T, first=0):
    """A function that runs causal self-attention forward and backward and returns its cache; the
    tokens from `first` on ask, all are asked."""
    rng = stream(0, "bench", T)
    parameters = multi_head.initialise(CHANNELS, rng)
    x, dout = rng.standard_normal((2, BATCH, T, CHANNELS))
    mask = causal_mask(T)[first:]

    def run():
        _, cache = multi_head.forward(parameters, x[:, first:], x, NUM_HEADS, mask)
        multi_head.backward(parameters, cache, dout[:, first:])
        return cache

    return run


def gru_pass(T):
    """The same for a GRU of the same width."""
    rng = stream(0, "bench", T)
    gru = GRU(CHANNELS, CHANNELS, rng)
    x, dout = rng.standard_normal((2, T, BATCH, CHANNELS))

    def run():
        _, _, cache = gru.forward(x)
        gru.backward(cache, dout)
        return cache

    return run


def size_of(cache):
    """The bytes of all arrays in nested tuples, each array once."""
    arrays, todo = {}, [cache]
    while todo:
        item = todo.pop()
        if isinstance(item, np.ndarray):
            arrays[item.__array_interface__["data"][0]] = item.nbytes
        elif isinstance(item, tuple):
            todo.extend(item)
    return sum(arrays.values())


def compare(T):
    """The milliseconds of each, the bytes of the caches, and the steps in turn."""
    passes = {"attention": attention_pass(T), "gru": gru_pass(T),
              "half_of_the_queries": attention_pass(T, T // 2)}
    times = {name: [] for name in passes}
    for _ in range(ROUNDS):
        for name, run in passes.items():
            started = time.process_time()
            run()
            times[name].append(time.process_time() - started)
    found = {f"{name}_cpu_ms": 1e3 * min(measured) for name, measured in times.items()}
    return found | {
        "attention_bytes": size_of(passes["attention"]()), "gru_bytes": size_of(passes["gru"]()),
        "attention_steps_in_turn": 1, "gru_steps_in_turn": T,
        "gru_over_attention": found["gru_cpu_ms"] / found["attention_cpu_ms"],
    }


def growth(found, key):
    """By what power of T a figure grows over the last two lengths: 1 for T, 2 for T^2."""
    last, before = (found[f"T{T}"][key] for T in (LENGTHS[-1], LENGTHS[-2]))
    return np.log(last / before) / np.log(LENGTHS[-1] / LENGTHS[-2])


def main():
    runtime.pin_blas_threads()
    found = {f"T{T}": compare(T) for T in LENGTHS}
    found |= {
        "batch": BATCH, "channels": CHANNELS, "heads": NUM_HEADS, "rounds": ROUNDS,
        "cores": os.cpu_count(), "cpu": runtime.cpu_name(),
        "power_of_T": {key: growth(found, key) for key in (
            "attention_cpu_ms", "gru_cpu_ms", "attention_bytes", "gru_bytes")},
        "longest_where_attention_is_faster": max(
            (T for T in LENGTHS if found[f"T{T}"]["gru_over_attention"] > 1), default=0),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    write_atomically(RESULTS, to_json(found))
    print(to_json(found).decode(), end="")


if __name__ == "__main__":
    main()
