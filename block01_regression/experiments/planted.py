"""Planted bugs: does an ordinary test of this block notice each one?"""

from block01_regression.planted import BUGS
from shared.planted_bugs import count_caught


def every_planted_bug_is_caught(run):
    """Each bug of tests/planted.py in a copy of the block, and the test that should fail."""
    count_caught(run, BUGS)
