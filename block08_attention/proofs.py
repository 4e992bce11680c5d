"""How far from the truth: gradients against central differences, PyTorch's numbers, the engine.

Each function returns errors; the tests assert on them and the run records them.
"""

from functools import partial
from pathlib import Path

import numpy as np

from block08_attention import attention, model, multi_head, soft_dictionary, tasks
from block08_attention.masks import causal_mask, padding_mask
from block08_attention.train import LOOK_UP, TWO_LOOKS, batches, first_parameters, train
from shared import functional, layers, operations, optim
from shared.checks import check_finite, gradient_error, relative_error
from shared.seeding import stream
from shared.tensor import Tensor

# --- gradients against central differences -------------------------------------------------------

N, T, S, C = 2, 4, 5, 6
MASKS = {  # name -> (T, S) or (N, T, S)
    "all": None,
    "causal": np.tri(T, S, dtype=bool),
    "padding": padding_mask([S, 2], S),
    "an empty row": np.array([[True] * S] * (T - 1) + [[False] * S]),
}


def all_gradient_errors(seed):
    """{what: the error of each array} for attention, multi-head attention and the whole model."""
    errors = {f"attention, {name}": attention_errors(seed, mask) for name, mask in MASKS.items()}
    for num_heads in (1, 2, 3):
        for name, mask in MASKS.items():
            errors[f"{num_heads} heads, {name}"] = multi_head_errors(seed, num_heads, mask)
    errors["self-attention"] = self_attention_errors(seed)
    errors["model"] = model_errors(seed)
    return errors


def attention_errors(seed, mask):
    """Of dqueries, dkeys and dvalues."""
    rng = stream(seed, "attention")
    arrays = [rng.standard_normal((N, n, d)) for n, d in ((T, C), (S, C), (S, 3))]
    dout = rng.standard_normal((N, T, 3))
    _, cache = attention.forward(*arrays, mask)
    claimed = attention.backward(cache, dout)

    def objective(array, which):
        given = [*arrays[:which], array, *arrays[which + 1 :]]
        return float((attention.forward(*given, mask)[0] * dout).sum())

    return [gradient_error(lambda a, i=i: objective(a, i), arrays[i], claimed[i]) for i in range(3)]


def multi_head_errors(seed, num_heads, mask):
    """Of Wq, Wk, Wv, Wo, x and memory, in cross-attention."""
    rng = stream(seed, "multi-head", num_heads)
    arrays = [*multi_head.initialise(C, rng, 7)]
    arrays += [rng.standard_normal((N, n, C)) for n in (T, S)]
    dout = rng.standard_normal((N, T, 7))

    def run(given):
        return multi_head.forward(multi_head.Parameters(*given[:4]), *given[4:], num_heads, mask)

    gradients, dx, dmemory = multi_head.backward(
        multi_head.Parameters(*arrays[:4]), run(arrays)[1], dout
    )

    def objective(array, which):
        return float((run([*arrays[:which], array, *arrays[which + 1 :]])[0] * dout).sum())

    claimed = [*gradients, dx, dmemory]
    return [gradient_error(lambda a, i=i: objective(a, i), arrays[i], claimed[i]) for i in range(6)]


def self_attention_errors(seed):
    """Of x where it is both the one that asks and the memory: dx + dmemory."""
    rng = stream(seed, "self-attention")
    parameters, x = multi_head.initialise(C, rng), rng.standard_normal((N, T, C))
    dout = rng.standard_normal(x.shape)
    _, cache = multi_head.forward(parameters, x, x, 2, causal_mask(T))
    _, dx, dmemory = multi_head.backward(parameters, cache, dout)

    def objective(x):
        return float((multi_head.forward(parameters, x, x, 2, causal_mask(T))[0] * dout).sum())

    return [gradient_error(objective, x, dx + dmemory)]


def model_errors(seed):
    """Of the four matrices, through two questions, a mask with an empty row, and the loss."""
    rng = stream(seed, "model")
    parameters, batch = multi_head.initialise(C, rng, 2 * C), tasks.two_looks(rng, 3, C, length=6)
    _, gradients = model.loss_and_gradients(parameters, batch, 2)
    errors = []
    for name, claimed in gradients._asdict().items():

        def objective(array, name=name):
            logits, _ = model.forward(parameters._replace(**{name: array}), batch, 2)
            return model.loss(logits, batch)

        errors.append(gradient_error(objective, getattr(parameters, name), claimed))
    return errors


# --- PyTorch's numbers ---------------------------------------------------------------------------


