"""The fast cells against PyTorch's: `python -m block07_rnn.bench` (extra parity).

One training step, forward and backward, of RNN, GRU and LSTM: 64 inputs, 128 units, batch 32, 64
steps, float32; the input is data and asks for no gradient. Both are tried with one and with two
threads (ours: BLAS threads), and each is judged by its better number. The candidates take turns,
several rounds; a time is the median over the rounds. Writes results/bench.json.
"""

import statistics
import time
from pathlib import Path

import numpy as np
import torch

from block07_rnn.train import CELLS
from shared import runtime
from shared.files import to_json, write_atomically
from shared.seeding import stream
from shared.tensor import Tensor

T, BATCH, INPUTS, HIDDEN = 64, 32, 64, 128
ROUNDS, REPEATS = 15, 3
THREADS = (1, 2)
GOALS = {"RNN": 0.5, "GRU": 0.8, "LSTM": 1.0}
RESULTS = Path(__file__).resolve().parent / "results/bench.json"


def our_step(kind, x):
    """A function that runs one step of our cell."""
    cell, data = CELLS[kind](INPUTS, HIDDEN, stream(0, "bench"), dtype=np.float32), Tensor(x)

    def step(threads):
        runtime.pin_blas_threads(threads)
        outputs, _ = cell(data)
        outputs.sum().backward()

    return step


def torch_step(kind, x):
    """A function that runs one step of torch.nn's cell."""
    module, data = getattr(torch.nn, kind)(INPUTS, HIDDEN), torch.tensor(x)

    def step(threads):
        torch.set_num_threads(threads)
        outputs, _ = module(data)
        outputs.sum().backward()

    return step


def milliseconds(step, threads):
    """The quickest of a few calls."""
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        step(threads)
        times.append(1e3 * (time.perf_counter() - started))
    return min(times)


def compare(kind):
    """{who: {threads: median milliseconds}} of one cell."""
    x = stream(0, "bench", "x").standard_normal((T, BATCH, INPUTS)).astype(np.float32)
    steps = {"ours": our_step(kind, x), "torch": torch_step(kind, x)}
    times = {who: {threads: [] for threads in THREADS} for who in steps}
    for step in steps.values():
        step(1)
    for _ in range(ROUNDS):
        for who, step in steps.items():
            for threads in THREADS:
                times[who][threads].append(milliseconds(step, threads))
    return {who: {n: statistics.median(each) for n, each in by.items()}
            for who, by in times.items()}


def main():
    """Compare, print, and write results/bench.json."""
    found = {kind: compare(kind) for kind in CELLS}
    report = {"milliseconds": found, "rounds": ROUNDS, "goals": GOALS,
              "torch_version": torch.__version__}
    for kind, times in found.items():
        best = {who: min(by.values()) for who, by in times.items()}
        report[f"{kind.lower()}_over_torch"] = best["ours"] / best["torch"]
        print(f"{kind}: ours {best['ours']:.1f} ms, torch {best['torch']:.1f} ms, "
              f"ratio {best['ours'] / best['torch']:.2f}, goal {GOALS[kind]}")
    write_atomically(RESULTS, to_json(report, "bench"))


if __name__ == "__main__":
    main()
