"""The rules hold over the repository, accept a clean tree, and each finds what it is there for."""

import shutil
from pathlib import Path

import pytest

from shared.tests import (
    architecture_blocks,
    architecture_calls,
    architecture_imports,
    architecture_pages,
)
from shared.tests.architecture_plants import PLANTS, TREE

ROOT = Path(__file__).resolve().parent.parent.parent
MODULES = (architecture_imports, architecture_calls, architecture_blocks, architecture_pages)
RULES = {rule.__name__: rule for module in MODULES for rule in module.RULES}


@pytest.mark.parametrize("rule", RULES)
def test_the_repository_keeps(rule):
    violations = RULES[rule](ROOT)
    assert not violations, "\n" + "\n".join(violations)


@pytest.fixture
def tree(tmp_path):
    """A small repository that breaks no rule."""
    for place, text in TREE.items():
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "block01_line/results/loss_curve.png").write_bytes(b"a picture")
    return tmp_path


@pytest.mark.parametrize("rule", RULES)
def test_a_clean_tree_is_accepted_by(rule, tree):
    assert RULES[rule](tree) == []


@pytest.mark.parametrize("rule", RULES)
def test_an_empty_tree_is_accepted_by(rule, tmp_path):
    assert RULES[rule](tmp_path) == []


def test_only_the_other_blocks_matter_where_one_is_deleted(tree):
    shutil.rmtree(tree / "block01_line")
    (tree / "README.md").write_text("# The path\n")
    assert [violation for rule in RULES.values() for violation in rule(tree)] == []


@pytest.mark.parametrize("rule", RULES)
def test_a_planted_violation_is_found_by(rule, tree):
    assert PLANTS[rule]
    for plant in PLANTS[rule]:
        check_that_it_is_found(plant, rule, tree)


def check_that_it_is_found(plant, rule, tree):
    """Plant it, look for it, and leave the tree as it was."""
    path = tree / plant.file
    there = path.read_bytes() if path.exists() else None
    old = (there or b"").decode()
    new = plant.change(old)
    assert new != old, f"{plant} changes nothing"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink() if new is None else path.write_text(new, encoding="utf-8")
    violations = RULES[rule](tree)
    assert any(plant.finds in violation for violation in violations), (plant, violations)
    assert all(": " in violation and "\n" not in violation for violation in violations)
    path.unlink(missing_ok=True)
    if there is not None:
        path.write_bytes(there)
    assert RULES[rule](tree) == []
