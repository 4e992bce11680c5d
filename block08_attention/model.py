"""The smallest model that attends: one layer of attention, and the answer is the nearest code.

    out = multi_head(x, memory)   logits = out . code / sqrt(C) for each possible answer

Four matrices are all it learns: where to look, and what to take from there. Left out: what a
transformer adds (learned embeddings, a second layer, residuals, an MLP; block 09).
"""

import numpy as np

from block08_attention import multi_head
from block08_attention.tasks import NOT_ASKED
from shared.checks import ShapeError
from shared.losses import cross_entropy, cross_entropy_gradient


def logits_of(out, batch):
    """For each question a of A the logits (N, T, K_a), from its C channels of out (N, T, A C)."""
    asked = sum(codes.shape[1] for codes in batch.answers)
    if out.shape[-1] != asked:
        raise ShapeError(f"the model has {out.shape[-1]} outputs, the questions need {asked}")
    parts = np.split(out, len(batch.answers), axis=-1)  # A times (N, T, C)
    return [part @ codes.T / np.sqrt(codes.shape[1]) for part, codes in zip(parts, batch.answers)]


def forward(parameters, batch, num_heads=1):
    """The logits of each question, and the cache of the attention."""
    x, memory, mask = batch[:3]
    out, cache = multi_head.forward(parameters, x, memory, num_heads, mask)
    return logits_of(out, batch), cache


def loss(logits, batch):
    """The mean cross-entropy over all that is asked, in nats; the mean over the questions."""
    return float(np.mean([cross_entropy(*asked(l, batch, a)) for a, l in enumerate(logits)]))


def asked(logits, batch, question):
    """The logits and targets of the tokens that ask this question: (M, K), (M,)."""
    targets = batch.targets[..., question]  # (N, T)
    counted = targets != NOT_ASKED
    return logits[counted], targets[counted]


def dout_of(logits, batch):
    """d loss / d out (N, T, A C), from the logits of each question."""
    douts = []
    for a, codes in enumerate(batch.answers):
        dlogits = np.zeros_like(logits[a])  # (N, T, K), 0 where nothing is asked
        counted = batch.targets[..., a] != NOT_ASKED
        dlogits[counted] = cross_entropy_gradient(*asked(logits[a], batch, a))
        douts.append(dlogits @ codes / np.sqrt(codes.shape[1]) / len(batch.answers))  # (N, T, C)
    return np.concatenate(douts, axis=-1)


def loss_and_gradients(parameters, batch, num_heads=1):
    """The loss, and d loss / d parameter for each."""
    logits, cache = forward(parameters, batch, num_heads)
    gradients, _, _ = multi_head.backward(parameters, cache, dout_of(logits, batch))
    return loss(logits, batch), gradients


# --- how good ------------------------------------------------------------------------------------


def right(logits, batch):
    """For each question whether the largest logit is the target's, token by token: A times (M,)."""
    pairs = [asked(l, batch, a) for a, l in enumerate(logits)]
    return [l.argmax(axis=1) == targets for l, targets in pairs]


def weight_on_truth(cache, batch):
    """The mean weight that each head puts on the place of each answer: (H, A)."""
    weights = multi_head.weights_of(cache)  # (N, H, T, S)
    found = np.zeros((weights.shape[1], len(batch.answers)))
    for a in range(len(batch.answers)):
        places = batch.places[..., a]  # (N, T)
        n, t = np.nonzero(batch.targets[..., a] != NOT_ASKED)
        found[:, a] = weights[n, :, t, places[n, t]].mean(axis=0)
    return found
