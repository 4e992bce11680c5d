"""Reliability by hand and by simulation; the temperature against its slope and a search."""

import numpy as np
import pytest

from block02_classification.calibration import (
    HIGHEST,
    LOWEST,
    error_by_chance,
    expected_calibration_error,
    fit_temperature,
    reliability,
    temperature_slope,
)
from block02_classification.cross_entropy import mean_loss
from shared.checks import gradient_error
from shared.losses import softmax
from shared.seeding import stream


def test_bins_by_hand():
    confidence = np.array([0.0, 0.1, 0.11, 0.6, 1.0, 1.0])
    bins = reliability(confidence, np.array([0, 1, 0, 1, 1, 0]))
    assert bins.counts.tolist() == [2, 1, 0, 0, 0, 1, 0, 0, 0, 2]
    assert bins.confidence[[0, 1, 5, 9]] == pytest.approx([0.05, 0.11, 0.6, 1.0])
    assert bins.accuracy[[0, 1, 5, 9]] == pytest.approx([0.5, 0.0, 1.0, 0.5])


def test_a_confidence_at_the_end_of_a_bin_belongs_to_it():
    """0.07 * 100 is 7.000000000000001, yet 0.07 ends the bin (0.06, 0.07]."""
    ends = np.arange(1, 101) / 100
    assert reliability(ends, np.ones(100), bins=100).counts.tolist() == [1] * 100


@pytest.mark.parametrize("bins", [10, 100])
def test_a_confidence_a_hair_above_the_end_of_a_bin_belongs_to_the_next(bins):
    """3 * 0.1 is 0.30000000000000004, yet the bin (0.2, 0.3] ends at 0.3."""
    above = np.nextafter(np.arange(bins) / bins, 1)
    assert reliability(above, np.ones(bins), bins).counts.tolist() == [1] * bins


def test_lists_and_booleans_are_grouped_too():
    assert reliability([0, 1, 1], [False, True, True]).counts.tolist() == [1] + 8 * [0] + [2]


def test_error_by_hand():
    confidence, correct = np.array([0.95, 0.95, 0.95, 0.55]), np.array([1, 1, 0, 0])
    expected = 3 / 4 * abs(2 / 3 - 0.95) + 1 / 4 * 0.55
    assert expected_calibration_error(confidence, correct) == pytest.approx(expected)


def test_what_chance_leaves_is_the_mean_distance_of_a_coin():
    found = error_by_chance(np.full(400, 0.45), stream(0, "chance"), draws=4000)
    assert found == pytest.approx(np.sqrt(2 / np.pi * 0.45 * 0.55 / 400), rel=0.05)


def test_true_probabilities_are_calibrated():
    rng = stream(0, "calibrated")
    confidence = rng.random(100_000)
    correct = (rng.random(100_000) < confidence).astype(int)
    assert expected_calibration_error(confidence, correct) < 0.01
    assert expected_calibration_error(np.sqrt(confidence), correct) > 0.1


def overconfident(N=400, factor=3.0):
    """Logits `factor` times as large as those the targets were drawn from."""
    rng = stream(0, "overconfident", N)
    logits = rng.standard_normal((N, 4))
    chances = softmax(logits)
    targets = (rng.random(N)[:, None] > np.cumsum(chances, axis=1)).sum(axis=1)
    return factor * logits, np.minimum(targets, 3)


@pytest.mark.parametrize("temperature", [0.7, 1.0, 4.0])
def test_slope_by_differences(temperature):
    logits, targets = overconfident()
    slope = np.array(temperature_slope(logits, targets, temperature))
    loss = lambda t: mean_loss(logits / t, targets)  # noqa: E731
    assert gradient_error(loss, np.array(temperature), slope) <= 1e-7


def test_the_slope_vanishes_at_the_fitted_temperature():
    logits, targets = overconfident()
    fitted = fit_temperature(logits, targets)
    assert abs(temperature_slope(logits, targets, fitted)) < 1e-9
    tried = np.linspace(0.5, 9, 60)
    assert mean_loss(logits / fitted, targets) <= min(mean_loss(logits / t, targets) for t in tried)


def test_a_known_temperature_is_found():
    assert fit_temperature(*overconfident(1500, factor=5.0)) == pytest.approx(5, rel=0.1)


def test_scaling_the_logits_scales_the_temperature():
    logits, targets = overconfident()
    twice = fit_temperature(2 * logits, targets)
    assert twice == pytest.approx(2 * fit_temperature(logits, targets), rel=1e-6)


def test_no_best_temperature_ends_at_the_bounds():
    logits = np.array([[2.0, 0.0], [0.0, 2.0]])
    assert fit_temperature(logits, np.array([0, 1])) == pytest.approx(LOWEST, rel=1e-6)
    assert fit_temperature(logits, np.array([1, 0])) == pytest.approx(HIGHEST, rel=1e-6)
    # So large that each p is 0 or 1 and the slope 0: still all right, so still the lowest.
    assert fit_temperature(1e4 * logits, np.array([0, 1])) == pytest.approx(LOWEST, rel=1e-6)


@pytest.mark.parametrize("factor, ends", [(5.0, (10, 10**0.5)), (0.2, (0.1, 0.1 * 10**0.5))])
def test_each_halving_halves_the_number_of_digits(factor, ends):
    """Of 0.01 to 100 one half is above 1, and a quarter from 1 to 10: the middles are factors."""
    logits, targets = overconfident(factor=factor)
    for halvings, end in enumerate(ends, start=1):
        assert fit_temperature(logits, targets, halvings) == pytest.approx(end)


@pytest.mark.parametrize(
    ("confidence", "says"),
    [
        (np.array([0.5, 1.2]), "outside 0 to 1"),
        (np.array([-0.1, 0.5]), "outside 0 to 1"),
        (np.array([0.5, np.nan]), r"confidence\[1\] is nan"),
        (np.array([0.5]), r"correct has shape \(2,\)"),
    ],
)
def test_bad_confidences_are_named(confidence, says):
    with pytest.raises(ValueError, match=says):
        reliability(confidence, np.array([0, 1]))


def test_bad_arguments_are_named():
    logits, targets = overconfident(20)
    for bins in (0, -1, 2.5):
        with pytest.raises(ValueError, match=f"bins is {bins}"):
            reliability(np.ones(1), np.ones(1), bins)
    for correct in (2, -1, np.nan, 0.5):
        with pytest.raises(ValueError, match="correct must hold 0 and 1"):
            reliability(np.ones(1), np.array([correct]))
    for temperature in (0, -1, np.nan):
        with pytest.raises(ValueError, match="temperature is"):
            temperature_slope(logits, targets, temperature)
    with pytest.raises(ValueError, match="halvings is 0"):
        fit_temperature(logits, targets, halvings=0)


@pytest.mark.parametrize("function", [fit_temperature, lambda z, t: temperature_slope(z, t, 1.0)])
@pytest.mark.parametrize("target", [-1, 3, np.nan])
def test_a_target_that_is_no_class_is_named(function, target):
    with pytest.raises(ValueError, match="targets"):
        function(np.eye(3), np.array([0, 1, target]))


def test_nothing_to_fit_is_named():
    with pytest.raises(ValueError, match="no predictions"):
        reliability(np.zeros(0), np.zeros(0))
    with pytest.raises(ValueError, match="no examples"):
        fit_temperature(np.zeros((0, 3)), np.zeros(0, int))
    with pytest.raises(ValueError, match=r"logits\[0, 1\] is inf"):
        fit_temperature(np.array([[0.0, np.inf]]), np.array([0]))
