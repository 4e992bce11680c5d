"""The experiments: what they compare, on examples whose answer is known."""

import json
import math
import subprocess

import numpy as np
import pytest

from block00_toolbox import report, train
from block00_toolbox.experiments import repeating, rounding, shapes, splitting
from block00_toolbox.experiments.rounding import DTYPES, SIZES
from block00_toolbox.experiments.symptoms import window
from block00_toolbox.hidden_shape_bugs import BUGS
from shared.seeding import stream
from shared.tests.ways import a_run


def metrics_of(experiment, folder, **options):
    """What an experiment records, for a run that writes nowhere."""
    run = a_run(folder, **options)
    run.experiments([experiment])
    return json.loads(run.files[f"{experiment.__name__}.json"])["metrics"]


# --- repeating -----------------------------------------------------------------------------------


def test_a_small_run_repeats_and_another_seed_differs_in_record_and_picture():
    (record, picture), again, other = (
        repeating.small_run(seed).split(b"\x89PNG") for seed in (3, 3, 4)
    )
    assert again == [record, picture] and len(picture) > 1000
    assert set(json.loads(record)) == {"by_hand", "losses", "theta"}
    assert other[0] != record and other[1] != picture


def test_every_draw_of_a_small_run_is_of_its_seed(monkeypatch):
    seeds = []
    for name in ("patients", "stream", "named_stream"):
        draw = getattr(repeating, name)
        watched = lambda seed, *rest, draw=draw: seeds.append(seed) or draw(seed, *rest)  # noqa: E731
        monkeypatch.setattr(repeating, name, watched)
    repeating.small_run(5)
    assert seeds == [5] * 4  # data, split, batches, and the words by hand


def test_the_child_of_the_global_state_is_given_the_seed(monkeypatch):
    asked = []
    fake = lambda arguments: asked.append(arguments[-1]) or b"1 2\n1 3\n"  # noqa: E731
    monkeypatch.setattr(repeating, "output_of", fake)
    assert repeating.changed_in_a_process(7) == 0.5 and asked == ["7"]


def test_a_child_that_fails_is_an_error():
    with pytest.raises(subprocess.CalledProcessError):
        repeating.output_of(["-c", "raise SystemExit(3)"])


def test_a_child_has_the_hash_seed_it_is_given():
    program = ["-c", "print(hash('cat'))"]
    one, again, two = (repeating.output_of(program, PYTHONHASHSEED=s) for s in ("1", "1", "2"))
    assert one == again != two


def test_a_draw_in_the_library_moves_the_caller_only_where_they_share():
    def weights(draws, named):
        return repeating.weights_after(0, draws, named=named)

    assert repeating.share_changed(weights(3, False), weights(4, False)) == 1.0
    assert repeating.share_changed(weights(3, True), weights(4, True)) == 0.0
    assert weights(4, False)[:-1] == pytest.approx(weights(3, False)[1:])  # moved by one


def test_bytes_that_hang_on_the_hash_seed_or_not_on_the_seed_are_noticed(monkeypatch, tmp_path):
    fakes = {  # the child's output; whether equal seeds look equal, whether other seeds differ
        (False, True): lambda arguments, PYTHONHASHSEED: f"{arguments} {PYTHONHASHSEED}".encode(),
        (True, False): lambda arguments, PYTHONHASHSEED: b"always",
        (True, True): lambda arguments, PYTHONHASHSEED: str(arguments).encode(),
    }
    for (equal, other), fake in fakes.items():
        monkeypatch.setattr(repeating, "output_of", fake)
        found = metrics_of(repeating.same_seed, tmp_path)
        assert found["same_seed_equal_bytes"] is equal
        assert found["other_seed_other_bytes"] is other


def test_the_shares_are_means_over_the_seeds(monkeypatch, tmp_path):
    monkeypatch.setattr(repeating, "WAYS", {"global_state": float, "named_streams": lambda s: -s})
    found = metrics_of(repeating.global_state, tmp_path, quick=False, seed=5)
    assert found == {"global_state": 6.0, "named_streams": -6.0}


