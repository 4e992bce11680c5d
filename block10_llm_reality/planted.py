"""Bugs that people really write; each must make an ordinary test of the block fail."""

from shared.planted_bugs import PlantedBug

BLOCK = "block10_llm_reality/"
RULES, WRITING = BLOCK + "decoding/rules.py", BLOCK + "decoding/writing.py"
SPECULATIVE, CACHE = BLOCK + "decoding/speculative.py", "shared/kv_cache.py"
SAMPLING = "shared/sampling.py"
INSTRUCTIONS, LORA = BLOCK + "finetuning/instructions.py", BLOCK + "finetuning/lora.py"
METRICS, TASKS = BLOCK + "evaluation/metrics.py", BLOCK + "evaluation/tasks.py"
MINHASH, LEAKAGE = BLOCK + "pipeline/minhash.py", BLOCK + "pipeline/leakage.py"
CONSTRAINED = BLOCK + "robustness/constrained.py"
TESTS = BLOCK + "tests/"

BUGS = [
    PlantedBug(
        "logits times the temperature", RULES, "return np.asarray(logits) / temperature",
        "return np.asarray(logits) * temperature", TESTS + "test_decoding.py",
    ),
    PlantedBug(
        "top-p leaves out the token that passes the share", RULES, "        if held >= share:",
        "        if kept and held + p[token] > share:", TESTS + "test_decoding.py",
    ),
    PlantedBug(
        "the penalty makes negative logits likelier", RULES,
        "out[token] / penalty if out[token] > 0 else out[token] * penalty", "out[token] / penalty",
        TESTS + "test_decoding.py",
    ),
    PlantedBug(
        "a refused token is drawn from p, not from the residual", SPECULATIVE,
        "draw(residual(p[k], q[k]), numbers[-1])", "draw(p[k], numbers[-1])",
        TESTS + "test_decoding.py",
    ),
    PlantedBug(
        "the cache writes a token's position one too late", CACHE,
        "        self.lengths += t\n", "        self.lengths += t + (t == 1)\n",
        TESTS + "test_generate.py",
    ),
    PlantedBug(
        "several new tokens see each other's future", CACHE,
        "np.arange(seen) > positions[:, :, None]", "np.arange(seen) > positions.max()",
        TESTS + "test_generate.py",
    ),
    PlantedBug(
        "a batch's probabilities are drawn with one number", SAMPLING,
        "(numbers * total[:, -1])[:, None]", "(numbers[0] * total[:, -1])[:, None]",
        TESTS + "test_generate.py",
    ),
    PlantedBug(
        "the loss is on the prompt too", INSTRUCTIONS,
        "[float(learnt) for _, learnt in parts]", "[1.0 for _, learnt in parts]",
        TESTS + "test_finetuning.py",
    ),
    PlantedBug(
        "the adapter's gradient without its scale", LORA, "s * (A.T @ dW)", "A.T @ dW",
        TESTS + "test_finetuning.py",
    ),
    PlantedBug(
        "both factors begin at zero", LORA, "A = rng.standard_normal((rows, rank)) / np.sqrt(rows)",
        "A = np.zeros((rows, rank))", TESTS + "test_finetuning.py",
    ),
    PlantedBug(
        "an empty answer matches an empty target", METRICS,
        '== plain_answer(target) != "")', "== plain_answer(target))", TESTS + "test_evaluation.py",
    ),
    PlantedBug(
        "the bootstrap draws questions, not stories", METRICS,
        "numbers[group] for group in groups", "n for n, _ in enumerate(groups)",
        TESTS + "test_evaluation.py",
    ),
    PlantedBug(
        "the right answer always stands first", TASKS, "        order = rng.permutation(2)\n",
        "        order = (0, 1)\n", TESTS + "test_evaluation.py",
    ),
    PlantedBug(
        "a signature of first shingles, not of the smallest hashes", MINHASH,
        "multipliers[:, None]).min(axis=1)", "multipliers[:, None])[:, 0]",
        TESTS + "test_pipeline.py",
    ),
    PlantedBug(
        "overlap over the longer text", LEAKAGE, "np.minimum(held_out.counts, len(own))",
        "np.maximum(held_out.counts, len(own))", TESTS + "test_pipeline.py",
    ),
    PlantedBug(
        "the end is allowed anywhere", CONSTRAINED, "mask[self.ends] = state[0] == len(self.parts)",
        "mask[self.ends] = True", TESTS + "test_robustness.py",
    ),
]