def load_golden():
    """The arrays of tests/golden.npz by name; tests/make_golden.py wrote it with PyTorch."""
    with np.load(Path(__file__).parent / "tests/golden.npz") as file:
        return dict(file)


def max_abs_error(ours, golden):
    """The largest absolute difference; a NaN on either side is an error and not a small number."""
    if np.shape(ours) != np.shape(golden):
        raise ValueError(f"ours has shape {np.shape(ours)}, golden {np.shape(golden)}")
    check_finite("ours", ours)
    check_finite("golden", golden)
    return float(np.max(np.abs(ours - golden)))


def golden_errors():
    """{case: (largest difference of the outputs and weights, of the gradients)}"""
    golden = load_golden()
    cases = sorted({name.split(": ")[0] for name in golden if ": " in name})
    return {case: case_errors({k.split(": ")[1]: v for k, v in golden.items()
                               if k.startswith(f"{case}: ")}) for case in cases}


def case_errors(case):
    """One case: scaled_dot_product_attention where it has queries, MultiheadAttention else."""
    mask = case.get("mask")
    if "queries" in case:
        inputs = ("queries", "keys", "values")
        out, cache = attention.forward(*(case[name] for name in inputs), mask)
        gradients = dict(zip(inputs, attention.backward(cache, case["dout"])))
        outputs = {"out": out}
    else:
        parameters = multi_head.Parameters(*(case[name] for name in multi_head.Parameters._fields))
        heads = int(case["num_heads"])
        out, cache = multi_head.forward(parameters, case["x"], case["memory"], heads, mask)
        found, dx, dmemory = multi_head.backward(parameters, cache, case["dout"])
        gradients = found._asdict() | {"x": dx, "memory": dmemory}
        outputs = {"out": out, "weights": multi_head.weights_of(cache)}
    return (
        max(max_abs_error(ours, case[name]) for name, ours in outputs.items()),
        max(max_abs_error(ours, case[f"d{name}"]) for name, ours in gradients.items()),
    )


# --- causality -----------------------------------------------------------------------------------


def causality_change(seed, length=12):
    """The largest change of a logit before a token that is exchanged, over every such token: 0.0,
    to the bit. And the smallest change of a logit at the token, which must be one."""
    rng = stream(seed, "causality")
    parameters = multi_head.initialise(C, rng)
    words = rng.integers(0, 9, (1, length))
    table = tasks.codes(10, C, rng)

    def logits(words):
        mask = causal_mask(length)
        batch = tasks.of_sequence(words, np.arange(length), table, mask)
        return model.forward(parameters, batch, 2)[0][0][0]  # (T, K)

    before, after, old = [], [], logits(words)
    for t in range(length):
        other = words.copy()
        other[0, t] = 9
        change = np.abs(logits(other) - old).max(axis=1)  # (T,)
        before.append(change[:t].max(initial=0.0))
        after.append(change[t])
    return float(max(before)), float(min(after))


def shuffle_error(seed, length=9):
    """Without positions and mask: shuffle the tokens, and the outputs are shuffled alike."""
    rng = stream(seed, "shuffle")
    parameters, x = multi_head.initialise(C, rng), rng.standard_normal((1, length, C))
    order = rng.permutation(length)
    out, _ = multi_head.forward(parameters, x, x, 2)
    shuffled, _ = multi_head.forward(parameters, x[:, order], x[:, order], 2)
    return relative_error(shuffled, out[:, order])


# --- one query at a time, and the engine ---------------------------------------------------------


def loop_error(seed):
    """The arrays of attention.py against the lists of soft_dictionary.py: outputs and weights."""
    rng = stream(seed, "lists")
    Q, K, V = (rng.standard_normal((n, d)) for n, d in ((T, C), (S, C), (S, 3)))
    out, cache = attention.forward(Q, K, V)
    listed = [soft_dictionary.soft_look_up(q.tolist(), K.tolist(), V.tolist()) for q in Q]
    answers, weights = (np.array(part) for part in zip(*listed))
    return max(relative_error(out, answers), relative_error(cache[3], weights))


