"""How far from the truth: central differences, PyTorch's numbers, and the fast cells of shared/.

Each function returns errors; the tests assert on them and the run records them.
"""

import itertools
from pathlib import Path

import numpy as np

from block07_rnn import gru, lstm, rnn, through_time
from block07_rnn.train import CELLS
from shared.checks import check_finite, gradient_error
from shared.losses import cross_entropy
from shared.seeding import stream

TEXTBOOK = {"RNN": rnn, "GRU": gru, "LSTM": lstm}
INPUTS, HIDDEN, ANSWERS, BATCH = 3, 4, 3, 2
LENGTHS = (1, 2, 5, 12)

# --- gradients against central differences -------------------------------------------------------


def drawn(kind, length, carried, rng):
    """A small cell with random biases, its readout, and data; a carried state has read before."""
    cell = TEXTBOOK[kind]
    parameters = cell.initialise(INPUTS, HIDDEN, rng)
    for array in parameters.values():
        array += 0.5 * rng.standard_normal(array.shape)
    readout = rng.standard_normal((HIDDEN, ANSWERS)), rng.standard_normal(ANSWERS)
    state = through_time.zero_state(cell, parameters, BATCH)
    if carried:
        earlier = rng.standard_normal((4, BATCH, INPUTS))
        _, state, _ = through_time.forward(cell, parameters, earlier, state)
    x = rng.standard_normal((length, BATCH, INPUTS))
    return cell, parameters, readout, x, rng.integers(0, ANSWERS, (length, BATCH)), state


def gradient_errors(seed, kind, length, carried):
    """The relative error of every gradient of one cell: of the parameters, the readout, the input
    and the first state. {name: error}"""
    rng = stream(seed, "gradients", kind, length, int(carried))
    cell, parameters, readout, x, targets, state = drawn(kind, length, carried, rng)
    _, claimed, of_readout, _ = through_time.loss_and_gradients(
        cell, parameters, readout, x, targets, state
    )
    outputs, _, caches = through_time.forward(cell, parameters, x, state)
    asked = rng.standard_normal(outputs.shape), [rng.standard_normal(h.shape) for h in state]
    dx, dstate, _ = through_time.backward(cell, parameters, caches, *asked)

    def loss():
        outputs, _, _ = through_time.forward(cell, parameters, x, state)
        return cross_entropy(outputs.reshape(-1, HIDDEN) @ readout[0] + readout[1], targets.ravel())

    def projection():
        outputs, last, _ = through_time.forward(cell, parameters, x, state)
        return np.sum(outputs * asked[0]) + sum(np.sum(h * a) for h, a in zip(last, asked[1]))

    checks = {name: (loss, parameters[name], claimed[name]) for name in parameters}
    checks |= {f"readout {i}": (loss, readout[i], of_readout[i]) for i in range(2)}
    checks["x"] = projection, x, dx
    checks |= {f"state {i}": (projection, h, dstate[i]) for i, h in enumerate(state)}
    return {name: error_of(*check) for name, check in checks.items()}


def error_of(loss, array, gradient):
    """gradient_error for a loss that is a function of nothing and looks at the array."""
    kept = array.copy()

    def at(values):
        array[...] = values
        return loss()

    error = gradient_error(at, kept, gradient)
    array[...] = kept
    return error


def all_gradient_errors(seed):
    """{(cell, length, carried): {name: error}}."""
    cases = itertools.product(TEXTBOOK, LENGTHS, (False, True))
    return {case: gradient_errors(seed, *case) for case in cases}


# --- the fast cells of shared/recurrent.py -------------------------------------------------------


def by_gate(kind, fused):
    """{"W": (I, G H), "U": ..., "b": ...} of a fast cell as the textbook's {"W_i": (I, H), ...}.

    The fast cells have the same gates in the same order, side by side.
    """
    cell, parts = TEXTBOOK[kind], {}
    for letter in "WUb":
        columns = np.split(fused[letter], len(cell.GATES), axis=-1)
        parts |= {f"{letter}_{gate}": part for gate, part in zip(cell.GATES, columns)}
    return parts | ({"c_n": fused["c"]} if "c" in fused else {})


def textbook_of(kind, fast):
    """The parameters of a fast cell in float64, gate by gate, copied."""
    fused = {name: tensor.data.astype(np.float64) for name, tensor in fast.parameters().items()}
    return {name: array.copy() for name, array in by_gate(kind, fused).items()}


STEPS, LEARNING_RATE = 10, 0.1


