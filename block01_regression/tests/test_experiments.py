"""The experiments: data with a known answer, choices that see no test rows, pictures read back."""

import json

import numpy as np
import pytest

from block01_regression import problems
from block01_regression.experiments import (
    batch_sizes,
    capacity,
    convexity,
    learning_rate,
    outliers,
    scaling,
)
from block01_regression.gradient_descent import learning_rate_limit
from block01_regression.normal_equation import normal_equation
from block01_regression.problems import PARABOLA
from block01_regression.train import losses_along
from shared.data import load_diabetes
from shared.seeding import stream
from shared.tests.ways import a_run, poisoned, shuffled_labels


def recorded(tmp_path, experiment, quick=True):
    """What an experiment records: config, metrics, and the seeds it used."""
    run = a_run(tmp_path, quick=quick)
    run.experiments([experiment])
    return json.loads(run.files[f"{experiment.__name__}.json"])


def drawn(axes):
    """{label: y values} of the lines on some axes."""
    return {line.get_label(): np.array(line.get_ydata()) for line in axes.lines}


# --- the data ------------------------------------------------------------------------------------


def test_four_forms_of_the_columns_have_one_best_loss():
    forms, (_, y) = problems.four_forms(), problems.all_patients()
    losses = []
    for X in forms.values():
        w, b = normal_equation(X, y)
        losses.append(np.mean((X @ w + b - y) ** 2))
    assert losses == pytest.approx([losses[0]] * 4)
    assert forms["minus the mean"].mean(axis=0) == pytest.approx(0, abs=1e-9)
    assert forms["minus the mean"].std(axis=0) == pytest.approx(forms["as measured"].std(axis=0))
    U = forms["uncorrelated too"]
    assert U.T @ U / len(U) == pytest.approx(np.eye(10), abs=1e-9)


def test_the_wave_is_scored_between_its_training_points():
    x = {part: problems.wave_points(part, stream(0, part))[0] for part in problems.WAVE_EXAMPLES}
    assert (x["training"].min(), x["training"].max()) == (-1, 1)
    assert np.abs(x["validation"]).max() < 1 and np.abs(x["test"]).max() < 1
    assert np.abs(x["beyond"]).min() >= 1 and np.abs(x["beyond"]).max() <= 1.1
    assert {part: len(points) for part, points in x.items()} == problems.WAVE_EXAMPLES


def test_noise_has_the_size_that_is_promised():
    x, y = problems.wave_points("test", stream(0, "noise"))
    assert (y - np.sin(3 * x)).std() == pytest.approx(problems.WAVE_NOISE, rel=0.1)
    X, y = problems.plane(5000, stream(0, "noise"))
    assert (y - X @ problems.PLANE_W - problems.PLANE_B).std() == pytest.approx(1, rel=0.1)


def test_the_outliers_are_the_largest_x():
    x, y = problems.line_with_outliers(100, 0.1, stream(0, "outliers"))
    off = y - problems.SLOPE * x[:, 0] - problems.INTERCEPT
    assert (np.diff(x[:, 0]) > 0).all()
    assert np.abs(off[:90]).max() < 2 and np.abs(off[90:] - problems.TOO_HIGH).max() < 2


# --- learning rate and scaling -------------------------------------------------------------------


@pytest.mark.parametrize("factor", [0.1, 0.9, 1.01])
def test_the_error_on_a_parabola_is_a_power(factor):
    errors = learning_rate.parabola_errors(factor, 5)
    assert errors == pytest.approx(-2 * (1 - 2 * factor) ** np.arange(6))


def test_the_search_finds_a_limit_that_is_known():
    assert learning_rate.largest_stable_rate(*PARABOLA, 500) == pytest.approx(1, rel=1e-3)


def test_the_stability_check_sees_both_sides():
    assert learning_rate.is_stable(*PARABOLA, 0.99, 500)
    assert not learning_rate.is_stable(*PARABOLA, 1.01, 500)
    assert not learning_rate.is_stable(*PARABOLA, 5.0, 5000)


def test_only_the_steepest_error_grows_from_the_start(tmp_path):
    metrics = recorded(tmp_path, learning_rate.learning_rate)["metrics"]
    above = metrics["lowest_above_the_limit"]
    assert above["factor_of_the_steepest_error"] == pytest.approx(1.02)
    assert above["update"] > 0 and above["mse"] < metrics["mse_at_start"]
    assert metrics["mse_at_start"] == pytest.approx(np.mean(load_diabetes().y ** 2), rel=1e-5)
    ends = metrics["mse_after_200"]
    assert ends["1_01"] > ends["0_001"] > ends["0_1"] > metrics["best_mse"]


