"""One-example losses against hand-made numbers, PyTorch's, and finite differences."""

import math

import numpy as np
import pytest

from block02_classification.cross_entropy import (
    balanced_class_weights,
    binary_cross_entropy,
    binary_cross_entropy_gradient,
    cross_entropy,
    cross_entropy_gradient,
    log_softmax,
    log_sum_exp,
    mean_gradient,
    mean_loss,
    sigmoid,
    softmax,
    softmax_jacobian,
    squared_error,
    squared_error_gradient,
)
from block02_classification.proofs import golden
from shared.checks import gradient_error, numerical_gradient, relative_error
from shared.seeding import stream

LOGITS = [0.0, math.log(2), math.log(5)]  # probabilities 1/8, 2/8, 5/8


def random_logits(*shape):
    return 2 * stream(0, "logits", *shape).standard_normal(shape)


def test_by_hand():
    assert softmax(LOGITS) == pytest.approx([1 / 8, 2 / 8, 5 / 8])
    assert log_sum_exp(LOGITS) == pytest.approx(math.log(8))
    assert cross_entropy(LOGITS, 1) == pytest.approx(math.log(4))
    assert cross_entropy_gradient(LOGITS, 1) == pytest.approx([1 / 8, -6 / 8, 5 / 8])
    assert squared_error(LOGITS, 1) == pytest.approx((1 + 36 + 25) / 64)
    assert cross_entropy([7.0] * 10, 3) == pytest.approx(math.log(10))


def test_sigmoid_is_softmax_of_two():
    for z in (-3.0, 0.2, 40.0):
        assert sigmoid(z) == pytest.approx(softmax([0.0, z])[1])
        assert binary_cross_entropy(z, 1) == pytest.approx(cross_entropy([0.0, z], 1))
        assert binary_cross_entropy(z, 0) == pytest.approx(cross_entropy([0.0, z], 0))


@pytest.mark.parametrize("size", [30.0, 700.0, 1e4])
def test_huge_logits_stay_finite(size):
    logits = [size, -size, 0.0]
    assert sum(softmax(logits)) == pytest.approx(1)
    assert all(math.isfinite(z) for z in log_softmax(logits) + cross_entropy_gradient(logits, 1))
    assert cross_entropy(logits, 1) == pytest.approx(2 * size)
    for z in (size, -size):
        for y in (0, 1):
            assert math.isfinite(binary_cross_entropy(z, y))
            assert -1 <= binary_cross_entropy_gradient(z, y) <= 1


def test_a_shift_of_all_logits_changes_nothing():
    z = random_logits(6).tolist()
    assert log_softmax([v + 1234.0 for v in z]) == pytest.approx(log_softmax(z))


@pytest.mark.parametrize(
    ("loss", "gradient"),
    [(cross_entropy, cross_entropy_gradient), (squared_error, squared_error_gradient)],
)
def test_gradients_in_the_logits(loss, gradient):
    z = random_logits(5)
    for target in range(5):
        error = gradient_error(lambda v, t=target: loss(v, t), z, np.array(gradient(z, target)))
        assert error <= 1e-7


@pytest.mark.parametrize("y", [0, 1])
def test_the_binary_gradient(y):
    for z in (-2.0, 0.0, 3.0):
        slope = numerical_gradient(lambda v: binary_cross_entropy(v[()], y), np.array(z))
        assert binary_cross_entropy_gradient(z, y) == pytest.approx(float(slope), rel=1e-7)


def test_p_minus_y_is_the_jacobian_times_the_slope_of_the_log():
    """The chain rule written out: d(-log p_t)/dz_j = -1/p_t dp_t/dz_j."""
    p = softmax(LOGITS)
    row = softmax_jacobian(p)[1]
    assert cross_entropy_gradient(LOGITS, 1) == pytest.approx([-d / p[1] for d in row])


def test_the_jacobian_is_the_derivative_of_softmax():
    z = random_logits(4)
    measured = [numerical_gradient(lambda v, i=i: softmax(v)[i], z) for i in range(4)]
    assert relative_error(np.array(softmax_jacobian(softmax(z))), np.array(measured)) <= 1e-7


@pytest.mark.parametrize("name", ["plain", "weighted"])
def test_equals_pytorch(name):
    g = golden("cross_entropy")
    weights = g["weights"] if name == "weighted" else None
    logits, targets = g["logits"], g["targets"]
    assert mean_loss(logits, targets, weights) == pytest.approx(float(g[f"loss_{name}"]), rel=1e-12)
    ours = mean_gradient(logits, targets, weights)
    assert np.abs(ours - g[f"gradient_{name}"]).max() <= 1e-12


