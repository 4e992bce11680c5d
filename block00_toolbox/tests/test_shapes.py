"""The experiments on shapes: how the gallery is counted, and the loss that falls for nothing."""

import numpy as np
import pytest

from block00_toolbox.experiments import shapes
from block00_toolbox.hidden_shape_bugs import BUGS
from shared.checks import gradient_error, relative_error
from shared.seeding import stream


def test_a_check_that_cries_always_does_not_count():
    def always(function, X):
        raise ValueError("always")

    strict = BUGS["window"]._replace(check=always)
    assert not shapes.shown("window", strict, 0)["is_caught"]


def test_a_bug_that_is_none_does_not_count_as_wrong():
    harmless = BUGS["window"]._replace(broken=BUGS["window"].fixed)
    assert not shapes.shown("window", harmless, 0)["is_wrong"]


def test_the_wrong_loss_is_the_right_one_against_the_mean_plus_the_variance():
    """mean_ij (p_i - y_j)^2 = mean_i (p_i - mean y)^2 + var y."""
    p, y = stream(0, "p").standard_normal((2, 30))
    table = (p[:, None] - y) ** 2
    assert table.mean() == pytest.approx(np.mean((p - y.mean()) ** 2) + y.var(), abs=1e-12)


@pytest.mark.parametrize("loss", [shapes.broken_loss, shapes.fixed_loss])
def test_the_derivative_of_both_losses(loss):
    rng = stream(0, "derivative")
    X, y, theta = rng.standard_normal((12, 3)), rng.standard_normal(12), rng.standard_normal(3)
    assert gradient_error(lambda t: loss(X, y, t)[0], theta, loss(X, y, theta)[1]) <= 1e-8


def test_both_losses_fall_and_only_one_learns():
    ends = shapes.fit_both(0)
    for curve in ends["curves"].values():
        assert np.all(np.diff(curve[:10]) < 0)
    assert ends["broken_final_loss"] == pytest.approx(ends["variance_of_y"], rel=1e-6)
    assert ends["broken_weights_norm"] < 1e-3
    assert ends["fixed_weights_norm"] == pytest.approx(np.sqrt(5), abs=0.15)  # (2, -1)


def test_the_line_found_is_least_squares():
    rng = stream(0, "line")
    X = np.column_stack([rng.standard_normal((50, 2)), np.ones(50)])
    y = rng.standard_normal(50)
    theta = np.linalg.lstsq(X, y)[0]
    assert relative_error(shapes.fixed_loss(X, y, theta)[1] + theta, theta) <= 1e-14
