"""The experiments of block 01 in the order of the README: one function, one claim, one file."""

from block01_regression.experiments import (
    batch_sizes,
    capacity,
    convexity,
    learning_rate,
    outliers,
    scaling,
)

EXPERIMENTS = [
    convexity.convexity,
    learning_rate.learning_rate,
    scaling.scaling,
    batch_sizes.batch_sizes,
    outliers.outliers,
    capacity.polynomial_degree,
    capacity.ridge,
]
