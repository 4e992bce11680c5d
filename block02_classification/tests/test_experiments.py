"""The experiments look at no test row before the end, and their figures are what they say."""

import numpy as np
import pytest

from block02_classification import problems, report
from block02_classification.cross_entropy import mean_gradient, squared_error_gradient
from block02_classification.experiments import plane, rare, sureness, tables
from block02_classification.train import DIGITS, Settings
from shared.data import load_breast_cancer, load_digits
from shared.losses import softmax
from shared.seeding import stream
from shared.tests.ways import a_run, poisoned, shuffled_labels

QUICK = DIGITS._replace(epochs=5)


def recorded(monkeypatch, module, name):
    """Put a function in a module that also keeps what it returns; the list of what it returned."""
    kept, function = [], getattr(module, name)

    def keeps(*arguments, **settings):
        kept.append(function(*arguments, **settings))
        return kept[-1]

    monkeypatch.setattr(module, name, keeps)
    return kept


def same(one, other):
    return [all(np.array_equal(a, b) for a, b in zip(*pair)) for pair in zip(one, other)]


# --- five splits ---------------------------------------------------------------------------------


def test_the_parts_of_a_split_are_disjoint_complete_and_stratified():
    y = np.arange(100) % 4
    fitting, validation, training, test = problems.splits(y, 0)
    assert sorted([*fitting, *validation, *test]) == list(range(100))
    assert sorted([*fitting, *validation]) == sorted(training)
    assert np.bincount(y[test]).tolist() == [5] * 4
    assert np.bincount(y[validation]).tolist() == [4] * 4


def digits_of(table, monkeypatch, penalties=tables.DIGIT_PENALTIES):
    """What one split finds in this table, and the models it fitted: one a penalty, the last."""
    with monkeypatch.context() as patch:
        patch.setattr(tables, "DIGIT_PENALTIES", penalties)
        models = recorded(patch, tables, "fit_digits")
        found = tables.digit_split(table.X / problems.PIXEL_MAX, table.y, 0, QUICK)
        return *found, models


def test_neither_the_digits_model_nor_its_penalty_sees_the_test_side(monkeypatch):
    table, (_, _, _, test) = load_digits(), problems.splits(load_digits().y, 0)
    penalty, counts, models = digits_of(table, monkeypatch)
    poison = poisoned(table, test, stream(0, "poison"))
    blind_penalty, blind, blind_models = digits_of(poison, monkeypatch)
    assert blind_penalty == penalty and same(models, blind_models) == [True] * 5
    assert tables.accuracy_of(counts) > 0.9 and tables.accuracy_of(blind) < 0.4


def test_the_digits_penalty_is_chosen_on_the_validation_part(monkeypatch):
    table, (_, validation, _, _) = load_digits(), problems.splits(load_digits().y, 0)
    _, _, models = digits_of(table, monkeypatch)
    poison = poisoned(table, validation, stream(0, "poison"))
    _, _, others = digits_of(poison, monkeypatch)
    assert same(models, others) == [True, True, True, True, False]
    penalty, _, _ = digits_of(table, monkeypatch, penalties=(3.0, 1e-4, 1.0))
    assert penalty == 1e-4  # the others underfit


def test_on_shuffled_labels_the_digits_are_at_chance(monkeypatch):
    table = shuffled_labels(load_digits(), stream(0, "shuffle"))
    assert tables.accuracy_of(digits_of(table, monkeypatch)[1]) < 0.2


def test_the_counts_are_those_of_the_test_side_with_the_model_of_all_training_rows(monkeypatch):
    table = load_digits()
    X, (_, _, training, test) = table.X / 16, problems.splits(table.y, 0)
    penalty, counts, models = digits_of(table, monkeypatch)
    rng = stream(0, "fitting")
    W, b = tables.fit_digits(X[training], table.y[training], QUICK._replace(penalty=penalty), rng)
    assert np.array_equal(W, models[-1][0])
    guess = (X[test] @ W + b).argmax(axis=1)
    assert counts[8, 1] == np.sum((table.y[test] == 8) & (guess == 1))
    assert counts.sum(axis=1).tolist() == np.bincount(table.y[test]).tolist()


def tumours_of(table, monkeypatch):
    """What one split finds in this table, and the standardisers and weights it fitted."""
    with monkeypatch.context() as patch:
        scales = recorded(patch, tables, "fit_standardiser")
        weights = recorded(patch, tables.logistic, "newton")
        return *tables.tumour_split(table, 0), scales, weights


