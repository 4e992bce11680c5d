"""Writing: a batch of texts token by token, by the sampling rules; earned in block 10.

The same tokens as block 10's textbook, which makes a full pass for each token.

    weights = fold(shape, parameters)                                # of shared.kv_cache
    tokens = generate(weights, prompts, 100)                         # greedy: a list a prompt
    tokens = generate(weights, prompts, 100, Rules(top_p=0.9), rng.random((B, 100)))
    for rows, tokens, logits in steps(weights, prompts, 100): ...    # as they come

Past the end of the context the older half is forgotten (shared.kv_cache). A rows have not ended.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from shared.checks import check_ids, check_shapes
from shared.kv_cache import Decoder as Decoder  # users find these here
from shared.kv_cache import Weights as Weights
from shared.kv_cache import fold as fold
from shared.sampling import Rules as Rules
from shared.sampling import distributions, draw, greedy

Array = np.ndarray

# --- writing -------------------------------------------------------------------------------------


class Step(NamedTuple):
    """What one step wrote: the rows that had not ended (A,), their tokens (A,), their logits."""

    rows: Array
    tokens: Array
    logits: Array  # (A, V), as the rules saw them


Allowed = Callable[[int, list[int]], Array | None]  # row, new tokens -> (V,) bool; None: all


def steps(
    weights: Weights, prompts: Sequence[Array], most: int, rules: Rules | None = None,
    numbers: Array | None = None, *, ends: Sequence[int] = (), allowed: Allowed | None = None,
    stop: Callable[[int, list[int]], bool] | None = None,
) -> Iterator[Step]:
    """Write up to `most` tokens for each prompt, and hand out each step as it is done.

    rules None is greedy; else numbers (B, most) in [0, 1) decide, so that a row's text does not
    depend on the others'. A row ends after a token of `ends`, or where stop(row, its new tokens)
    says so. allowed(row, its new tokens) is asked before each token.
    """
    if rules is not None:
        check_shapes(f"numbers ({len(prompts)}, {most})", np.asarray(numbers))
    longest = max(map(len, prompts), default=0) + most
    decoder = Decoder(weights, len(prompts), min(longest, weights.shape.context))
    rows, new = np.arange(len(prompts)), [list[int]() for _ in prompts]
    seen = np.zeros((len(prompts), weights.shape.vocabulary_size), bool)
    logits = decoder.start(prompts)
    for row, prompt in enumerate(prompts):
        seen[row, prompt] = True
    for step in range(most):
        if allowed is not None:
            logits = forbidden(logits, [allowed(row, new[row]) for row in rows.tolist()])
        if rules is None:
            tokens = greedy(logits)
        else:
            p = distributions(logits, rules, seen[rows])
            tokens = draw(p, np.asarray(numbers)[rows, step])
        seen[rows, tokens] = True
        for row, token in zip(rows.tolist(), tokens.tolist()):
            new[row].append(token)
        yield Step(rows, tokens, logits)
        going = ~np.isin(tokens, ends)
        if stop is not None:
            going &= [not stop(row, new[row]) for row in rows.tolist()]
        if not going.any() or step == most - 1:
            return
        if not going.all():
            decoder.keep(going)
            rows, tokens = rows[going], tokens[going]
        logits = decoder.extend(tokens[:, None])[:, 0]


def forbidden(logits: Array, masks: Sequence[Array | None]) -> Array:
    """The logits with -inf where a mask (V,) does not allow a token."""
    out = np.array(logits, np.float64)
    for row, mask in enumerate(masks):
        if mask is not None:
            out[row, ~mask] = -np.inf
    return out


def generate(
    weights: Weights, prompts: Sequence[Array], most: int, rules: Rules | None = None,
    numbers: Array | None = None, **how,
) -> list[list[int]]:
    """The new tokens of each prompt, the one that ended it included; arguments as of `steps`."""
    new: list[list[int]] = [[] for _ in prompts]
    for rows, tokens, _ in steps(weights, prompts, most, rules, numbers, **how):
        for row, token in zip(rows.tolist(), tokens.tolist()):
            new[row].append(token)
    return new


# --- with a draft --------------------------------------------------------------------------------


def judge(p: Array, q: Array, drafted: Array, numbers: Array) -> list[int]:
    """The accepted tokens of a draft of K and one more: p (K + 1, V), q (K, V), numbers (K + 1,).

    Block 10's rule, all places at once: refused where u q(x) >= p(x).
    """
    K = len(drafted)
    places = np.arange(K)
    refused = numbers[:K] * q[places, drafted] >= p[places, drafted]
    first = int(np.argmax(refused)) if refused.any() else K
    last = p[first]
    if first < K:
        rest = np.maximum(last - q[first], 0)
        last = rest if rest.any() else last
    return [*drafted[:first].tolist(), int(draw(last[None], numbers[-1:])[0])]


def speculate(
    weights: Weights, draft: Callable[[list[int]], Array], prompt: Array, most: int,
    length: int, rules: Rules, rng: np.random.Generator,
) -> tuple[list[int], int]:
    """`most` new tokens distributed as the model's own by the rules, and the passes they took.

    draft(ids) is a distribution (V,); it guesses up to `length` tokens, one pass judges them.
    Raises ValueError with a repetition penalty: each guess would change the next distribution.
    """
    if rules.repetition_penalty != 1:
        raise ValueError("a draft is judged in one pass: leave the repetition penalty out")
    ids = check_ids("prompt", prompt).tolist()
    if not ids:
        raise ValueError("the prompt is empty: give at least the begin token")
    start, end, passes = len(ids), len(ids) + most, 0
    decoder = Decoder(weights, 1, min(end + length, weights.shape.context))
    if len(ids) > 1:
        decoder.start([np.array(ids[:-1])])  # the newest token is always still to be read
    while len(ids) < end:
        known, q, guesses = int(decoder.lengths[0]), [], ids.copy()
        for _ in range(min(length, max(decoder.room - known - 1, 0))):
            q.append(draft(guesses))
            guesses.append(int(draw(q[-1][None], rng.random(1))[0]))
        p = distributions(decoder.extend(np.array([guesses[len(ids) - 1 :]]))[0], rules)
        passes += 1
        drafted = np.array(guesses[len(ids) :], np.int64)  # (K,)
        new = judge(p, np.array(q).reshape(-1, p.shape[1]), drafted, rng.random(len(q) + 1))
        ids += new
        decoder.rewind(decoder.lengths - len(q) + len(new) - 1)
    return ids[start:end], passes
