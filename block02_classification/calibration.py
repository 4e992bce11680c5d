"""Does "90 % sure" come true nine times in ten? Reliability, its error, and temperature scaling.

The confidence of a prediction is its probability, the largest of the softmax. A model is
calibrated where, among the predictions of confidence c, a share c is right.
"""

import math
from typing import NamedTuple

import numpy as np

from block02_classification.cross_entropy import softmax
from shared.checks import (
    as_floats,
    as_labels,
    check_finite,
    check_positive,
    check_shapes,
    check_whole,
)

LOWEST, HIGHEST = 0.01, 100.0  # temperatures beyond these are a hard choice and a coin toss


# --- how far is confidence from accuracy? --------------------------------------------------------


class Reliability(NamedTuple):
    """Per bin of confidence, (bins,) each: how many, their mean confidence, the share right."""

    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray


def reliability(confidence, correct, bins=10):
    """Group predictions by confidence into equal bins (0, 0.1], (0.1, 0.2], ... (0.9, 1].

    confidence (N,) in [0, 1], correct (N,) of 0 and 1  ->  Reliability; an empty bin has zeros.
    Raises ValueError where there is nothing to group or a confidence is no probability.
    """
    confidence, correct = as_floats("confidence", confidence), as_floats("correct", correct)
    check_shapes("confidence (N,), correct (N,)", confidence, correct)
    check_finite("confidence", confidence)
    if len(confidence) == 0:
        raise ValueError("there are no predictions to group")
    if not 0 <= confidence.min() <= confidence.max() <= 1:
        raise ValueError("a confidence lies outside 0 to 1")
    if not np.isin(correct, (0, 1)).all():
        raise ValueError("correct must hold 0 and 1 alone")
    upper = np.arange(1, check_whole("bins", bins) + 1) / bins  # 0.07 * 100 is more than 7
    place = np.searchsorted(upper, confidence)  # (N,) the first bin whose end is not below; 0 too
    counts = np.bincount(place, minlength=bins)
    filled = np.maximum(counts, 1)
    return Reliability(
        counts,
        np.bincount(place, confidence, bins) / filled,
        np.bincount(place, correct, bins) / filled,
    )


def expected_calibration_error(confidence, correct, bins=10):
    """sum over bins of (count / N) |accuracy - mean confidence|: 0 is calibrated. -> float

    Source: Guo et al. 2017, eq. 3.

    >>> expected_calibration_error(np.array([0.8, 0.8, 0.8, 0.8]), np.array([1, 1, 0, 0]))
    0.30000000000000004
    """
    counts, sure, right = reliability(confidence, correct, bins)
    return float(np.sum(counts / counts.sum() * np.abs(right - sure)))


def error_by_chance(confidence, rng, draws=20):
    """The calibration error that chance leaves where every confidence is true: mean of the draws.

    Each draw makes answer n right with probability confidence[n]: (N,) -> float
    """
    confidence = as_floats("confidence", confidence)
    right = rng.random((draws, len(confidence))) < confidence  # (draws, N)
    return float(np.mean([expected_calibration_error(confidence, row) for row in right]))


# --- one number that repairs much of it ----------------------------------------------------------


def temperature_slope(logits, targets, temperature):
    """d/dT of the mean cross-entropy of logits / T: mean(z_target - sum_k p_k z_k) / T^2.

    p is the softmax of z / T. logits (N, K), targets (N,), T > 0  ->  float
    """
    logits = as_floats("logits", logits)
    K = check_shapes("logits (N, K), targets (N,)", logits, targets)["K"]
    targets = as_labels("targets", targets, K)
    check_positive("temperature", temperature)
    slope = 0.0
    for z, target in zip(logits.tolist(), targets.tolist()):
        p = softmax([z_k / temperature for z_k in z])
        slope += z[target] - sum(p_k * z_k for p_k, z_k in zip(p, z))
    return slope / len(targets) / temperature**2


def fit_temperature(logits, targets, halvings=40):
    """The T whose logits / T have the least cross-entropy, by bisection on the sign of the slope.

    In 1 / T the loss is convex, so the slope changes sign once at most. T > 1 softens, T < 1
    sharpens; no order of logits changes, so neither does any predicted class.
    Ends at 100 where even a coin toss is better than the logits, at 0.01 where all are right.
    Source: Guo et al. 2017, section 4.2.
    """
    logits = as_floats("logits", logits)
    check_finite("logits", logits)
    if len(targets) == 0:
        raise ValueError("there are no examples to fit a temperature on")
    low, high = LOWEST, HIGHEST
    for _ in range(check_whole("halvings", halvings)):
        middle = math.sqrt(low * high)
        if temperature_slope(logits, targets, middle) >= 0:  # 0: rounded off, all are right
            high = middle
        else:
            low = middle
    return math.sqrt(low * high)