def test_neither_tumour_model_scale_nor_penalty_sees_the_test_side(monkeypatch):
    table = load_breast_cancer()
    _, validation, _, test = problems.splits(table.y, 0)
    penalty, counts, scales, weights = tumours_of(table, monkeypatch)
    poison = poisoned(table, test, stream(0, "poison"))
    blind_penalty, blind, *blind_fits = tumours_of(poison, monkeypatch)
    assert blind_penalty == penalty and tables.accuracy_of(blind) < 0.8
    assert same(scales, blind_fits[0]) == same(weights, blind_fits[1]) == [True] * 6
    poison = poisoned(table, validation, stream(0, "poison"))
    other_penalty, _, _, others = tumours_of(poison, monkeypatch)
    assert other_penalty != penalty and same(weights, others) == [True] * 5 + [False]
    assert counts.sum(axis=1).tolist() == [71, 42]  # benign first: 1 is malignant


def test_recall_is_that_of_malignant():
    counts = np.array([[70, 1], [6, 36]])
    found = tables.tumour_metrics([(0.1, counts), (0.1, counts)], np.array([1, 1, 0, 1]))
    assert found["malignant"]["recall"] == {"mean": 36 / 42, "sd": 0}
    assert found["accuracy"]["all"] == [106 / 113] * 2
    assert found["always_benign_accuracy"] == 0.75


def test_the_picture_of_mistakes_has_true_digits_down_and_no_diagonal():
    counts = 90 * np.eye(10, dtype=int)
    counts[8, 1] = 7
    axes = tables.draw(counts, 5).axes[0]
    texts = {text.get_position(): text.get_text() for text in axes.texts}  # (column, row)
    assert texts[1, 8] == "7" and texts[8, 1] == "0" and texts[3, 3] == ""
    assert tables.digit_metrics([(0.0, counts)], counts)["most_frequent_mistake"] == {
        "true": 8, "called": 1, "count": 7,
    }


# --- sure and wrong ------------------------------------------------------------------------------


def test_the_batch_squared_error_is_the_one_example_one():
    rng = stream(0, "squared error")
    logits, targets = rng.standard_normal((20, 5)), rng.integers(0, 5, 20)
    expected = mean_gradient(logits, targets, gradient=squared_error_gradient)
    assert np.abs(sureness.squared_error_gradient(logits, targets) - expected).max() <= 1e-15


def test_the_sure_start_says_class_0():
    X = np.ones((1, 64))
    assert softmax(X @ sureness.start(X, 15.0)[0] + sureness.start(X, 15.0)[1])[0, 0] > 0.999


def test_the_rate_is_chosen_on_validation_rows_and_judged_on_others(monkeypatch):
    """Models that know the rows: one is right on validation rows, one on test rows."""
    X, y = np.arange(100.0)[:, None] @ np.ones((1, 64)), np.arange(100) % 2
    rows, rest = sureness.stratified_split(y, 0.4, stream(0, "saturation split"))
    validation, test = np.array_split(rest, 2)
    knows = {1.0: validation[:5], 3.0: validation, 10.0: test}
    fitted_on = []

    def fit(X, y, seed, loss_gradient, sure, settings):
        fitted_on.append(X[:, 0])
        return settings.learning_rate

    def accuracy_of(rate, X, y):
        return float(np.isin(X[:, 0], knows[rate]).mean())

    monkeypatch.setattr(sureness, "fit", fit)
    monkeypatch.setattr(sureness, "accuracy_of", accuracy_of)
    assert sureness.chosen_rate(X, y, 0, None, 0.0, 1) == (0.0, 3.0)
    assert all(np.array_equal(found, rows) for found in fitted_on)


def test_the_temperature_comes_from_validation_images_alone():
    X, y = problems.digits()
    how = (1, Settings(2.0, 150, 20))
    rows, validation, test = problems.few_and_many(y, 150, 300, 0)
    assert (len(rows), len(validation), len(test)) == (150, 300, 1347)
    assert sorted([*rows, *validation, *test]) == list(range(1797))
    temperature, logits, truth = sureness.one_seed(X, y, 0, *how)
    noise = X.copy()
    noise[test] = stream(0, "poison").random((1347, 64))
    assert sureness.one_seed(noise, y, 0, *how)[0] == temperature
    noise = X.copy()
    noise[validation] = 0
    other, unchanged, _ = sureness.one_seed(noise, y, 0, *how)
    assert other != temperature and np.array_equal(unchanged, logits)
    assert np.array_equal(truth, y[test])


