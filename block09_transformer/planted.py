"""Bugs that people really write; each must make an ordinary test of the block fail."""

from shared.planted_bugs import PlantedBug

BPE, FAST_BPE = "block09_transformer/bpe.py", "shared/bpe.py"
POSITIONS = "block09_transformer/positions.py"
ATTENTION = "block09_transformer/attention.py"
BLOCK = "block09_transformer/block.py"
MODEL = "block09_transformer/model.py"
LAYERS, GPT = "shared/gpt_layers.py", "shared/gpt.py"
TRAIN = "block09_transformer/train.py"
TESTS = "block09_transformer/tests/"

BUGS = [
    PlantedBug(
        "no causal mask", ATTENTION, "    if causal:\n", "    if False:\n",
        TESTS + "test_attention.py",
    ),
    PlantedBug(
        "the mask lets each token see the next one",
        ATTENTION, "np.ones((length, length), dtype=bool))",
        "np.ones((length, length), dtype=bool), 1)", TESTS + "test_attention.py",
    ),
    PlantedBug(
        "the fused mask lets each token see the next one",
        LAYERS, "-np.inf, qkv.dtype), 1)", "-np.inf, qkv.dtype), 2)", TESTS + "test_parity.py",
    ),
    PlantedBug(
        "of several blocks of queries only the last one trains the values",
        LAYERS, "dv[:, :, s] += E.swap", "dv[:, :, s] = E.swap", TESTS + "test_parity.py",
    ),
    PlantedBug(
        "no 1/sqrt(D)", ATTENTION, "queries @ keys.T / np.sqrt(D)", "queries @ keys.T",
        TESTS + "test_attention.py",
    ),
    PlantedBug(
        "the attention's gradient drops the softmax's sum",
        LAYERS, "dscores -= np.einsum(", "0 * np.einsum(", TESTS + "test_parity.py",
    ),
    PlantedBug(
        "the first layer is frozen", GPT, "    for layer in reversed(range(shape.layers)):",
        "    for layer in reversed(range(1, shape.layers)):", TESTS + "test_parity.py",
    ),
    PlantedBug(
        "noise in place of the gradient",
        TRAIN, "        loss = gradient(optimizer, inputs, targets)\n",
        "        loss = gradient(optimizer, inputs, targets)\n"
        "        optimizer.gradients[:] = 0.01 * rng.standard_normal(optimizer.gradients.size)\n",
        TESTS + "test_train.py",
    ),
    PlantedBug(
        "the heap's old counts are believed",
        FAST_BPE, "if -count == self.counts[pair]:", "if self.counts[pair] > 0:",
        TESTS + "test_bpe.py",
    ),
    PlantedBug(
        "the recount takes the first pair it meets, not the smallest",
        BPE, "(-counts[pair], pair)", "-counts[pair]", TESTS + "test_bpe.py",
    ),
    PlantedBug(
        "rotary pairs the halves of a head in place of neighbours",
        POSITIONS, "even, odd = x[:, 0::2], x[:, 1::2]",
        "even, odd = x[:, : D // 2], x[:, D // 2 :]",
        TESTS + "test_parity.py",
    ),
    PlantedBug(
        "queries are turned, keys are not", ATTENTION,
        "queries, keys = rotate(queries), rotate(keys)", "queries = rotate(queries)",
        TESTS + "test_positions.py",
    ),
    PlantedBug(
        "the gradient is turned the same way as the queries",
        GPT, "by.conj() if back else by", "by", TESTS + "test_parity.py",
    ),
    PlantedBug(
        "a shard forgets the weights of the others",
        GPT, "for n in numbers]) / total", "for n in numbers]) / len(chosen)",
        TESTS + "test_parity.py",
    ),
    PlantedBug(
        "the token shift looks ahead",
        MODEL, "concatenate([none, table(ids[:-k])])", "concatenate([table(ids[k:]), none])",
        TESTS + "test_model.py",
    ),
    PlantedBug(
        "the learning rate does not warm up", TRAIN, "warmup=settings.warmup", "warmup=0",
        TESTS + "test_train.py",
    ),
    PlantedBug(
        "the model is asked for the token it was given",
        "block09_transformer/examples.py", "[ids[1:] for ids in examples]",
        "[ids[:-1] for ids in examples]", TESTS + "test_examples.py",
    ),
]
