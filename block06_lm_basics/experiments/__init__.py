"""The experiments of block 06 in the order of the README: one function, one claim, one file."""

from block06_lm_basics.experiments import (
    calibration,
    compression,
    excess,
    ladder,
    own_text,
    smoothing,
    window,
)

EXPERIMENTS = [
    ladder.ladder,
    ladder.orders,
    smoothing.smoothing,
    window.window,
    calibration.calibration,
    excess.excess,
    compression.compression,
]
ON_A_TEXT_OF_ONES_OWN = [ladder.ladder, ladder.orders, own_text.two_texts]
