"""The whole run, in small: what it writes, that it repeats, and what it says to wrong options."""

import json

import pytest

from block00_toolbox import train
from block00_toolbox.experiments import randomness, reproducibility, shapes
from shared.results import open_run

DEPEND_ON_THE_SEED = [
    shapes.shape_bugs_are_silent_wrong_and_caught,
    randomness.the_numbers_are_even_and_bell_shaped,
    randomness.swapping_with_any_place_is_unfair,
    randomness.a_cut_without_a_shuffle_loses_a_class,
    reproducibility.same_seed_equal_bytes,
]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    train.main(["--quick", "--out", str(folder)])
    return folder


def test_the_headline_meets_its_bars(results):
    numbers = json.loads((results / "headline.json").read_text())
    assert numbers["same_seed_equal_bytes"] is True
    assert numbers["other_seed_other_bytes"] is True
    assert numbers["shape_bugs_shown"] == numbers["shape_bugs_caught"] >= 8
    assert numbers["planted_bugs"] == numbers["planted_bugs_caught"]
    assert numbers["full_periods_where_predicted"] is True
    assert numbers["changed_with_global_state"] == 1.0
    assert numbers["changed_with_named_streams"] == 0.0
    assert numbers["accuracy_split_without_shuffle"] == 0
    assert numbers["set_orders_in_processes"] > 1
    assert numbers["products_changed_by_nothing"] == 0
    assert numbers["fair_shuffle_chi_square_over_limit"] < 1
    assert numbers["float32_sum_spread"] > 1e4 * numbers["float64_sum_spread"] > 0


@pytest.mark.slow
def test_two_runs_write_equal_bytes(results, tmp_path):
    train.main(["--quick", "--out", str(tmp_path)])
    first = {path.name: path.read_bytes() for path in results.iterdir()}
    second = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert first.keys() == second.keys()
    # the JSON names its command, and the command names the folder
    second = {
        n: b.replace(str(tmp_path).encode(), str(results).encode()) for n, b in second.items()
    }
    assert [name for name in first if first[name] != second[name]] == ["timing.json"]


@pytest.mark.slow
def test_the_claims_hold_for_other_seeds(tmp_path):
    good = 0
    for seed in range(1, 11):
        with open_run(
            train.__file__, "", ["--quick", f"--seed={seed}", f"--out={tmp_path}"]
        ) as run:
            for experiment in DEPEND_ON_THE_SEED:
                experiment(run)
        numbers = run.headline_numbers
        good += (
            numbers["same_seed_equal_bytes"]
            and numbers["shape_bugs_shown"] == numbers["shape_bugs_caught"] >= 8
            and numbers["uniform_chi_square_over_limit"] < 1
            and numbers["fair_shuffle_chi_square_over_limit"] < 1
            and numbers["unfair_shuffle_chi_square_over_limit"] > 1
            and numbers["accuracy_split_without_shuffle"] == 0
        )
    assert good >= 9


def test_the_kinds_of_picture_and_the_gallery_are_there(results):
    names = {path.name for path in results.iterdir()}
    assert {"loss_curve.png", "split.png", "distributions.png", "shuffle.png"} <= names
    page = (results / "outputs.md").read_text()
    assert (
        page.count("```python")
        == json.loads((results / "headline.json").read_text())["shape_bugs_shown"]
    )


def test_the_log_has_both_curves(results):
    rows = [json.loads(line) for line in (results / "train_log.jsonl").read_text().splitlines()]
    assert {row["split"] for row in rows} == {"with the bug", "without"}


@pytest.mark.parametrize("arguments", [["--seed", "x"], ["--unknown"], ["--out", __file__]])
def test_wrong_options_end_with_2_and_one_line(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        train.main(arguments)
    assert end.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
