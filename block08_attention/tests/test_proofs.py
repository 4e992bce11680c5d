"""The proofs, where something is wrong; and that the run records the worst of all errors."""

import json

import numpy as np
import pytest

from block08_attention import attention, multi_head, proofs
from shared.tests.ways import a_run


def wrong(gradients, index, factor):
    return tuple(factor * g if i == index else g for i, g in enumerate(gradients))


@pytest.mark.parametrize("index", [0, 1, 2])
def test_a_wrong_gradient_of_attention_is_seen_by_both_checks(index, monkeypatch):
    right = attention.backward
    monkeypatch.setattr(attention, "backward", lambda *given: wrong(right(*given), index, 1.01))
    errors = proofs.attention_errors(3, None)
    assert [error > 1e-3 for error in errors] == [i == index for i in range(3)]
    assert max(backward for _, backward in proofs.golden_errors().values()) > 1e-3


@pytest.mark.parametrize("name", multi_head.Parameters._fields)
def test_a_wrong_gradient_of_a_matrix_is_seen(name, monkeypatch):
    right = multi_head.backward

    def doubled(*given):
        gradients, dx, dmemory = right(*given)
        return gradients._replace(**{name: 2 * getattr(gradients, name)}), dx, dmemory

    monkeypatch.setattr(multi_head, "backward", doubled)
    index = multi_head.Parameters._fields.index(name)
    for errors in (proofs.multi_head_errors(3, 2, None), proofs.model_errors(3)):
        assert errors[index] == pytest.approx(0.5, abs=1e-6)
    assert proofs.engine_error(3, proofs.ENGINE_CASES["two_looks"]) == pytest.approx(0.5)


def test_a_nan_or_another_shape_is_no_small_error():
    with pytest.raises(ValueError, match=r"ours\[1\] is nan"):
        proofs.max_abs_error(np.array([1.0, np.nan]), np.zeros(2))
    with pytest.raises(ValueError, match=r"ours has shape \(1,\), golden \(2,\)"):
        proofs.max_abs_error(np.zeros(1), np.zeros(2))


def test_the_record_holds_the_worst_of_all_errors(tmp_path, monkeypatch):
    fakes = {
        "all_gradient_errors": lambda seed: {"a": [1e-9, 4e-8], "b": [seed * 1e-9]},
        "golden_errors": lambda: {"x": (1e-16, 5e-16), "y": (3e-16, 2e-16)},
        "causality_change": lambda seed: (0.25, 0.5), "shuffle_error": lambda seed: 1e-15,
        "loop_error": lambda seed: 2e-15, "engine_errors": lambda seed: {"look_up": 3e-13},
    }
    for name, fake in fakes.items():
        monkeypatch.setattr(proofs, name, fake)
    run = a_run(tmp_path, seed=3)
    proofs.record(run)
    assert run.headline_numbers == {
        "attention_golden_max_abs_error": 3e-16, "attention_golden_gradient_max_abs_error": 5e-16,
        "gradient_check_max_relative_error": 4e-8, "causality_max_change": 0.25,
    }
    metrics = json.loads(run.files["proofs.json"])["metrics"]
    assert metrics["arrays"] == 3 and metrics["causality_change_at"] == 0.5
    assert metrics["golden_gradient_max_abs_error"] == {"x": 5e-16, "y": 2e-16}
