"""Bugs that people really write; each must make an ordinary test of the block fail."""

from shared.planted_bugs import PlantedBug

ATTENTION = "block08_attention/attention.py"
HEADS = "block08_attention/multi_head.py"
MASKS = "block08_attention/masks.py"
TASKS = "block08_attention/tasks.py"
MODEL = "block08_attention/model.py"
TRAIN = "block08_attention/train.py"
TESTS = "block08_attention/tests/"

BUGS = [
    PlantedBug(
        "the scores are divided by d, not by its root",
        ATTENTION, "scale = 1 / np.sqrt(Q.shape[-1])", "scale = 1 / Q.shape[-1]",
        TESTS + "test_attention.py",
    ),
    PlantedBug(
        "the softmax runs over the queries",
        ATTENTION, "total = powers.sum(axis=-1, keepdims=True)",
        "total = powers.sum(axis=-2, keepdims=True)", TESTS + "test_attention.py",
    ),
    PlantedBug(
        "the largest score is not taken off",
        ATTENTION, "powers = np.exp(scores - largest)", "powers = np.exp(scores)",
        TESTS + "test_attention.py",
    ),
    PlantedBug(
        "the softmax's gradient forgets that weights share one sum",
        ATTENTION, "return weights * (dweights - along)", "return weights * dweights",
        TESTS + "test_attention.py",
    ),
    PlantedBug(
        "dK misses the scale",
        ATTENTION, "dK = (dscores.swapaxes(-1, -2) @ Q) * scale",
        "dK = dscores.swapaxes(-1, -2) @ Q", TESTS + "test_attention.py",
    ),
    PlantedBug(
        "a row with nothing to look at takes the mean of what it must not see",
        ATTENTION, "mask, scores.shape), scores, -np.inf)", "mask, scores.shape), scores, -1e9)",
        TESTS + "test_attention.py",
    ),
    PlantedBug(
        "the causal mask is turned around",
        MASKS, "return np.tril(", "return np.triu(", TESTS + "test_masks.py",
    ),
    PlantedBug(
        "the padding mask shows one token too many",
        MASKS, "np.arange(size) < lengths", "np.arange(size) <= lengths", TESTS + "test_masks.py",
    ),
    PlantedBug(
        "heads are cut out of the tokens instead of the channels",
        HEADS, "return x.reshape(N, T, num_heads, C // num_heads).swapaxes(1, 2)",
        "return x.reshape(N, num_heads, T, C // num_heads)", TESTS + "test_multi_head.py",
    ),
    PlantedBug(
        "the memory's gradient forgets what was taken from it",
        HEADS, "dmemory = dK @ Wk.T + dV @ Wv.T", "dmemory = dK @ Wk.T",
        TESTS + "test_multi_head.py",
    ),
    PlantedBug(
        "cross-attention compares the one that asks with itself",
        HEADS, "K = split_heads(memory @ Wk, num_heads)", "K = split_heads(x @ Wk, num_heads)",
        TESTS + "test_multi_head.py",
    ),
    PlantedBug(
        "copying looks one place too far back",
        TASKS, "np.maximum(np.arange(length) - offset, NOT_ASKED)",
        "np.maximum(np.arange(length) - offset - 1, NOT_ASKED)", TESTS + "test_tasks.py",
    ),
    PlantedBug(
        "what is not asked counts in the loss",
        MODEL, "counted = targets != NOT_ASKED", "counted = targets >= NOT_ASKED",
        TESTS + "test_model.py",
    ),
    PlantedBug(
        "the score is measured on the batches of the training",
        TRAIN, 'def score(parameters, settings, seed, split="test"',
        'def score(parameters, settings, seed, split="train"', TESTS + "test_train.py",
    ),
    PlantedBug(
        "all seeds start from the same weights",
        TRAIN, 'rng = stream(seed, settings.task, "weights")',
        'rng = stream(0, settings.task, "weights")', TESTS + "test_train.py",
    ),
]
