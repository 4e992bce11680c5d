"""The checker itself: right on known derivatives, loud on wrong ones, equal to the shared one."""

import numpy as np
import pytest

from block03_mlp_manual.experiments.checking import worst_error
from block03_mlp_manual.gradient_check import (
    central_difference,
    check_gradients,
    distance_to_kink,
    numerical_gradient,
    relative_error,
    smallest_share,
)
from block03_mlp_manual.proofs import MISTAKES, all_gradient_errors, can_be_checked
from shared import checks
from shared.seeding import stream


def test_a_parabola_has_no_error_but_rounding():
    p = np.array([1.0, -2.0])
    assert central_difference(lambda: p[1] ** 2, p, 1) == pytest.approx(-4, abs=1e-10)
    assert p.tolist() == [1, -2]  # put back


def test_the_error_of_a_cubic_is_the_step_squared():
    p = np.array([2.0])
    measured = central_difference(lambda: p[0] ** 3, p, 0, step=0.1)
    assert measured == pytest.approx(12 + 0.1**2)


def test_equals_the_shared_checker():
    x = stream(0, "checker").standard_normal((3, 4))
    ours = numerical_gradient(lambda: float(np.sum(np.sin(x) * x)), x)
    theirs = checks.numerical_gradient(lambda v: float(np.sum(np.sin(v) * v)), x)
    assert ours == pytest.approx(theirs, abs=1e-12)
    assert relative_error(ours, 1.1 * ours) == checks.relative_error(ours, 1.1 * ours)
    claimed = np.cos(x) * x + np.sin(x)
    found = check_gradients(lambda: float(np.sum(np.sin(x) * x)), [x], [claimed])[0]
    shared = checks.gradient_error(lambda v: float(np.sum(np.sin(v) * v)), x, claimed)
    assert found == pytest.approx(shared, rel=1e-6)
    assert found < 1e-9


def test_1000_is_not_the_derivative_of_exp():
    x = np.array([1.0])
    assert check_gradients(lambda: float(np.exp(x[0])), [x], [np.array([1000.0])])[0] > 0.9


def test_relative_error_by_hand():
    right = np.array([3.0, 4.0])
    assert relative_error(right, right) == 0
    assert relative_error(0 * right, right) == 1
    assert relative_error(-right, right) == 2
    assert relative_error(2 * right, right) == 0.5
    assert relative_error(np.zeros(2), np.zeros(2)) == 0


@pytest.mark.parametrize("name", MISTAKES)
def test_every_mistake_is_seen_and_the_right_one_passes(name):
    error = worst_error(MISTAKES[name], 5)
    assert error <= 1e-7 if name == "right" else error > 1e-2


def test_every_gradient_of_every_kind_of_network_passes():
    errors = all_gradient_errors(7)
    assert len(errors) == 3 * 2 * 4  # activations, losses, depths
    assert max(map(max, errors.values())) <= 1e-7


def test_what_cannot_be_checked_is_told():
    gradients = [np.array([3.0, 4.0]), np.array([0.05]), np.array([1.0])]
    assert smallest_share(gradients) == pytest.approx(0.01)
    inputs = [np.array([[0.7, 3.0]]), np.array([[-0.2, 0.3]]), np.array([[0.5]])]
    assert distance_to_kink(inputs) == 0.2
    fine, small = [np.ones(2), np.ones(1)], [np.ones(2), np.full(1, 1e-4)]
    assert can_be_checked(fine, [np.ones((2, 2))])
    assert not can_be_checked(small, [np.ones((2, 2))])
    assert not can_be_checked(fine, [np.full((2, 2), -1e-4)])


def test_the_number_is_put_back_even_where_the_loss_fails():
    x = np.array([3.0, 5.0])

    def fails():
        if x[1] > 5:
            raise FloatingPointError
        return 0.0

    with pytest.raises(FloatingPointError):
        numerical_gradient(fails, x)
    assert x.tolist() == [3, 5]


def test_the_scale_of_the_gradients_does_not_matter():
    x = np.array([1.0])
    assert check_gradients(lambda: 1e-200 * x[0], [x], [np.array([-1e-200])])[0] == pytest.approx(2)
    tiny = [np.full(3, 1e-200), np.full(3, 1e-202)]
    assert smallest_share(tiny) == pytest.approx(0.01)
    assert smallest_share([np.zeros(2), np.zeros(1)]) == 0
    for function in (smallest_share, distance_to_kink):
        with pytest.raises(ValueError, match="nan"):
            function([np.ones(2), np.array([np.nan])])


def test_a_step_that_is_lost_is_no_slope_of_zero():
    x = np.array([1.0, 1e17])
    with pytest.raises(ValueError, match=r"the step .* is lost beside 1e\+17"):
        check_gradients(lambda: float(x @ x), [x], [np.zeros(2)])
    x = np.array([1e9])  # the step is rounded by half a per cent, and divided by as it is
    assert numerical_gradient(lambda: x[0] - 1e9, x) == pytest.approx([1], rel=1e-12)


def test_bad_arguments_are_named():
    for index in (slice(None), True):
        with pytest.raises(TypeError, match="numbers, expected one"):
            central_difference(lambda: 0.0, np.ones(2), index)
    for step in (0, -1, np.nan):
        with pytest.raises(ValueError, match="step is"):
            central_difference(lambda: 0.0, np.ones(2), 0, step)
    with pytest.raises(TypeError, match="int64"):
        central_difference(lambda: 0.0, np.ones(2, dtype=np.int64), 0)
    x = np.ones(2)
    with pytest.raises(ValueError, match=r"actual has shape \(3,\), expected has \(2,\)"):
        check_gradients(lambda: 0.0, [x], [np.ones(3)])
    with pytest.raises(ValueError, match="1 parameters, but 2 gradients"):
        check_gradients(lambda: 0.0, [x], [x, x])
    with pytest.raises(ValueError, match=r"actual\[0\] is nan"):
        check_gradients(lambda: 0.0, [x], [np.array([np.nan, 0.0])])
    with pytest.raises(TypeError, match="float32"):
        numerical_gradient(lambda: 0.0, np.ones(2, dtype=np.float32))
