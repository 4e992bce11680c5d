"""Four losses against central differences and chords drawn by hand."""

import numpy as np
import pytest

from block01_regression.convexity import chord_below, funnel, line, slide, walk_down, wave
from shared.checks import numerical_gradient

X = np.array([-2.0, 0.5, 1.0, 2.5])
LOSSES = {"line": line(X), "slide": slide(), "funnel": funnel(), "wave": wave(X)}


@pytest.mark.parametrize("name", LOSSES)
def test_a_slope_is_the_derivative_of_its_loss(name):
    loss, w = LOSSES[name], np.linspace(-7, 7, 29)
    measured = numerical_gradient(lambda v: loss.value(v).sum(), w)
    assert loss.slope(w) == pytest.approx(measured, abs=1e-7)


def test_losses_by_hand():
    assert line(np.array([1.0, 3.0])).value(np.array([5.0])) == pytest.approx([(2**2 + 6**2) / 2])
    assert slide().value(np.array([0.0])) == pytest.approx([np.log(2)])
    assert funnel().value(np.array([2.0])) == pytest.approx([4 / 5])
    x = np.array([1.0])
    assert wave(x, truth=np.pi).value(np.array([np.pi / 2])) == pytest.approx([1.0])


def test_no_chord_runs_below_a_convex_loss_and_some_below_the_others():
    u, v = np.meshgrid(np.linspace(-8, 8, 41), np.linspace(-8, 8, 41))
    found = {name: chord_below(loss, u.ravel(), v.ravel()).any() for name, loss in LOSSES.items()}
    assert found == {"line": False, "slide": False, "funnel": True, "wave": True}


def test_a_chord_by_hand():
    """The funnel's chord from 2 to 8 lies at 0.89 in the middle, the curve at 0.96; from -1 to 1
    it lies at 0.5 over the bottom."""
    below = chord_below(funnel(), np.array([2.0, -1.0]), np.array([8.0, 1.0]))
    assert below.tolist() == [True, False]


def test_downhill_ends_at_the_bottom_or_goes_on_where_there_is_none():
    starts = np.array([-8.0, 0.0, 8.0])
    assert walk_down(line(X), starts, 2000) == pytest.approx([3, 3, 3])
    halfway = walk_down(slide(), starts, 1000)
    assert (walk_down(slide(), halfway, 1000) > halfway + 0.1).all()
    assert starts.tolist() == [-8, 0, 8]


def test_one_step_by_hand():
    w = walk_down(funnel(), np.array([1.0]), 1)  # slope 2 / 4 at 1
    assert w == pytest.approx([1 - funnel().learning_rate / 2])
