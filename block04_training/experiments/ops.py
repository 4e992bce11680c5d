"""The array engine's operations: true gradients, and checks that notice every planted bug."""

from block04_training.tests.op_table import OPS, all_bugs, caught, gradient_errors


def every_operation_is_checked_and_every_planted_bug_in_it_caught(run):
    """Gradient errors of the whole table, then every kind of bug in every input of every operation.

    A bug that changes no gradient (the transpose of a row, say) does not apply and does not count.
    """
    errors = {name: max(gradient_errors(name, 1) + gradient_errors(name, 2)) for name in OPS}
    bugs = list(all_bugs())
    if run.quick:
        bugs = bugs[::10]
    verdicts = [(bug, caught(*bug)) for bug in run.progress(bugs, "planted bugs")]
    applied = [(bug, verdict) for bug, verdict in verdicts if verdict is not None]
    by_kind = {}
    for (_, kind, _), verdict in applied:
        planted, found = by_kind.get(kind, (0, 0))
        by_kind[kind] = (planted + 1, found + verdict)
    run.claim(
        "operations",
        "Every public operation agrees with finite differences, and its checks catch every bug "
        "planted in its backward pass",
        seeds=[],
        config={"operations": list(OPS), "kinds_of_bug": sorted(by_kind)},
        metrics={
            "gradient_relative_error": errors,
            "by_kind": {k: {"planted": p, "caught": c} for k, (p, c) in by_kind.items()},
            "missed": [" / ".join(map(str, bug)) for bug, verdict in applied if not verdict],
        },
    )
    run.headline(
        {
            "ops_in_table": len(OPS),
            "op_gradient_max_relative_error": max(errors.values()),
            "op_planted_bugs": len(applied),
            "op_planted_bugs_caught": sum(verdict for _, verdict in applied),
        }
    )
