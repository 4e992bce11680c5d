"""The experiments measure what they say: on cases whose answer is known."""

from pathlib import Path

import numpy as np
import pytest

from block04_training import report
from block04_training.experiments import digits, landscapes, norms, overfitting, rates
from block04_training.experiments.problems import end, some_digits
from block04_training.train import Settings, digits_split, evaluate, trained
from shared import functional
from shared.checks import gradient_error
from shared.data import load_digits
from shared.seeding import stream
from shared.tests.block_run import headline_of, metrics_of

RESULTS = Path(__file__).resolve().parent.parent / "results"


def test_the_digits_of_the_experiments_are_apart_and_none_is_of_the_test_side():
    table, (fit, validation, _) = load_digits(), digits_split(2)
    X, y, _, y_others = some_digits(2, 200)
    assert (len(y), len(y_others)) == (200, 951 + 287)
    assert np.array_equal(y, table.y[fit[:200]])
    assert np.array_equal(y_others, table.y[np.concatenate([fit[200:], validation])])
    assert X == pytest.approx((table.X[fit[:200]] - table.X[fit[:200]].mean(axis=0))
                              / table.X[fit[:200]].std())
    _, y, _, y_others = some_digits(2)
    assert np.array_equal(y, table.y[fit]) and np.array_equal(y_others, table.y[validation])


def test_random_labels_are_on_the_rows_to_train_on_alone():
    _, clean, _, others = some_digits(2, 200)
    _, noisy, _, the_same = some_digits(2, 200, random_labels=0.2)
    assert 28 <= np.sum(noisy != clean) <= 40  # a tenth of the 40 new labels is right
    assert np.array_equal(others, the_same)


@pytest.mark.parametrize("ends", [
    lambda data, seed: end(Settings((64, 8, 10), 0.01, 40, 1), data, seed),
    lambda data, seed: norms.end("layer norm", 0.3, 1, data, seed),
])
def test_each_seed_is_another_network(ends):
    data = some_digits(0, 200)
    assert ends(data, 1) == ends(data, 1) != ends(data, 2)


# --- landscapes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", landscapes.LANDSCAPES)
def test_gradients_of_the_landscapes(name):
    function, start = landscapes.LANDSCAPES[name]
    assert function(start)[0] == pytest.approx((81 + 100 * 1.5**2) / 2)
    gradient = function(start)[1]
    assert gradient_error(lambda w: float(function(w)[0]), start, gradient) <= 1e-6


def test_turning_the_valley_is_nothing_to_momentum_and_much_to_rmsprop():
    ends = {(rule, land): landscapes.best_walk(rule, land)[2][-1]
            for rule in ("momentum", "rmsprop") for land in landscapes.LANDSCAPES}
    assert ends["momentum", "turned valley"] == pytest.approx(ends["momentum", "valley"], rel=0.01)
    assert ends["rmsprop", "turned valley"] > 1e6 * ends["rmsprop", "valley"]


def test_the_best_walk_is_the_one_with_the_lowest_mean_and_starts_at_the_star():
    _, losses = landscapes.walks("sgd", "valley")
    rate, places, best = landscapes.best_walk("sgd", "valley")
    assert places[0].tolist() == [-9, 1.5] and len(places) == 101
    means = losses.mean(axis=0)
    assert best.mean() == pytest.approx(means[np.isfinite(means)].min())
    assert landscapes.RATES[0] < rate < landscapes.RATES[-1]


# --- rates ---------------------------------------------------------------------------------------


def test_good_decades_are_measured_between_the_points():
    accuracy = np.array([[0.5, 0.9, 0.9, 0.5]])
    found = rates.summary(np.array([0.1, 1.0, 10.0, 100.0]), accuracy, [0.7])
    assert found["good_decades"] == pytest.approx(2, abs=0.01)
    assert (found["best_rate"], found["best_accuracy"]) == (1, 0.9)


def test_the_spread_is_that_of_the_best_rate():
    found = rates.summary(np.array([0.1, 1.0]), np.array([[0.2, 0.8], [0.2, 0.6]]), [0.7, 0.7])
    assert found["best_accuracy"] == pytest.approx(0.7)
    assert found["best_accuracy_sd"] == pytest.approx(0.1)


def test_the_bars_of_the_picture_are_standard_deviations():
    rng = stream(0, "bars")
    found = {(name, inputs): rng.random((3, len(grid)))
             for name, grid in rates.GRID.items() for inputs in rates.INPUTS}
    figure = rates.draw_rates(found, dict.fromkeys(rates.INPUTS, 0.9), {})
    for axis, inputs in zip(figure.axes, rates.INPUTS):
        for container, name in zip(axis.containers, rates.GRID, strict=True):
            rows, (bars,) = found[name, inputs], container[2]
            low, high = np.array([bar[:, 1] for bar in bars.get_segments()]).T
            assert (high + low) / 2 == pytest.approx(rows.mean(axis=0))
            assert (high - low) / 2 == pytest.approx(rows.std(axis=0))


def test_a_run_that_diverges_counts_as_guessing():
    settings = Settings((64, 32, 32, 10), 1e150, 40, 5, optimizer="sgd")
    assert end(settings, some_digits(0, 80), 0) == (np.log(10), 0.1)


def test_each_best_rate_lies_inside_its_grid():
    for by_name in metrics_of(RESULTS, "learning_rates").values():
        for name, found in by_name.items():
            assert rates.GRID[name][0] < found["best_rate"] < rates.GRID[name][-1]


