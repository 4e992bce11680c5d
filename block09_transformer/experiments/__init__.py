"""The experiments of block 09 in the order of the README: one function, one claim, one file.

STUDIES are the comparisons over seeds, which take longer: `make block09 STUDIES=1`.
"""

from block09_transformer.experiments import (
    choices,
    depth,
    heads,
    ladder,
    peeking,
    slots,
    spike,
)

EXPERIMENTS = [
    ladder.ladder,
    slots.slots,
    heads.head_that_looks,
    peeking.no_mask,
]
STUDIES = [
    depth.depth,
    choices.choices,
    choices.vocabularies,
    spike.spike,
]
