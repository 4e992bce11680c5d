"""Kill a training run again and again: does it end in the same bytes as one left alone?"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from shared.seeding import stream

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = ("weights.npz", "log.jsonl")


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


def final_bytes(folder):
    """What a finished run left: its weights and its log."""
    return [(Path(folder) / name).read_bytes() for name in FILES]


def undisturbed(folder, seed, steps):
    """The bytes of a run that nobody kills."""
    process = start(folder, seed, steps)
    process.stdout.read()
    process.stdout.close()
    if process.wait() != 0:
        raise RuntimeError("the resumable run failed")
    return final_bytes(folder)


def a_killed_run_resumes_to_the_same_bytes(run):
    """SIGKILL at random moments, resume, and compare weights and log with an undisturbed run."""
    kills, steps = (2, 60) if run.quick else (6, 240)
    rng = stream(run.seed, "kills")
    moments = sorted(rng.choice(range(10, steps - 20), kills, replace=False).tolist())
    delays = rng.uniform(0, 0.01, kills)  # seconds: anywhere within a step or a save
    with tempfile.TemporaryDirectory() as alone, tempfile.TemporaryDirectory() as killed:
        expected = undisturbed(alone, run.seed, steps)
        for moment, delay in zip(moments, delays):
            run_until(start(killed, run.seed, steps), moment, delay)
        equal = undisturbed(killed, run.seed, steps) == expected
    run.claim(
        "resume",
        "A run killed at random moments and resumed ends with the same weights and the same log, "
        "byte for byte",
        seeds=[run.seed],
        config={"steps": steps, "killed_at_steps": moments, "checkpoint_every": 5},
        metrics={"equal_bytes": equal, "kills": kills, "files_compared": list(FILES)},
    )
    run.headline({"resume_equal_bytes": equal, "resume_kills": kills})
