"""The experiments of block 02 in the order of the README: one function, one claim, one file."""

from block02_classification.experiments import plane, rare, sureness, tables

EXPERIMENTS = [
    sureness.sure_start,
    tables.five_splits,
    plane.straight_lines,
    plane.separable,
    sureness.calibration,
    rare.rare_class,
    rare.threshold,
]
