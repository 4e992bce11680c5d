"""How far from the truth: functions that return errors; the tests assert on them."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np

from block10_llm_reality.decoding import full_pass
from block10_llm_reality.decoding.drawing import draw
from block10_llm_reality.decoding.rules import Rules, distribution
from block10_llm_reality.decoding.speculative import judge
from block10_llm_reality.decoding.writing import write
from block10_llm_reality.finetuning import lora
from block10_llm_reality.pipeline import minhash, planting, quality, run
from block10_llm_reality.pipeline.shingles import jaccard
from block10_llm_reality.robustness import constrained, formats
from shared import gpt
from shared.checks import gradient_error
from shared.generate import Decoder, fold, generate, speculate
from shared.generate import Rules as SharedRules
from shared.seeding import stream
from shared.text import load_tales

# --- the sampling rules --------------------------------------------------------------------------

# A bent and cut distribution each, over nine tokens of which two were seen before.
LOGITS = np.log([0.05, 0.2, 0.2, 0.1, 0.15, 0.1, 0.12, 0.05, 0.03])
SEEN = (1, 8)
SAMPLED = {
    "plain": Rules(),
    "cold": Rules(temperature=0.5),
    "hot": Rules(temperature=2.0),
    "top_k": Rules(top_k=3),
    "top_p": Rules(top_p=0.6),
    "min_p": Rules(min_p=0.5),
    "repetition_penalty": Rules(repetition_penalty=1.5),
    "all": Rules(0.8, 6, 0.9, 0.1, 1.2),
}
# The tokens that a cutting rule must leave, worked out by hand; the other rules leave all.
SUPPORT = {
    "top_k": (1, 2, 4), "top_p": (1, 2, 4, 6), "min_p": (1, 2, 3, 4, 5, 6),
    "all": (1, 2, 3, 4, 5, 6),
}


def chi_square_tail(statistic: float, freedom: int) -> float:
    """P(chi-square with this many degrees of freedom > statistic), by a recurrence in steps of 2.

    >>> round(chi_square_tail(3.841, 1), 3), round(chi_square_tail(18.307, 10), 3)
    (0.05, 0.05)
    """
    half = statistic / 2
    even = freedom % 2 == 0
    tail = math.exp(-half) if even else math.erfc(math.sqrt(half))
    power = 1.0 if even else 0.5  # Q(a + 1, x) = Q(a, x) + x^a e^-x / Gamma(a + 1)
    while power < freedom / 2 - 1e-9:
        if half > 0:
            tail += math.exp(power * math.log(half) - half - math.lgamma(power + 1))
        power += 1
    return min(tail, 1.0)


def p_value(counts: np.ndarray, p: np.ndarray) -> float:
    """Pearson's test that the counts (V,) were drawn from p; 0 where something impossible was."""
    possible = p > 0
    if counts[~possible].any():
        return 0.0
    expected = counts.sum() * p[possible]
    statistic = float(np.sum((counts[possible] - expected) ** 2 / expected))
    return chi_square_tail(statistic, int(possible.sum()) - 1)


def target_of(rules: Rules) -> np.ndarray:
    """The distribution that a rule promises, written out once more with whole arrays and no sort.

    A token is kept while the tokens before it (likelier, or as likely with a smaller id) number
    fewer than k, or hold less than the share.
    """
    logits = LOGITS.copy()
    seen = np.isin(np.arange(9), SEEN)
    if rules.repetition_penalty != 1:
        logits = np.where(seen, logits * rules.repetition_penalty, logits)  # all are below 0
    p = np.exp(logits / rules.temperature)
    p /= p.sum()

    def before(p):
        n = np.arange(9)
        return (p[None, :] > p[:, None]) | ((p[None, :] == p[:, None]) & (n[None, :] < n[:, None]))

    if rules.top_k:
        p = p * (before(p).sum(axis=1) < rules.top_k)
        p /= p.sum()
    p = p * ((before(p) * p[None, :]).sum(axis=1) < rules.top_p) if rules.top_p < 1 else p
    p /= p.sum()
    p = p * (p >= rules.min_p * p.max())
    return p / p.sum()