def test_the_inputs_are_scaled_on_both_sides(monkeypatch):
    seen = []
    monkeypatch.setattr(rates, "end", lambda settings, data, seed: (seen.append(data), (0, 0.5))[1])
    assert rates.accuracies(rates.PLAIN, 0.1, 1) == [0.5] * len(rates.GRID["adam"])
    X, _, X_validation, _ = some_digits(1)
    assert np.array_equal(seen[0][0], 0.1 * X) and np.array_equal(seen[0][2], 0.1 * X_validation)


# --- norms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("norm", [False, True])
def test_gradients_of_the_network_with_norms(norm):
    network, rng = norms.Bare(norm, stream(1, "deep", norm)), stream(1, "deep data")
    x, y = rng.standard_normal((5, 64)), rng.integers(0, 10, 5)
    functional.cross_entropy(network(x), y).backward()
    for layer in network.layers:
        at, claimed = layer.W.data, layer.W.grad

        def value(W, layer=layer):
            layer.W.data = W
            return functional.cross_entropy(network(x), y).item()

        assert gradient_error(value, at, claimed, rng=rng) <= 1e-6
        layer.W.data = at


def test_the_gradient_is_orthogonal_to_weights_before_a_norm():
    """What scale invariance says; it is why a step can only make them longer."""
    X, y, *_ = some_digits(0, 50)
    network = norms.Bare(True, stream(0, "orthogonal"))
    functional.cross_entropy(network(X), y).backward()
    for layer in network.layers:
        W, dW = layer.W.data, layer.W.grad
        assert abs(np.sum(W * dW)) < 1e-4 * np.linalg.norm(W) * np.linalg.norm(dW)


def test_held_lengths_are_held_and_others_grow():
    data = some_digits(0, 100)
    _, growth = norms.end("layer norm, lengths held", 3.0, 2, data, 0)
    assert growth == pytest.approx(1)
    assert norms.end("layer norm", 3.0, 2, data, 0)[1] > 1.2


def test_off_by_is_zero_where_the_gradient_is_one_over_the_scale():
    assert norms.off_by(5 / norms.SCALES[None, :]) == pytest.approx(0)
    assert norms.off_by(np.ones((1, len(norms.SCALES)))) == pytest.approx(9)


# --- overfitting ---------------------------------------------------------------------------------


def test_the_gain_of_dropout_is_more_than_twice_its_spread():
    headline = headline_of(RESULTS)
    assert headline["dropout_gain_small_data"] >= 2 * headline["dropout_gain_small_data_sd"]


def test_the_pairs_differ_in_dropout_alone():
    """And the third number is the accuracy on the training images with wrong labels alone."""
    (without, with_dropout), = overfitting.pairs(overfitting.SMALL_NOISY, [0], quick=True)
    plain = overfitting.SETTINGS._replace(epochs=11)
    X, y, *others = some_digits(0, 200, 0.2)
    wrong = y != some_digits(0, 200)[1]
    assert 20 < wrong.sum() <= 40
    for ends, settings in ((without, plain), (with_dropout, plain._replace(**overfitting.DROPOUT))):
        network = trained(settings, X, y, 0)
        by_heart = (network(X[wrong]).data.argmax(axis=1) == y[wrong]).mean()
        assert tuple(ends) == (*evaluate(network, *others), pytest.approx(by_heart))


def test_the_error_goes_on_as_it_is_where_the_layers_keep_its_length():
    """A norm takes the weights' scale out of the factor a layer; without it the factor is it."""
    bare, normed = ([norms.error_factor(norm, c, 0) for c in (1.0, 10.0)] for norm in (False, True))
    assert bare == pytest.approx([1, 10], rel=0.05) and bare[1] / bare[0] == pytest.approx(10)
    assert normed[0] == pytest.approx(normed[1], rel=1e-3)


def test_the_stopped_run_gives_the_weights_of_its_best_epoch():
    losses, best, stop, at_best, at_end = overfitting.stopped_run(0, 20)
    validation = [loss for _, loss in losses]
    assert len(losses) == 21 and stop == best + overfitting.PATIENCE
    assert validation[best] == min(validation[: stop + 1])
    assert losses[-1][0] < losses[best][0]
    X, y, X_others, y_others = some_digits(0, overfitting.IMAGES, overfitting.NOISE)
    settings = overfitting.SETTINGS._replace(batch_size=20, epochs=best)
    again = trained(settings, X[50:], y[50:], 0)
    assert evaluate(again, X_others, y_others) == at_best != at_end
    assert losses[best][1] == evaluate(again, X[:50], y[:50])[0]


def test_the_table_of_ingredients_counts_paired_differences():
    losses = {"all of it": np.array([0.1, 0.2]), "without dropout": np.array([0.2, 0.1])}
    last = digits.table(losses).splitlines()[-1].split()
    assert last[2:] == ["0.150", "+-", "0.050", "0.000", "+-", "0.100", "on", "1", "of", "2"]


# --- the page ------------------------------------------------------------------------------------


def test_the_diamond_by_hand():
    nodes = report.diamond()
    assert [node.data for node in nodes.values()] == [3, 6, 4, 24]
    assert [node.grad for node in nodes.values()] == [8 + 6, 4, 6, 1]


def test_a_digit_is_shown_with_its_likeliest_classes():
    lines = report.shown(np.full(64, 16.0), 7, {"Before": np.eye(10)[3]})
    assert lines[0] == "It is a 7." and lines[3] == 16 * "#"
    assert lines[11].startswith("Before: 3: 100.0 %, 0: 0.0 %")
