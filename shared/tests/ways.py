"""Ways of a test that catch kinds of mistakes: leaks, wrong labels, settings without effect."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from shared.data import Table
from shared.results import Run


def a_run(folder: Path, *, quick: bool = True, seed: int = 0) -> Run:
    """A run that writes nowhere, for functions that log and record."""
    options = argparse.Namespace(quick=quick, seed=seed, out=folder)
    return Run("toy", folder / "block77_toy", options, ["--quick"])


def poisoned(table: Table, rows: np.ndarray, rng: np.random.Generator) -> Table:
    """The table with noise in the X of these rows: what does not look at them stays the same."""
    X = table.X.copy()
    X[rows] = 1e3 * rng.standard_normal(X[rows].shape)
    return table._replace(X=X)


def shuffled_labels(table: Table, rng: np.random.Generator) -> Table:
    """The table with every label on some other row: what is trained on it is at chance."""
    return table._replace(y=rng.permutation(table.y))


def assert_every_setting_matters(
    outcome: Callable[[Any], Any], settings: Any, changes: dict[str, Any]
) -> None:
    """Changing any field of the settings, a NamedTuple, changes the outcome (a log, say)."""
    assert set(changes) == set(settings._fields), "name a change for every field"
    before = outcome(settings)
    assert outcome(settings) == before, "the outcome is not the same twice"
    for field, value in changes.items():
        assert outcome(settings._replace(**{field: value})) != before, f"{field} has no effect"


def learning_rates(monkeypatch, train: Any) -> list[float]:
    """A list that fills with the rate of every step of the Adam that a train module uses."""
    rates = []

    class Watched(train.Adam):
        def step(self):
            rates.append(self.learning_rate)
            super().step()

    monkeypatch.setattr(train, "Adam", Watched)
    return rates
