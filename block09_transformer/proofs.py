"""How far from the truth: textbook against shared.gpt, PyTorch, central differences, invariants.

Each function returns errors; the tests assert on them and the run records them.
"""

from pathlib import Path

import numpy as np

from block09_transformer import bpe as slow_bpe
from block09_transformer import model
from block09_transformer.model import Transformer
from block09_transformer.train import Settings, fused, train, trained
from shared import bpe, gpt
from shared.checks import gradient_error
from shared.layers import parameters
from shared.optim import Adam
from shared.seeding import stream
from shared.tensor import Tensor

# --- the same weights in both texts --------------------------------------------------------------


def fused_shape(shape):
    """The shape that shared.gpt has for a textbook shape, which must be pre-norm with residuals."""
    return gpt.Shape(**{name: getattr(shape, name) for name in gpt.Shape._fields})


def leaves_by_name(textbook):
    """shared.gpt's name of each parameter -> the textbook's leaves, side by side, that it holds."""
    found = {"embedding": [textbook.embedding.table]}
    found |= {f"shift.{k}": [table.table] for k, table in enumerate(textbook.shift, start=1)}
    if textbook.positions is not None:
        found["positions"] = [textbook.positions.table]
    for n, block in enumerate(textbook.blocks):
        heads = block.attention.heads
        inside = {
            "norm1.gain": [block.norm1.gain], "norm1.bias": [block.norm1.bias],
            "qkv": [getattr(h, part).W for part in ("query", "key", "value") for h in heads],
            "out": [block.attention.out.W],
            "norm2.gain": [block.norm2.gain], "norm2.bias": [block.norm2.bias],
            "up": [block.mlp.up.W], "down": [block.mlp.down.W],
        }
        found |= {f"layers.{n}.{name}": leaves for name, leaves in inside.items()}
    found |= {"norm.gain": [textbook.norm.gain], "norm.bias": [textbook.norm.bias]}
    return found if textbook.head is None else found | {"head": [textbook.head.W]}


def named(textbook, what="data"):
    """Name -> array of the textbook's parameters, or of their "grad"s, as shared.gpt has them."""
    return {
        name: np.concatenate([getattr(leaf, what) for leaf in leaves], axis=-1)
        for name, leaves in leaves_by_name(textbook).items()
    }


def as_textbook(shape, arrays):
    """The textbook's model with the weights of shared.gpt: the same numbers, head by head."""
    textbook = Transformer(model.Shape(**shape._asdict()), stream(0, "overwritten"))
    for name, leaves in leaves_by_name(textbook).items():
        for leaf, part in zip(leaves, np.split(arrays[name], len(leaves), axis=-1)):
            leaf.data = np.array(part)
    return textbook


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


# --- central differences, and what must not change ------------------------------------------------


def whole_model_error(shape, seed=0, largest=10_000):
    """Relative error of shared.gpt's gradient of the whole model against central differences.

    Every parameter by itself, or 20 random directions where there are more than `largest`.
    """
    rng = stream(seed, "gradient check", shape.positions)
    weights = gpt.initialise(shape, rng, np.float64)
    x = flat(weights) + 0.1 * rng.standard_normal(flat(weights).size)
    inputs, targets = small_batch(rng, shape, lengths=(6, 4))
    token_weights = [rng.integers(0, 3, len(ids)).astype(float) for ids in inputs]
    gradient = np.empty_like(x)

    def loss(values, out=None):
        out = np.empty_like(x) if out is None else out
        return gpt.loss_and_gradient(
            shape, gpt.views(shape, values), inputs, targets, token_weights, out=out, shards=1
        )

    loss(x, gradient)
    return gradient_error(loss, x, gradient, rng=rng, largest=largest)


def causality_change(shape, parameters, seed=0):
    """Change one token of a story at a time: the largest change of a logit before it."""
    rng, T = stream(seed, "causality"), min(shape.context, 12)
    ids = rng.integers(0, shape.vocabulary_size, T)
    before, _ = gpt.forward(shape, parameters, [ids])
    changes = []
    for t in range(1, T):
        other = ids.copy()
        other[t] = (ids[t] + 1) % shape.vocabulary_size
        after, _ = gpt.forward(shape, parameters, [other])
        changes.append(np.abs(after[:t] - before[:t]).max())
    return float(max(changes))