def sampling_test(name: str, draws: int, seed: int) -> dict[str, float]:
    """The p-value of so many tokens drawn by a rule, and whether its support is exact."""
    rules, rng = SAMPLED[name], stream(seed, "sampling", name)
    p = distribution(LOGITS, rules, SEEN)
    tokens = [draw(p, number) for number in rng.random(draws)]
    counts = np.bincount(tokens, minlength=9)
    support = np.flatnonzero(p).tolist()
    wanted = SUPPORT.get(name, range(9))
    return {"p": p_value(counts, target_of(rules)), "support": support == list(wanted)}


def judged_distribution(draws: int, seed: int, rule=judge) -> float:
    """p-value that the first token out of a draft is distributed as the model says, not the draft.

    The draft is far off and forbids a token that the model wants.
    """
    rng = stream(seed, "judge")
    p = rng.dirichlet(np.ones(6), size=3)  # (K + 1, V)
    q = rng.dirichlet(np.ones(6), size=2)
    q[:, 0] = 0
    q /= q.sum(axis=1, keepdims=True)
    counts = np.zeros(6)
    for _ in range(draws):
        drafted = [draw(row, rng.random()) for row in q]
        counts[rule(p, q, drafted, rng.random(3).tolist())[0]] += 1
    return p_value(counts, p[0])


# --- the cache -----------------------------------------------------------------------------------


def kv_logits_error(shape, parameters, prompts, most, seed):
    """Largest difference between cached logits and a full pass over the window, all along a text.

    Prompts of lengths 1, 2, ... past the context; one to three random tokens at a time.
    """
    rng, worst = stream(seed, "kv logits"), 0.0
    full = full_pass.next_logits(shape, parameters)
    texts = [rng.integers(0, shape.vocabulary_size, 1 + 7 * n) for n in range(prompts)]
    decoder = Decoder(fold(shape, parameters), prompts)

    def compare(found):
        return max(np.abs(row - full(text)).max() for row, text in zip(found, texts))

    worst = compare(decoder.start(texts))
    for _ in range(most):
        t = min(int(rng.integers(1, 4)), max(1, shape.context - int(decoder.lengths.max())))
        new = rng.integers(0, shape.vocabulary_size, (prompts, t))
        logits = decoder.extend(new)  # (B, t, V)
        for place in range(t):
            texts = [np.append(text, token) for text, token in zip(texts, new[:, place])]
            worst = max(worst, compare(logits[:, place]))
    return float(worst)


def kv_greedy_mismatches(shape, parameters, prompts, most, seed):
    """On how many random prompts, of 1 to 20 tokens, greedy writing differs from the textbook's."""
    rng = stream(seed, "kv greedy")
    starts = [
        rng.integers(0, shape.vocabulary_size, rng.integers(1, 21)) for _ in range(prompts)
    ]
    fast = generate(fold(shape, parameters), starts, most)
    full = full_pass.next_logits(shape, parameters)
    slow = [write(full, start, most, None, iter(())) for start in starts]
    return sum(a != b for a, b in zip(fast, slow))


def speculation_test(shape, parameters, draws, seed, length=3):
    """p-value that the first two speculated tokens are distributed as the model's; the speed.

    The draft is a random distribution for each last token. What the model gives the second token,
    over all first ones, is computed in full; the smaller p-value counts twice (Bonferroni).
    """
    rng, V = stream(seed, "speculation"), shape.vocabulary_size
    table = rng.dirichlet(np.ones(V), V)
    prompt, rules = rng.integers(0, V, 3), Rules()
    full = full_pass.next_logits(shape, parameters)

    def after(*tokens):
        return distribution(full(np.array([*prompt, *tokens])), rules)

    second = after() @ np.array([after(n) for n in range(V)])  # (V,) of the second new token
    first_counts, second_counts, passes, written = np.zeros(V), np.zeros(V), 0, 0
    weights = fold(shape, parameters)
    for _ in range(draws):
        tokens, taken = speculate(weights, lambda ids: table[ids[-1]], prompt, 2, length,
                                  SharedRules(), rng)
        first_counts[tokens[0]] += 1
        second_counts[tokens[1]] += 1
        passes, written = passes + taken, written + 2
    p = min(1.0, 2 * min(p_value(first_counts, after()), p_value(second_counts, second)))
    return {"p": p, "tokens_per_pass": written / passes}


