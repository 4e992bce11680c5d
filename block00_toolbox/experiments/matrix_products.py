"""Square matrix products to a file: `python -m block00_toolbox.experiments.matrix_products FILE`.

The matrices are the same in every process; the thread count and the kernel come from the
environment. On standard output: the kernel that BLAS chose.
"""

import sys
from pathlib import Path

import numpy as np

from shared import runtime
from shared.seeding import stream

SIZES = (8, 16, 32, 48, 64, 100, 128, 192, 256, 384)
DTYPES = ("float32", "float64")


def matrix_products() -> dict[str, np.ndarray]:
    """A @ B for every size and number type, named like "float32 100"."""
    products = {}
    for size in SIZES:
        rng = stream(0, "matrix product", size)
        A, B = rng.standard_normal((2, size, size))
        for dtype in DTYPES:
            products[f"{dtype} {size}"] = A.astype(dtype) @ B.astype(dtype)
    return products


if __name__ == "__main__":
    np.savez(Path(sys.argv[1]), **matrix_products())
    libraries = runtime.blas_libraries()
    print(libraries[0].get("architecture", "unknown") if libraries else "unknown", end="")
