"""Experiments on repeating a run: equal seeds, and two things that spoil them.

Each program runs in a process of its own, because a process can lie: what was drawn, hashed or
imported before is still there.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from shared.results import Run
from shared.seeding import stream

ROOT = Path(__file__).resolve().parent.parent.parent


def output_of(arguments: list[str], **environment: str) -> bytes:
    """What a fresh Python process writes to standard output. Raises where it fails."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT, env=os.environ | environment, check=True, stdout=subprocess.PIPE,
    ).stdout  # fmt: skip


# --- same seed, equal bytes ----------------------------------------------------------------------


def same_seed_equal_bytes(run: Run) -> None:
    """Two fresh processes with one seed and different hash seeds, and a third with another seed."""
    program = ["-m", "block00_toolbox.experiments.small_run"]
    first = output_of([*program, str(run.seed)], PYTHONHASHSEED="1")
    second = output_of([*program, str(run.seed)], PYTHONHASHSEED="2")
    other = output_of([*program, str(run.seed + 1)], PYTHONHASHSEED="1")
    answers = {
        "same_seed_equal_bytes": first == second,
        "other_seed_other_bytes": first != other,
    }
    run.claim(
        "same_seed",
        "A run whose chance all comes from named streams repeats to the byte",
        seeds=[run.seed, run.seed + 1],
        config={"processes": 3},
        metrics=answers | {"bytes_compared": len(first)},
    )
    run.headline(answers)


# --- one generator for all -----------------------------------------------------------------------

GLOBAL_STATE = """
import sys
import numpy as np

def library_function(draws):
    for _ in range(draws):
        np.random.rand()

np.random.seed(int(sys.argv[1]))
library_function(draws=int(sys.argv[2]))
print(*np.random.rand(8))
"""

SEEDED_INSIDE = """
import numpy as np

def library_function():
    np.random.seed(0)  # so that its own example repeats
    np.random.rand()

for _ in range(5):
    library_function()
    print(np.random.rand())
"""


def a_shared_generator_couples_strangers(run: Run) -> None:
    """A library draws one number more: which of the caller's eight numbers change?"""
    before, after = (
        output_of(["-c", GLOBAL_STATE, str(run.seed), draws]).split() for draws in ("3", "4")
    )
    five_starts = output_of(["-c", SEEDED_INSIDE]).split()
    metrics = {
        "changed_with_global_state": share_changed(before, after),
        "changed_with_one_generator": share_changed(
            *(weights_after(run.seed, draws, named=False) for draws in (3, 4))
        ),
        "changed_with_named_streams": share_changed(
            *(weights_after(run.seed, draws, named=True) for draws in (3, 4))
        ),
        "different_of_five_starts_when_a_library_seeds": len(set(five_starts)),
    }
    run.claim(
        "global_state",
        "With one generator for all, one more draw anywhere changes every number drawn after it",
        seeds=[run.seed],
        config={"numbers": 8, "draws_of_the_library": [3, 4]},
        metrics=metrics,
    )
    run.headline(
        {
            "changed_with_global_state": metrics["changed_with_global_state"],
            "changed_with_named_streams": metrics["changed_with_named_streams"],
        }
    )


def weights_after(seed: int, draws: int, *, named: bool) -> np.ndarray:
    """Eight weights, drawn after a function took `draws` numbers from its generator."""
    if named:
        library, mine = stream(seed, "library"), stream(seed, "weights")
    else:
        library = mine = stream(seed, "one for all")
    library.random(draws)
    return mine.random(8)


def share_changed(before, after) -> float:
    """The share of the numbers that differ, place by place."""
    return float(np.mean([a != b for a, b in zip(before, after, strict=True)]))


# --- the order of a set --------------------------------------------------------------------------

CLASSES = ["bird", "car", "cat", "deer", "dog", "frog", "horse", "ship"]
ORDER_OF_A_SET = "import sys; print(*set(sys.argv[1:]))"
ORDER_WHEN_SORTED = "import sys; print(*sorted(set(sys.argv[1:])))"


def a_set_has_no_order(run: Run) -> None:
    """Number eight classes by their place in a set, in ten processes with ten hash seeds."""
    hash_seeds = range(3 if run.quick else 10)
    plain, ordered = (
        [
            tuple(output_of(["-c", program, *CLASSES], PYTHONHASHSEED=str(seed)).decode().split())
            for seed in hash_seeds
        ]
        for program in (ORDER_OF_A_SET, ORDER_WHEN_SORTED)
    )
    kept = [np.mean([a == b for a, b in zip(plain[0], other)]) for other in plain[1:]]
    run.claim(
        "hash_order",
        "The order of a set of strings changes from process to process; sorted() fixes it",
        seeds=hash_seeds,
        config={"classes": CLASSES, "seeds_are": "PYTHONHASHSEED"},
        metrics={
            "processes": len(hash_seeds),
            "orders": len(set(plain)),
            "orders_when_sorted": len(set(ordered)),
            "share_of_classes_that_keep_their_number": np.mean(kept),
            "first_two": plain[:2],
        },
    )
    run.headline(
        {"set_orders_in_processes": len(set(plain)), "processes_of_hash_order": len(hash_seeds)}
    )
