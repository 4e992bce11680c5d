"""What PyTorch computes, as golden.npz, in float64; run it after `make parity`:

    python -m block08_attention.tests.make_golden

scaled_dot_product_attention and MultiheadAttention under several masks: inputs, outputs, weights
and every gradient. Our masks are True where looking is allowed; MultiheadAttention's are True where
it is not. A row with nothing to look at is PyTorch's 0 too in scaled_dot_product_attention;
MultiheadAttention makes it NaN, so it has no such case here.
"""

from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import scaled_dot_product_attention

N, T, S, C, E = 2, 5, 6, 4, 3


def masks(rng):
    """(T, S) or (N, T, S) masks, True where looking is allowed; each row has something to see."""
    some = rng.random((N, T, S)) < 0.5
    some[..., 0] = True
    return {
        "all": None,
        "causal": np.tri(T, S, dtype=bool),
        "padding": np.broadcast_to((np.arange(S) < np.array([[6], [2]]))[:, None], (N, T, S)),
        "some": some,
    }


def dot_product(rng, mask):
    """One case of scaled_dot_product_attention."""
    shapes = {"queries": (N, T, C), "keys": (N, S, C), "values": (N, S, E)}
    case = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    tensors = {name: torch.tensor(array, requires_grad=True) for name, array in case.items()}
    given = None if mask is None else torch.tensor(mask)
    out = scaled_dot_product_attention(*tensors.values(), attn_mask=given)
    case["dout"] = rng.standard_normal(out.shape)
    out.backward(torch.tensor(case["dout"]))
    case["out"] = out.detach().numpy()
    return case | {f"d{name}": tensor.grad.numpy() for name, tensor in tensors.items()}


def multi_head(rng, mask, num_heads, same):
    """One case of MultiheadAttention; `same`: self-attention over T tokens."""
    module = torch.nn.MultiheadAttention(C, num_heads, bias=False, batch_first=True).double()
    W = rng.standard_normal((4, C, C))
    with torch.no_grad():
        module.in_proj_weight.copy_(torch.tensor(np.concatenate([w.T for w in W[:3]])))
        module.out_proj.weight.copy_(torch.tensor(W[3].T))
    x = rng.standard_normal((N, T, C))
    memory = x if same else rng.standard_normal((N, S, C))
    asks, asked = (torch.tensor(array, requires_grad=True) for array in (x, memory))
    given = None
    if mask is not None:
        whole = np.broadcast_to(mask, (N, T, len(memory[0])))
        given = torch.tensor(~np.repeat(whole, num_heads, axis=0))
    out, weights = module(asks, asked, asked, attn_mask=given, average_attn_weights=False)
    dout = rng.standard_normal(out.shape)
    out.backward(torch.tensor(dout))
    grads = [*(g.T for g in module.in_proj_weight.grad.numpy().reshape(3, C, C)),
             module.out_proj.weight.grad.numpy().T]
    names = ("Wq", "Wk", "Wv", "Wo")
    return dict(zip(names, W)) | {f"d{name}": g for name, g in zip(names, grads)} | {
        "x": x, "memory": memory, "dout": dout, "out": out.detach().numpy(),
        "weights": weights.detach().numpy(), "dx": asks.grad.numpy(),
        "dmemory": asked.grad.numpy(), "num_heads": np.array(num_heads),
    }


def main():
    """Write golden.npz beside this file."""
    rng = np.random.default_rng(8)
    named = masks(rng)
    cases = {f"dot product, {name}": (dot_product(rng, mask), mask) for name, mask in named.items()}
    empty = named["some"].copy()
    empty[0, 2] = False
    cases["dot product, an empty row"] = (dot_product(rng, empty), empty)
    causal = np.tri(T, dtype=bool)
    cases["self, causal, 2 heads"] = (multi_head(rng, causal, 2, True), causal)
    for name in ("all", "padding", "some"):
        cases[f"cross, {name}, 2 heads"] = (multi_head(rng, named[name], 2, False), named[name])
    cases["cross, some, 1 head"] = (multi_head(rng, named["some"], 1, False), named["some"])
    arrays = {}
    for case, (found, mask) in cases.items():
        found = found | ({} if mask is None else {"mask": mask})
        assert all(np.isfinite(array).all() for array in found.values()), case
        arrays |= {f"{case}: {name}": array for name, array in found.items()}
    np.savez_compressed(Path(__file__).with_name("golden.npz"), **arrays)


if __name__ == "__main__":
    main()
