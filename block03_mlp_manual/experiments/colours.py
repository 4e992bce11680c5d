"""One colour and one marker for each start and each activation, the same in every picture."""

from shared.plots import COLOURS

START_STYLES = {  # name: colour, marker
    "zero": (COLOURS[7], "v"),
    "equal": (COLOURS[6], "P"),
    "too small": (COLOURS[5], "s"),
    "too large": (COLOURS[4], "^"),
    "Xavier": (COLOURS[3], "D"),
    "He": (COLOURS[2], "o"),
}
ACTIVATION_STYLES = {"ReLU": (COLOURS[0], "o"), "tanh": (COLOURS[1], "s")}
SIGMOID_COLOUR = COLOURS[2]
