"""The experiments of block 00 in the order of the README: one function, one claim, one file."""

from block00_toolbox.experiments import repeating, rounding, shapes, splitting

EXPERIMENTS = [
    shapes.shape_bugs,
    shapes.wrong_loss,
    splitting.split_as_it_is,
    repeating.same_seed,
    repeating.global_state,
    rounding.summation,
    rounding.blas,
]
