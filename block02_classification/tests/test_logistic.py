"""Logistic regression against scikit-learn, finite differences, closed forms and its own twin."""

from functools import partial

import numpy as np
import pytest

from block02_classification import cross_entropy, logistic, proofs
from block02_classification.proofs import gradient_errors, logistic_errors
from block02_classification.train import Settings, train
from shared.checks import gradient_error, numerical_gradient, relative_error
from shared.seeding import stream
from shared.tests.ways import a_run

SETTINGS = [
    {},
    {"penalty": 0.3},
    {"class_weights": np.array([0.5, 4.0])},
    {"penalty": 0.3, "class_weights": np.array([0.5, 4.0])},
]


def overlapping(N=60, D=3):
    """Two classes no plane divides: X (N, D), y (N,)."""
    rng = stream(0, "logistic", N, D)
    y = np.arange(N) % 2
    return rng.standard_normal((N, D)) + 0.7 * y[:, None], y


def test_coefficients_equal_scikit_learns():
    errors = logistic_errors()
    assert max(errors["plain"] + errors["balanced"]) <= 1e-10


def test_every_gradient_of_the_block_by_differences():
    assert max(gradient_errors(0).values()) <= 1e-7


def test_the_gradient_check_draws_with_the_runs_seed_and_sees_a_wrong_gradient(
    tmp_path, monkeypatch
):
    assert gradient_errors(0) == gradient_errors(0) != gradient_errors(1)
    monkeypatch.setattr(logistic, "gradient", lambda X, y, w, b, **settings: (w, 0.0))
    errors = gradient_errors(0)
    assert min(errors.pop("logistic"), errors.pop("logistic penalised weighted")) > 0.1
    assert max(errors.values()) <= 1e-7
    seeds = []
    monkeypatch.setattr(proofs, "gradient_errors", lambda seed: seeds.append(seed) or {"a": 0.0})
    proofs.record(a_run(tmp_path, seed=4))
    assert seeds == [4]


@pytest.mark.parametrize("forgotten", ["penalty", "class_weights"])
def test_the_gradient_check_sees_a_forgotten_setting(forgotten, monkeypatch):
    def gradient(X, y, w, b, **settings):
        return right(X, y, w, b, **{k: v for k, v in settings.items() if k != forgotten})

    right = logistic.gradient
    monkeypatch.setattr(logistic, "gradient", gradient)
    errors = gradient_errors(0)
    assert errors.pop("logistic penalised weighted") > 0.01 and max(errors.values()) <= 1e-7


@pytest.mark.parametrize(("module", "function", "check"), [
    (cross_entropy, "cross_entropy_gradient", "softmax cross-entropy"),
    (cross_entropy, "squared_error_gradient", "softmax squared error"),
    (proofs, "temperature_slope", "temperature"),
])
def test_each_gradient_check_is_of_what_it_names(module, function, check, monkeypatch):
    right = getattr(module, function)
    monkeypatch.setattr(module, function, lambda *given: np.multiply(1.1, right(*given)))
    errors = gradient_errors(0)
    assert errors.pop(check) > 1e-3 and max(errors.values()) <= 1e-7


def test_one_weight_that_is_off_is_seen_at_its_penalty(monkeypatch):
    def newton(X, y, *, penalty, class_weights):
        w, b = right(X, y, penalty=penalty, class_weights=class_weights)
        w[3] += penalty == penalties[-1] and class_weights is None
        return w, b

    right, penalties = logistic.newton, proofs.golden("logistic")["penalties"]
    monkeypatch.setattr(logistic, "newton", newton)
    errors = logistic_errors()
    assert errors["plain"].pop() == pytest.approx(1)
    assert max(errors["plain"] + errors["balanced"]) <= 1e-5


def test_loss_and_gradient_are_the_mean_of_the_one_example_ones():
    X, y = overlapping()
    w, b = np.array([1.0, -2.0, 0.5]), 0.3
    z = (X @ w + b).tolist()
    losses = [cross_entropy.binary_cross_entropy(*pair) for pair in zip(z, y.tolist())]
    assert logistic.loss(X, y, w, b) == pytest.approx(np.mean(losses), abs=1e-14)
    slopes = [cross_entropy.binary_cross_entropy_gradient(*pair) for pair in zip(z, y.tolist())]
    dw, db = logistic.gradient(X, y, w, b)
    assert dw == pytest.approx(X.T @ slopes / len(y), abs=1e-14)
    assert db == pytest.approx(np.mean(slopes), abs=1e-14)


