"""Pictures: equal bytes in every process, the right kind, and one look without global state."""

import hashlib
import os
import struct
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from shared import plots
from shared.seeding import stream

ROOT = Path(__file__).resolve().parent.parent.parent


def gallery():
    """One figure with each kind of picture."""
    figure, axes = plots.new_figure("One of each", rows=2, columns=2, width=6, height=4)
    rng = stream(0, "gallery")
    X = rng.standard_normal((40, 2))
    steps = np.arange(20)
    plots.loss_curves(axes[0], {"train": (steps, np.exp(-steps)), "val": (steps, 1 / (1 + steps))})
    plots.label(axes[0], "step", "loss (nats)", "curves")
    plots.histogram(axes[1], {"a": rng.random(200), "b": rng.standard_normal((20, 10))})
    plots.heat_map(axes[2], rng.random((3, 2)), ["x", "y", "z"], ["p", "q"], number_format=".2f")
    plots.decision_boundary(
        axes[3], lambda Z: (Z[:, 0] > 0).astype(int), X, X[:, 0] > 0.1, resolution=30
    )
    return figure, axes


def gallery_with_a_line_of_its_own():
    """What a block draws on the axes without this module's help."""
    figure, axes = gallery()
    axes[1].plot([0, 1], [9, 9], label="mean")
    axes[1].legend()
    return hashlib.sha256(plots.png(figure)).hexdigest()


PROGRAM = """
import sys
from shared.tests.test_plots import gallery_with_a_line_of_its_own
print(gallery_with_a_line_of_its_own())
assert "matplotlib.pyplot" not in sys.modules
"""


@pytest.fixture(scope="module")
def gallery_png():
    return plots.png(gallery()[0])


# Each of these would show in every picture, or stop it (there is no TeX).
RC = {"text.usetex": True, "font.size": 30, "savefig.bbox": "tight", "lines.linewidth": 9,
      "savefig.transparent": True, "legend.fontsize": 3, "hist.bins": 3, "image.cmap": "gray",
      "axes.grid": False, "figure.dpi": 30, "scatter.marker": "x", "patch.facecolor": "red",
      "axes.titlelocation": "right", "path.sketch": (9, 9, 9)}


def test_another_process_with_another_matplotlibrc_draws_equal_bytes(tmp_path):
    lines = [f"{name}: {value}".replace("(9, 9, 9)", "9, 9, 9") for name, value in RC.items()]
    (tmp_path / "matplotlibrc").write_text("\n".join(lines))
    environment = os.environ | {"PYTHONHASHSEED": "77", "MATPLOTLIBRC": str(tmp_path)}
    command = [sys.executable, "-c", PROGRAM]
    there = subprocess.check_output(command, cwd=ROOT, env=environment, text=True).strip()
    assert there == gallery_with_a_line_of_its_own()


def test_settings_made_later_change_nothing_either(gallery_png):
    with matplotlib.rc_context(RC):
        assert plots.png(gallery()[0]) == gallery_png


def test_a_png_has_the_size_it_was_asked_for_and_no_version_in_it(gallery_png):
    content = gallery_png
    assert content[:8] == b"\x89PNG\r\n\x1a\n" and content.endswith(b"IEND\xaeB`\x82")
    assert struct.unpack(">II", content[16:24]) == (6 * plots.DPI, 4 * plots.DPI)
    assert b"Software" not in content and b"matplotlib" not in content


def test_another_figure_has_other_bytes():
    figure, axes = plots.new_figure("Loss", width=2, height=1)
    plots.loss_curves(axes[0], {"train": ([0, 1], [2.0, 1.0])})
    before = plots.png(figure)
    axes[0].lines[0].set_color("#000000")
    assert plots.png(figure) != before


def test_global_state_is_left_alone():
    names = [name for name in matplotlib.rcParams if name != "backend"]
    before = [matplotlib.rcParams[name] for name in names]
    plots.png(gallery()[0])
    assert [matplotlib.rcParams[name] for name in names] == before


def test_labels_and_legend():
    _, axes = gallery()
    assert (axes[0].get_xlabel(), axes[0].get_ylabel()) == ("step", "loss (nats)")
    assert [text.get_text() for text in axes[0].get_legend().get_texts()] == ["train", "val"]
    plots.label(axes[2], "column", "row")
    assert axes[2].get_legend() is None