def test_a_seed_beyond_32_bits_is_a_seed(tmp_path):
    found = metrics_of(repeating.global_state, tmp_path, seed=2**32)
    assert found == {"global_state": 1.0, "one_generator": 1.0, "named_streams": 0.0}


def test_share_changed_counts_places():
    assert repeating.share_changed([1, 2, 3, 4], [1, 2, 0, 4]) == 0.25
    with pytest.raises(ValueError):
        repeating.share_changed([1, 2], [1])


# --- splitting -----------------------------------------------------------------------------------


def test_the_file_is_sorted_and_its_clouds_stand_where_they_should():
    X, y = splitting.sorted_file(0)
    assert y.tolist() == [0] * 50 + [1] * 50 + [2] * 50
    means = [X[y == k].mean(axis=0) for k in range(3)]
    assert np.abs(np.array(means) - [[0, 0], [4, 1], [1.5, 4]]).max() < 0.5
    assert not np.array_equal(X, splitting.sorted_file(1)[0])


def test_nearest_mean_by_hand():
    predict = splitting.nearest_mean(np.array([[0.0, 0], [2, 0], [10, 0]]), np.array([5, 5, 7]))
    assert predict(np.array([[5.0, 3], [6, 3]])).tolist() == [5, 7]  # the border is at 5.5


def test_the_score_looks_at_held_out_rows_and_trains_on_the_others():
    """The first third of the order is held out; with labels of its own it cannot be right."""
    X = np.array([[0.0, 0], [9, 9], [0, 1], [9, 8], [1, 0], [8, 9]])
    y = np.array([0, 1, 0, 1, 0, 1])
    assert splitting.score(X, y, [0, 1, 2, 3, 4, 5]) == 1.0
    y[:2] = [1, 0]
    assert splitting.score(X, y, [0, 1, 2, 3, 4, 5]) == 0.0


def test_each_seed_has_a_file_and_an_order_of_its_own(tmp_path):
    found = metrics_of(splitting.split_as_it_is, tmp_path, quick=False, seed=1)
    order = splitting.ORDERS["shuffled"]
    scores = [splitting.score(*splitting.sorted_file(s), order(s)) for s in range(1, 6)]
    assert found["shuffled"]["all"] == pytest.approx(scores)
    assert found["shuffled"]["mean"] == pytest.approx(np.mean(scores))
    assert found["shuffled"]["sd"] == pytest.approx(np.std(scores), rel=1e-5)


def test_the_shuffled_order_is_one_of_all_rows_and_hangs_on_the_seed():
    one, two = (splitting.ORDERS["shuffled"](seed) for seed in (0, 1))
    assert sorted(one) == sorted(two) == splitting.ORDERS["as it is"](0) and one != two


# --- rounding ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", rounding.WAYS)
def test_every_way_adds_every_number_once(name):
    numbers = stream(0, "whole numbers").integers(1000, size=256).astype(np.float64)
    assert rounding.WAYS[name](numbers) == math.fsum(numbers)  # whole numbers do not round


def test_the_ways_are_what_their_names_say():
    x = np.array([2.0**24, 1.0, 1.0, 0.0], dtype=np.float32)  # 2^24 + 1 is no float32
    assert rounding.WAYS["forward"](x) == rounding.WAYS["largest first"](x) == 2.0**24
    assert rounding.WAYS["backward"](x) == rounding.WAYS["smallest first"](x) == 2.0**24 + 2
    assert rounding.pairwise(x[[1, 0, 2, 3]]) == 2.0**24  # (1 + 2^24) + (1 + 0): ones are lost


def test_six_sums_are_the_exact_one_and_six_of_the_same_numbers():
    exact, *sums = rounding.six_sums(0, 2**10, "float64")
    assert exact == pytest.approx(2**10, rel=0.2) and sums == pytest.approx([exact] * 6, rel=1e-12)
    assert rounding.six_sums(1, 2**10, "float64")[0] != exact
    assert 1e-9 < abs(rounding.six_sums(0, 2**10, "float32")[0] - exact) < 1e-3