@pytest.mark.parametrize("settings", SETTINGS)
def test_gradient_and_hessian_by_differences(settings):
    X, y = overlapping()
    at = np.array([1.0, -2.0, 0.5, 0.3])

    def slope(p):
        return np.append(*logistic.gradient(X, y, p[:-1], p[-1], **settings))

    def objective(p):
        return logistic.loss(X, y, p[:-1], p[-1], **settings)

    assert gradient_error(objective, at, slope(at)) <= 1e-7
    measured = [numerical_gradient(lambda p, i=i: slope(p)[i], at) for i in range(4)]
    ours = logistic.hessian(X, y, at[:-1], at[-1], **settings)
    assert relative_error(ours, np.array(measured)) <= 1e-7


@pytest.mark.parametrize("settings", SETTINGS)
def test_descent_walks_to_where_newton_jumps(settings):
    (X, y), settings = overlapping(), dict(settings)
    expected = np.append(*logistic.newton(X, y, **settings))
    gradient = partial(logistic.gradient, class_weights=settings.pop("class_weights", None))
    how = Settings(learning_rate=1.0, batch_size=60, epochs=3000, **settings)
    found = train(logistic.start(X, y), X, y, how, stream(0, "order"), gradient=gradient)
    assert np.append(*found) == pytest.approx(expected, abs=1e-9)


def test_without_columns_that_tell_anything_the_intercept_is_the_log_odds():
    X, y = np.array([[1.0], [-1.0]] * 4), np.array([1, 1, 0, 0, 0, 0, 0, 0])
    w, b = logistic.newton(X, y)
    assert w == pytest.approx([0], abs=1e-9)
    assert b == pytest.approx(np.log(2 / 6))


def test_a_class_weight_of_three_is_three_copies():
    X, y = overlapping()
    copies = np.repeat(np.arange(60), np.where(y == 1, 3, 1))
    weighted = logistic.newton(X, y, penalty=0.3, class_weights=np.array([1.0, 3.0]))
    copied = logistic.newton(X[copies], y[copies], penalty=0.3)
    assert np.append(*weighted) == pytest.approx(np.append(*copied))


def test_the_penalty_leaves_the_intercept_free():
    X, y = overlapping()
    y = np.where(np.arange(60) < 15, 1, 0)
    w, b = logistic.newton(X, y, penalty=1e6)
    assert np.abs(w).max() < 1e-5
    assert b == pytest.approx(np.log(15 / 45), abs=1e-4)


def test_newton_needs_far_fewer_steps_and_survives_a_bad_start():
    X, y = overlapping()
    assert np.isfinite(np.append(*logistic.newton(1000 * X, y, most=30))).all()
    with pytest.raises(FloatingPointError, match="not converged in 2 steps"):
        logistic.newton(X, y, most=2)


def test_separable_classes_have_no_minimum_without_a_penalty():
    X, y = np.array([[-2.0], [-1.0], [1.0], [2.0]]), np.array([0, 0, 1, 1])
    with pytest.raises(ValueError, match="separable"):
        logistic.newton(X, y)
    w, _ = logistic.newton(X, y, penalty=0.01)
    assert 0 < w[0] < 10


@pytest.mark.parametrize(
    ("X", "y"),
    [([[0], [0], [1]], [0, 1, 1]), ([[0], [0], [1], [1], [2]], [0, 1, 1, 1, 1]),
     ([[0, 3], [0, 3], [1, 3.5], [0, 4], [0, 4]], [0, 1, 1, 0, 1])],
)
def test_classes_that_touch_have_no_minimum_either(X, y):
    """One side of the plane is pure: its examples gain for ever, the gradient still goes to 0."""
    with pytest.raises(ValueError, match="Give a penalty above 0"):
        logistic.newton(X, y)
    assert np.abs(logistic.newton(X, y, penalty=0.01)[0]).max() < 10


# Outliers and a heavy class: whole Newton steps overshoot until no digit of p (1 - p) is left.
OUTLIERS = np.array([[-1.7, -1.0, -0.5], [-14.2, 5.3, -8.1], [-1.2, 1.6, -1.3], [19.0, 2.2, -16.9],
                     [2.4, -1.6, 0.6], [-1.8, -3.9, 0.0], [300.7, -2.9, -0.8],
                     [0.4, -282.0, -0.1]])
OUTLIER_CLASSES = np.array([0, 1, 0, 0, 0, 1, 1, 0])