def test_a_curve_goes_through_its_steps_and_losses():
    _, axes = plots.new_figure("Loss")
    plots.loss_curves(axes[0], {"a": ([3, 5, 9], [4.0, 2.0, 1.0]), "b": ([0, 7], [8.0, 6.0])})
    drawn = {line.get_label(): line.get_xydata().tolist() for line in axes[0].lines}
    assert drawn == {"a": [[3, 4], [5, 2], [9, 1]], "b": [[0, 8], [7, 6]]}


@pytest.mark.parametrize("lowest, scale", [(0.1, "log"), (0.0, "linear"), (-1.0, "linear")])
def test_losses_are_logarithmic_where_they_can_be(lowest, scale):
    _, axes = plots.new_figure("Loss")
    plots.loss_curves(axes[0], {"train": ([0, 1], [2.0, lowest]), "low": ([0, 1], [2.0, 0.1])})
    assert axes[0].get_yscale() == scale


def test_histograms_share_their_bins_and_lose_nothing():
    _, axes = plots.new_figure("Two")
    plots.histogram(axes[0], {"a": np.arange(10.0), "b": np.arange(5.0, 50.0)}, bins=7)
    bars = [[(bar.get_x(), bar.get_height()) for bar in group] for group in axes[0].containers]
    assert [x for x, _ in bars[0]] == [x for x, _ in bars[1]] and len(bars[0]) == 7
    assert [sum(height for _, height in group) for group in bars] == [10, 45]


def test_a_heat_map_shows_every_number_at_its_place_in_readable_ink():
    _, axes = plots.new_figure("Map")
    matrix = np.array([[0.0, 1.0, 0.75], [0.25, 0.5, 0.125]])
    plots.heat_map(axes[0], matrix, "ab", "pqr", number_format=".3f")
    assert np.array_equal(axes[0].images[0].get_array(), matrix)
    shown = {text.get_position(): text.get_text() for text in axes[0].texts}
    assert shown == {(j, i): f"{value:.3f}" for (i, j), value in np.ndenumerate(matrix)}
    assert [text.get_color() for text in axes[0].texts][:2] == ["white", "black"]
    names = [[text.get_text() for text in axis.get_ticklabels()]
             for axis in (axes[0].yaxis, axes[0].xaxis)]
    assert names == [["a", "b"], ["p", "q", "r"]]
    with pytest.raises(ValueError, match="3 names for 2 rows"):
        plots.heat_map(axes[0], matrix, "pqr")


@pytest.mark.parametrize("limits, shown", [(None, (0.5, 3.0)), ((-4.0, 4.0), (-4.0, 4.0))])
def test_the_colours_of_a_heat_map_end_where_they_are_told_or_with_the_numbers(limits, shown):
    figure, axes = plots.new_figure("Map")
    plots.heat_map(axes[0], np.array([[0.5, 1.0], [2.0, 3.0]]), limits=limits)
    assert axes[0].images[0].get_clim() == shown
    assert len(figure.axes) == 2  # without numbers in the cells a bar tells the colours


def test_a_decision_boundary_asks_for_the_plane_around_the_points():
    seen = []

    def predict(points):
        seen.append(points)
        return np.where(points[:, 0] > 0.8, 2, points[:, 1] > 15)  # right, else above and below

    _, axes = plots.new_figure("Plane")
    X = np.array([[0.0, 10.0], [1.0, 20.0]])
    plots.decision_boundary(axes[0], predict, X, np.array([0, 1]), resolution=5)
    assert seen[0].shape == (25, 2)
    assert seen[0].min(axis=0) == pytest.approx([-0.08, 9.2])
    assert seen[0].max(axis=0) == pytest.approx([1.08, 20.8])
    assert axes[0].get_legend_handles_labels()[1] == ["class 0", "class 1"]
    regions, zero, one = axes[0].collections
    assert regions.get_array().reshape(5, 5)[[0, 4]].tolist() == [[0, 0, 0, 0, 2], [1, 1, 1, 1, 2]]
    assert [c.get_offsets().tolist() for c in (zero, one)] == [[[0, 10]], [[1, 20]]]
    with pytest.raises(ValueError, match=r"y\[0\] is -1"):
        plots.decision_boundary(axes[0], predict, X, np.array([-1, 1]))


def test_the_palette_is_told_apart_in_grey_too():
    red, green, blue = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)]
                                 for c in plots.COLOURS]).T
    grey = 0.299 * red + 0.587 * green + 0.114 * blue
    assert len(set(plots.COLOURS)) == len(plots.MARKERS) == 8
    assert np.abs(np.diff(grey[:2])) > 15
