"""What is special about the hidden bugs; test_shape_bugs.py runs the whole gallery."""

import numpy as np
import pytest

from block00_toolbox import hidden_shape_bugs as hidden


@pytest.mark.parametrize(
    ("check", "broken", "coinciding"),
    [
        (hidden.check_scores, hidden.scores_broken, 4),
        (hidden.check_layer, hidden.layer_broken, 4),
        (hidden.check_shares, hidden.shares_broken, 3),
        (hidden.check_predicted, hidden.predicted_broken, 10),
    ],
)
def test_where_sizes_coincide_the_check_is_blind(check, broken, coinciding):
    check(broken, coinciding)
    for other in (coinciding + 1, coinciding + 3):
        with pytest.raises(ValueError):
            check(broken, other)


def test_must_agree_lets_rounding_pass_and_nothing_else():
    hidden.must_agree(np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-15]))
    with pytest.raises(ValueError, match="the numbers differ: relative error"):
        hidden.must_agree(np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-9]))
    with pytest.raises(ValueError, match="shape"):
        hidden.must_agree(np.array([1.0, 2.0]), np.array([[1.0, 2.0]]))
    with pytest.raises(ValueError, match="nan"):
        hidden.must_agree(np.array([np.nan]), np.array([np.nan]))