def test_measures_of_answers_made_by_hand():
    logits = np.log([[0.95, 0.05], [0.95, 0.05], [0.6, 0.4]])
    found = sureness.measure(logits, np.array([0, 1, 1]))
    assert found["accuracy"] == pytest.approx(1 / 3)
    assert found["mean_confidence"] == pytest.approx(2.5 / 3)
    assert found["ece"] == pytest.approx(2 / 3 * 0.45 + 1 / 3 * 0.6)
    assert found["mistakes_made_with_90_percent"] == 0.5
    summary = sureness.before_and_after([(2.0, 2 * logits, np.array([0, 1, 1]))])
    assert summary["after"]["ece"]["mean"] == pytest.approx(found["ece"])
    assert summary["before"]["mean_confidence"]["mean"] > 2.5 / 3
    curve = sureness.times_factors([(1.0, logits, np.array([0, 1, 1]))])[0]
    assert curve[list(sureness.FACTORS).index(1)] == pytest.approx(found["ece"])


# --- rare ----------------------------------------------------------------------------------------


def test_one_example_in_a_hundred_is_rare_and_two_deviations_away():
    X, y = problems.rare_data(0, "test")
    assert y.sum() == 200
    assert np.linalg.norm(problems.SHIFT) == pytest.approx(2)
    assert X[y == 1].mean(axis=0) == pytest.approx(problems.SHIFT, abs=0.25)
    assert not np.array_equal(X[:10_000], problems.rare_data(0, "train")[0])


def test_neither_models_nor_thresholds_see_the_test_data(monkeypatch):
    def poison(seed, part):
        X, y = problems.rare_data(seed, part)
        return (X, y) if part != "test" else (X[::-1], y)

    thresholds, p, _ = rare.one_seed(0)
    probabilities = rare.answers(0)[1]
    monkeypatch.setattr(rare, "rare_data", poison)
    blind, blind_p, _ = rare.one_seed(0)
    assert blind == thresholds and blind_p == pytest.approx(p[::-1])
    for name, found in rare.answers(0)[1].items():
        assert found == pytest.approx(probabilities[name][::-1])


def test_the_thresholds_come_from_the_validation_data():
    model = rare.fitted(0)["plain"]
    X, y = problems.rare_data(0, "validation")
    p = rare.logistic.probability(X, *model)
    thresholds = rare.one_seed(0)[0]
    assert thresholds == rare.chosen_thresholds(p, y)
    costs = [99 * np.sum((p < t) & (y == 1)) + np.sum((p >= t) & (y == 0)) for t in
             (thresholds["cheapest"], thresholds["best_f1"], 0.5, 0.02, 0.005)]
    assert costs[0] == min(costs)


def test_the_answers_are_what_their_names_say():
    yes, p, y = rare.answers(0)
    assert not yes["always no"].any()
    assert np.array_equal(yes["plain"], p["plain"] >= 0.5)
    assert np.array_equal(yes["plain, threshold 1/100"], p["plain"] >= 0.01)
    assert p["weighted"].mean() > 5 * p["plain"].mean() == pytest.approx(0.05, abs=0.02)
    assert rare.counts(yes["always no"], y).tolist() == [[19_800, 0], [200, 0]]


def test_undoing_the_weights_gives_back_true_probabilities():
    p = np.repeat([0.5, 0.9], 1000)  # odds of 1 and 9, so 1/99 and 9/99 when undone
    y = np.concatenate([np.arange(1000) < 10, np.arange(1000) < 83])
    found = rare.calibration_errors({"plain": p, "weighted": p}, y.astype(int))
    assert found["plain"] == found["weighted"] == pytest.approx((0.49 + 0.817) / 2)
    assert found["weighted undone"] == pytest.approx(0, abs=1e-3)
    assert found["weighted answer"] == found["weighted"]  # both say "yes", which is rarely right


# --- in the plane --------------------------------------------------------------------------------


def test_the_islands_are_separable():
    X, y = problems.two_islands(stream(0, "islands"))
    assert X[y == 0, 0].max() < 0 < X[y == 1, 0].min()


def test_lengths_are_those_after_so_many_updates():
    X, y = problems.two_islands(stream(0, "islands"))
    w, b, by_hand = np.zeros(2), 0.0, []
    for _ in range(3):
        error = 1 / (1 + np.exp(-X @ w - b)) - y
        w, b = w - X.T @ error / 60 - 0.5 * w, b - error.mean()
        by_hand.append(np.linalg.norm(w))
    assert plane.lengths(X, y, 0.5, [1, 3]) == pytest.approx([by_hand[0], by_hand[2]])


