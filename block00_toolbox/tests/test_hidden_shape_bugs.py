"""What is special about the hidden bugs; test_shape_bugs.py runs the whole gallery."""

import numpy as np
import pytest

from block00_toolbox.hidden_shape_bugs import BUGS, must_agree
from block00_toolbox.shape_bugs import VISIBLE, complaint
from shared.seeding import stream

HIDDEN = [name for name in BUGS if name not in VISIBLE]


@pytest.mark.parametrize("name", [name for name, bug in BUGS.items() if bug.probe])
def test_where_sizes_coincide_the_check_is_blind_without_its_probe(name):
    bug = BUGS[name]._replace(probe=None)
    assert complaint(bug.broken, bug, stream(0, name)) == ""


@pytest.mark.parametrize("name", HIDDEN)
def test_the_shape_of_the_wrong_result_is_right(name):
    bug = BUGS[name]
    broken = bug.broken(*bug.example(stream(0, name)))
    assert np.shape(broken) == np.shape(bug.fixed(*bug.example(stream(0, name))))


@pytest.mark.parametrize("name", VISIBLE)
def test_the_shape_of_a_visible_bug_is_wrong(name):
    bug = BUGS[name]
    broken = bug.broken(*bug.example(stream(0, name)))
    assert np.shape(broken) != np.shape(bug.fixed(*bug.example(stream(0, name))))


def test_must_agree_lets_rounding_pass_and_nothing_else():
    must_agree(np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-15]))
    with pytest.raises(ValueError, match="the numbers differ: relative error"):
        must_agree(np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-9]))
    with pytest.raises(ValueError, match="shape"):
        must_agree(np.array([1.0, 2.0]), np.array([[1.0, 2.0]]))
    with pytest.raises(ValueError, match="nan"):
        must_agree(np.array([np.nan]), np.array([np.nan]))