# --- the pipeline --------------------------------------------------------------------------------


def hash_in_a_new_process(text):
    """The shingles of two words of a text, as another Python process hashes them."""
    code = "from block10_llm_reality.pipeline.shingles import shingles; "
    code += f"print(*shingles({text!r}, 2))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True,
                            cwd=Path(__file__).parent.parent, env={"PYTHONHASHSEED": "1"})
    return [int(number) for number in result.stdout.split()]


def sets_of(similarity, size, rng):
    """Two sorted sets of random numbers, `size` in their union, with this Jaccard similarity."""
    union = np.unique(rng.integers(0, 2**64, size, dtype=np.uint64))
    common = round(similarity * len(union))
    rest = rng.permutation(union[common:])
    half = len(rest) // 2
    halves = (rest[:half], rest[half:])
    return tuple(np.sort(np.concatenate([union[:common], part])) for part in halves)


def minhash_deviations(similarity, seed, count=4096):
    """|estimate - Jaccard| in standard deviations of so many independent coins."""
    rng = stream(seed, "minhash", similarity)
    a, b = sets_of(similarity, 300, rng)
    functions = minhash.hash_functions(count, rng)
    estimate = np.mean(minhash.signature(a, *functions) == minhash.signature(b, *functions))
    s = jaccard(a, b)
    return float(abs(estimate - s) / np.sqrt(s * (1 - s) / count))


def meeting_rate(similarity, seed, pairs=300):
    """The share of pairs that met in a band, what the S-curve says, and its standard error."""
    rng, settings = stream(seed, "meetings", similarity), minhash.Settings()
    met = 0
    for _ in range(pairs):
        functions = minhash.hash_functions(settings.bands * settings.rows, rng)
        two = np.array([minhash.signature(s, *functions) for s in sets_of(similarity, 100, rng)])
        met += (0, 1) in minhash.meetings(two, settings.bands)
    promised = float(minhash.s_curve(similarity, settings.bands, settings.rows))
    return met / pairs, promised, float(np.sqrt(promised * (1 - promised) / pairs))


def raw_corpus(stories, share, rng):
    """Training stories with planted faults, the held-out stories, a reference of other stories."""
    tales = load_tales().stories
    texts = [story.text for story in tales["train"]]
    held_out = [story.text for story in (*tales["validation"], *tales["test"])]
    reference = quality.fit_reference(texts[-300:])
    raw = planting.plant(texts[:stories], held_out, planting.MEASURED, share, rng)
    return raw, held_out, reference


def pipeline_rates(seed, stories=1000, share=0.2):
    """{duplicate_recall: ..., leak_precision: ...} on kinds of faults that were not tuned on."""
    rng = stream(seed, "pipeline")
    raw, held_out, reference = raw_corpus(stories, share, rng)
    found = run.rates(raw, run.clean(raw.documents, held_out, reference, rng))
    return {f"{label}_{name}": value
            for label, rate in found.items() for name, value in rate._asdict().items()}


# --- fine-tuning and formats ---------------------------------------------------------------------


