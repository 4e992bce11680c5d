"""Rounding: equal numbers, added or multiplied another way, end in other bits."""

import io
import math
import subprocess

import numpy as np

from block00_toolbox.experiments.repeating import output_of
from block00_toolbox.experiments.shapes import summary
from shared.plots import COLOURS, MARKERS, heat_map, label, new_figure
from shared.seeding import stream

DTYPES = ("float32", "float64")

# --- the order of a sum --------------------------------------------------------------------------


def one_by_one(x):
    """The sum from left to right, rounded to x's number type after every addition."""
    return np.add.accumulate(x)[-1]


def pairwise(x):
    """The sum of 2^k numbers as a knockout tournament: each number takes part in k additions."""
    while len(x) > 1:
        x = x[0::2] + x[1::2]
    return x[0]


WAYS = {  # four orders of adding one by one, and two that add partial sums
    "forward": one_by_one,
    "backward": lambda x: one_by_one(x[::-1]),
    "smallest first": lambda x: one_by_one(np.sort(x)),
    "largest first": lambda x: one_by_one(np.sort(x)[::-1]),
    "pairwise": pairwise,
    "np.sum": np.sum,
}


def summation(run):
    """Six ways of adding the same million numbers spread their sum over more than 1e-4 of its
    size in float32 and over less than 1e-12 of it in float64 (five seeds).
    """
    seeds, count = run.seeds(5), 2 ** (14 if run.quick else 20)
    sums = {dtype: np.array([six_sums(s, count, dtype) for s in seeds]) for dtype in DTYPES}
    errors = {dtype: np.abs(x[:, 1:] - x[:, :1]) / x[:, :1] for dtype, x in sums.items()}
    spreads = {dtype: np.ptp(x[:, 1:], axis=1) / x[:, 0] for dtype, x in sums.items()}
    run.figure(draw_errors(errors, len(seeds)))
    run.record(
        config={"numbers": count, "drawn_from": "exponential, mean 1"},
        metrics={
            dtype: {
                "spread": {"mean": spreads[dtype].mean(), "sd": spreads[dtype].std()},
                "relative_error": summary([dict(zip(WAYS, seed)) for seed in errors[dtype]]),
            }
            for dtype in DTYPES
        },
    )
    run.headline({f"{dtype}_sum_spread": spreads[dtype].mean() for dtype in DTYPES})


def six_sums(seed, count, dtype):
    """The exact sum of `count` numbers of this type, and their sum in each way: (7,) float64."""
    x = stream(seed, "sum").standard_exponential(count).astype(dtype)
    exact = math.fsum(x.tolist())  # rounded once, at the end
    return [exact, *(float(way(x)) for way in WAYS.values())]


def draw_errors(errors, count):
    """One mark for every seed, way and number type."""
    figure, axes = new_figure("How a sum is added, and in which number type, changes its error")
    for (dtype, found), colour, marker in zip(errors.items(), COLOURS, MARKERS):
        ways = np.broadcast_to(np.arange(len(WAYS)), found.shape)
        axes[0].scatter(np.maximum(found, 1e-17), ways, color=colour, marker=marker, label=dtype)
    axes[0].set_xscale("log")
    axes[0].set_yticks(range(len(WAYS)), list(WAYS))
    axes[0].invert_yaxis()
    label(axes[0], f"relative error, {count} seeds (exact sums at 1e-17)", "way of adding")
    return figure


# --- threads and kernels -------------------------------------------------------------------------