def test_fresh_points_are_not_the_training_points():
    X, _, predict, share = plane.one_seed("moons", np.asarray, 0)
    X_fresh, y_fresh = problems.PLANE["moons"](3000, stream(0, "moons", "fresh"))
    assert share == np.mean(predict(X_fresh) == y_fresh)
    assert not {row.tobytes() for row in X} & {row.tobytes() for row in X_fresh}


def test_squares_are_added_to_the_columns():
    assert plane.with_squares(np.array([[2.0, -3.0]])).tolist() == [[2, -3, 4, 9]]


# --- pictures: what their artists hold ------------------------------------------------------------


def test_bars_are_means_and_error_bars_deviations():
    found = {"at zero": [(0.9, 1.0), (0.7, 3.0)], "sure": [(0.5, 1.0), (0.5, 1.0)]}
    right = sureness.draw_losses({"cross-entropy": found}, 40).axes[1]
    assert [bar.get_height() for bar in right.patches] == pytest.approx([0.8, 0.5])
    segments = right.collections[0].get_segments()  # the error bars
    assert segments[0][:, 1] == pytest.approx([0.7, 0.9])


def test_the_reliability_picture_has_confidence_across_and_the_share_right_up():
    logits = np.log([[0.95, 0.05], [0.95, 0.05], [0.6, 0.4]])
    models = [(1.0, logits, np.array([0, 1, 1]))]
    left = sureness.draw_sureness(models, {"raw": np.ones((1, len(sureness.FACTORS)))}).axes[0]
    before = left.lines[1]
    assert before.get_xdata() == pytest.approx([0.6, 0.95])
    assert before.get_ydata() == pytest.approx([0, 0.5])


def test_the_threshold_pictures_by_hand():
    p, y = np.array([0.8, 0.4, 0.2, 0.1]), np.array([1, 0, 1, 0])
    cuts, areas = {"best_f1": 0.2}, {"roc": {"mean": 0.75}, "average_precision": {"mean": 0.8}}
    left, middle, right = rare.draw_thresholds([(cuts, p, y), (cuts, p, y)], areas).axes
    assert right.lines[0].get_xdata().tolist() == [0.5, 0.5, 1, 1]  # recall
    assert right.lines[0].get_ydata() == pytest.approx([1, 1 / 2, 2 / 3, 1 / 2])  # precision
    assert middle.lines[0].get_ydata().tolist() == [0, 0.5, 0.5, 1, 1]
    lowest = {line.get_label(): line.get_ydata()[0] for line in left.lines[:4]}
    assert lowest == pytest.approx({"precision": 0.5, "recall": 1, "f1": 2 / 3, "accuracy": 0.5})


def test_the_cells_of_the_rare_picture_are_counts_coloured_by_their_row():
    measured = {"x": rare.spread([rare.judge(np.arange(8) > 3, (np.arange(8) > 6).astype(int))])}
    axes = rare.draw_matrices({"x": np.array([[4.0, 3.0], [0.0, 1.0]])}, measured, 1).axes[0]
    assert [text.get_text() for text in axes.texts] == ["4", "3", "0", "1"]
    assert axes.images[0].get_array().tolist() == [[4 / 7, 3 / 7], [0, 1]]
    assert "recall 100%, precision 25%" in axes.get_title()


def test_lengths_are_drawn_as_means():
    axes = plane.draw_lengths([10, 100], {"no penalty": np.array([[1.0, 2.0], [3.0, 6.0]])}).axes[0]
    assert axes.lines[0].get_ydata().tolist() == [2, 4]


# --- report --------------------------------------------------------------------------------------


def test_paper_softmax_breaks_where_the_stable_one_does_not():
    assert np.isnan(report.naive_cross_entropy(np.array([800.0, -800.0]), 0))
    assert report.naive_cross_entropy(np.array([1.0, -1.0]), 1) == pytest.approx(2.1269, abs=1e-4)
    assert report.stability_table()[6].split() == ["+800,", "-800", "1", "inf", "1600"]


def test_the_outputs_are_of_the_validation_part(tmp_path):
    run, (_, _, _, y) = a_run(tmp_path), problems.digits_parts(0)
    report.show_outputs(run, (np.zeros((64, 10)), np.eye(10)[3]))
    rows = [line.split(" | ") for line in run.files["outputs.md"].decode().splitlines()[14:]]
    assert [int(row[0][2:]) for row in rows if len(row) == 3 and row[1] == "3"] == y[:10].tolist()


def test_the_surest_mistakes_come_first():
    p = np.array([[0.6, 0.4], [0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])
    assert report.surest_mistakes(p, np.array([1, 0, 0, 1])).tolist() == [2, 3, 0]