def test_the_binary_loss_equals_pytorch():
    g = golden("cross_entropy")
    pairs = list(zip(g["logits"][:, 0].tolist(), (g["targets"] % 2).tolist()))
    losses = [binary_cross_entropy(z, y) for z, y in pairs]
    assert losses == pytest.approx(g["binary_losses"], rel=1e-12, abs=1e-300)
    slopes = [binary_cross_entropy_gradient(z, y) for z, y in pairs]
    assert slopes == pytest.approx(g["binary_gradient"], abs=1e-15)


def test_a_class_weight_of_three_is_three_copies():
    logits, targets = random_logits(6, 2), np.array([0, 1, 0, 0, 1, 0])
    copies = np.repeat(np.arange(6), np.where(targets == 1, 3, 1))
    weighted = mean_loss(logits, targets, np.array([1.0, 3.0]))
    assert weighted == pytest.approx(mean_loss(logits[copies], targets[copies]))


def test_balanced_weights_give_each_class_the_same_total():
    targets = np.array([0, 2, 2, 1, 2, 2])
    weights = balanced_class_weights(targets, 3)
    totals = np.bincount(targets, weights[targets])
    assert totals == pytest.approx([2, 2, 2])
    with pytest.raises(ValueError, match="class 3 has no example"):
        balanced_class_weights(targets, 4)
    for wrong in ([0, 1, 2, -1], [0, 1, 2, 3], [0, 1, 2, math.nan]):
        with pytest.raises(ValueError, match="targets"):
            balanced_class_weights(wrong, 3)


@pytest.mark.parametrize(
    ("logits", "target", "says"),
    [
        ([0.0, 1.0], 2, "target is 2, expected 0 to 1"),
        ([0.0, 1.0], -1, "target is -1"),
        ([0.0, math.nan], 0, "NaN or an infinity"),
        ([0.0, math.inf], 0, "NaN or an infinity"),
        ([], 0, "expected 0 to -1"),
    ],
)
@pytest.mark.parametrize(
    "loss", [cross_entropy, cross_entropy_gradient, squared_error, squared_error_gradient]
)
def test_bad_examples_are_named(loss, logits, target, says):
    with pytest.raises(ValueError, match=says):
        loss(logits, target)


@pytest.mark.parametrize("function", [binary_cross_entropy, binary_cross_entropy_gradient])
@pytest.mark.parametrize(
    "z, y", [(0.0, 2), (0.0, 0.5), (0.0, math.nan), (math.nan, 1), (math.inf, 0)]
)
def test_bad_binary_examples_are_named(function, z, y):
    with pytest.raises(ValueError, match=r"y is|the logit is"):
        function(z, y)


def test_numpys_small_numbers_do_not_overflow():
    z = np.uint8([0, 200, 3])
    assert softmax(z) == softmax([0, 200, 3])
    assert log_softmax(z) == log_softmax([0, 200, 3])
    assert log_sum_exp(z) == 200.0
    assert sigmoid(np.uint8(3)) == sigmoid(3.0)
    assert binary_cross_entropy(np.uint8(3), np.uint8(1)) == binary_cross_entropy(3.0, 1)


def test_a_target_between_two_classes_is_none():
    for loss in (cross_entropy, cross_entropy_gradient, squared_error, squared_error_gradient):
        with pytest.raises(ValueError, match=r"target is (0\.5|nan)"):
            loss([0.0, 1.0], 0.5)
        assert np.array_equal(loss(LOGITS, True), loss(LOGITS, 1))


@pytest.mark.parametrize("mean", [mean_loss, mean_gradient])
def test_bad_batches_are_named(mean):
    with pytest.raises(ValueError, match="no examples"):
        mean(np.zeros((0, 3)), np.zeros(0, dtype=int))
    with pytest.raises(ValueError, match=r"targets has shape \(2,\)"):
        mean(np.zeros((3, 2)), np.zeros(2, dtype=int))
    with pytest.raises(ValueError, match="3 class weights for 2 classes"):
        mean(np.zeros((1, 2)), np.zeros(1, dtype=int), np.ones(3))
    with pytest.raises(ValueError, match="expected 0 or 1"):
        binary_cross_entropy(0.0, 2)
