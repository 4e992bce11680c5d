"""The checks of a block's run notice what they are for."""

import pytest

from shared.plots import label, new_figure
from shared.tests.block_run import assert_within, differences, picture


def test_a_number_outside_its_band_and_an_uncaught_bug_fail():
    headline = {"loss": 0.5, "planted_bugs": 3, "planted_bugs_caught": 3}
    assert_within(headline, {"loss": (0, 1)})
    with pytest.raises(AssertionError, match=r"loss is 0\.5"):
        assert_within(headline, {"loss": (0, 0.4)})
    with pytest.raises(AssertionError):
        assert_within(headline | {"planted_bugs_caught": 2}, {})
    with pytest.raises(AssertionError):
        assert_within(headline | {"op_planted_bugs": 1, "op_planted_bugs_caught": 0}, {})


OLD = {"a": {"loss": [0.5, 2]}, "error": 3e-16, "rows": 1317, "name": "He", "none": None,
       "yes": True}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"a": {"loss": [0.501, 2]}}, "a.loss.0"),
        ({"a": {"loss": [0.5, 3]}}, "a.loss.1"),
        ({"a": {"loss": [0.5]}}, "a"),
        ({"a": {}}, "a"),
        ({"error": 3e-3}, "error"),
        ({"rows": 1318}, "rows"),
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


@pytest.mark.parametrize("change", [
    lambda figure, axes: figure.suptitle("Five seeds"),
    lambda figure, axes: axes.get_legend().remove(),
    lambda figure, axes: axes.set_xticks([0, 1, 2], ["0.1", "1", "10"]),
    lambda figure, axes: axes.set(ylim=(0, 2)),
    lambda figure, axes: axes.set(xlabel="loss", ylabel="step"),
    lambda figure, axes: axes.lines[0].set_ydata([1, 3, 2]),
])
def test_a_changed_picture_is_noticed(change):
    shown = []
    for last in (lambda figure, axes: None, change):
        figure, (axes,) = new_figure("Two seeds")
        axes.plot([0, 1, 2], [1, 2, 3], label="train")
        label(axes, "step", "loss")
        axes.set_xticks([0, 1, 2], ["0", "1", "2"])
        last(figure, axes)
        shown.append(picture(figure))
    assert [*differences(*shown)]