SIZES = (8, 16, 32, 48, 64, 100, 128, 192, 256, 384)
# One kernel for all comparisons, so that newer CPUs measure the same. No newer one than this: a
# kernel that needs an instruction the CPU lacks ends the process.
BASE = {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Haswell"}
SETTINGS = {
    "again": {},  # nothing changed: the control
    "2 threads": {"OPENBLAS_NUM_THREADS": "2"},
    "Nehalem": {"OPENBLAS_CORETYPE": "Nehalem"},
    "Prescott": {"OPENBLAS_CORETYPE": "Prescott"},
}


def blas(run):
    """Twenty matrix products have the same bits in a second process; two BLAS threads change the
    bits of some of them, the kernel of an older CPU can change those of all.
    """
    default, kernel, ran = all_products(SETTINGS, run.seed)
    settings = {name: compare(default, *other) for name, other in ran.items() if other}
    config = {"kernel": kernel, "sizes": SIZES, "not_on_this_cpu": sorted(ran.keys() - settings)}
    largest = {d: max(s[d]["largest_difference"] for s in settings.values()) for d in DTYPES}
    run.record(config=config, metrics=settings | {"largest_difference": largest})
    changed = {name: sum(s[d]["products_changed"] for d in DTYPES) for name, s in settings.items()}
    nothing, threads = changed.pop("again"), changed.pop("2 threads")
    another = max(changed.values(), default=0)
    title = f"Of {len(default)} products another kernel changes {another}, two threads {threads}"
    run.figure(draw_settings(settings, kernel, title))
    run.headline(
        {
            "products_compared": len(default),
            "products_changed_by_nothing": nothing,
            "products_changed_by_two_threads": threads,
            "products_changed_by_another_kernel": another,
        }
    )


def all_products(names, seed):
    """The products of the base, its kernel, and products and kernel under each setting."""
    base, found = BASE, products_under(BASE, seed)
    if found is None:  # a CPU without that kernel: its own one
        base = {"OPENBLAS_NUM_THREADS": "1"}
        found = products_under(base, seed)
    return *found, {name: products_under(base | SETTINGS[name], seed) for name in names}


PRODUCTS = """
import sys
import numpy as np
from shared.runtime import blas_libraries
from shared.seeding import stream

seed, *sizes = map(int, sys.argv[1:])
products = {}
for size in sizes:
    A, B = stream(seed, "matrix product", size).standard_normal((2, size, size))
    for dtype in ("float32", "float64"):
        products[f"{dtype} {size}"] = A.astype(dtype) @ B.astype(dtype)
kernel = [library.get("architecture", "unknown") for library in blas_libraries()[:1]]
np.savez(sys.stdout.buffer, kernel=kernel or ["unknown"], **products)
"""


def products_under(environment, seed):
    """The products of a fresh process and the kernel it used; None where it could not run."""
    try:
        output = output_of(["-c", PRODUCTS, *map(str, (seed, *SIZES))], **environment)
    except subprocess.CalledProcessError:
        return None
    with np.load(io.BytesIO(output)) as found:
        products = dict(found)
    return products, str(products.pop("kernel")[0])


def compare(default, products, kernel):
    """For each number type: how many products changed, and which share of their elements."""
    result = {"kernel": kernel}
    for dtype in DTYPES:
        pairs = [(default[f"{dtype} {size}"], products[f"{dtype} {size}"]) for size in SIZES]
        shares = [float(np.mean(a != b)) for a, b in pairs]
        result[dtype] = {
            "share_of_elements_changed": shares,
            "products_changed": sum(share > 0 for share in shares),
            "largest_difference": max(np.max(abs(a - b)) / np.max(abs(a)) for a, b in pairs),
        }
    return result


def draw_settings(settings, kernel, title):
    """The share of elements with other bits, for each setting and size."""
    figure, axes = new_figure(title, rows=2, width=8, height=5.5)
    for axis, dtype in zip(axes, DTYPES):
        shares = [setting[dtype]["share_of_elements_changed"] for setting in settings.values()]
        heat_map(axis, 100 * np.array(shares), list(settings), list(map(str, SIZES)),
                 number_format=".0f", limits=(0, 100))
        title = f"{dtype}: % of elements that differ from one thread with kernel {kernel}"
        label(axis, "size N of the N x N matrices", "setting", title)
    return figure