class EngineModel:
    """The model composed of the primitives of shared.tensor, which derives the gradients itself."""

    def __init__(self, parameters, num_heads):
        tensors = {k: Tensor(v.copy(), requires_grad=True) for k, v in parameters._asdict().items()}
        self.Wq, self.Wk, self.Wv, self.Wo = tensors.values()
        self.num_heads = num_heads

    def heads(self, x, W):
        N, T, _ = x.shape
        return (Tensor(x) @ W).reshape(N, T, self.num_heads, -1).transpose(0, 2, 1, 3)

    def loss(self, batch):
        """The mean cross-entropy of all questions."""
        Q, K, V = self.heads(batch.x, self.Wq), *(
            self.heads(batch.memory, W) for W in (self.Wk, self.Wv)
        )
        scores = Q @ K.transpose(0, 1, 3, 2) / np.sqrt(Q.shape[-1])
        mask = np.ones(scores.shape[-2:], bool) if batch.mask is None else batch.mask
        weights = functional.softmax(operations.where(mask, scores, -1e30))
        weights = operations.where(mask, weights, 0.0)  # the rule for an empty row
        N, _, T, _ = Q.shape
        out = (weights @ V).transpose(0, 2, 1, 3).reshape(N, T, -1) @ self.Wo
        losses, C = [], batch.x.shape[2]
        for a, codes in enumerate(batch.answers):
            logits = out[:, :, a * C : (a + 1) * C] @ codes.T / np.sqrt(C)
            targets = batch.targets[..., a]
            losses.append(functional.cross_entropy(logits, targets, ignored=tasks.NOT_ASKED))
        return sum(losses[1:], losses[0]) / len(losses)


ENGINE_CASES = {
    "look_up": LOOK_UP._replace(channels=12, batch_size=4, steps=10, log_every=1),
    "two_looks": TWO_LOOKS._replace(channels=12, batch_size=4, steps=10, log_every=1),
}


def engine_errors(seed):
    """{task: the largest relative error of gradients, losses and weights over ten steps of Adam}"""
    return {task: engine_error(seed, settings) for task, settings in ENGINE_CASES.items()}


def engine_error(seed, settings):
    """The loop with gradients by hand against the same batches and steps with the engine's."""
    start = first_parameters(settings, seed)
    step = partial(model.loss_and_gradients, num_heads=settings.num_heads)
    draw = partial(batches, settings, seed, "engine", settings.batch_size)  # draw() starts anew
    first, losses = draw()(), []
    trained = train(start, step, draw(), settings, lambda step, loss, _: losses.append(loss))
    engine = EngineModel(start, settings.num_heads)
    learned = layers.parameters(engine)
    engine.loss(first).backward()  # Adam would not notice a gradient of twice the length
    errors = [relative_error(g, learned[name].grad)
              for name, g in step(start, first)[1]._asdict().items()]
    errors.append(relative_error(np.array(losses), engine_losses(engine, draw(), settings)))
    return max(errors + [relative_error(a, b.data) for a, b in zip(trained, learned.values())])


def engine_losses(engine, draw, settings):
    """The losses of the training loop, with the engine in place of the gradients by hand."""
    optimizer, losses = optim.Adam(layers.parameters(engine), settings.learning_rate), []
    for step in range(settings.steps + 1):
        loss = engine.loss(draw())
        losses.append(loss.item())
        if step < settings.steps:
            optimizer.zero_gradients()
            loss.backward()
            optimizer.learning_rate = optim.cosine_schedule(
                step, peak=settings.learning_rate, total=settings.steps, warmup=settings.warmup
            )
            optimizer.step()
    return np.array(losses)


# --- what the run records ------------------------------------------------------------------------


def record(run):
    """Every proof, for results/proofs.json and the headline."""
    gradients, golden = all_gradient_errors(run.seed), golden_errors()
    worst = max(map(max, gradients.values()))
    before, after = causality_change(run.seed)
    run.claim(
        "proofs",
        "Every gradient equals its central difference, PyTorch's and the engine's; nothing looks "
        "ahead",
        seeds=[run.seed],
        config={"step": 1e-5, "engine_steps": 10},
        metrics={
            "gradient_max_relative_error": worst,
            "arrays": sum(map(len, gradients.values())),
            "golden_max_abs_error": {case: error for case, (error, _) in golden.items()},
            "golden_gradient_max_abs_error": {case: error for case, (_, error) in golden.items()},
            "causality_change_before": before,
            "causality_change_at": after,
            "shuffle_relative_error": shuffle_error(run.seed),
            "lists_relative_error": loop_error(run.seed),
            "engine_relative_error": engine_errors(run.seed),
        },
    )
    run.headline({
        "attention_golden_max_abs_error": max(error for error, _ in golden.values()),
        "attention_golden_gradient_max_abs_error": max(error for _, error in golden.values()),
        "gradient_check_max_relative_error": worst,
        "causality_max_change": before,
    })
