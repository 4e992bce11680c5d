"""Each check accepts what is right and is shown to refuse what is wrong."""

import numpy as np
import pytest

from shared.checks import (
    NonFiniteError,
    ShapeError,
    as_floats,
    as_labels,
    check_finite,
    check_not_negative,
    check_positive,
    check_shapes,
    check_weights,
    check_whole,
    gradient_error,
    is_constant,
    numerical_gradient,
    relative_error,
)
from shared.seeding import stream

# --- shapes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pattern, shapes, sizes",
    [
        ("X (N, D), y (N,)", [(5, 2), (5,)], {"N": 5, "D": 2}),
        ("loss ()", [()], {}),
        ("W (3, K), b (K,)", [(3, 4), (4,)], {"K": 4}),
        ("A (N, N)", [(3, 3)], {"N": 3}),
        ("X (N, D)", [(0, 2)], {"N": 0, "D": 2}),
    ],
)
def test_fitting_shapes_give_their_sizes(pattern, shapes, sizes):
    assert check_shapes(pattern, *map(np.zeros, shapes)) == sizes


@pytest.mark.parametrize(
    "pattern, shapes, message",
    [
        ("X (N, D), y (N,)", [(5, 2), (5, 1)],
         "y has shape (5, 1), expected (N,) with N = 5 from X (5, 2)"),
        ("X (N, D), y (N,)", [(5, 2), (4,)],
         "y has shape (4,), expected (N,) with N = 5 from X (5, 2)"),
        ("X (N, D), W (D, K), Y (N, K)", [(5, 2), (2, 3), (5, 4)],
         "Y has shape (5, 4), expected (N, K) with N = 5 from X (5, 2), K = 3 from W (2, 3)"),
        ("X (N, D)", [(5,)], "X has shape (5,), expected (N, D)"),
        ("W (3, K)", [(4, 2)], "W has shape (4, 2), expected (3, K)"),
        ("A (N, N)", [(3, 4)], "A has shape (3, 4), expected (N, N)"),
        ("loss ()", [(1,)], "loss has shape (1,), expected ()"),
    ],
)
def test_a_shape_error_names_both_shapes(pattern, shapes, message):
    with pytest.raises(ShapeError) as error:
        check_shapes(pattern, *map(np.zeros, shapes))
    assert str(error.value) == message


def test_a_pattern_and_its_arrays_are_as_many():
    with pytest.raises(TypeError, match="names 2 arrays, got 1"):
        check_shapes("X (N, D), y (N,)", np.zeros((5, 2)))


# --- finiteness --------------------------------------------------------------------------------


@pytest.mark.parametrize("array", [0.0, [1, 2], [], np.float32([[3e38]]), [True]])
def test_finite_arrays_pass(array):
    check_finite("x", array)


@pytest.mark.parametrize(
    "array, message",
    [
        (np.nan, "x is nan, the first of 1 non-finite of 1 values"),
        ([0.0, np.inf, np.nan], "x[1] is inf, the first of 2 non-finite of 3 values"),
        ([[1, 2], [3, -np.inf]], "x[1, 1] is -inf, the first of 1 non-finite of 4 values"),
    ],
)
def test_the_first_non_finite_value_is_named(array, message):
    with pytest.raises(NonFiniteError) as error:
        check_finite("x", array)
    assert str(error.value) == message


# --- numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values", [[1, 200], np.uint8([1, 200]), np.float32([1, 200]), np.float16([1, 200])]
)
def test_every_kind_of_number_becomes_float64(values):
    array = as_floats("x", values)
    assert array.dtype == np.float64 and (array + array).tolist() == [2.0, 400.0]


@pytest.mark.parametrize("values", [[1j], ["1"], [None], [[1], None]])
def test_what_is_no_number_is_named(values):
    with pytest.raises(TypeError, match=r"x holds .*, expected numbers"):
        as_floats("x", np.array(values, None if len(values) == 1 else object))


