"""Two texts of one idea must agree: the scalar engine and arrays, formulas and golden files."""

import numpy as np

from block04_training.tests.twins import (
    GOLDEN,
    MICROGRAD,
    SETTINGS,
    chain,
    expression_error,
    formula_path,
    in_place_path,
    micrograd_example,
    mlp_error,
)
from shared.seeding import stream


def the_scalar_engine_is_right_and_does_not_recurse(run):
    """micrograd's printed numbers, and a graph of more than 100,000 nodes."""
    found = micrograd_example()
    error = float(np.max(np.abs(np.subtract(found, MICROGRAD))))
    nodes, slope = chain(100_000)
    run.claim(
        "scalar_engine",
        "The engine has micrograd's README numbers, and a chain of 100,000 additions is no problem",
        seeds=[],
        config={"micrograd": MICROGRAD},
        metrics={
            "found": found, "max_abs_error": error, "nodes": nodes, "slope_of_the_chain": slope
        },
    )  # fmt: skip
    run.headline({"micrograd_example_max_abs_error": error, "scalar_graph_nodes": nodes})


def one_number_a_node_and_one_array_a_node_agree(run):
    """Random expressions that reuse their nodes, and one network, in both engines."""
    rng = stream(run.seed, "parity")
    expressions = [expression_error(rng) for _ in range(50 if run.quick else 200)]
    network = mlp_error(rng)
    run.claim(
        "tensor_vs_scalar",
        "shared.tensor has the values and gradients of the scalar engine",
        seeds=[run.seed],
        config={"expressions": len(expressions), "steps": 30, "network": [2, 5, 4, 1]},
        metrics={"expressions_max_relative_error": max(expressions), "network": network},
    )
    run.headline({"tensor_vs_scalar_max_relative_error": max([*expressions, network])})


def a_hundred_steps_of_every_optimizer_are_pytorchs(run):
    """The golden weights after 10, 20, ..., 100 steps against both texts of each rule."""
    with np.load(GOLDEN / "optimizers.npz") as file:
        golden = dict(file)
    errors = {
        name: {
            "formula": np.max(np.abs(formula_path(name, golden)[9::10] - golden[name])),
            "in_place": np.max(np.abs(in_place_path(name, golden)[9::10] - golden[name])),
        }
        for name in SETTINGS
    }
    run.claim(
        "optimizer_golden",
        "Formulas and shared.optim take PyTorch's steps, a hundred of them",
        seeds=[],
        config={"settings": SETTINGS, "problem": "a 3-4-1 tanh network on 8 examples"},
        metrics={"max_abs_error": errors},
    )
    worst = max(max(pair.values()) for pair in errors.values())
    run.headline({"optimizer_golden_max_abs_error": worst})
