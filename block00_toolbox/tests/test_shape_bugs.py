"""The gallery: each bug is silent and wrong, each repair right, and each check tells them apart."""

import numpy as np
import pytest

from block00_toolbox.hidden_shape_bugs import BUGS
from block00_toolbox.shape_bugs import complaint, outcome
from shared.seeding import stream

# What the number should be, known without running either function.
TRUTH = {
    "column_against_row": 0.0,
    "mean_over_rows": 0.0,
    "whole_batch_sum": 1.0,
    "transposed_vector": -1.0,
    "mask_of_numbers": 70.0,
    "bias_along_examples": 1.0,
    "square_weights": 0.0,
    "keepdims_forgotten": 0.0,
    "best_example": 1.0,
    "reshaped": 50.0,
    "window": 50.0,
    "repeated_places": 100.0,
}
ROUGHLY = {"transposed_vector": 0.5, "mask_of_numbers": 3.0, "reshaped": 1.0, "window": 1.0}


def test_the_gallery_is_large_enough_and_every_bug_has_its_truth():
    assert len(BUGS) >= 8
    assert set(BUGS) == set(TRUTH)


@pytest.mark.parametrize("name", BUGS)
def test_the_repair_gives_the_known_number_and_the_bug_does_not(name):
    bug, tolerance = BUGS[name], ROUGHLY.get(name, 1e-12)
    assert abs(outcome(bug.fixed, bug, stream(0, name)) - TRUTH[name]) <= tolerance
    assert abs(outcome(bug.broken, bug, stream(0, name)) - TRUTH[name]) > 3 * tolerance


@pytest.mark.parametrize("name", BUGS)
def test_the_bug_is_silent_and_gives_finite_numbers(name):
    bug = BUGS[name]
    arguments = bug.example(stream(0, name))
    assert np.isfinite(bug.broken(*arguments)).all()  # warnings are errors in every test


@pytest.mark.parametrize("name", BUGS)
def test_the_check_fails_on_the_bug_and_passes_on_the_repair(name):
    bug = BUGS[name]
    assert complaint(bug.broken, bug, stream(0, name)) != ""
    assert complaint(bug.fixed, bug, stream(0, name)) == ""


def test_a_gallery_that_warns_would_be_noticed():
    loud = BUGS["keepdims_forgotten"]._replace(broken=lambda logits: np.log(-np.exp(logits)))
    with pytest.raises((RuntimeWarning, FloatingPointError)):
        outcome(loud.broken, loud, stream(0, "loud"))
