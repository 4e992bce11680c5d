"""Bugs planted in the array engine's operations: do the ordinary checks notice?"""

from contextlib import contextmanager

import numpy as np

from block04_training.op_table import OPS
from block04_training.proofs import MODULES, changes, op_gradient_error
from shared import tensor
from shared.seeding import stream


def operations(run):
    """The checks of the array engine, gradients against central differences and inputs that must
    stay as they are, notice every bug planted in a backward pass.

    Nine kinds of bug, each in every input of every operation; one that changes no gradient (the
    transpose of a row, say) does not apply and does not count.
    """
    bugs = [(name, kind, place) for name, op in OPS.items() for kind in KINDS
            for place in range(len(op.shapes[0]))]  # fmt: skip
    if run.quick:
        bugs = bugs[::10]
    verdicts = {bug: caught(*bug) for bug in run.progress(bugs, "planted in operations")}
    applied = {bug: verdict for bug, verdict in verdicts.items() if verdict is not None}
    of_kind = {kind: [v for bug, v in applied.items() if bug[1] == kind] for kind in KINDS}
    run.record(
        config={"operations": list(OPS), "kinds": list(KINDS)},
        metrics={
            "by_kind": {k: {"planted": len(v), "caught": sum(v)} for k, v in of_kind.items()},
            "missed": [" / ".join(map(str, bug)) for bug, seen in applied.items() if not seen],
        },
    )
    run.headline(
        {"op_planted_bugs": len(applied), "op_planted_bugs_caught": sum(applied.values())}
    )


# One input's gradient g, spoiled. The size of the result is at hand: a gradient that was summed
# over stretched axes has fewer elements than dout.
KINDS = {
    "wrong sign": lambda g, size: -g,
    "a factor of two": lambda g, size: 2 * g,
    "dropped": lambda g, size: np.zeros_like(g),
    "one element forgotten": lambda g, size: g * (np.arange(g.size) < g.size - 1).reshape(g.shape),
    "moved by one element": lambda g, size: np.roll(g.ravel(), 1).reshape(g.shape),
    "transposed": lambda g, size: g.T if g.ndim == 2 and g.shape[0] == g.shape[1] else g,
    "noise of the right size": lambda g, size: noise_like(g),
    "the mean over stretched axes": lambda g, size: g * min(1.0, g.size / size),
    "dout forgotten": None,  # planted below: the gradient for dout = 1
}


def noise_like(gradient):
    """Another direction, as long."""
    noise = stream(0, "noise", *gradient.shape).standard_normal(gradient.shape)
    return noise * np.linalg.norm(gradient)


@contextmanager
def planted(name, kind, place):
    """While inside, the gradient of one input of an operation is wrong in one way.

    Yields a list that is empty as long as the bug changed nothing: it does not apply there.
    """
    true_record, changed = tensor.record, []

    def spoiled_record(op, data, parents, backward):
        def spoiled(dout):
            gradients = list(backward(dout))
            true = gradients[place]
            if true is not None:
                if kind == "dout forgotten":
                    gradients[place] = backward(np.ones_like(dout))[place]
                else:
                    gradients[place] = KINDS[kind](true, dout.size)
                if not np.allclose(gradients[place], true, rtol=1e-9, atol=0):
                    changed.append(True)
            return tuple(gradients)

        return true_record(op, data, parents, spoiled if op == name else backward)

    try:
        for module in MODULES:
            module.record = spoiled_record
        yield changed
    finally:
        for module in MODULES:
            module.record = true_record


def caught(name, kind, place):
    """Whether the ordinary checks notice this bug; None where it changes nothing."""
    with planted(name, kind, place) as changed:
        noticed = any(op_gradient_error(name, [uses]) > 1e-6 for uses in (1, 2)) or changes(name)
    return bool(noticed) if changed else None
