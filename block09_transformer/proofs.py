"""How far from the truth: textbook against shared.gpt, PyTorch, central differences, invariants.

Each function returns errors; the tests assert on them and the run records them.
"""

from pathlib import Path

import numpy as np

from block09_transformer import model
from block09_transformer.model import Transformer
from shared import gpt
from shared.layers import parameters
from shared.optim import Adam
from shared.seeding import stream
from shared.tensor import Tensor

# --- the same weights in both texts --------------------------------------------------------------


def fused_shape(shape):
    """The shape that shared.gpt has for a textbook shape, which must be pre-norm with residuals."""
    return gpt.Shape(**{name: getattr(shape, name) for name in gpt.Shape._fields})


def named(textbook, what="data"):
    """Name -> array of the textbook's parameters, or of their "grad"s, as shared.gpt has them."""

    def side_by_side(attention):
        parts = [getattr(h, n).W for n in ("query", "key", "value") for h in attention.heads]
        return np.concatenate([getattr(W, what) for W in parts], axis=1)  # (C, 3C)

    found = {"embedding": getattr(textbook.embedding.table, what)}
    found |= {f"shift.{k}": getattr(t.table, what) for k, t in enumerate(textbook.shift, start=1)}
    if textbook.positions is not None:
        found["positions"] = getattr(textbook.positions.table, what)
    for n, block in enumerate(textbook.blocks):
        leaves = {
            "norm1.gain": block.norm1.gain, "norm1.bias": block.norm1.bias, "qkv": None,
            "out": block.attention.out.W, "norm2.gain": block.norm2.gain,
            "norm2.bias": block.norm2.bias, "up": block.mlp.up.W, "down": block.mlp.down.W,
        }
        for name, leaf in leaves.items():
            array = side_by_side(block.attention) if leaf is None else getattr(leaf, what)
            found[f"layers.{n}.{name}"] = array
    found |= {f"norm.{part}": getattr(getattr(textbook.norm, part), what)
              for part in ("gain", "bias")}
    return found if textbook.head is None else found | {"head": getattr(textbook.head.W, what)}


def flat(arrays):
    """One buffer of all arrays, in their order."""
    return np.concatenate([array.reshape(-1) for array in arrays.values()])


# --- parity --------------------------------------------------------------------------------------

SMALL = model.Shape(vocabulary_size=13, channels=12, layers=2, heads=3, context=10, shift=2)
VARIANTS = {
    "rotary": SMALL,
    "learned, untied": SMALL._replace(positions="learned", tied=False),
    "sinusoidal, no shift": SMALL._replace(positions="sinusoidal", shift=0),
    "no positions, no mask": SMALL._replace(positions="none", causal=False),
}


def small_batch(rng, shape, lengths=(7, 1, 10, 7)):
    """Random stories of several lengths, and what comes next at each place."""
    def story(length):
        return rng.integers(0, shape.vocabulary_size, length)

    return [story(T) for T in lengths], [story(T) for T in lengths]


def shaken(textbook, rng):
    """Gains and biases off 1 and 0, so that none hides a mistake."""
    for leaf in parameters(textbook).values():
        leaf.data += 0.1 * rng.standard_normal(leaf.shape)
    return textbook


def parity_errors(shape, seed=0):
    """Largest differences of logits, loss and every gradient, textbook against shared.gpt."""
    rng = stream(seed, "parity", shape.positions)
    textbook = shaken(Transformer(shape, rng), rng)
    inputs, targets = small_batch(rng, shape)
    loss = textbook.loss(inputs, targets)
    loss.backward()
    arrays, fused = named(textbook), fused_shape(shape)
    logits, _ = gpt.forward(fused, arrays, inputs)
    gradient = np.empty_like(flat(arrays))
    fused_loss = gpt.loss_and_gradient(fused, arrays, inputs, targets, out=gradient)
    expected = np.concatenate([textbook(ids).data for ids in inputs])
    gradients = named(textbook, "grad")
    return {
        "logits": np.abs(logits - expected).max(),
        "loss": abs(fused_loss - loss.item()),
        "gradient": np.abs(gradient - flat(gradients)).max(),
    }


def ten_losses(shape, seed=0, steps=10):
    """The losses of ten AdamW steps, textbook and shared.gpt from the same start: (2, steps)."""
    rng = stream(seed, "ten losses")
    textbook, fused = Transformer(shape, rng), fused_shape(shape)
    arrays = named(textbook)
    inputs, targets = small_batch(rng, shape)
    rule = {"learning_rate": 1e-2, "betas": (0.9, 0.99), "weight_decay": 0.01}
    leaves = parameters(textbook)
    slow = Adam(leaves, decayed=list(leaves), **rule)
    fast = Adam({n: Tensor(a.copy(), True) for n, a in arrays.items()}, decayed=[*arrays], **rule)
    arrays, losses = gpt.views(fused, fast.values), []
    for _ in range(steps):
        slow.zero_gradients()
        loss = textbook.loss(inputs, targets)
        loss.backward()
        slow.step()
        other = gpt.loss_and_gradient(fused, arrays, inputs, targets, out=fast.gradients)
        fast.step()
        losses.append((loss.item(), other))
    return np.array(losses).T


# --- PyTorch's numbers ---------------------------------------------------------------------------

GOLDEN = Path(__file__).resolve().parent / "tests/golden.npz"
TINY = gpt.Shape(vocabulary_size=9, channels=8, layers=2, heads=2, context=6, shift=2)
GOLDEN_SHAPES = {"rotary": TINY, "learned": TINY._replace(positions="learned", tied=False, shift=0)}


def golden_weights(shape):
    """The weights of a golden model, in float64: far from the start, no gain 1 and no bias 0."""
    weights = gpt.initialise(shape, stream(0, "golden", shape.positions), np.float64)
    for number, array in enumerate(weights.values()):
        array += 0.3 * np.sin(np.arange(array.size) + number).reshape(array.shape)
    return weights


def golden_batch(shape):
    """Two stories of 6 and 4 tokens, and what comes next."""
    return small_batch(stream(0, "golden batch"), shape, lengths=(6, 4))


def golden_errors():
    """How far shared.gpt is from PyTorch: {"rotary logits": ..., "rotary loss": ..., ...}."""
    errors = {}
    with np.load(GOLDEN) as golden:
        for name, shape in GOLDEN_SHAPES.items():
            weights, (inputs, targets) = golden_weights(shape), golden_batch(shape)
            gradient = np.empty(golden[f"{name}.gradient"].size)
            loss = gpt.loss_and_gradient(shape, weights, inputs, targets, out=gradient)
            logits, _ = gpt.forward(shape, weights, inputs)
            for what, ours in (("logits", logits), ("loss", loss), ("gradient", gradient)):
                errors[f"{name} {what}"] = np.abs(ours - golden[f"{name}.{what}"]).max()
    return errors
