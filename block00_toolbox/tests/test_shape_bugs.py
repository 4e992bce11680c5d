"""The gallery: each bug is silent and wrong, each repair right, and each check tells them apart."""

import numpy as np
import pytest

from block00_toolbox.experiments.symptoms import SYMPTOMS
from block00_toolbox.hidden_shape_bugs import BUGS
from block00_toolbox.shape_bugs import VISIBLE
from shared.seeding import stream

# What the number should be, known without running either function, and how nearly.
TRUTH = {
    "column_against_row": (0, 0),
    "mean_over_rows": (0, 1e-12),
    "whole_batch_sum": (1, 1e-12),
    "transposed_vector": (-1, 0.5),
    "mask_of_numbers": (70, 3),
    "bias_along_examples": (1, 0),
    "square_weights": (0, 0),
    "keepdims_forgotten": (0, 1e-12),
    "best_example": (1, 0),
    "reshaped": (50, 1),
    "window": (50, 1),
    "repeated_places": (100, 0),
}
each = pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda symptom: symptom.__name__)


def test_every_bug_has_its_symptom_and_its_truth():
    assert [s.__name__ for s in SYMPTOMS] == list(BUGS) == list(TRUTH)


@each
@pytest.mark.parametrize("seed", range(3))
def test_the_repair_gives_the_known_number_and_the_bug_does_not(symptom, seed):
    """Warnings are errors in every test, so a bug that comes back is silent."""
    bug, (truth, tolerance) = BUGS[symptom.__name__], TRUTH[symptom.__name__]
    fixed, broken = (symptom(f, stream(seed, "truth")) for f in (bug.fixed, bug.broken))
    assert abs(fixed - truth) <= tolerance
    assert abs(broken - truth) > max(0.05, 2 * tolerance)


@each
def test_the_check_fails_on_the_bug_and_passes_on_the_repair(symptom):
    bug = BUGS[symptom.__name__]
    bug.check(bug.fixed)
    with pytest.raises(ValueError):
        bug.check(bug.broken)


@each
def test_the_result_of_a_visible_bug_has_a_wrong_shape_and_of_a_hidden_one_the_right(symptom):
    bug, shapes_seen = BUGS[symptom.__name__], []

    def watched(function):
        def call(*arguments):
            result = function(*arguments)
            shapes_seen.append(np.shape(result))
            return result

        return call

    for function in (bug.broken, bug.fixed):
        symptom(watched(function), stream(0, "shapes"))
    assert (shapes_seen[0] != shapes_seen[1]) == (symptom.__name__ in VISIBLE)
