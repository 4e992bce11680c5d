"""Two mistakes made on purpose: repeated words counted once, and a start that cannot move."""

import numpy as np

from block05_embeddings.cooccurrence import window_pairs
from block05_embeddings.experiments.truth import mean_accuracy
from block05_embeddings.skipgram import (
    noise_distribution,
    pair_scores,
    sigmoid,
    skipgram_gradient,
    skipgram_loss,
    start_vectors,
    with_made_up,
)
from shared.checks import relative_error
from shared.optim import Adam
from shared.seeding import stream
from shared.tensor import Tensor

SIZE, MADE_UP, BATCH, UPDATES, LOOK = 64, 5, 4096, 300, 100
LEARNING_RATE = 0.05  # as in train.py


def forgetful_gradient(W, C, words, neighbours):
    """skipgram_gradient with `+=` on picked rows: of a word's pairs only the last one counts."""
    d = sigmoid(pair_scores(W, C, words, neighbours))  # (B, 1 + K)
    d[:, 0] -= 1
    d = (d / len(words)).astype(W.dtype)
    dW, dC = np.zeros_like(W), np.zeros_like(C)
    dW[words] += np.einsum("bk,bkd->bd", d, C[neighbours])
    dC[neighbours] += d[:, :, None] * W[words][:, None]
    return dW, dC


def descend(corpus, seed, gradient, W, C, updates):
    """Adam on batches of pairs; the loss on one fixed batch before each 100th update."""
    words, neighbours = window_pairs(corpus.ids("story"), 5)
    noise, rng = noise_distribution(corpus.counts), stream(seed, "broken")
    rows = rng.integers(len(words), size=BATCH)
    shown = words[rows], with_made_up(neighbours[rows], noise, MADE_UP, rng)
    losses = []
    W, C = Tensor(W), Tensor(C)
    optimizer = Adam({"W": W, "C": C}, LEARNING_RATE)
    for update in range(updates + 1):
        if update % LOOK == 0:
            losses.append(skipgram_loss(W.data, C.data, *shown))
        rows = rng.integers(len(words), size=BATCH)
        drawn = with_made_up(neighbours[rows], noise, MADE_UP, rng)
        W.grad[...], C.grad[...] = gradient(W.data, C.data, words[rows], drawn)
        optimizer.step()
    return losses, W.data


def two_bugs_that_raise_no_error(run, corpus, models):
    """The loss and the analogies with each bug, and without."""
    W, C = start_vectors(len(corpus.vocabulary), SIZE, stream(run.seed, "broken start"), np.float32)
    updates = 100 if run.quick else UPDATES
    runs = {
        "right": (skipgram_gradient, W, C),
        "repeats_lost": (forgetful_gradient, W, C),
        "both_zero": (skipgram_gradient, 0 * W, C),
    }
    found = {key: descend(corpus, run.seed, *row, updates) for key, row in runs.items()}
    words = np.arange(50) % 7
    neighbours = np.arange(150).reshape(50, 3) % 11
    rng = stream(run.seed, "broken gradient")
    X, Y = rng.standard_normal((2, 11, 4))
    right, wrong = (g(X, Y, words, neighbours)[0] for g in (skipgram_gradient, forgetful_gradient))
    lines = ["update   right  repeats lost  both zero"]
    for i, row in enumerate(zip(*(losses for losses, _ in found.values()))):
        lines.append(f"{LOOK * i:>6}  " + "{:>6.3f}  {:>12.3f}  {:>9.3f}".format(*row))
    run.file("before_after.txt", "\n".join(lines) + "\n")
    run.claim(
        "broken",
        "Repeated words counted once: no error, slower and worse. Both tables zero at the start: "
        "no error, and nothing is ever learned",
        seeds=[run.seed],
        config={"size": SIZE, "batch": BATCH, "updates": updates, "learning_rate": LEARNING_RATE},
        metrics={
            "losses": {key: losses for key, (losses, _) in found.items()},
            "analogies": {
                key: mean_accuracy(vectors, corpus.relations) for key, (_, vectors) in found.items()
            },
            "gradient_relative_error": relative_error(wrong, right),
        },
    )