def products(change=0.0):
    table = {f"{d} {n}": np.full((2, 2), 2.0) for d in DTYPES for n in SIZES}
    table["float32 100"] = table["float32 100"] + np.array([[change, 0], [0, 0]])
    return table


def test_compare_counts_the_products_that_changed():
    result = rounding.compare(products(), products(change=0.5), "some kernel")
    assert result["kernel"] == "some kernel"
    assert result["float32"]["products_changed"] == 1
    assert result["float32"]["share_of_elements_changed"][SIZES.index(100)] == 0.25
    assert result["float32"]["largest_difference"] == 0.25  # of the largest element, 2
    assert result["float64"]["products_changed"] == 0


def test_the_products_of_a_process_are_those_of_its_seed():
    products, _ = rounding.products_under({}, 1)
    assert products.keys() == {f"{dtype} {size}" for dtype in DTYPES for size in SIZES}
    A, B = stream(1, "matrix product", 48).standard_normal((2, 48, 48))
    assert products["float64 48"] == pytest.approx(A @ B, abs=1e-12)
    assert products["float32 48"].dtype == np.float32
    assert 1e-8 < np.abs(products["float32 48"] - A @ B).max() < 1e-4


def test_each_setting_is_the_base_with_one_thing_changed(monkeypatch):
    asked = []

    def fake(environment, seed):
        asked.append(environment)
        return None if environment == rounding.BASE else (products(), "its own")

    monkeypatch.setattr(rounding, "products_under", fake)
    _, kernel, ran = rounding.all_products(["again", "2 threads"], 0)
    assert kernel == "its own" and list(ran) == ["again", "2 threads"]
    one, two = ({"OPENBLAS_NUM_THREADS": threads} for threads in ("1", "2"))
    assert asked == [rounding.BASE, one, one, two]
    monkeypatch.setattr(rounding, "products_under", lambda environment, seed: (environment, seed))
    _, seed, ran = rounding.all_products(["Nehalem"], 7)
    assert ran == {"Nehalem": (rounding.BASE | {"OPENBLAS_CORETYPE": "Nehalem"}, 7)} and seed == 7


def test_a_kernel_that_the_cpu_lacks_is_none_and_no_crash(monkeypatch):
    monkeypatch.setattr(repeating.sys, "executable", "/bin/false")
    assert rounding.products_under({}, 0) is None


def test_blas_on_products_made_by_hand(tmp_path, monkeypatch):
    """Title, headline and panels; a quick run's own are those of its CPU, and not held."""
    one, run, drawn = products(change=0.5), a_run(tmp_path), []
    two = one | {"float64 8": np.zeros((2, 2))}
    ran = {"again": (products(), "A"), "2 threads": (one, "A"), "B": (two, "B"), "C": (one, "C")}
    monkeypatch.setattr(rounding, "all_products", lambda *_: (products(), "A", ran | {"D": None}))
    monkeypatch.setattr(run, "figure", drawn.append)
    run.experiments([rounding.blas])
    assert list(run.headline_numbers.values()) == [20, 0, 1, 2]
    assert drawn[0].get_suptitle() == "Of 20 products another kernel changes 2, two threads 1"
    for axes, dtype, size, shown in zip(drawn[0].axes, DTYPES, (100, 8),
                                        ([0, 25, 25, 25], [0, 0, 100, 0])):
        assert axes.images[0].get_array()[:, SIZES.index(size)].tolist() == shown
        assert [name.get_text() for name in axes.get_yticklabels()] == list(ran)
        assert axes.get_xticklabels()[SIZES.index(size)].get_text() == str(size)
        assert axes.get_title().startswith(f"{dtype}: ") and axes.get_title().endswith("kernel A")


# --- shapes --------------------------------------------------------------------------------------


def test_a_check_that_cries_always_does_not_count():
    def always(function):
        raise ValueError("always")

    bugs = BUGS | {"window": BUGS["window"]._replace(check=always)}
    assert not shapes.examine(window, 0, bugs)["is_caught"]
    assert shapes.examine(window, 0)["is_caught"]


