"""Kill a training run again and again, and damage a checkpoint bit by bit."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from block04_training.proofs import damaged
from block04_training.train import Settings, Training, digits_data, digits_split, train
from shared import runtime
from shared.checkpoint import CheckpointError, save
from shared.files import sweep, write_atomically
from shared.seeding import stream

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = "from block04_training.experiments.resume import program; program()"
FILES = ("weights.npz", "log.jsonl")
SETTINGS = Settings((64, 32, 10), learning_rate=3e-3, batch_size=64, epochs=10**6, dropout=0.2)
EVERY = 5  # steps between checkpoints: a kill costs at most five steps


def resume(run):
    """A run killed at random moments and resumed ends with the weights and the log of one left
    alone, byte for byte; and no checkpoint with one flipped bit loads as another.
    """
    kills, steps = (1, 40) if run.quick else (6, 240)
    flips, cuts = (100, 20) if run.quick else (2000, 100)
    rng = stream(run.seed, "kills")
    moments = sorted(rng.choice(range(10, steps - 20), kills, replace=False).tolist())
    equal = killed_is_undisturbed(run.seed, steps, moments, rng.uniform(0, 0.01, kills))
    damage = damaged(stream(run.seed, "bit flips"), flips, cuts)
    run.record(
        config={"steps": steps, "killed_at_steps": moments, "flips": flips, "cuts": cuts},
        metrics={"equal_bytes": equal, "kills": kills, "files_compared": FILES} | damage,
    )
    run.headline(
        {
            "resume_equal_bytes": equal, "resume_kills": kills,
            "checkpoint_bit_flips": flips, "checkpoint_silent_changes": damage["silent changes"],
        }
    )


def go_on(folder, seed, steps):
    """Train to this step, from the folder's checkpoint where there is one, and save every few."""
    fit, validation, _ = digits_split(seed)
    X, y, *_ = digits_data(fit, validation)
    run, checkpoint = Training(SETTINGS, len(y), seed), folder / "checkpoint.npz"
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
        train(run.network, run.optimizer, X, y, SETTINGS, run.batches, run.masks,
              after_step=after_step)
    save(folder / "weights.npz", {"values": run.optimizer.values}, {})
    text = "".join(json.dumps(row) + "\n" for row in run.log)
    write_atomically(folder / "log.jsonl", text.encode())


def program():
    """What is killed: `go_on` with FOLDER SEED STEPS; it prints the number of each step."""
    runtime.pin_blas_threads()
    try:
        go_on(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    except CheckpointError as error:
        sys.exit(f"resume: {error}")


def killed_is_undisturbed(seed, steps, moments, delays):
    """Whether a run killed at these steps, after delays in seconds, ends in the same bytes."""
    with tempfile.TemporaryDirectory() as alone, tempfile.TemporaryDirectory() as killed:
        expected = undisturbed(alone, seed, steps)
        for moment, delay in zip(moments, delays):
            run_until(start(killed, seed, steps), moment, delay)
        return undisturbed(killed, seed, steps) == expected


def start(folder, seed, steps):
    """A fresh process of the program."""
    command = [sys.executable, "-c", PROGRAM, str(folder), str(seed), str(steps)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def run_until(process, step, delay):
    """Read the steps it reports; at `step` wait a moment, then SIGKILL. -> the last step it told"""
    told = 0
    for line in process.stdout:
        told = int(line)
        if told >= step:
            time.sleep(delay)
            break
    process.kill()
    process.stdout.close()
    process.wait()
    return told


def undisturbed(folder, seed, steps):
    """The weights and the log, as bytes, of a run that nobody kills."""
    process = start(folder, seed, steps)
    process.stdout.read()
    process.stdout.close()
    if process.wait() != 0:
        raise RuntimeError("the run that is killed failed")
    return [(Path(folder) / name).read_bytes() for name in FILES]
