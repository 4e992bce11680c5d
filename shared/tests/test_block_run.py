"""The checks of a block's run notice what they are for."""

import pytest

from shared.tests.block_run import assert_within, differences


def test_a_number_outside_its_band_and_an_uncaught_bug_fail():
    headline = {"loss": 0.5, "planted_bugs": 3, "planted_bugs_caught": 3}
    assert_within(headline, {"loss": (0, 1)})
    with pytest.raises(AssertionError, match=r"loss is 0\.5"):
        assert_within(headline, {"loss": (0, 0.4)})
    with pytest.raises(AssertionError):
        assert_within(headline | {"planted_bugs_caught": 2}, {})
    with pytest.raises(AssertionError):
        assert_within(headline | {"op_planted_bugs": 1, "op_planted_bugs_caught": 0}, {})


OLD = {"a": {"loss": [0.5, 2]}, "error": 3e-16, "name": "He", "none": None, "yes": True}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"a": {"loss": [0.501, 2]}}, "a.loss.0"),
        ({"a": {"loss": [0.5, 3]}}, "a.loss.1"),
        ({"a": {"loss": [0.5]}}, "a"),
        ({"a": {}}, "a"),
        ({"error": 3e-3}, "error"),
        ({"name": "Xavier"}, "name"),
        ({"none": 0.0}, "none"),
        ({"more": 1}, "is"),
    ],
)
def test_a_changed_metric_is_named(change, place):
    found = list(differences(OLD | change, OLD))
    assert len(found) == 1 and place in found[0]


def test_last_bits_are_no_difference():
    assert not list(differences(OLD | {"a": {"loss": [0.50001, 2]}, "error": 9e-16}, OLD))
