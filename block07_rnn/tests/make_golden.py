"""What PyTorch computes for the three cells, as golden.npz; run it after `make parity`:

    python -m block07_rnn.tests.make_golden

For each of torch.nn.RNN, GRU and LSTM in float64: the weights, an input and a first state, the
outputs and the last state, and the gradient of everything, of the loss
sum(outputs asked_outputs) + sum(last state asked_state).
"""

from pathlib import Path

import numpy as np
import torch

T, B, INPUTS, HIDDEN = 7, 3, 4, 5
KINDS = {"RNN": torch.nn.RNN, "GRU": torch.nn.GRU, "LSTM": torch.nn.LSTM}
WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def record(kind, rng):
    """{name: array} of one cell."""
    states = 2 if kind == "LSTM" else 1
    module = KINDS[kind](INPUTS, HIDDEN).double()
    for name in WEIGHTS:  # the biases random too: a zero bias would hide that it is left out
        weight = getattr(module, f"{name}_l0")
        weight.data = torch.tensor(0.5 * rng.standard_normal(weight.shape))
    x = torch.tensor(rng.standard_normal((T, B, INPUTS)), requires_grad=True)
    state = torch.tensor(rng.standard_normal((states, B, HIDDEN)), requires_grad=True)
    parts = tuple(part[None] for part in state)
    outputs, last = module(x, parts if states == 2 else parts[0])
    last = torch.cat(last) if states == 2 else last
    asked = [torch.tensor(rng.standard_normal(tensor.shape)) for tensor in (outputs, last)]
    ((outputs * asked[0]).sum() + (last * asked[1]).sum()).backward()
    weights = {name: getattr(module, f"{name}_l0") for name in WEIGHTS}
    found = {"outputs": outputs, "last": last, "asked_outputs": asked[0], "asked_state": asked[1]}
    found |= {"x": x, "state": state} | weights
    arrays = {name: tensor.detach().numpy() for name, tensor in found.items()}
    gradients = {"x": x, "state": state} | weights
    arrays |= {f"d{name}": tensor.grad.numpy() for name, tensor in gradients.items()}
    assert all(np.isfinite(array).all() for array in arrays.values())
    return arrays


def main():
    """Write golden.npz beside this file."""
    rng = np.random.default_rng(7)
    golden = {f"{kind} {name}": a for kind in KINDS for name, a in record(kind, rng).items()}
    np.savez_compressed(Path(__file__).with_name("golden.npz"), **golden)


if __name__ == "__main__":
    main()
