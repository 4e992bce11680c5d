"""Side by side on one machine: `python -m block09_transformer.bench --text FILE`.

Needs the extra `parity` (torch) and, for the tokenizer, the package tokenizers. The text is tiny
Shakespeare (1.1 MB), https://github.com/karpathy/char-rnn, data/tinyshakespeare/input.txt.

1. One training step (forward, backward, clip, AdamW) of 4 layers, 4 heads, 128 channels, context
   64, batch 12, characters, float32: shared.gpt against the same model in PyTorch, eager and
   compiled, and against the bare matrix products on the same two threads.
2. What each step towards shared.gpt bought. 3. The loss after 2,000 steps. 4. Tokenizers.
5. Peak memory that the same training adds, each in a process of its own.

The candidates take turns, several rounds; a ratio is the median over the rounds of the ratios of
that round. Writes results/bench.json.
"""

import argparse
import math
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from torch.nn import functional as F

from block09_transformer import bpe as slow_bpe
from block09_transformer.model import Shape, Transformer
from block09_transformer.train import fused, textbook_gradient
from shared import bpe, gpt, runtime
from shared.files import to_json, write_atomically
from shared.layers import parameters as leaves_of
from shared.optim import Adam
from shared.schedules import cosine_schedule
from shared.seeding import stream
from shared.text import Vocabulary, read_text, split_text

RESULTS = Path(__file__).resolve().parent / "results/bench.json"
BATCH, CONTEXT, ROUNDS, STEPS_A_ROUND = 12, 64, 12, 8
SHAPE = gpt.Shape(65, layers=4, context=CONTEXT, positions="learned", shift=0)
RULE = {"betas": (0.9, 0.99), "weight_decay": 0.1}


# --- one step, ours ------------------------------------------------------------------------------


def adam_over(tensors):
    decayed = [name for name, tensor in tensors.items() if tensor.ndim == 2]
    return Adam(tensors, 1e-3, decayed=decayed, **RULE)


def our_step(shape, shards=gpt.SHARDS):
    """A function that does one training step of shared.gpt on (B, T) inputs and targets."""
    tensors, _ = fused(shape, stream(0, "bench"))
    optimizer = adam_over(tensors)
    arrays = gpt.views(shape, optimizer.values)

    def step(inputs, targets):
        loss = gpt.loss_and_gradient(
            shape, arrays, inputs, targets, out=optimizer.gradients, shards=shards
        )
        optimizer.clip(1.0)
        optimizer.step()
        return loss

    step.optimizer, step.arrays = optimizer, arrays
    return step


def textbook_step(shape):
    """The same step of the textbook's model, in float32."""
    textbook = Transformer(Shape(**shape._asdict()), stream(0, "bench"), np.float32)
    optimizer, gradient = adam_over(leaves_of(textbook)), textbook_gradient(textbook)

    def step(inputs, targets):
        loss = gradient(optimizer, inputs, targets)
        optimizer.clip(1.0)
        optimizer.step()
        return loss

    return step


# --- one step, PyTorch's -------------------------------------------------------------------------


class TorchBlock(torch.nn.Module):
    def __init__(self, C, H):
        super().__init__()
        self.H = H
        self.norm1, self.norm2 = torch.nn.LayerNorm(C), torch.nn.LayerNorm(C)
        self.qkv = torch.nn.Linear(C, 3 * C, bias=False)
        self.out = torch.nn.Linear(C, C, bias=False)
        self.up = torch.nn.Linear(C, 4 * C, bias=False)
        self.down = torch.nn.Linear(4 * C, C, bias=False)

    def forward(self, x):
        B, T, C = x.shape
        parts = self.qkv(self.norm1(x)).split(C, dim=2)
        q, k, v = (p.view(B, T, self.H, C // self.H).transpose(1, 2) for p in parts)
        heads = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(heads.transpose(1, 2).reshape(B, T, C))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class TorchGPT(torch.nn.Module):
    def __init__(self, shape):
        super().__init__()
        C = shape.channels
        self.embedding = torch.nn.Embedding(shape.vocabulary_size, C)
        self.positions = torch.nn.Embedding(shape.context, C)
        self.blocks = torch.nn.ModuleList(TorchBlock(C, shape.heads) for _ in range(shape.layers))
        self.norm = torch.nn.LayerNorm(C)
        for parameter in self.parameters():
            if parameter.ndim == 2:
                torch.nn.init.normal_(parameter, std=0.05)

    def forward(self, ids, targets):
        x = self.embedding(ids) + self.positions(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.norm(x), self.embedding.weight)
        return F.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1))


