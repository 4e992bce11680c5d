"""A small training run on the digits that can be killed at any moment and goes on where it was.

    python -m block04_training.experiments.resumable FOLDER SEED STEPS

prints each step's number, and leaves weights.npz and log.jsonl in FOLDER when it is done. The
experiment `resume` kills it. What has to be saved, and nothing else: the weights, the optimizer's
moments and step, the order of the examples and the place in it, the state of the masks' stream.
"""

import json
import sys
from pathlib import Path

from block04_training.train import Network, Settings, digits_data, digits_split, optimizer_of, train
from shared import runtime
from shared.checkpoint import CheckpointError, load, save
from shared.data import BatchOrder
from shared.files import sweep, write_atomically
from shared.seeding import stream

SETTINGS = Settings(
    sizes=(64, 32, 10), learning_rate=3e-3, batch_size=64, epochs=10**6, dropout=0.2
)
EVERY = 5  # steps between checkpoints: a kill costs at most five steps


class Run:
    """All that changes while the run goes on, and how it is saved and taken back."""

    def __init__(self, seed):
        self.belongs_to = {"seed": seed, "settings": list(map(str, SETTINGS))}
        fit, validation, _ = digits_split(seed)
        self.X, self.y, *_ = digits_data(fit, validation)
        self.network = Network(SETTINGS, stream(seed, "weights"))
        self.optimizer = optimizer_of(SETTINGS, self.network)
        self.batches = BatchOrder(len(self.y), SETTINGS.batch_size, stream(seed, "batches"))
        self.masks = stream(seed, "dropout")
        self.log = []

    def save(self, path):
        arrays, steps = self.optimizer.state()  # weights and moments; the step
        state = {"run": self.belongs_to, "steps": steps, "log": self.log}
        state |= {"batches": self.batches.state(), "masks": self.masks.bit_generator.state}
        save(path, arrays, state)

    def restore(self, path):
        """Raises CheckpointError where the file is damaged, or another run's."""
        arrays, state = load(path)
        if state["run"] != self.belongs_to:
            other = state["run"]["seed"]
            raise CheckpointError(
                f"{path} is of another run, of seed {other} or other settings: choose a new folder"
            )
        self.optimizer.restore(arrays, state["steps"])
        self.batches.restore(state["batches"])
        self.masks.bit_generator.state = state["masks"]
        self.log = state["log"]


def go_on(folder, seed, steps):
    """Train to this step, from the folder's checkpoint where there is one, and save every few."""
    run, checkpoint = Run(seed), folder / "checkpoint.npz"
    sweep(folder)
    if checkpoint.exists():
        run.restore(checkpoint)

    def after_step(loss):
        run.log.append({"step": run.optimizer.steps, "loss": loss})
        if run.optimizer.steps % EVERY == 0:
            run.save(checkpoint)
        print(run.optimizer.steps, flush=True)
        return run.optimizer.steps >= steps

    if run.optimizer.steps < steps:
        train(run.network, run.optimizer, run.X, run.y, SETTINGS, run.batches, run.masks,
              after_step=after_step)  # fmt: skip
    save(folder / "weights.npz", {"values": run.optimizer.values}, {})
    text = "".join(json.dumps(row) + "\n" for row in run.log)
    write_atomically(folder / "log.jsonl", text.encode())


if __name__ == "__main__":
    runtime.pin_blas_threads()
    try:
        go_on(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    except CheckpointError as error:
        print(f"resumable: {error}", file=sys.stderr)
        sys.exit(2)
