"""One thing has one colour throughout the block."""

from block07_rnn.train import CELLS
from shared.plots import COLOURS

CELL_COLOURS = dict(zip(CELLS, (COLOURS[1], COLOURS[2], COLOURS[0])))