def parity_error(seed, kind):
    """The largest absolute difference between the two texts: outputs, last state, dx, the first
    state's gradient, every gradient, and the parameters after ten steps of gradient descent."""
    rng = stream(seed, "parity", kind)
    cell, fast = TEXTBOOK[kind], CELLS[kind](INPUTS, HIDDEN, rng)
    for tensor in fast.parameters().values():
        tensor.data += 0.5 * rng.standard_normal(tensor.shape)
    parameters, differences = textbook_of(kind, fast), []
    shapes = [(6, BATCH, INPUTS), (6, BATCH, HIDDEN), *2 * [(cell.STATES, BATCH, HIDDEN)]]
    x, doutputs, state, dlast = (rng.standard_normal(shape) for shape in shapes)
    for _ in range(STEPS):
        outputs, last, caches = through_time.forward(cell, parameters, x, tuple(state))
        dx, dstate, gradients = through_time.backward(
            cell, parameters, caches, doutputs, tuple(dlast)
        )
        fast_outputs, fast_last, cache = fast.forward(x, state)
        fast_dx, fast_dstate, fused = fast.backward(cache, doutputs, dlast)
        fast_gradients = by_gate(kind, fused)
        pairs = [(outputs, fast_outputs), (np.stack(last), fast_last), (dx, fast_dx)]
        pairs += [(np.stack(dstate), fast_dstate)]
        pairs += [(gradients[name], fast_gradients[name]) for name in parameters]
        for name, tensor in fast.parameters().items():
            tensor.data -= LEARNING_RATE * fused[name]
        for name in parameters:
            parameters[name] -= LEARNING_RATE * gradients[name]
        moved = textbook_of(kind, fast)
        pairs += [(parameters[name], moved[name]) for name in parameters]
        differences += [largest_difference(*pair) for pair in pairs]
    return max(differences)


def largest_difference(a, b):
    """max |a - b|; raises where the shapes differ or a number is not finite."""
    if np.shape(a) != np.shape(b):
        raise ValueError(f"{np.shape(a)} is compared with {np.shape(b)}")
    check_finite("the difference", np.subtract(a, b))
    return float(np.abs(np.subtract(a, b)).max())


# --- PyTorch's numbers ---------------------------------------------------------------------------


def load_golden():
    """{kind: {name: array}} of tests/golden.npz; tests/make_golden.py wrote it with PyTorch."""
    golden = {kind: {} for kind in TEXTBOOK}
    with np.load(Path(__file__).parent / "tests/golden.npz") as file:
        for key, array in file.items():
            kind, name = key.split()
            golden[kind][name] = array
    return golden


def from_pytorch(kind, bias_ih, bias_hh):
    """b, and for the GRU c, from PyTorch's two biases: their sum, but for the candidate's."""
    if kind != "GRU":
        return {"b": bias_ih + bias_hh}
    r_and_z = 2 * len(bias_ih) // 3
    b = np.concatenate([(bias_ih + bias_hh)[:r_and_z], bias_ih[r_and_z:]])
    return {"b": b, "c": bias_hh[r_and_z:]}


def golden_error(kind, golden):
    """The textbook's largest absolute difference to PyTorch: outputs, last state, all gradients."""
    cell = TEXTBOOK[kind]
    fused = {"W": golden["weight_ih"].T, "U": golden["weight_hh"].T}
    fused |= from_pytorch(kind, golden["bias_ih"], golden["bias_hh"])
    parameters = by_gate(kind, fused)
    outputs, last, caches = through_time.forward(
        cell, parameters, golden["x"], tuple(golden["state"])
    )
    dx, dstate, gradients = through_time.backward(
        cell, parameters, caches, golden["asked_outputs"], tuple(golden["asked_state"])
    )
    expected = {"W": golden["dweight_ih"].T, "U": golden["dweight_hh"].T, "b": golden["dbias_ih"]}
    expected |= {"c": golden["dbias_hh"][-outputs.shape[2] :]} if kind == "GRU" else {}
    pairs = [(gradients[name], array) for name, array in by_gate(kind, expected).items()]
    pairs += [(outputs, golden["outputs"]), (np.stack(last), golden["last"])]
    pairs += [(dx, golden["dx"]), (np.stack(dstate), golden["dstate"])]
    return max(largest_difference(*pair) for pair in pairs)


def golden_errors():
    """{kind: largest absolute difference to PyTorch}."""
    return {kind: golden_error(kind, golden) for kind, golden in load_golden().items()}


# --- what the run records ------------------------------------------------------------------------


def record(run):
    """Every proof, for results/proofs.json and the headline."""
    gradients, golden = all_gradient_errors(run.seed), golden_errors()
    worst = max(max(errors.values()) for errors in gradients.values())
    run.claim(
        "proofs",
        "Every gradient equals its central difference and PyTorch's, and the fast cells' too",
        seeds=[run.seed],
        config={"lengths": LENGTHS, "step": 1e-5, "parity_steps": STEPS},
        metrics={
            "gradient_max_relative_error": worst,
            "arrays": sum(map(len, gradients.values())),
            "golden_max_abs_error": golden,
            "parity_max_abs_error": {kind: parity_error(run.seed, kind) for kind in TEXTBOOK},
        },
    )
    run.headline({
        "gradient_check_max_relative_error": worst,
        "golden_max_abs_error": max(golden.values()),
    })
