"""The experiments of block 03 in the order of the README: one function, one claim, one file."""

from block03_mlp_manual.experiments import checking, credit, digits, race, spiral, starts

EXPERIMENTS = [
    credit.one_example,
    checking.wrong_gradients,
    checking.limits,
    spiral.border,
    digits.five_splits,
    starts.six_starts,
    starts.error_by_layer,
    race.over_the_rate,
]
