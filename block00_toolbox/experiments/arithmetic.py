"""Experiments on rounding: equal numbers, added in another order, end in other bits."""

import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from block00_toolbox.experiments.matrix_products import DTYPES, SIZES
from block00_toolbox.experiments.reproducibility import ROOT
from shared import plots
from shared.results import Run
from shared.seeding import stream

# --- the order of a sum --------------------------------------------------------------------------


def one_by_one(x):
    """The sum from left to right, rounded to x's number type after every addition."""
    return np.add.accumulate(x)[-1]


def pairwise(x):
    """The sum of 2^k numbers as a knockout tournament: each number takes part in k additions."""
    while len(x) > 1:
        x = x[0::2] + x[1::2]
    return x[0]


ORDERS = {
    "forward": one_by_one,
    "backward": lambda x: one_by_one(x[::-1]),
    "smallest first": lambda x: one_by_one(np.sort(x)),
    "largest first": lambda x: one_by_one(np.sort(x)[::-1]),
    "pairwise": pairwise,
    "np.sum": np.sum,
}


def the_order_of_a_sum_changes_it(run: Run) -> None:
    """The same numbers in six orders, in both number types, against the exact sum of math.fsum."""
    seeds = range(run.seed, run.seed + 5)
    count = 2 ** (14 if run.quick else 20)
    errors = {dtype: {name: [] for name in ORDERS} for dtype in DTYPES}
    spreads = {dtype: [] for dtype in DTYPES}
    for seed in seeds:
        drawn = stream(seed, "sum").standard_exponential(count)
        for dtype in DTYPES:
            x = drawn.astype(dtype)
            truth = math.fsum(x.tolist())  # exact, and rounded once at the end
            sums = [float(order(x)) for order in ORDERS.values()]
            for name, value in zip(ORDERS, sums):
                errors[dtype][name].append(abs(value - truth) / truth)
            spreads[dtype].append((max(sums) - min(sums)) / truth)
    run.claim(
        "summation",
        "The sum of the same float32 numbers depends on their order; pairwise comes nearest",
        seeds=seeds,
        config={"numbers": count, "drawn_from": "exponential, mean 1"},
        metrics={
            dtype: {
                "spread": {"mean": np.mean(spreads[dtype]), "std": np.std(spreads[dtype])},
                "relative_error": {
                    name.replace(" ", "_").replace(".", "_"): {"mean": np.mean(e), "std": np.std(e)}
                    for name, e in errors[dtype].items()
                },
            }
            for dtype in DTYPES
        },
    )
    draw_errors(run, errors)
    run.headline({f"{dtype}_sum_spread": np.mean(spreads[dtype]) for dtype in DTYPES})


def draw_errors(run: Run, errors: dict) -> None:
    """One mark for every seed, order and number type."""
    figure, axes = plots.new_figure("The order of the additions decides the error of a sum")
    for k, (dtype, by_order) in enumerate(errors.items()):
        for i, values in enumerate(by_order.values()):
            axes[0].scatter(
                np.maximum(values, 1e-17), np.full(len(values), i), color=plots.COLOURS[k],
                marker=plots.MARKERS[k], label=dtype if i == 0 else None,
            )  # fmt: skip
    axes[0].set_xscale("log")
    axes[0].set_yticks(range(len(ORDERS)), list(ORDERS))
    axes[0].invert_yaxis()
    plots.label(axes[0], "relative error (exact sums at 1e-17)", "order of the additions")
    run.figure(figure, "summation")


# --- threads and kernels -------------------------------------------------------------------------

# Kernels of older CPUs only: one that needs an instruction the CPU lacks ends the process.
SETTINGS = {
    "again": {},  # nothing changed: the control
    "2 threads": {"OPENBLAS_NUM_THREADS": "2"},
    "Haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    "Sandybridge": {"OPENBLAS_CORETYPE": "Sandybridge"},
    "Nehalem": {"OPENBLAS_CORETYPE": "Nehalem"},
    "Prescott": {"OPENBLAS_CORETYPE": "Prescott"},
}


Products = dict[str, np.ndarray]


def products_under(environment: dict[str, str], folder: Path) -> tuple[Products, str] | None:
    """The products of a fresh process and the kernel it used; None where it could not run."""
    path = folder / "products.npz"
    finished = subprocess.run(
        [sys.executable, "-m", "block00_toolbox.experiments.matrix_products", str(path)],
        cwd=ROOT, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"} | environment, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    if finished.returncode != 0:
        return None
    with np.load(path) as products:
        return dict(products), finished.stdout.decode()


def compare(default: Products, products: Products, kernel: str) -> dict:
    """For each number type: how many products changed, and which share of their elements."""
    result: dict = {"kernel": kernel}
    for dtype in DTYPES:
        pairs = [(default[f"{dtype} {size}"], products[f"{dtype} {size}"]) for size in SIZES]
        shares = [float(np.mean(a != b)) for a, b in pairs]
        result[dtype] = {
            "share_of_elements_changed": shares,
            "products_changed": sum(share > 0 for share in shares),
            "largest_difference": max(np.max(abs(a - b)) / np.max(abs(a)) for a, b in pairs),
        }
    return result


def products_changed(setting: dict) -> int:
    """Over both number types."""
    return sum(setting[dtype]["products_changed"] for dtype in DTYPES)


def threads_and_kernels_change_bits(run: Run) -> None:
    """The same products with one BLAS thread, with two, and with four of OpenBLAS's kernels."""
    with tempfile.TemporaryDirectory() as folder:
        default = products_under({"OPENBLAS_NUM_THREADS": "1"}, Path(folder))
        if default is None:
            raise OSError("the program experiments/matrix_products.py does not run here")
        settings: dict = {}
        names = ["again", "2 threads", "Prescott"] if run.quick else list(SETTINGS)
        for name in run.progress(names, "kernels"):
            found = products_under(SETTINGS[name], Path(folder))
            settings[name] = compare(default[0], *found) if found else None
    ran = {name: setting for name, setting in settings.items() if setting}
    run.claim(
        "blas",
        "Two threads change the bits of some products, another kernel can change those of all",
        seeds=[],
        config={"default_kernel": default[1], "sizes": SIZES, "null_means": "not on this CPU"},
        metrics={
            "settings": {name.replace(" ", "_"): setting for name, setting in settings.items()},
            "largest_difference": {
                dtype: max(setting[dtype]["largest_difference"] for setting in ran.values())
                for dtype in DTYPES
            },
        },
    )
    draw_settings(run, ran)
    changed = {name: products_changed(setting) for name, setting in ran.items()}
    run.headline(
        {
            "products_compared": len(default[0]),
            "products_changed_by_nothing": changed.pop("again"),
            "products_changed_by_two_threads": changed.pop("2 threads"),
            "products_changed_by_another_kernel": max(changed.values(), default=0),
        }
    )


def draw_settings(run: Run, settings: dict[str, dict]) -> None:
    """The share of elements with other bits, for each setting and size."""
    figure, axes = plots.new_figure(
        "Threads and kernels change the bits of a matrix product",
        rows=2, width=8.0, height=6.0,
    )  # fmt: skip
    for panel, dtype in zip(axes, DTYPES):
        shares = [setting[dtype]["share_of_elements_changed"] for setting in settings.values()]
        table = 100 * np.array(shares)  # (settings, sizes)
        sizes = [str(size) for size in SIZES]
        plots.heat_map(panel, table, list(settings), sizes, number_format=".0f", limits=(0, 100))
        title = f"{dtype}: % of elements that differ from one thread, default kernel"
        plots.label(panel, "size N of the N x N matrices", "", title)
    run.figure(figure, "blas")