@pytest.mark.parametrize(
    "labels", [[True, False, True], np.array([1, 0, 1]) > 0, np.uint8([1, 0, 1]), [1, 0, 1]]
)
def test_labels_of_every_type_are_the_same_indices(labels):
    assert np.arange(5)[as_labels("y", labels, 2)].tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    "labels, num_classes, message",
    [
        ([0, -1], 3, r"y\[1\] is -1, expected 0 to 2"),
        ([0, -1], None, r"y\[1\] is -1, expected 0 or more"),
        (np.uint8([255]), 255, r"y\[0\] is 255, expected 0 to 254"),
        ([0.0, np.nan], 3, "y are float64, expected whole numbers"),
        (["0"], 3, "expected whole numbers"),
        ([[0], [1]], 3, r"y of \(a\) has shape \(2, 1\), expected \(N,\)"),
        (np.uint64([1, 2**63]), None, r"\[1\] is 9223372036854775808, expected 0 or more, below"),
    ],
)
def test_what_is_no_label_is_named(labels, num_classes, message):
    with pytest.raises(ValueError, match=message):
        as_labels("y of (a)" if np.ndim(labels) == 2 else "y", labels, num_classes)


SETTINGS = [
    (check_positive, [1e-300, 2, np.float32(0.1)], [0, -1, np.nan, np.inf]),
    (check_not_negative, [0, 0.0, 1e300], [-1e-300, np.nan, np.inf]),
    (check_whole, [1, 7, np.int64(3)], [0, -1, True, 1.0, np.nan, None]),
    (check_weights, [[0, 1], np.uint8([3])], [[0, 0], [1, -1], [1, np.nan], [], [np.inf]]),
]


@pytest.mark.parametrize("check, right, wrong", SETTINGS, ids=lambda f: getattr(f, "__name__", ""))
def test_settings_are_taken_or_named(check, right, wrong):
    for value in right:
        check("rate", value)
    for value in wrong:
        with pytest.raises(ValueError, match=r"^rate"):
            check("rate", value)


def test_a_constant_column_is_told_from_one_that_varies():
    columns = [[0.3, 0.1 + 0.2], [7, 7], [0, 1e-300], [-1.7e308, 1.7e308], [1e9, 1e9 + 1e-6]]
    assert is_constant(np.array(columns).T).tolist() == [True, True, False, False, False]
    assert is_constant(np.array([0.1] * 3))


# --- relative error ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "actual, expected, error",
    [
        ([3.0, 4.0], [3.0, 4.0], 0.0),
        ([0.0], [0.0], 0.0),
        ([], [], 0.0),
        ([0.0], [1e-300], 1.0),
        ([3.0, 4.0], [-3.0, -4.0], 2.0),
        ([0.0, 3.0], [0.0, 4.0], 0.25),
        ([3e-200, 0.0], [4e-200, 0.0], 0.25),
        ([3e200, 0.0], [4e200, 0.0], 0.25),
        (np.uint8([3]), np.uint8([4]), 0.25),
    ],
)
def test_relative_error_by_hand(actual, expected, error):
    assert relative_error(np.array(actual), np.array(expected)) == pytest.approx(error, abs=1e-15)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_non_finite_value_is_no_small_error(value):
    good, bad = np.array([1.0, 2.0]), np.array([1.0, value])
    for pair in ((good, bad), (bad, good), (bad, bad)):
        with pytest.raises(NonFiniteError, match=r"\[1\] is"):
            relative_error(*pair)


def test_a_row_against_a_column_is_refused_not_broadcast():
    with pytest.raises(ShapeError, match=r"\(3, 1\).*\(3,\)"):
        relative_error(np.zeros((3, 1)), np.zeros(3))


# --- gradients ---------------------------------------------------------------------------------

A = stream(0, "A").standard_normal((4, 3))


def bilinear(W):
    """sum(sin(W) * A), W (4, 3); its gradient is cos(W) * A."""
    return float(np.sum(np.sin(W) * A))


W = stream(0, "W").standard_normal((4, 3))
GRADIENT = np.cos(W) * A


def test_central_differences_by_hand():
    x = np.array([1.0, 2.0])
    x.setflags(write=False)  # it is not the caller's array that is moved
    slopes = numerical_gradient(lambda x: x[0] ** 2 + 3 * x[0] * x[1], x)
    assert slopes == pytest.approx([2 + 6, 3], rel=1e-9)


def test_a_function_that_fails_midway_leaves_x_as_it_was():
    x = np.array([1.0, 2.0])
    with pytest.raises(ZeroDivisionError):
        numerical_gradient(lambda moved: 1 / int(x[0] == moved[0]), x)
    assert x.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("size, far", [(1, 1e17), (3000, 1e10)])  # 1e-5 / sqrt(3000) is 2e-7
