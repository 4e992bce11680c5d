"""Layer and batch norm against PyTorch's golden file, finite differences and their invariants."""

import numpy as np
import pytest

from block04_training.normalisation import BatchNorm, layer_norm, norm, norm_backward, normalise
from block04_training.proofs import load_golden
from shared.checks import gradient_error
from shared.seeding import stream


@pytest.fixture(scope="module")
def golden():
    return load_golden("norms")


def trained_batch_norm(golden):
    """The layer after the golden batches, with what its last forward returned."""
    layer = BatchNorm(5)
    layer.gain, layer.bias = golden["gain"], golden["bias"]
    for x in golden["batches"]:
        y, kept = layer.forward(x)
    return layer, y, kept


def assert_golden(golden, name, y, kept):
    found = dict(zip(("dx", "dgain", "dbias"), norm_backward(golden["dy"], kept))) | {"y": y}
    for key, array in found.items():
        assert np.max(np.abs(array - golden[f"{name}_{key}"])) <= 1e-10, key


def test_layer_norm_is_pytorchs(golden):
    y, kept = layer_norm(golden["batches"][-1], golden["gain"], golden["bias"])
    assert_golden(golden, "layer", y, kept)


def test_batch_norm_is_pytorchs(golden):
    _, y, kept = trained_batch_norm(golden)
    assert_golden(golden, "batch", y, kept)


def test_running_statistics_and_evaluation_are_pytorchs(golden):
    layer, *_ = trained_batch_norm(golden)
    assert np.max(np.abs(layer.mean - golden["running_mean"])) <= 1e-12
    assert np.max(np.abs(layer.variance - golden["running_variance"])) <= 1e-12
    evaluated = layer.evaluate(golden["batches"][0])
    assert np.max(np.abs(evaluated - golden["batch_evaluated"])) <= 1e-10


@pytest.mark.parametrize("axis", [0, 1])
def test_gradients_equal_central_differences(axis):
    rng = stream(0, "norm", axis)
    x, dy = rng.standard_normal((6, 5)), rng.standard_normal((6, 5))
    gain, bias = rng.standard_normal(5), rng.standard_normal(5)
    dx, dgain, dbias = norm_backward(dy, norm(x, gain, bias, axis)[1])
    for gradient, place, function in (
        (dx, x, lambda v: np.sum(norm(v, gain, bias, axis)[0] * dy)),
        (dgain, gain, lambda v: np.sum(norm(x, v, bias, axis)[0] * dy)),
        (dbias, bias, lambda v: np.sum(norm(x, gain, v, axis)[0] * dy)),
    ):
        assert gradient_error(lambda v, f=function: float(f(v)), place, gradient) <= 1e-6


@pytest.mark.parametrize("axis", [0, 1])
def test_mean_zero_variance_one_and_no_care_for_scale_or_shift(axis):
    x = stream(0, "norm").standard_normal((40, 30)) * 5 + 3
    n, _ = normalise(x, axis)
    assert n.mean(axis=axis) == pytest.approx(0, abs=1e-12)
    assert n.var(axis=axis) == pytest.approx(1, abs=1e-4)
    assert normalise(1000 * x - 7, axis)[0] == pytest.approx(n, abs=1e-5)


def test_the_axis_is_what_each_depends_on():
    """Batch norm mixes examples, layer norm does not."""
    x = stream(0, "mix").standard_normal((4, 3))
    other = x.copy()
    other[0, 1] += 1
    ones, zeros = np.ones(3), np.zeros(3)
    by_row = layer_norm(x, ones, zeros)[0] != layer_norm(other, ones, zeros)[0]
    assert by_row.any(axis=1).tolist() == [True, False, False, False]
    by_column = BatchNorm(3).forward(x)[0] != BatchNorm(3).forward(other)[0]
    assert by_column.any(axis=0).tolist() == [False, True, False]
    assert by_column[:, 1].all()


def test_running_statistics_come_to_those_of_the_data():
    rng, layer = stream(0, "running"), BatchNorm(2, share=0.01)
    for _ in range(3000):
        layer.forward(rng.standard_normal((8, 2)) * [2.0, 0.5] + [3.0, -1.0])
    assert layer.mean == pytest.approx([3, -1], abs=0.2)
    assert layer.variance == pytest.approx([4, 0.25], rel=0.15)
    evaluated = layer.evaluate(np.array([[3.0, -1.0]]))  # one row is enough now
    assert evaluated == pytest.approx(0, abs=0.2)


@pytest.mark.parametrize("x", [np.full((2, 768), 1234.1, np.float32), np.full((2, 768), 1e9 + 0.1)])
def test_equal_numbers_become_zero(x):
    assert layer_norm(x, np.ones(768), np.zeros(768))[0] == pytest.approx(0, abs=1e-3)


def test_with_two_rows_only_the_order_is_left():
    x = np.array([[1.0, 500.0, 7.0], [4.0, -3.0, 7.0]])
    y, _ = BatchNorm(3).forward(x)
    assert y == pytest.approx(np.array([[-1, 1, 0], [1, -1, 0]]), abs=1e-5)


def test_with_two_rows_no_gradient_comes_back():
    """Off the shared part and the part along n nothing is left of two numbers, up to epsilon."""
    rng = stream(0, "two rows")
    for rows, most in ((2, 1e-3), (40, np.inf)):
        x, dy = rng.standard_normal((2, rows, 50))
        dx, *_ = norm_backward(dy, BatchNorm(50).forward(x)[1])
        assert np.median(np.abs(dx)) < most
    assert np.median(np.abs(dx)) > 0.3


@pytest.mark.filterwarnings("ignore:overflow")
def test_numbers_that_are_too_large_to_square_are_named():
    with pytest.raises(ValueError, match="too large to square"):
        layer_norm(np.diag([1e200] * 3), np.ones(3), np.ones(3))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: BatchNorm(3).forward(np.ones((1, 3))), "at least 2 rows, got 1"),
        (lambda: BatchNorm(3).forward(np.ones((4, 2))), r"gain has shape \(3,\)"),
        (lambda: BatchNorm(3).evaluate(np.ones((4, 2))), r"gain has shape \(3,\)"),
        (lambda: layer_norm(np.ones(3), np.ones(3), np.ones(3)), r"x has shape \(3,\)"),
        (lambda: layer_norm(np.ones((0, 3)), np.ones(3), np.ones(3)), r"\(0, 3\): there are no"),
        (lambda: BatchNorm(3).evaluate(np.full((2, 3), np.nan)), r"x\[0, 0\] is nan"),
        (lambda: BatchNorm(3, share=1.5), "share of 1.5"),
        (lambda: BatchNorm(0), "0 channels"),
        (lambda: layer_norm(np.full((2, 3), np.nan), np.ones(3), np.ones(3)), r"x\[0, 0\] is nan"),
    ],
)
def test_bad_input_is_named(wrong, says):
    with pytest.raises(ValueError, match=says):
        wrong()