def one_batch_losses(seed=0, steps=150):
    """The losses while a small model learns four random stories by heart.

    Each begins in its own way: of two that begin alike nothing tells which one goes on how.
    """
    shape = gpt.Shape(vocabulary_size=30, channels=32, layers=2, heads=2, context=16, shift=1)
    rng = stream(seed, "one batch")
    examples = [np.array([n, *rng.integers(0, shape.vocabulary_size, 12)]) for n in range(4)]
    settings = Settings(
        steps=steps, batch_size=4, learning_rate=1e-2, warmup=10, weight_decay=0.0
    )
    losses = []
    train(
        *fused(shape, rng), examples, settings, rng,
        watch=lambda step, loss, *rest: losses.append(loss),
    )
    return losses


# --- the tokenizer -------------------------------------------------------------------------------

PUBLISHED = "aaabdaaabac"  # three merges give [258, 100, 258, 97, 99]: README of minbpe


def published_example():
    """The ids of the published example, which both texts must agree on."""
    merges = slow_bpe.train(PUBLISHED, 3)
    ids = bpe.Tokenizer(bpe.train(PUBLISHED, 3)).encode(PUBLISHED).tolist()
    return ids if ids == slow_bpe.encode(PUBLISHED, merges) else None


def random_input(rng, names):
    """Bytes or text of up to 40 symbols: few letters, any byte, any character, special names."""
    kind, length = rng.integers(4), rng.integers(0, 40)
    if kind == 0:
        return bytes(rng.choice(list(b"ab \n."), length).tolist())
    if kind == 1:
        return bytes(rng.integers(0, 256, length).tolist())
    if kind == 2:
        numbers = rng.integers(0, 0x11000 - 0x800, length)
        return "".join(chr(n if n < 0xD800 else n + 0x800) for n in numbers)  # no surrogates
    return "".join(rng.choice([*names, "a", " ", "<|", "|>"], length % 8).tolist())


def tokenizer_errors(seed, count):
    """Random inputs: how many merges or ids differ between the texts, how many do not come back,
    and how many special ids came from text."""
    rng = stream(seed, "tokenizer")
    names = ("<|begin|>", "<|end|>")
    found = {"differences": 0, "failures": 0, "special_ids": 0}
    for n in range(count):
        if n % 100 == 0:  # another tokenizer
            training = b"".join(bpe.to_bytes(random_input(rng, names)) for _ in range(10))
            merges = slow_bpe.train(training, 20)
            found["differences"] += merges != bpe.train(training, 20)
            tokenizer = bpe.Tokenizer(merges, names)
        content = random_input(rng, names)
        ids = tokenizer.encode(content)
        back = tokenizer.decode(ids) if isinstance(content, str) else tokenizer.decode_bytes(ids)
        found["failures"] += back != content
        found["differences"] += ids.tolist() != slow_bpe.encode(content, merges)
        found["special_ids"] += bool(set(ids.tolist()) & set(tokenizer.special.values()))
    return found


# --- for the record ------------------------------------------------------------------------------


def record(run):
    """All of it, in results/proofs.json and the headline."""
    parity = {name: parity_errors(shape, run.seed) for name, shape in VARIANTS.items()}
    losses, golden = ten_losses(SMALL, run.seed), golden_errors()
    checked = {
        name: whole_model_error(shape, run.seed, 0 if run.quick else 10_000)
        for name, shape in GOLDEN_SHAPES.items()
    }
    count = 300 if run.quick else 10_000
    tokens, batch = tokenizer_errors(run.seed, count), one_batch_losses(run.seed)
    learned = trained(run)
    change = causality_change(learned.shape, learned.parameters, run.seed)
    run.claim(
        "proofs",
        "Textbook, shared.gpt and PyTorch agree on logits, loss and every gradient, both "
        "tokenizers on every id, and no logit sees what comes after it",
        seeds=[run.seed],
        config={"variants": {n: s._asdict() for n, s in VARIANTS.items()}, "inputs": count},
        metrics={"parity": parity, "ten_losses": losses[0], "golden": golden,
                 "gradient_check": checked, "tokenizer": tokens, "one_batch": batch[::15]},
    )
    run.headline({
        "parity_logits_max_abs_error": max(e["logits"] for e in parity.values()),
        "parity_gradient_max_abs_error": max(e["gradient"] for e in parity.values()),
        "parity_ten_losses_max_abs_error": np.abs(losses[0] - losses[1]).max(),
        "gradient_check_whole_model_relative_error": max(checked.values()),
        "golden_max_abs_error": max(golden.values()),
        "bpe_published_example": published_example(),
        "bpe_round_trips": count,
        "bpe_round_trip_failures": tokens["failures"],
        "bpe_special_ids_from_text": tokens["special_ids"],
        "causality_max_change": change,
        "one_batch_loss": batch[-1],
    })