def test_a_bug_that_is_none_does_not_count_as_wrong():
    bugs = BUGS | {"window": BUGS["window"]._replace(broken=BUGS["window"].fixed)}
    assert not shapes.examine(window, 0, bugs)["is_wrong"]
    assert not shapes.examine(window, 0, bugs)["is_caught"]


def test_a_bug_that_warns_ends_the_run():
    def loud(X):
        return np.log(-X)

    bugs = BUGS | {"window": BUGS["window"]._replace(broken=loud)}
    with pytest.raises((RuntimeWarning, FloatingPointError)):
        shapes.examine(window, 0, bugs)


def test_the_table_has_a_line_for_each_bug_with_both_numbers():
    row = {"broken": 12.34, "fixed": 1e-17, "meaning": "the error"}
    line = shapes.table({"a_bug": row}).splitlines()[1]
    assert line.split() == ["a_bug", "12.3", "0", "the", "error"]


# --- means and deviations ------------------------------------------------------------------------


def test_a_summary_is_mean_and_standard_deviation_of_each_number():
    found = shapes.summary([{"a": 1.0, "b": 0.0}, {"a": 3.0, "b": 0.0}])
    assert found == {"a": {"mean": 2.0, "sd": 1.0}, "b": {"mean": 0.0, "sd": 0.0}}


@pytest.mark.parametrize("problem", train.LOSSES)
def test_the_comparison_fits_the_lines_of_the_training(problem, tmp_path):
    lines, data = train.learn_both(a_run(tmp_path, seed=3))
    theta, *parts = shapes.fit(3, problem)
    assert np.array_equal(theta, lines[problem])
    assert all(np.array_equal(part, other) for part, other in zip(parts, data))


def test_the_picture_of_the_losses_shows_the_log_and_both_variances(tmp_path, monkeypatch):
    run, drawn = a_run(tmp_path), []
    y = np.array([0.0, 1.0, 5.0])
    for k, problem in enumerate(train.LOSSES):
        for epoch in (0, 4):
            run.log(epoch, {"train": 1 + k + epoch, "validation": 10 + k}, problem=problem)
    monkeypatch.setattr(run, "figure", lambda figure, name: drawn.append(figure))
    report.draw_losses(run, y)
    lines = {line.get_label(): list(line.get_ydata()) for line in drawn[0].axes[0].get_lines()}
    assert lines.pop("without the bug, train") == [1, 5]
    assert lines.pop("with the bug, train") == [2, 6]
    assert lines.pop("without the bug, validation") == [10, 10]
    assert lines.pop("with the bug, validation") == [11, 11]
    assert sorted(level for level, _ in lines.values()) == [0.25, pytest.approx(y.var())]


def test_both_losses_fall_and_only_one_learns():
    for seed in range(3):
        right, wrong = (
            shapes.numbers(train.LOSSES[problem], *shapes.fit(seed, problem))
            for problem in train.LOSSES
        )
        assert wrong["final_loss"] == pytest.approx(wrong["variance_of_y"], rel=1e-6)
        assert wrong["weights_norm"] < 1e-3 and wrong["intercept_minus_mean_y"] < 1e-3
        assert wrong["true_loss_on_validation"] > 3
        assert right["weights_norm"] == pytest.approx(np.sqrt(5), abs=0.25)  # (2, -1)
        assert right["final_loss"] == pytest.approx(0.25, abs=0.05)
        assert right["true_loss_on_validation"] == pytest.approx(0.25, abs=0.1)


def test_on_shuffled_targets_no_line_beats_the_mean(monkeypatch):
    def shuffled(seed, settings):
        X, y = train.patients(seed, settings)
        return X, stream(seed, "shuffle").permutation(y)

    monkeypatch.setattr(shapes, "patients", shuffled)
    line = shapes.fit(0, "without the bug")
    found = shapes.numbers(train.right_loss, *line)
    assert found["true_loss_on_validation"] > 0.8 * line[4].var()