def test_updates_are_counted_from_the_start():
    losses = np.array([9.0, 3.0, 2.0, 1.0])
    assert [scaling.first_at_most(losses, bound) for bound in (9, 2.5, 1, 0.5)] == [0, 2, 3, None]


def test_a_walk_stops_where_it_is_told_to(monkeypatch):
    """On a parabola half the limit lands at once; on raw columns `most` ends it."""
    X, y = np.array([[-1.0], [-1.0], [1.0], [1.0]]), np.array([-3.0, -1.0, 1.0, 3.0])
    assert scaling.losses_to_the_end(X, y, best=1.0, most=9) == pytest.approx([5, 1])
    raw, target = problems.four_forms()["as measured"], load_diabetes().y
    assert len(scaling.losses_to_the_end(raw, target, best=1.0, most=9)) == 10
    monkeypatch.setattr(scaling, "PATIENCE", 3)
    X, y = problems.all_patients()
    best = np.mean((y - X @ normal_equation(X, y)[0] - y.mean()) ** 2)
    losses = scaling.losses_to_the_end(X, y, best, most=99)
    path = learning_rate.full_batch(X, y, learning_rate_limit(X) / 2)
    assert losses == pytest.approx(losses_along(path, X, y, 8 + 3))


def test_the_table_of_forms_says_what_was_not_reached():
    row = {"condition_number": 470.1, "largest_learning_rate": 0.25, "updates_near": 8,
           "updates_there": None, "updates_made": 3008}
    assert scaling.as_table({"form": row}).splitlines()[1].split("  ")[-1].strip() == "> 3,008"


def test_the_pictures_of_the_paths_have_each_curve_under_its_name():
    errors = {f: np.array([f, -f]) for f in learning_rate.FACTORS}
    losses = {f: np.array([1 + f, 2 + f]) for f in learning_rate.FACTORS}
    left, right = learning_rate.draw(errors, losses, 0.5).axes
    assert [line.get_ydata()[0] for line in left.lines] == list(learning_rate.FACTORS)
    assert {name: y[1] for name, y in drawn(right).items()} == {
        "0.001 x limit": 2.001, "0.1 x limit": 2.1, "0.9 x limit": 2.9, "1.01 x limit": 3.01,
        "best possible": 0.5}
    assert [a.get_color() for a in left.lines] == [b.get_color() for b in right.lines][:4]
    (axes,) = scaling.draw({"raw": np.array([9.0, 5]), "scaled": np.array([9.0, 2])}, 1.0).axes
    assert {name: y[1] for name, y in drawn(axes).items()} == {
        "raw": 5, "scaled": 2, "10 % above the best": 1.1}


# --- batch sizes ---------------------------------------------------------------------------------


def test_floors_and_updates_by_hand():
    losses = np.array([[4.0, 1.0, 0.4, 0.2], [4.0, 0.3, 0.2, 0.1]])
    assert batch_sizes.noise_floors(losses) == pytest.approx([0.3, 0.15])
    assert batch_sizes.updates_to_come_near(losses).tolist() == [2, 1]


def test_examples_are_updates_times_the_batch(tmp_path):
    found = recorded(tmp_path, batch_sizes.batch_sizes)["metrics"]
    for name, size in {"batch": 512, "mini-batch": 32, "stochastic": 1}.items():
        updates, examples = (found[f"{k}_to_come_near"][name] for k in ("updates", "examples"))
        assert updates["mean"] > 1 and examples["mean"] == pytest.approx(size * updates["mean"])


def test_each_run_has_its_own_batch_size_and_rate(monkeypatch):
    seen = []

    def descend(X, y, *, learning_rate, batch_size, rng):
        seen.append((batch_size, learning_rate))
        return iter([(np.zeros(5), 0.0)] * 3)

    monkeypatch.setattr(batch_sizes, "descend", descend)
    for name in batch_sizes.RUNS:
        excess = batch_sizes.excess_losses(1, name, 2)
        assert excess[0] == excess[2] > 10  # the fake stays at zero; 10 of variance are explained
    assert seen == [(512, 0.02), (32, 0.02), (1, 0.02), (1, 0.01)]