def lora_gradient_error(shape, parameters, settings, seed):
    """The adapters' gradients against central differences of the loss, in float64; the worst."""
    rng = stream(seed, "lora")
    adapters = {
        name: array.astype(np.float64) + 0.1 * rng.standard_normal(array.shape)
        for name, array in lora.initialise(shape, settings, rng).items()
    }
    ids = [rng.integers(0, shape.vocabulary_size, length) for length in (7, 5)]
    inputs, targets = [row[:-1] for row in ids], [row[1:] for row in ids]
    weights = [np.arange(len(row)) % 2.0 for row in inputs]
    flat = np.zeros(sum(array.size for array in parameters.values()))

    def loss(changed):
        merged = lora.merged(shape, parameters, changed, settings)
        return gpt.loss_and_gradient(shape, merged, inputs, targets, weights, out=flat)

    loss(adapters)
    claimed = lora.backward(shape, gpt.views(shape, flat.copy()), adapters, settings)
    return max(
        gradient_error(
            lambda x, name=name: loss(adapters | {name: x}), adapters[name], claimed[name])
        for name in list(adapters)[:4] + list(adapters)[-2:]
    )


def format_rates(shape, parameters, tokenizer, fields, answers, seed):
    """The share of valid answers of a model at temperature 2: free, and under the masks."""
    ends = [tokenizer.special["<|end|>"]]
    form = constrained.Format(fields, tokenizer.tokens, ends)
    rng = stream(seed, "formats")
    prompts = [rng.integers(0, shape.vocabulary_size, 5) for _ in range(answers)]
    weights, rules = fold(shape, parameters), SharedRules(temperature=2.0)
    rates = []
    for allowed in (None, lambda row, new: form.mask_after(new)):
        texts = generate(weights, prompts, 220, rules, rng.random((answers, 220)), ends=ends,
                         allowed=allowed)
        found = formats.counts([tokenizer.decode(np.array(text)) for text in texts], fields)
        rates.append(found["valid"] / answers)
    return tuple(rates)


# --- for the record ------------------------------------------------------------------------------


def small_model(dtype, seed):
    """A random model of a few thousand parameters, for proofs that need no trained one."""
    shape = gpt.Shape(23, channels=12, layers=2, heads=2, context=16, shift=2)
    rng = stream(seed, "small model")
    parameters = gpt.initialise(shape, rng, dtype)
    for array in parameters.values():
        array += (0.3 * rng.standard_normal(array.shape)).astype(dtype)
    return shape, parameters


def sampling_tests(draws, seed):
    """name -> p-value, for each rule; and the names of those that failed, support included."""
    found = {name: sampling_test(name, draws, seed) for name in SAMPLED}
    failed = [n for n, test in found.items() if test["p"] < 0.001 or not test["support"]]
    return {name: test["p"] for name, test in found.items()}, failed


def record(run, model):
    """All of it, in results/proofs.json and the headline. model: (shape, parameters), trained."""
    prompts, most = (6, 8) if run.quick else (100, 40)
    p_values, failed = sampling_tests(2_000 if run.quick else 50_000, run.seed)
    double = small_model(np.float64, run.seed)
    errors = {
        "float64": kv_logits_error(*double, 5, 40, run.seed),
        "float32": kv_logits_error(*small_model(np.float32, run.seed), 5, 40, run.seed),
    }
    mismatches = kv_greedy_mismatches(*model, prompts, most, run.seed)
    speculation = speculation_test(*double, 300 if run.quick else 5_000, run.seed)
    gradient = lora_gradient_error(*double, lora.Settings(rank=3, alpha=6.0), run.seed)
    run.claim(
        "proofs",
        "Each sampling rule draws what it promises, the cache gives the full pass's logits and "
        "tokens, a draft changes no distribution, and the adapters' gradients are the differences",
        seeds=[run.seed], config={"rules": {n: r._asdict() for n, r in SAMPLED.items()}},
        metrics={"sampling": p_values, "kv_logits": errors, "speculation": speculation,
                 "lora_gradient": gradient},
    )
    run.headline({
        "kv_greedy_prompts": prompts, "kv_greedy_mismatches": mismatches,
        "kv_logits_max_abs_error_float64": errors["float64"],
        "kv_logits_max_abs_error_float32": errors["float32"],
        "sampling_tests": len(p_values), "sampling_failures": len(failed),
        "speculative_distribution_p_value": speculation["p"],
        "lora_gradient_relative_error": gradient,
    })
