"""Kill a training run again and again, and damage its checkpoint bit by bit."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from shared.checkpoint import CheckpointError, load, save
from shared.seeding import stream

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = ("weights.npz", "log.jsonl")


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
    )  # fmt: skip


# --- kills ---------------------------------------------------------------------------------------


def killed_is_undisturbed(seed, steps, moments, delays):
    """Whether a run killed at these steps, after delays in seconds, ends in the same bytes."""
    with tempfile.TemporaryDirectory() as alone, tempfile.TemporaryDirectory() as killed:
        expected = undisturbed(alone, seed, steps)
        for moment, delay in zip(moments, delays):
            run_until(start(killed, seed, steps), moment, delay)
        return undisturbed(killed, seed, steps) == expected


def start(folder, seed, steps):
    """A fresh process of the resumable run."""
    program = [sys.executable, "-m", "block04_training.experiments.resumable"]
    command = [*program, str(folder), str(seed), str(steps)]
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
        raise RuntimeError("the resumable run failed")
    return [(Path(folder) / name).read_bytes() for name in FILES]


# --- damage --------------------------------------------------------------------------------------


def damaged(rng, flips, cuts):
    """Flip one random bit, load, and see; then cut the file short. -> how often what happened"""
    saved = (
        {"W": rng.standard_normal((6, 5)), "b": rng.standard_normal(5).astype(np.float32)},
        {"steps": 7, "log": [1.5, 2.5], "rng": rng.bit_generator.state},
    )
    counts = {"refused": 0, "loaded as saved": 0, "silent changes": 0, "refused cuts": 0}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint.npz"
        save(path, *saved)
        whole = path.read_bytes()
        for bit in rng.integers(0, 8 * len(whole), flips):
            content = bytearray(whole)
            content[bit // 8] ^= 1 << (bit % 8)
            counts[outcome(path, content, saved)] += 1
        for length in rng.choice(len(whole), cuts, replace=False):
            counts["refused cuts"] += outcome(path, whole[:length], saved) == "refused"
    return counts


def outcome(path, content, saved):
    """What `load` makes of a file with this content."""
    path.write_bytes(content)
    try:
        return "loaded as saved" if same(load(path), saved) else "silent changes"
    except CheckpointError:
        return "refused"


def same(found, saved):
    """Whether arrays and state are the ones saved, to the bit."""
    (arrays, state), (saved_arrays, saved_state) = found, saved
    return (
        arrays.keys() == saved_arrays.keys()
        and all(arrays[name].tobytes() == saved_arrays[name].tobytes() for name in arrays)
        and all(arrays[name].dtype == saved_arrays[name].dtype for name in arrays)
        and all(arrays[name].shape == saved_arrays[name].shape for name in arrays)
        and state == saved_state
    )
