"""Make tests/golden/*.npz with PyTorch, once: `python -m block04_training.tests.make_golden`.

Needs the extra `parity`. The files hold inputs and PyTorch's answers, all in float64.
"""

from pathlib import Path

import numpy as np
import torch

FOLDER = Path(__file__).resolve().parent / "golden"

RULES = {  # name -> how PyTorch builds it
    "sgd": lambda w: torch.optim.SGD([w], lr=0.1),
    "momentum": lambda w: torch.optim.SGD([w], lr=0.05, momentum=0.9),
    "nesterov": lambda w: torch.optim.SGD([w], lr=0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda w: torch.optim.RMSprop([w], lr=0.01, alpha=0.99, eps=1e-8),
    "adam": lambda w: torch.optim.Adam([w], lr=0.05, betas=(0.9, 0.999), eps=1e-8),
    "adamw": lambda w: torch.optim.AdamW([w], lr=0.05, weight_decay=0.1, eps=1e-8),
}


def network_loss(w, X, y):
    """mean((tanh(X A) c - y)^2) with A (3, 4) and c (4,) in one vector w (16,)."""
    return ((torch.tanh(X @ w[:12].reshape(3, 4)) @ w[12:] - y) ** 2).mean()


def optimizer_paths():
    """The weights after 10, 20, ..., 100 steps of each rule on a tiny network."""
    rng = np.random.default_rng(0)
    X, y, start = rng.standard_normal((8, 3)), rng.standard_normal(8), rng.standard_normal(16)
    arrays = {"X": X, "y": y, "start": start}
    for name, build in RULES.items():
        w = torch.tensor(start, requires_grad=True)
        optimizer, path = build(w), []
        for step in range(1, 101):
            optimizer.zero_grad()
            network_loss(w, torch.tensor(X), torch.tensor(y)).backward()
            optimizer.step()
            if step % 10 == 0:
                path.append(w.detach().numpy().copy())
        arrays[name] = np.array(path)  # (10, 16)
    np.savez(FOLDER / "optimizers.npz", **arrays)


def norms():
    """Layer norm and batch norm: forward, gradients, running statistics, evaluation."""
    rng = np.random.default_rng(1)
    batches = 3 * rng.standard_normal((3, 6, 5)) + 2
    gain, bias, dy = rng.standard_normal(5), rng.standard_normal(5), rng.standard_normal((6, 5))
    arrays = {"batches": batches, "gain": gain, "bias": bias, "dy": dy}
    layer, batch = torch.nn.LayerNorm(5).double(), torch.nn.BatchNorm1d(5).double()
    for name, module in (("layer", layer), ("batch", batch)):
        with torch.no_grad():
            module.weight.copy_(torch.tensor(gain))
            module.bias.copy_(torch.tensor(bias))
        for x in batches:
            x = torch.tensor(x, requires_grad=True)
            module.zero_grad()
            y = module(x)
            y.backward(torch.tensor(dy))
        found = {"y": y, "dx": x.grad, "dgain": module.weight.grad, "dbias": module.bias.grad}
        arrays |= {f"{name}_{key}": tensor.detach().numpy() for key, tensor in found.items()}
    arrays["running_mean"] = batch.running_mean.numpy()
    arrays["running_variance"] = batch.running_var.numpy()
    arrays["batch_evaluated"] = batch.eval()(torch.tensor(batches[0])).detach().numpy()
    np.savez(FOLDER / "norms.npz", **arrays)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    optimizer_paths()
    norms()
