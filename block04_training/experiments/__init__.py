"""The experiments of block 04 in the order of the README: one function, one claim, one file."""

from block04_training.experiments import (
    digits,
    landscapes,
    norms,
    operations,
    overfitting,
    rates,
    resume,
)

EXPERIMENTS = [
    operations.operations,
    landscapes.paths,
    rates.learning_rates,
    norms.scale_invariance,
    overfitting.dropout,
    overfitting.early_stopping,
    digits.five_splits,
    resume.resume,
]
