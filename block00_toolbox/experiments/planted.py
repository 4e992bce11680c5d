"""The tests, tested: each bug of tests/planted.py must make an ordinary test of this block fail."""

from block00_toolbox.planted import BUGS
from shared.planted_bugs import count_caught
from shared.results import Run


def every_planted_bug_is_caught(run: Run) -> None:
    """Each bug of tests/planted.py in a copy of the block, and the test that should fail."""
    count_caught(run, BUGS)