def test_a_step_that_is_lost_is_no_slope_of_zero(size, far):
    x = np.full(size, far)
    with pytest.raises(ValueError, match=r"the step .* is lost beside 1e\+1[07]"):
        gradient_error(lambda x: float(np.sum(x**2)), x, 0 * x, rng=stream(0, "far"))


def test_the_width_of_a_rounded_step_is_the_one_really_gone():
    """At 1e9 the neighbours of a float are 1.2e-7 away, so 1e-5 is rounded by half a per cent."""
    slope = numerical_gradient(lambda x: x[0] - 1e9, np.array([1e9]))
    assert slope == pytest.approx([1], rel=1e-12)
    x, rng = np.full(3000, 1e9), stream(0, "width")
    assert gradient_error(lambda x: np.sum(x - 1e9), x, np.ones(3000), rng=rng) < 1e-9


def test_the_right_gradient_passes():
    assert gradient_error(bilinear, W, GRADIENT) < 1e-9


WRONG = {
    "sign": -GRADIENT,
    "another function": np.sin(W) * A,
    "half": GRADIENT / 2,
    "a missing 1/n": GRADIENT * W.size,
    "zero": np.zeros_like(W),
    "noise": stream(0, "noise").standard_normal(W.shape),
    "one element": GRADIENT + 0.001 * (np.arange(12) == 7).reshape(4, 3),
    "rows swapped": GRADIENT[::-1],
    "1000": np.full_like(W, 1000.0),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_gradient_fails(wrong):
    assert gradient_error(bilinear, W, WRONG[wrong]) > 1e-5


def test_a_transposed_gradient_fails():
    with pytest.raises(ShapeError, match=r"\(3, 4\).*\(4, 3\)"):
        gradient_error(bilinear, W, GRADIENT.T)
    square = A[:3]
    error = gradient_error(lambda W: float(np.sum(W * square)), W[:3], square.T)
    assert error > 0.1


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_non_finite_gradient_or_loss_fails(value):
    wrong = np.where(np.arange(12).reshape(4, 3) == 7, value, GRADIENT)
    with pytest.raises(NonFiniteError, match=r"actual\[2, 1\]"):
        gradient_error(bilinear, W, wrong)
    with pytest.raises(NonFiniteError, match="expected"), np.errstate(invalid="ignore"):
        gradient_error(lambda W: value, W, GRADIENT)


def test_float32_is_refused():
    with pytest.raises(TypeError, match="checked in float64, x is float32"):
        gradient_error(bilinear, W.astype(np.float32), GRADIENT)


LARGE = stream(0, "large").standard_normal(10_000)


def cubes(x):
    """sum(x^3) / 3; its gradient is x^2."""
    return float(np.sum(x**3) / 3)


def large_error(gradient):
    return gradient_error(cubes, LARGE, gradient, rng=stream(0, "directions"))


def test_the_right_gradient_passes_in_random_directions():
    assert large_error(LARGE**2) < 1e-6


@pytest.mark.parametrize("place", [0, 1234, 9_999])
@pytest.mark.parametrize("by", [1.0, -0.1, 0.01])
def test_one_wrong_element_among_ten_thousand_fails(place, by):
    wrong = LARGE**2
    wrong[place] += by
    assert large_error(wrong) > 1e-6


def test_wrong_gradients_fail_in_random_directions():
    assert large_error(-(LARGE**2)) > 1
    assert large_error(LARGE**2 / 10_000) > 0.9
    assert large_error((LARGE**2)[::-1]) > 0.1
    with pytest.raises(NonFiniteError, match="actual"):
        large_error(np.where(np.arange(10_000) == 5, np.nan, LARGE**2))


def test_each_direction_is_drawn_anew():
    points = []
    gradient_error(lambda x: points.append(x) or 0.0, LARGE, 0 * LARGE, rng=stream(0, "anew"))
    assert np.linalg.matrix_rank(np.array(points[::2]) - points[1::2], tol=1e-7) == 20
    with pytest.raises(ValueError, match="directions is 0"):
        gradient_error(cubes, LARGE, LARGE, rng=stream(0, "none"), directions=0)


def test_random_directions_need_a_stream():
    with pytest.raises(TypeError, match="10000 elements: random directions need an rng"):
        gradient_error(cubes, LARGE, LARGE**2)