def torch_step(shape, compiled=False):
    """The same step in PyTorch on both cores."""
    torch.manual_seed(0)
    model = TorchGPT(shape)
    run = torch.compile(model) if compiled else model
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, **RULE)

    def step(inputs, targets):
        loss = run(torch.from_numpy(inputs), torch.from_numpy(targets))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss.item()

    return step


# --- the bare matrix products --------------------------------------------------------------------


def products_of(shape, N):
    """(rows, inner, columns) of every product of matrices in a step, for N tokens of one shard."""
    C, V, T, D = shape.channels, shape.vocabulary_size, CONTEXT, shape.channels // shape.heads
    forward = [(N, C, 3 * C), (N, C, C), (N, C, 4 * C), (N, 4 * C, C)] * shape.layers + [(N, C, V)]
    both = [[(n, k, m), (n, m, k), (k, n, m)] for n, k, m in forward]
    attention = [(T, D, T), (T, T, D)] * 3 * shape.layers * shape.heads * (N // T)
    return [product for three in both for product in three] + attention


def products_step(shape):
    """All of them, on arrays that exist already, in as many threads as there are shards."""
    rng = np.random.default_rng(0)
    N = BATCH * CONTEXT // gpt.SHARDS

    def arrays():
        known = {}
        for n, k, m in products_of(shape, N):
            parts = [(n, k), (k, m), (n, m)]
            known.setdefault((n, k, m), [rng.standard_normal(p).astype(np.float32) for p in parts])
        return [known[p] for p in products_of(shape, N)]

    shards = [(arrays(),) for _ in range(gpt.SHARDS)]

    def one_shard(products):
        for a, b, out in products:
            np.matmul(a, b, out=out)

    return lambda inputs, targets: runtime.in_threads(one_shard, shards)


# --- taking turns --------------------------------------------------------------------------------


def batches(ids, rng):
    """(inputs, targets), each (B, T), at random places of a text, without end."""
    while True:
        starts = rng.integers(0, len(ids) - CONTEXT, BATCH)
        rows = ids[starts[:, None] + np.arange(CONTEXT + 1)]
        yield np.ascontiguousarray(rows[:, :-1]), np.ascontiguousarray(rows[:, 1:])


def take_turns(steps, ids, rounds=ROUNDS, each=STEPS_A_ROUND):
    """name -> milliseconds of a step by round, the fastest of `each`; every one in every round."""
    source, found = batches(ids, stream(0, "turns")), {name: [] for name in steps}
    for step in steps.values():
        step(*next(source)), step(*next(source))  # warm up, compile
    for _ in range(rounds):
        for name, step in steps.items():
            times = []
            for _ in range(each):
                batch, started = next(source), time.perf_counter()
                step(*batch)
                times.append(time.perf_counter() - started)
            found[name].append(1e3 * min(times))
    return found


def ratio(times, name, other):
    """The median over the rounds of one's time over another's."""
    return float(np.median(np.array(times[name]) / np.array(times[other])))


def measure_steps(ids):
    """The cold steps first: once glibc keeps its memory it goes on doing so."""
    textbook = take_turns({"textbook": textbook_step(SHAPE)}, ids, 2, 2)
    cold = take_turns({"one_thread_new_memory": our_step(SHAPE, 1)}, ids, 4)
    runtime.keep_memory()
    times = take_turns(
        {"two_threads": our_step(SHAPE), "one_thread": our_step(SHAPE, 1),
         "torch_eager": torch_step(SHAPE), "torch_compile": torch_step(SHAPE, True),
         "matrix_products": products_step(SHAPE)}, ids,
    )
    medians = {name: float(np.median(t)) for name, t in (textbook | cold | times).items()}
    return {
        "step_over_torch_eager": ratio(times, "two_threads", "torch_eager"),
        "step_over_torch_compile": ratio(times, "two_threads", "torch_compile"),
        "step_over_matmul_limit": ratio(times, "two_threads", "matrix_products"),
        "milliseconds_a_step": medians,
    }


# --- 2,000 steps, and memory ---------------------------------------------------------------------


def train_2000(ids, held_out, steps=2000):
    """The loss in nats per character on the whole held-out part, in windows of the context."""
    step, source = our_step(SHAPE), batches(ids, stream(0, "tiny shakespeare"))
    for n in range(steps):
        step.optimizer.learning_rate = cosine_schedule(
            n, peak=3e-3, total=steps, warmup=100, final=1e-4
        )
        step(*next(source))
    cut = range(0, len(held_out) - 1, CONTEXT)
    windows = [held_out[i : i + CONTEXT + 1] for i in cut]
    losses = gpt.token_losses(
        SHAPE, step.arrays, [w[:-1] for w in windows], [w[1:] for w in windows], at_once=100
    )
    return math.fsum(np.concatenate(losses)) / (len(held_out) - 1)


def megabytes(field):
    """A line of Linux's account of this process: VmRSS, now, or VmHWM, at its fullest."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def peak_memory(which, ids):
    """The megabytes that 30 steps added to what the process had after its imports."""
    runtime.pin_blas_threads()
    before = megabytes("VmRSS")
    if which == "gpt":
        runtime.keep_memory()
    step = our_step(SHAPE) if which == "gpt" else torch_step(SHAPE)
    source = batches(ids, stream(0, "memory"))
    for _ in range(30):
        step(*next(source))
    return megabytes("VmHWM") - before


def in_a_process(*arguments):
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(peak_memory, *arguments).result()


# --- tokenizers ----------------------------------------------------------------------------------


def seconds(function, *arguments):
    """The fastest of three calls, and what it returned."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        result = function(*arguments)
        times.append(time.perf_counter() - started)
    return min(times), result


def rust(text, merges):
    """The tokenizers library, byte-level BPE with its own pieces, trained on the text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=256 + merges, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([text], trainer)
    return tokenizer


def recount_a_merge(text, pairs):
    """Seconds of one more recount and merge once all are merged: the cheapest it ever is."""
    table = bpe.Tokenizer(pairs)
    parts = [table.encode(bytes(piece)).tolist() for piece in slow_bpe.pieces(text)]
    started = time.perf_counter()
    counts = slow_bpe.count_pairs(parts)
    best = min(counts, key=lambda pair: (-counts[pair], pair))
    [slow_bpe.merge(ids, best, 9999) for ids in parts]
    return time.perf_counter() - started


def measure_tokenizers(text, merges=512):
    text = text[:1_000_000]
    ours, pairs = seconds(bpe.train, text, merges)
    theirs, library = seconds(rust, text, merges)
    encode, _ = seconds(lambda: bpe.Tokenizer(pairs).encode(text))
    their_encode, _ = seconds(library.encode, text)
    return {
        "bpe_training_speedup_over_recount": merges * recount_a_merge(text, pairs) / ours,
        "bpe_training_over_rust": ours / theirs,
        "bpe_encoding_over_rust": encode / their_encode,
        "bpe_seconds": {"training": ours, "training_rust": theirs, "encoding": encode,
                        "encoding_rust": their_encode},
    }


def main():
    parser = argparse.ArgumentParser(prog="python -m block09_transformer.bench")
    parser.add_argument("--text", required=True, help="tiny Shakespeare, or another text")
    text = read_text(parser.parse_args().text)
    runtime.pin_blas_threads()
    torch.set_num_threads(2)
    train_text, held_out = split_text(text)
    letters = Vocabulary(text)
    ids, held_out_ids = letters.encode(train_text) - 1, letters.encode(held_out) - 1
    if len(letters) - 1 != SHAPE.vocabulary_size:
        raise SystemExit(f"bench: the text has {len(letters) - 1} characters, not 65")
    found = measure_tokenizers(text) | {
        f"peak_memory_mb_{which}": in_a_process(which, ids) for which in ("gpt", "torch")
    }
    found |= measure_steps(ids)
    found["val_loss_2000_steps"] = train_2000(ids, held_out_ids)
    write_atomically(RESULTS, to_json(found))
    print(to_json(found).decode())


if __name__ == "__main__":
    main()