def test_the_same_runs_are_drawn_over_updates_and_over_examples():
    excess = {name: np.full((2, 100), 1.0 + i) for i, name in enumerate(batch_sizes.RUNS)}
    left, right = batch_sizes.draw(excess).axes
    for i, (name, (batch_size, _, _)) in enumerate(batch_sizes.RUNS.items()):
        key = f"{name} ({batch_size})"
        assert drawn(left)[key] == pytest.approx(1 + i) == drawn(right)[key]
        over_updates, over_examples = left.lines[i].get_xdata(), right.lines[i].get_xdata()
        assert over_examples == pytest.approx(over_updates * batch_size)
        assert over_updates[0] == 1 and over_updates[-1] > 80


def test_every_draw_is_its_own(tmp_path):
    """Another seed is other data, in every experiment that draws some."""
    pairs = [
        [batch_sizes.excess_losses(seed, "mini-batch", 3)[0] for seed in (0, 1)],
        [outliers.both_slopes(seed, 0.0)[0] for seed in (0, 1)],
        [capacity.errors_by_degree(seed)["test"][2] for seed in (0, 1)],
        [capacity.one_split(load_diabetes(), seed)["ten"] for seed in (0, 1)],
        [convexity.explore(seed, "not convex, many valleys")["chords"] for seed in (0, 1)],
    ]
    assert all(first != second for first, second in pairs)


# --- outliers ------------------------------------------------------------------------------------


def test_without_outliers_both_lines_find_the_true_slope():
    assert outliers.both_slopes(3, 0.0) == pytest.approx((2, 2), abs=0.3)


def test_shifts_are_counted_from_the_same_draw_without_outliers(tmp_path, monkeypatch):
    """Fake slopes: seed s moves the MSE line by 3 + s and the MAE line by 0.3 at 10 %."""
    fake = lambda seed, f: (7 + (f == 0.1) * (3 + seed), -1 + (f == 0.1) * 0.3)  # noqa: E731
    monkeypatch.setattr(outliers, "both_slopes", fake)
    found = recorded(tmp_path, outliers.outliers)
    at_10 = found["metrics"]["10_percent"]
    assert found["seeds"] == [0, 1, 2]
    assert at_10["mse_slope_shift"] == pytest.approx({"mean": 4, "sd": np.std([3, 4, 5])}, 1e-5)
    assert at_10["mae_slope_shift"] == pytest.approx({"mean": 0.3, "sd": 0}, abs=1e-5)
    assert found["metrics"]["20_percent"]["mse_slope_shift"]["mean"] == 0


def test_the_picture_of_the_outliers_has_each_line_under_its_name():
    mean, sd = np.arange(14.0).reshape(7, 2), np.ones((7, 2))
    right = outliers.draw_outliers(0, mean, sd, 5).axes[1]
    found = {box.get_label(): list(box.lines[0].get_ydata()) for box in right.containers}
    assert found == {"MSE line": [*range(0, 14, 2)], "MAE line": [*range(1, 14, 2)]}


# --- degree --------------------------------------------------------------------------------------


def test_polynomials_are_numpys():
    x, y = problems.wave_points("training", stream(2, "wave", "training"))
    x_new, y_new = problems.wave_points("test", stream(2, "wave", "test"))
    errors = capacity.errors_by_degree(2)
    for degree in (1, 3, 6):
        best = np.polyfit(x, y, degree)
        for part, points, targets in (("training", x, y), ("test", x_new, y_new)):
            expected = np.mean((np.polyval(best, points) - targets) ** 2)
            assert errors[part][degree - 1] == pytest.approx(expected)


def fake_errors(seed):
    """Training is lowest at degree 15, validation at 4 + seed, test at 9, where it is 0."""
    degree = np.arange(1, 16.0)
    validation, test = np.abs(degree - 4 - seed), (degree - 9) ** 2
    return {"training": 15 - degree, "validation": validation, "test": test, "beyond": 99 * test}


def test_the_degree_is_chosen_on_validation_and_scored_on_test(tmp_path, monkeypatch):
    monkeypatch.setattr(capacity, "errors_by_degree", fake_errors)
    found = recorded(tmp_path, capacity.polynomial_degree)
    metrics = found["metrics"]
    assert found["seeds"] == [0, 1, 2]
    assert metrics["chosen_degree_median"] == 5 and metrics["chosen_degree_range"] == [4, 6]
    assert metrics["test_mse_at_the_choice"] == 16  # median of 25, 16, 9
    assert metrics["median_mse"]["validation"]["degree_5"] == 1  # median of 1, 0, 1
    assert metrics["median_mse"]["training"]["degree_15"] == 0
    assert metrics["median_mse"]["beyond"]["degree_10"] == 99


