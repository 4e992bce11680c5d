"""The experiments of block 07 in the order of the README: one function, one claim, one file."""

from block07_rnn.experiments import copying, forgetting, games, stories

EXPERIMENTS = [
    forgetting.gradient_through_time,
    forgetting.clipping,
    copying.copy_delay,
    copying.gates,
    games.parity,
    games.free_running,
    stories.next_character,
    stories.slots_by_distance,
]
ON_A_TEXT_OF_ONES_OWN = [stories.next_character]
STUDIES = [copying.longer_courses]
