"""Side by side on one machine: `python -m block10_llm_reality.bench` (extra `parity`: torch).

1. Writing with the cache against a full pass per token: same weights, one run, time per token
   against the length.
2. Writing with the cache against PyTorch, eager, with a preallocated cache, batch 1 and 16, on the
   model of 4 layers, 4 heads, 128 channels, 65 characters, context 512, float32, greedy.
3. Reading a prompt (prefill) against writing (decode), tokens per second.

The candidates take turns, several rounds; a ratio is the median over the rounds of the ratios of
that round. Writes results/bench.json.
"""

import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from block10_llm_reality.decoding import full_pass
from shared import gpt, runtime
from shared.files import to_json, write_atomically
from shared.kv_cache import Decoder, cache_bytes, fold
from shared.sampling import greedy
from shared.seeding import stream

RESULTS = Path(__file__).resolve().parent / "results/bench.json"
CONTEXT, ROUNDS = 512, 7
SHAPE = gpt.Shape(65, layers=4, context=CONTEXT, positions="learned", shift=0)
Array = np.ndarray


# --- ours ----------------------------------------------------------------------------------------


def our_text(weights, batch):
    """A function that writes CONTEXT - 1 tokens a row greedily, and returns them (B, T)."""

    def write():
        decoder, out = Decoder(weights, batch), np.empty((batch, CONTEXT - 1), np.int64)
        logits = decoder.start([np.array([1])] * batch)
        for step in range(CONTEXT - 1):
            out[:, step] = greedy(logits)
            logits = decoder.extend(out[:, step : step + 1])[:, 0]
        return out

    return write


# --- PyTorch's -----------------------------------------------------------------------------------


class TorchDecoder:
    """The same model in PyTorch, eager, keys and values written into tensors allocated once."""

    def __init__(self, shape, parameters, batch):
        self.P = {name: torch.from_numpy(np.array(array)) for name, array in parameters.items()}
        self.W = {n: p.T.contiguous() for n, p in self.P.items() if p.ndim == 2}
        self.shape, self.batch = shape, batch
        size = (shape.layers, batch, shape.heads, CONTEXT, shape.channels // shape.heads)
        self.keys, self.values = torch.zeros(size), torch.zeros(size)

    def step(self, ids, n):
        """Logits (B, V) after the token ids (B,) at position n."""
        P, W, C, B = self.P, self.W, self.shape.channels, self.batch
        x = P["embedding"][ids] + P["positions"][n]  # (B, C)
        for layer in range(self.shape.layers):
            p = f"layers.{layer}."
            n1 = F.layer_norm(x, (C,), P[p + "norm1.gain"], P[p + "norm1.bias"])
            parts = F.linear(n1, W[p + "qkv"]).view(B, 3, self.shape.heads, 1, -1)
            q, k, v = parts.unbind(1)
            self.keys[layer, :, :, n : n + 1], self.values[layer, :, :, n : n + 1] = k, v
            keys, values = self.keys[layer, :, :, : n + 1], self.values[layer, :, :, : n + 1]
            heads = F.scaled_dot_product_attention(q, keys, values).reshape(B, C)
            x = x + F.linear(heads, W[p + "out"])
            n2 = F.layer_norm(x, (C,), P[p + "norm2.gain"], P[p + "norm2.bias"])
            x = x + F.linear(F.gelu(F.linear(n2, W[p + "up"]), approximate="tanh"), W[p + "down"])
        return F.linear(F.layer_norm(x, (C,), P["norm.gain"], P["norm.bias"]), P["embedding"])


def torch_text(shape, parameters, batch):
    decoder = TorchDecoder(shape, parameters, batch)

    def write():
        ids, out = torch.ones(batch, dtype=torch.long), []
        with torch.inference_mode():
            for n in range(CONTEXT - 1):
                ids = decoder.step(ids, n).argmax(dim=1)
                out.append(ids)
        return torch.stack(out, dim=1).numpy()

    return write


# --- taking turns --------------------------------------------------------------------------------


def seconds(write):
    started = time.perf_counter()
    write()
    return time.perf_counter() - started


def measure_torch(parameters, batch):
    """Tokens a second of both, and the ratio; the first texts are the same (float32)."""
    ours, theirs = our_text(fold(SHAPE, parameters), batch), torch_text(SHAPE, parameters, batch)
    same = float(np.mean(ours() == theirs()))
    times = np.array([(seconds(ours), seconds(theirs)) for _ in range(ROUNDS)])
    rates = batch * (CONTEXT - 1) / np.median(times, axis=0)
    return {
        f"decode_over_torch_batch_{batch}": float(np.median(times[:, 1] / times[:, 0])),
        f"tokens_per_second_batch_{batch}": {"shared generate": rates[0], "torch eager": rates[1]},
        f"same_tokens_as_torch_batch_{batch}": same,
    }


def step_times(parameters, lengths):
    """Microseconds of the token after so many, {length: (cached, full pass)}, medians."""
    full, found = full_pass.next_logits(SHAPE, parameters), {}
    rng = stream(0, "prompt")
    for length in lengths:
        ids = rng.integers(0, SHAPE.vocabulary_size, length)
        decoder = Decoder(fold(SHAPE, parameters), 1)
        decoder.start([ids[:-1]])

        def cached(ids=ids, decoder=decoder, length=length):
            decoder.extend(ids[None, -1:])
            decoder.rewind(np.array([length - 1]))

        pairs = [(seconds(cached), seconds(lambda ids=ids: full(ids))) for _ in range(4 * ROUNDS)]
        found[length] = np.median(1e6 * np.array(pairs), axis=0)
    return found


def measure_cache(parameters):
    times = step_times(parameters, (16, 64, 128, 256, 511))
    rng, weights = stream(0, "prefill"), fold(SHAPE, parameters)
    prompt = rng.integers(0, SHAPE.vocabulary_size, CONTEXT)
    prefill = np.median([seconds(lambda: Decoder(weights, 1).start([prompt])) for _ in range(9)])
    cached, full = times[256]
    return {
        "kv_speedup_at_256": float(full / cached),
        "microseconds_a_token": {
            str(n): {"cached": c, "full pass": f} for n, (c, f) in times.items()
        },
        "tokens_per_second_cached": float(1e6 / cached),
        "prefill_tokens_per_second": float(CONTEXT / prefill),
        "cache_bytes_per_text": cache_bytes(SHAPE, 1, CONTEXT),
    }


def main():
    runtime.pin_blas_threads()
    runtime.keep_memory()
    torch.set_num_threads(2)
    parameters = gpt.initialise(SHAPE, stream(0, "bench"))
    found = measure_cache(parameters)
    for batch in (1, 16):
        found |= measure_torch(parameters, batch)
    write_atomically(RESULTS, to_json(found))
    print(to_json(found).decode())


if __name__ == "__main__":
    main()
