"""Repeating a run: equal seeds, and two things that spoil them.

Each program runs in a fresh process: nothing was drawn, hashed or imported before.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from block00_toolbox.generator import named_stream
from block00_toolbox.train import SETTINGS, patients, prepare, right_loss, train
from shared import plots
from shared.files import to_json
from shared.seeding import stream

ROOT = Path(__file__).resolve().parent.parent.parent


def output_of(arguments, **environment):
    """What a fresh Python process writes to standard output, as bytes. Raises where it fails."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT, env=os.environ | environment, check=True, stdout=subprocess.PIPE,
    ).stdout


def share_changed(before, after):
    """The share of the items that differ, place by place."""
    return float(np.mean([a != b for a, b in zip(before, after, strict=True)]))


# --- same seed, equal bytes ----------------------------------------------------------------------

SMALL = SETTINGS._replace(batch_size=32, epochs=10)
SMALL_RUN = """
import sys
from block00_toolbox.experiments.repeating import small_run
from shared import runtime

runtime.pin_blas_threads()
sys.stdout.buffer.write(small_run(int(sys.argv[1])))
"""
CLASSES = ["bird", "car", "cat", "deer", "dog", "frog", "horse", "ship"]
ORDER_OF_A_SET = ["-c", "import sys; print(*set(sys.argv[1:]))", *CLASSES]


def same_seed(run):
    """A training whose chance all comes from named streams repeats to the byte in a process with
    another hash seed, where a set of strings has another order.
    """
    first = output_of(["-c", SMALL_RUN, str(run.seed)], PYTHONHASHSEED="1")
    second = output_of(["-c", SMALL_RUN, str(run.seed)], PYTHONHASHSEED="2")
    other = output_of(["-c", SMALL_RUN, str(run.seed + 1)], PYTHONHASHSEED="1")
    hash_seeds = range(1, 4 if run.quick else 11)
    orders = {output_of(ORDER_OF_A_SET, PYTHONHASHSEED=str(seed)) for seed in hash_seeds}
    answers = {
        "same_seed_equal_bytes": first == second,
        "other_seed_other_bytes": first != other,
        "set_orders_in_processes": len(orders),
        "processes_of_hash_order": len(hash_seeds),
    }
    config = {"classes": CLASSES, "hash_seeds": list(hash_seeds)}
    run.record(config=config, metrics=answers | {"bytes_compared": len(first)})
    run.headline(answers)


def small_run(seed):
    """The JSON record and the PNG picture of a small training, one after the other, as bytes. It
    uses every tool of a real run: streams, split, standardising, batches, the loop, both files."""
    X, y, _, _ = prepare(*patients(seed, SMALL), SMALL, stream(seed, "split"))
    losses = []
    theta = train(
        np.zeros(3), X, y, SMALL, stream(seed, "train"),
        watch=lambda epoch, theta: losses.append(right_loss(X, y, theta)[0]),
    )
    record = {"by_hand": named_stream(seed, "by hand").words(4), "losses": losses, "theta": theta}
    figure, axes = plots.new_figure("A small run", width=4, height=3)
    plots.loss_curves(axes[0], {"train": (range(len(losses)), losses)})
    plots.label(axes[0], "epoch", "mean squared error")
    return to_json(record) + plots.png(figure)


# --- one generator for all -----------------------------------------------------------------------

GLOBAL_STATE = """
import sys
import numpy as np

for draws in (3, 4):
    np.random.seed(int(sys.argv[1]) % 2**32)  # it takes no larger one
    np.random.rand(draws)  # what a library draws
    print(*np.random.rand(8))
"""


def global_state(run):
    """With one generator for all, one more draw anywhere changes every number drawn after it; with
    a stream for each use it changes none (three seeds).
    """
    seeds = run.seeds(3)
    changed = {name: np.mean([share(seed) for seed in seeds]) for name, share in WAYS.items()}
    run.record(config={"numbers": 8, "draws_of_the_library": [3, 4]}, metrics=changed)
    run.headline({f"changed_with_{way}": changed[way] for way in ("global_state", "named_streams")})


def changed_in_a_process(seed):
    """NumPy's global generator, in a fresh process: what a library before us may have drawn."""
    before, after = output_of(["-c", GLOBAL_STATE, str(seed)]).splitlines()
    return share_changed(before.split(), after.split())


def weights_after(seed, draws, *, named):
    """Eight weights, drawn after a function took `draws` numbers from its generator."""
    if named:
        library, mine = stream(seed, "library"), stream(seed, "weights")
    else:
        library = mine = stream(seed, "one for all")
    library.random(draws)
    return mine.random(8)


def changed_here(seed, *, named):
    """A generator object, the same one for both or one for each."""
    return share_changed(*(weights_after(seed, draws, named=named) for draws in (3, 4)))


WAYS = {
    "global_state": changed_in_a_process,
    "one_generator": lambda seed: changed_here(seed, named=False),
    "named_streams": lambda seed: changed_here(seed, named=True),
}
