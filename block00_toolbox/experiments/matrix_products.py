"""The matrix products that rounding.py asks fresh processes for; they need to import no more."""

from shared.seeding import stream

SIZES = (8, 16, 32, 48, 64, 100, 128, 192, 256, 384)
DTYPES = ("float32", "float64")


def matrix_products(seed):
    """A @ B for every size and number type, named like "float32 100"."""
    products = {}
    for size in SIZES:
        A, B = stream(seed, "matrix product", size).standard_normal((2, size, size))
        for dtype in DTYPES:
            products[f"{dtype} {size}"] = A.astype(dtype) @ B.astype(dtype)
    return products
