"""The experiments measure what they say: on cases whose answer is known."""

from pathlib import Path

import numpy as np
import pytest

from block03_mlp_manual.experiments import checking, race, spiral, starts
from block03_mlp_manual.proofs import MISTAKES
from block03_mlp_manual.train import Settings
from shared.tests.block_run import metrics_of

RESULTS = Path(__file__).resolve().parent.parent / "results"
SHORT = Settings((64, 16, 10), 0.3, 32, 2)


def test_the_score_is_that_of_the_backward_pass_given():
    right = checking.score_with(MISTAKES["right"], 0, SHORT)
    noise = checking.score_with(MISTAKES["noise"], 0, SHORT)
    assert right > 0.7 and noise < 0.4


def test_each_best_rate_lies_inside_the_grid():
    for by_name in metrics_of(RESULTS, "over_the_rate").values():
        for found in by_name.values():
            if found["loss_mean"] < 1:  # it has learned something
                assert race.RATES[0] < found["best_rate"] < race.RATES[-1]


def test_the_summary_is_that_of_the_best_rate():
    ends = np.full((7, 2, 2), 3.0)
    ends[3] = [[0.1, 0.25], [0.3, 0.75]]  # loss, dead share of two seeds
    ends[4] = [[np.inf, 1.0], [0.0, 0.5]]
    found = race.summary(ends)
    assert found["best_rate"] == race.RATES[3]
    assert (found["loss_mean"], found["loss_sd"]) == (pytest.approx(0.2), pytest.approx(0.1))
    assert found["dead_share_at_best_rate"] == 0.5
    assert found["dead_share_one_rate_higher"] == 0.75


def test_the_lines_of_the_race_are_means_over_the_seeds():
    """A quick run has one seed, of which the mean is the first."""
    losses = np.array([0.1, 0.1, 0.4])
    ends = {(n, d): np.full((7, 3, 2), losses[:, None]) for n in race.RACERS for d in race.DEPTHS}
    for axis in race.draw(ends, 8).axes:
        _, labels = axis.get_legend_handles_labels()
        lines = [line.get_ydata() for line in axis.lines if line.get_label() in labels]
        assert len(lines) == 6 and np.allclose(lines, 0.2)


def test_a_large_rate_leaves_dead_relus_and_a_small_one_none():
    loss, dead = race.end_of_training(1, "ReLU, He", 5, 1.0, 4)
    assert dead > 0.1 and loss > 0.5
    assert race.end_of_training(1, "ReLU, He", 5, 0.1, 4)[1] < 0.05
    assert race.end_of_training(0, "ReLU, He", 5, 1e6, 1) == (np.inf, 1.0)


def test_no_ratio_where_no_error_comes_back():
    assert starts.ratio(np.array([starts.sizes_by_layer(0, "ReLU", "equal")]), starts.ERROR) is None
    sizes = np.array([[[8.0, 2.0, 1.0], [1.0, 1.0, 4.0]], [[2.0, 2.0, 1.0], [1.0, 1.0, 1.0]]])
    assert starts.ratio(sizes, starts.ERROR) == pytest.approx(4)  # geometric mean of 8 and 2
    assert starts.ratio(sizes, starts.GRADIENT) == pytest.approx(0.5)


def test_the_error_shrinks_by_the_formula():
    error = starts.sizes_by_layer(1, "ReLU", "too small")[starts.ERROR]
    factor = (error[0] / error[-1]) ** (1 / 18)
    assert factor == pytest.approx(0.01 * np.sqrt(64 / 2), rel=0.1)


def test_equal_units_are_counted_once():
    assert starts.different_units(np.array([[1.0, 1.0, 2.0], [0.0, 0.0, 0.0]])) == 2


def test_a_start_that_diverges_keeps_its_curve_and_ends_in_infinity():
    losses, _, _ = starts.train_from(0, "too large", 6, 0.1, 3)
    assert len(losses) == 4 and np.isfinite(losses[0]) and losses[-1] == np.inf


def test_the_straight_network_is_straight():
    layers, (_, y, _, y_fresh) = spiral.trained_network(0, "no hidden layer", quick=True)
    assert len(layers) == 1 and len(y) == 300 and len(y_fresh) == 3000


def test_the_error_of_the_check_falls_with_the_square_of_the_step():
    errors = checking.errors_by_step(3)
    assert errors[0] / errors[1] == pytest.approx(100, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(100, rel=0.1)
    distance, error = checking.on_the_kink(3)
    assert distance == pytest.approx(1e-6) and error > 1e-3