def test_the_picture_of_the_degrees_shows_what_is_recorded():
    errors = capacity.errors_by_degree(0)
    left, right = capacity.draw_degrees(errors, 0, 3, 1).axes
    for part in ("training", "validation", "test"):
        assert drawn(right)[part].tolist() == errors[part]
    assert {"degree 1", "degree 3", "degree 15"} < set(drawn(left))
    x, y = problems.wave_points("training", stream(0, "wave", "training"))
    cubic = np.polyval(np.polyfit(x, y, 3), np.linspace(-1, 1, 401))
    assert drawn(left)["degree 3"] == pytest.approx(cubic)


# --- ridge ---------------------------------------------------------------------------------------

ORDER = stream(0, "ridge split").permutation(442)


def test_the_test_patients_are_looked_at_last():
    honest = capacity.one_split(load_diabetes(), 0)
    blind = capacity.one_split(poisoned(load_diabetes(), ORDER[270:], stream(0, "poison")), 0)
    assert np.array_equal(honest["errors"][:2], blind["errors"][:2])
    assert honest["penalty"] == blind["penalty"]
    assert all(blind[name] > 100 * honest[name] for name in ("ridge", "free", "ten"))


def test_the_validation_patients_choose_and_are_not_fitted():
    honest = capacity.one_split(load_diabetes(), 0)
    other = capacity.one_split(poisoned(load_diabetes(), ORDER[100:270], stream(0, "poison")), 0)
    assert np.array_equal(honest["errors"][[0, 2]], other["errors"][[0, 2]])
    assert (honest["free"], honest["ten"]) == (other["free"], other["ten"])
    assert other["penalty"] == capacity.PENALTIES[other["errors"][1].argmin()] != honest["penalty"]
    assert other["ridge"] == other["errors"][2, other["errors"][1].argmin()]


def test_the_ten_columns_without_a_penalty_are_plain_least_squares():
    table, found = load_diabetes(), capacity.one_split(load_diabetes(), 0)
    A = np.column_stack([table.X, np.ones(442)])
    w = np.linalg.lstsq(A[ORDER[:100]], table.y[ORDER[:100]], rcond=None)[0]
    test = ORDER[270:]
    assert found["ten"] == pytest.approx(np.mean((A[test] @ w - table.y[test]) ** 2))
    assert found["errors"][0, 0] < found["errors"][0, -1] and len(test) == 172


def test_on_shuffled_labels_the_penalty_can_only_say_the_mean():
    table = shuffled_labels(load_diabetes(), stream(0, "shuffle"))
    assert capacity.one_split(table, 0)["ridge"] > 0.9 * table.y.var()


def test_the_penalties_claim_is_counted_over_the_splits(tmp_path, monkeypatch):
    def fake(table, seed):
        errors = np.ones((3, 29)) * (1 + seed)
        return {"ridge": 1.0 + 2 * seed, "free": 2.0, "ten": 5.0, "penalty": 0.5, "errors": errors}

    monkeypatch.setattr(capacity, "one_split", fake)
    metrics = recorded(tmp_path, capacity.ridge)["metrics"]
    assert metrics["test_mse"]["ridge"] == {"mean": 2, "sd": 1}
    assert metrics["seeds_improved"] == 1  # 1 < 2, but not 3 < 2
    assert metrics["weights_that_are_zero"] == 0 and metrics["penalties_that_shorten"] == 28


def test_the_picture_of_the_penalties_shows_the_mean_of_the_splits():
    errors = [np.outer([1.0, 2.0, 3.0], np.ones(29)) * k for k in (1, 3)]
    splits = [{"errors": e, "penalty": 1.0, "ridge": 4.0} for e in errors]
    left, right = capacity.draw_ridge(splits, np.arange(290.0).reshape(29, 10)).axes
    ends = {name: y[0] for name, y in drawn(right).items()}
    assert ends == {"training": 2, "validation": 4, "test": 6, "test at the choice": 4}
    assert drawn(left)["s1, correlated"][1] == 14 and drawn(left)["s2, correlated"][1] == 15


# --- convexity -----------------------------------------------------------------------------------


def test_every_start_is_counted_and_every_chord(tmp_path):
    found = {name: convexity.explore(4, name) for name in convexity.LOSSES}
    assert [f["lowest"] for f in found.values()][:3] == [100, 100, 100]
    many = found["not convex, many valleys"]
    ends = many["ends"][0]
    assert many["lowest"] == np.sum(np.abs(ends - 3) < 0.1) < 60
    assert [f["chords"] > 0 for f in found.values()] == [False, False, True, True]
    assert [f["moved"] > 0.1 for f in found.values()] == [False, True, False, False]
