"""What the proofs measure, on examples whose answer is known; test_parity.py has the rest."""

import json

import numpy as np
import pytest

from block00_toolbox import proofs
from block00_toolbox.generator import named_stream
from block00_toolbox.sampling import shuffled
from shared.tests.ways import a_run


def test_the_periods_are_full_where_hull_and_dobell_say():
    periods = proofs.periods()
    assert periods[5, 3] == 16 and periods[4, 3] == 1 and periods[3, 0] == 4  # 1, 3, 9, 11
    assert np.array_equal(periods == 16, proofs.full_period_predicted())


def test_the_low_bits_of_an_lcg_repeat_early():
    assert [proofs.period_of_low_bits(count) for count in range(1, 7)] == [2, 4, 8, 16, 32, 64]


def test_chi_square_by_hand():
    assert proofs.chi_square([1, 3]) == 1.0  # (1 + 1) / 2


def test_the_uniform_chi_square_is_of_all_draws_and_of_its_seed():
    found = [proofs.uniform_chi_square(seed, 1000, places=10) for seed in (0, 1)]
    assert found[0] != found[1] and max(found) < proofs.chi_square_limit(10)


def test_the_record_tells_the_shuffles_apart(tmp_path):
    run = a_run(tmp_path, seed=1)
    proofs.record(run)
    numbers = run.headline_numbers
    fair, unfair = "fair_shuffle_chi_square_over_limit", "unfair_shuffle_chi_square_over_limit"
    assert numbers[fair] < 1 < numbers[unfair]
    assert numbers["uniform_chi_square_over_limit"] == pytest.approx(
        proofs.uniform_chi_square(1, 2_000) / proofs.chi_square_limit(100), rel=1e-5
    )
    rng = named_stream(1, "shuffle", "shuffled")
    expected = proofs.orders_of_four(shuffled, rng, 2_400) / proofs.chi_square_limit(24)
    assert numbers[fair] == pytest.approx(expected, rel=1e-5)


def test_one_disagreement_is_told(tmp_path, monkeypatch):
    found = proofs.periods()
    found[0, 0] = 16
    monkeypatch.setattr(proofs, "periods", lambda: found)
    monkeypatch.setattr(proofs, "rows_agree", lambda n, *_: n != 442)
    for slow in ("orders_of_four", "uniform_chi_square", "standardising_error"):  # not asked for
        monkeypatch.setattr(proofs, slow, lambda *_: 1.0)
    proofs.record(run := a_run(tmp_path))
    told = json.loads(run.files["proofs.json"])["metrics"]
    assert told["agree_with_hull_dobell"] == 255 and not told["rows_agree_with_shared"]
    assert not run.headline_numbers["full_periods_where_predicted"]