def test_a_step_that_overshoots_is_halved():
    settings = {"class_weights": np.array([1.0, 1000.0])}
    w, b = logistic.newton(OUTLIERS, OUTLIER_CLASSES, **settings)
    dw, db = logistic.gradient(OUTLIERS, OUTLIER_CLASSES, w, b, **settings)
    assert max(np.abs(dw).max(), abs(db)) <= 1e-12


def test_dependent_columns_need_a_penalty():
    X, y = overlapping(D=1)
    twice = np.column_stack([X, X])
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        logistic.newton(twice, y)
    w, _ = logistic.newton(twice, y, penalty=0.1)
    assert w[0] == pytest.approx(w[1])


def test_a_small_loss_keeps_its_digits():
    assert logistic.loss([[1.0]], [1], [40.0], 0.0) == pytest.approx(np.exp(-40), abs=0)
    assert logistic.loss([[1.0]], [0], [-40.0], 0.0) == pytest.approx(np.exp(-40), abs=0)


def test_the_type_of_data_and_labels_does_not_matter():
    X, y = np.uint8([[1], [200], [3], [2]]), np.array([0, 1, 1, 0])
    w, b = np.uint8([2]), np.uint8(1)
    for labels in (y.tolist(), y > 0, y.astype(np.uint8)):
        assert logistic.loss(X, labels, w, b) == logistic.loss(X.astype(float), y, [2.0], 1.0)
        assert logistic.gradient(X, labels, w, b)[1] == logistic.gradient(X, y, [2.0], 1.0)[1]
    assert logistic.sigmoid(np.uint8([3])) == logistic.sigmoid([3.0])


@pytest.mark.parametrize("y", [2, -1, 0.5, np.nan])
def test_a_label_that_is_neither_is_named(y):
    for function in (logistic.loss, logistic.gradient, logistic.hessian):
        with pytest.raises(ValueError, match="y"):
            function(np.ones((2, 1)), np.array([0, y]), np.ones(1), 0.0)


@pytest.mark.parametrize("z", [1e4, -1e4])
def test_huge_logits_stay_finite(z):
    X, y, w = np.array([[1.0], [1.0]]), np.array([0, 1]), np.array([z])
    assert logistic.loss(X, y, w, 0.0) == pytest.approx(5000)
    assert np.isfinite(logistic.gradient(X, y, w, 0.0)[0]).all()


@pytest.mark.parametrize(
    ("X", "y", "says"),
    [
        (np.zeros((3, 2)), np.array([0, 1]), r"y has shape \(2,\)"),
        (np.zeros((2, 2)), np.array([1, 1]), r"y holds the classes \[1\]"),
        (np.zeros((3, 2)), np.array([0, 1, 2]), r"y holds the classes \[0, 1, 2\]"),
        (np.zeros((2, 2)), np.array([0.0, 1.0]), "y are float64, expected whole numbers"),
        (np.zeros((0, 2)), np.zeros(0, dtype=int), r"y holds the classes \[\]"),
        (np.zeros((1, 2)), np.zeros(1, dtype=int), r"y holds the classes \[0\]"),
        (np.array([[0.0], [np.nan]]), np.array([0, 1]), r"X\[1, 0\] is nan"),
    ],
)
def test_bad_data_is_named(X, y, says):
    with pytest.raises(ValueError, match=says):
        logistic.newton(X, y)
    with pytest.raises(ValueError, match=says):
        logistic.start(X, y)


def test_bad_settings_are_named():
    X, y = overlapping()
    with pytest.raises(ValueError, match="penalty is -1, it must not be negative"):
        logistic.newton(X, y, penalty=-1)
    for penalty in (-1, np.nan):
        for function in (logistic.loss, logistic.gradient, logistic.hessian):
            with pytest.raises(ValueError, match="penalty is"):
                function(X, y, np.ones(3), 0.0, penalty=penalty)
    for weights in ([0, 0], [1, -1], [1, np.nan]):
        with pytest.raises(ValueError, match="class_weights"):
            logistic.newton(X, y, class_weights=np.array(weights))
    for name, value in (("tolerance", 0), ("tolerance", np.nan), ("most", 0)):
        with pytest.raises(ValueError, match=f"{name} is"):
            logistic.newton(X, y, **{name: value})
    with pytest.raises(ValueError, match=r"class_weights has shape \(3,\)"):
        logistic.newton(X, y, class_weights=np.ones(3))
