"""The experiments on processes and rounding: what they compare, and that they see a difference."""

import json
import math

import numpy as np
import pytest

from block00_toolbox.experiments import arithmetic, reproducibility
from block00_toolbox.experiments.small_run import small_run
from shared.seeding import stream

# --- processes -----------------------------------------------------------------------------------


def test_a_small_run_repeats_in_one_process_and_another_seed_differs():
    assert small_run(3) == small_run(3)
    assert small_run(3) != small_run(4)


def test_a_small_run_holds_its_record_and_a_picture():
    record, _, picture = small_run(0).partition(b"\x89PNG")
    assert set(json.loads(record)) == {"by_hand", "validation_covariance", "batch_means"}
    assert len(picture) > 1000


def test_a_child_that_fails_is_an_error():
    with pytest.raises(reproducibility.subprocess.CalledProcessError):
        reproducibility.output_of(["-c", "raise SystemExit(3)"])


def test_a_draw_in_the_library_moves_the_caller_only_where_they_share():
    def weights(draws, named):
        return reproducibility.weights_after(0, draws, named=named)

    assert reproducibility.share_changed(weights(3, False), weights(4, False)) == 1.0
    assert reproducibility.share_changed(weights(3, True), weights(4, True)) == 0.0


def test_share_changed_counts_places():
    assert reproducibility.share_changed([1, 2, 3, 4], [1, 2, 0, 4]) == 0.25
    with pytest.raises(ValueError):
        reproducibility.share_changed([1, 2], [1])


# --- sums ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", arithmetic.ORDERS)
def test_every_order_adds_every_number_once(name):
    numbers = stream(0, "whole numbers").integers(1000, size=256).astype(np.float64)
    assert arithmetic.ORDERS[name](numbers) == math.fsum(numbers)  # whole numbers do not round


def test_one_by_one_rounds_after_every_addition():
    x = np.array([2.0**24, 1.0, 1.0], dtype=np.float32)  # 2^24 + 1 is no float32
    assert arithmetic.one_by_one(x) == 2.0**24
    assert arithmetic.one_by_one(x[::-1]) == 2.0**24 + 2


def test_pairwise_by_hand():
    x = np.array([1.0, 2.0**24, 1.0, 0.0], dtype=np.float32)
    assert arithmetic.pairwise(x) == 2.0**24  # (1 + 2^24) + (1 + 0): both ones are lost


# --- matrix products -----------------------------------------------------------------------------


def products(change=0.0):
    table = {f"{d} {n}": np.ones((2, 2)) for d in arithmetic.DTYPES for n in arithmetic.SIZES}
    table["float32 100"] = table["float32 100"] + np.array([[change, 0], [0, 0]])
    return table


def test_compare_counts_the_products_that_changed():
    result = arithmetic.compare(products(), products(change=0.5), "some kernel")
    assert result["kernel"] == "some kernel"
    assert result["float32"]["products_changed"] == arithmetic.products_changed(result) == 1
    assert max(result["float32"]["share_of_elements_changed"]) == 0.25
    assert result["float32"]["largest_difference"] == 0.5
    assert result["float64"]["products_changed"] == 0


def test_a_kernel_that_the_cpu_lacks_is_none_and_no_crash(monkeypatch, tmp_path):
    monkeypatch.setattr(arithmetic.sys, "executable", "/bin/false")
    assert arithmetic.products_under({}, tmp_path) is None
