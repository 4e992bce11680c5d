"""A run in small, for comparing bytes: `python -m block00_toolbox.experiments.small_run SEED`.

It uses every tool that a real run uses (streams, split, standardising, batches, JSON, a picture)
and writes its results to standard output.
"""

import sys

import numpy as np

from block00_toolbox.generator import named_stream
from shared import data, plots, runtime
from shared.files import to_json
from shared.seeding import stream


def small_run(seed: int) -> bytes:
    """The JSON record and the PNG picture of a small run, one after the other."""
    X = stream(seed, "data").standard_normal((300, 4)) @ stream(seed, "mix").random((4, 4))
    train, validation = data.train_validation_split(len(X), 0.2, stream(seed, "split"))
    Z = data.fit_standardiser(X[train])(X)  # (300, 4)
    batch_means = [
        Z[train][rows].mean() for rows in data.minibatches(len(train), 32, stream(seed, "batches"))
    ]
    record = {
        "by_hand": named_stream(seed, "by hand").words(4),
        "validation_covariance": Z[validation].T @ Z[validation] / len(validation),  # (4, 4)
        "batch_means": batch_means,
    }
    figure, axes = plots.new_figure("A small run", width=4, height=3)
    plots.histogram(axes[0], {"feature 0": Z[:, 0], "feature 1": Z[:, 1]}, bins=20)
    plots.label(axes[0], "value", "examples")
    return to_json(record) + plots.png(figure)


if __name__ == "__main__":
    runtime.pin_blas_threads()
    np.seterr(all="raise")
    sys.stdout.buffer.write(small_run(int(sys.argv[1])))
