"""Bugs planted in the array engine's operations: do the ordinary checks notice?"""

from block04_training.op_table import OPS
from block04_training.planted import KINDS, spoiled
from block04_training.proofs import changes, op_gradient_error


def operations(run):
    """The checks of the array engine, gradients against central differences and inputs that must
    stay as they are, notice every bug planted in a backward pass.

    Up to nine kinds of bug in every input of every operation: one that changes no gradient (the
    transpose of a row, say) does not apply and does not count.
    """
    bugs = [(name, kind, place) for name, op in OPS.items() for kind in KINDS
            for place in range(len(op.shapes[0]))]
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


def caught(name, kind, place):
    """Whether the ordinary checks notice this bug; None where it changes nothing."""
    with spoiled(name, kind, place) as changed:
        noticed = any(op_gradient_error(name, [uses]) > 1e-6 for uses in (1, 2)) or changes(name)
    return bool(noticed) if changed else None
