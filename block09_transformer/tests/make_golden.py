"""Make tests/golden.npz with PyTorch: logits, loss and every gradient of two small models.

    .venv/bin/python -m block09_transformer.tests.make_golden      (extra `parity`)

The weights are those of `proofs.golden_weights`, in float64; nothing else is ours: the model below
is written with PyTorch's own layer norm, GELU, attention, cross-entropy and autograd.
"""

import numpy as np
import torch
from torch.nn import functional as F

from block09_transformer.proofs import GOLDEN, GOLDEN_SHAPES, golden_batch, golden_weights


def rotated(x):
    """Rotary positions as a product of complex numbers: x (H, T, D)."""
    H, T, D = x.shape
    frequencies = 10000.0 ** (-torch.arange(0, D, 2, dtype=torch.float64) / D)
    angles = torch.outer(torch.arange(T, dtype=torch.float64), frequencies)  # (T, D / 2)
    pairs = torch.view_as_complex(x.reshape(H, T, D // 2, 2).contiguous())
    return torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).reshape(H, T, D)


def block(w, p, x, shape):
    """One pre-norm block with PyTorch's own operations: x (T, C)."""
    C, H = shape.channels, shape.heads
    normal = F.layer_norm(x, (C,), w[p + "norm1.gain"], w[p + "norm1.bias"])
    q, k, v = (normal @ w[p + "qkv"]).split(C, dim=1)
    q, k, v = (part.reshape(len(x), H, C // H).transpose(0, 1) for part in (q, k, v))
    if shape.positions == "rotary":
        q, k = rotated(q), rotated(k)
    heads = F.scaled_dot_product_attention(q, k, v, is_causal=True)  # (H, T, D)
    x = x + heads.transpose(0, 1).reshape(len(x), C) @ w[p + "out"]
    normal = F.layer_norm(x, (C,), w[p + "norm2.gain"], w[p + "norm2.bias"])
    return x + F.gelu(normal @ w[p + "up"], approximate="tanh") @ w[p + "down"]


def logits_of(w, shape, ids):
    """(T,) -> (T, V)."""
    x = w["embedding"][ids]
    for k in range(1, shape.shift + 1):
        x = x + F.pad(w[f"shift.{k}"][ids[:-k]], (0, 0, k, 0))[: len(ids)]
    if shape.positions == "learned":
        x = x + w["positions"][: len(ids)]
    for layer in range(shape.layers):
        x = block(w, f"layers.{layer}.", x, shape)
    x = F.layer_norm(x, (shape.channels,), w["norm.gain"], w["norm.bias"])
    return x @ (w["embedding"].T if shape.tied else w["head"])


def main():
    arrays = {}
    for name, shape in GOLDEN_SHAPES.items():
        weights = golden_weights(shape)
        w = {key: torch.tensor(array, requires_grad=True) for key, array in weights.items()}
        inputs, targets = golden_batch(shape)
        logits = torch.cat([logits_of(w, shape, torch.tensor(ids)) for ids in inputs])
        loss = F.cross_entropy(logits, torch.tensor(np.concatenate(targets)))
        loss.backward()
        arrays[f"{name}.logits"] = logits.detach().numpy()
        arrays[f"{name}.loss"] = loss.detach().numpy()
        arrays[f"{name}.gradient"] = np.concatenate([w[k].grad.numpy().ravel() for k in weights])
    np.savez(GOLDEN, **arrays)
    print(f"{GOLDEN.name}: {GOLDEN.stat().st_size} bytes")


if __name__ == "__main__":
    main()
