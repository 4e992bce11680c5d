"""Bugs that people really write; each must make an ordinary test of the block fail."""

from shared.planted_bugs import PlantedBug

COUNTS = "block06_lm_basics/counts.py"
WITTEN_BELL = "block06_lm_basics/witten_bell.py"
ENTROPY = "block06_lm_basics/entropy.py"
SAMPLING = "block06_lm_basics/sampling.py"
CODER = "block06_lm_basics/arithmetic_coder.py"
WINDOW = "block06_lm_basics/window_model.py"
TESTS = "block06_lm_basics/tests/test_"
TEST_COUNTS = TESTS + "counts.py"
TEST_WITTEN_BELL = TESTS + "witten_bell.py"
TEST_ENTROPY = TESTS + "entropy.py"
TEST_CODER = TESTS + "arithmetic_coder.py"
TEST_WINDOW = TESTS + "window_model.py"

BUGS = [
    PlantedBug(
        "the weight of the shorter context is how often, not how many kinds",
        WITTEN_BELL, "len(followers)\n", "sum(followers.values())\n", TEST_WITTEN_BELL,
    ),
    PlantedBug(
        "the window holds the character it is to predict",
        WINDOW, "sliding_window_view(padded, context)[:-1]",
        "sliding_window_view(padded, context)[1:]", TEST_WINDOW,
    ),
    PlantedBug(
        "the character itself is counted as part of its context",
        COUNTS, "text[t - length : t], {}", "text[t - length : t + 1], {}", TEST_COUNTS,
    ),
    PlantedBug(
        "add-k forgets k V in the denominator",
        COUNTS, "sum(followers.values()) + k * vocabulary_size", "sum(followers.values()) + k",
        TEST_COUNTS,
    ),
    PlantedBug(
        "the shorter context loses its newest character instead of its oldest",
        WITTEN_BELL, "context[1:], c", "context[:-1], c", TEST_WITTEN_BELL,
    ),
    PlantedBug(
        "bits are nats times ln 2",
        ENTROPY, "return nats / math.log(2)", "return nats * math.log(2)", TEST_ENTROPY,
    ),
    PlantedBug(
        "the cross-entropy averages over the model instead of the truth",
        ENTROPY, "-np.sum(true[happens] * np.log(model[happens]))",
        "-np.sum(model[happens] * np.log(true[happens]))", TEST_ENTROPY,
    ),
    PlantedBug(
        "symbols of probability 0 are drawn at the edges",
        SAMPLING, 'side="right"', 'side="left"', TESTS + "sampling.py",
    ),
    PlantedBug(
        "the carry is forgotten",
        CODER, "    written[place] += 1\n", "    return\n", TEST_CODER,
    ),
    PlantedBug(
        "the interval is narrowed but not moved",
        CODER, "low, width = low + begin, end - begin", "low, width = low, end - begin", TEST_CODER,
    ),
    PlantedBug(
        "the order of the characters in the window is lost",
        WINDOW, "self.embedding(rows).reshape", "self.embedding(np.sort(rows)).reshape",
        TEST_WINDOW,
    ),
    PlantedBug(
        "the last piece of an evaluation is left out",
        WINDOW, "range(0, len(ids), ROWS)", "range(0, len(ids) - ROWS, ROWS)", TEST_WINDOW,
    ),
]
