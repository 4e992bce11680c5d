"""A small training run on the digits that can be killed at any moment and goes on where it was.

    python -m block04_training.experiments.resumable FOLDER SEED STEPS

prints each step's number, and leaves weights.npz and log.jsonl in FOLDER when it is done. The
experiment `a_killed_run_resumes_to_the_same_bytes` kills it.
"""

import json
import sys
from pathlib import Path

import numpy as np

from shared import functional, runtime
from shared.checkpoint import load, save
from shared.data import BatchOrder, load_digits
from shared.files import sweep, write_atomically
from shared.operations import relu
from shared.optim import Adam
from shared.seeding import stream
from shared.tensor import Tensor

BATCH_SIZE = 64
EVERY = 5  # steps between checkpoints: a kill costs at most five steps


def new_parameters(rng):
    """A 64-32-10 network, He-initialised: W1 (64, 32), b1 (32,), W2 (32, 10), b2 (10,)."""
    return {
        "W1": Tensor(rng.standard_normal((64, 32)) * np.sqrt(2 / 64), requires_grad=True),
        "b1": Tensor(np.zeros(32), requires_grad=True),
        "W2": Tensor(rng.standard_normal((32, 10)) * np.sqrt(2 / 32), requires_grad=True),
        "b2": Tensor(np.zeros(10), requires_grad=True),
    }


def batch_loss(parameters, X, y, rng):
    """Cross-entropy with dropout on the hidden layer: the mask is chance that must resume too."""
    hidden = relu(functional.linear(Tensor(X), parameters["W1"], parameters["b1"]))
    hidden = functional.dropout(hidden, 0.2, rng)
    logits = functional.linear(hidden, parameters["W2"], parameters["b2"])
    return functional.cross_entropy(logits, y)


def train(folder, seed, steps):
    """Train, saving everything the next process needs every few steps."""
    table = load_digits()
    X, y = table.X / 16, table.y  # (1797, 64) in [0, 1]
    optimizer = Adam(new_parameters(stream(seed, "weights")), learning_rate=3e-3)
    batches = BatchOrder(len(y), BATCH_SIZE, stream(seed, "batches"))
    masks = stream(seed, "dropout")
    log = []
    checkpoint = folder / "checkpoint.npz"
    sweep(folder)
    if checkpoint.exists():
        arrays, state = load(checkpoint)
        optimizer.restore(arrays, state["steps"])
        batches.restore(state["batches"])
        masks.bit_generator.state = state["masks"]
        log = state["log"]
    while optimizer.steps < steps:
        rows = batches.next()
        loss = batch_loss(optimizer.parameters, X[rows], y[rows], masks)
        loss.backward()
        optimizer.step()
        optimizer.zero_gradients()
        log.append({"step": optimizer.steps, "split": "train", "loss": loss.item()})
        if optimizer.steps % EVERY == 0:
            arrays, done = optimizer.state()
            random = {"batches": batches.state(), "masks": masks.bit_generator.state}
            save(checkpoint, arrays, {"steps": done, "log": log, **random})
        print(optimizer.steps, flush=True)
    save(folder / "weights.npz", {n: t.data for n, t in optimizer.parameters.items()}, {})
    text = "".join(json.dumps(row) + "\n" for row in log)
    write_atomically(folder / "log.jsonl", text.encode())


if __name__ == "__main__":
    runtime.pin_blas_threads()
    train(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
