"""What a checkpoint does with damage: refuse it, or load exactly what was saved."""

import tempfile
from pathlib import Path

import numpy as np

from shared.checkpoint import CheckpointError, load, save
from shared.seeding import stream


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


def no_bit_flip_passes_silently(run):
    """Flip one random bit of a checkpoint, load it, and see; then cut it short everywhere."""
    rng = stream(run.seed, "bit flips")
    flips = 300 if run.quick else 2000
    saved = (
        {"W": rng.standard_normal((6, 5)), "b": rng.standard_normal(5).astype(np.float32)},
        {"steps": 7, "log": [1.5, 2.5], "rng": rng.bit_generator.state},
    )
    counts = {"refused": 0, "loaded as saved": 0, "silent changes": 0}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint.npz"
        save(path, *saved)
        whole = path.read_bytes()
        for bit in rng.integers(0, 8 * len(whole), flips):
            damaged = bytearray(whole)
            damaged[bit // 8] ^= 1 << (bit % 8)
            path.write_bytes(damaged)
            try:
                outcome = "loaded as saved" if same(load(path), saved) else "silent changes"
            except CheckpointError:
                outcome = "refused"
            counts[outcome] += 1
        cuts = sorted(rng.choice(len(whole), 100, replace=False).tolist())
        refused_cuts = 0
        for length in cuts:
            path.write_bytes(whole[:length])
            try:
                load(path)
            except CheckpointError:
                refused_cuts += 1
    run.claim(
        "checkpoint_damage",
        "No single flipped bit changes a value silently, and no cut file loads",
        seeds=[run.seed],
        config={"bytes": len(whole), "flips": flips, "cuts": len(cuts)},
        metrics={key.replace(" ", "_"): n for key, n in counts.items()}
        | {"refused_cuts": refused_cuts},
    )
    run.headline(
        {"checkpoint_bit_flips": flips, "checkpoint_silent_changes": counts["silent changes"]}
    )
