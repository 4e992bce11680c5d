"""The same tests over every operation of the table; the table is complete; the tests can fail."""

import inspect

import numpy as np
import pytest

from block04_training.tests.op_table import (
    CHECKS,
    KINDS,
    MODULES,
    NOT_OPERATIONS,
    OPS,
    caught,
    samples,
)
from shared import functional, operations, tensor
from shared.tensor import Tensor

REFUSALS = (ValueError, TypeError, IndexError)


def public_functions():
    return {
        name
        for module in MODULES
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__
        if not name.startswith("_")
    }


def test_every_public_operation_is_in_the_table():
    assert public_functions() == OPS.keys() | NOT_OPERATIONS


def test_an_operation_that_nobody_listed_is_noticed(monkeypatch):
    def cube(x):
        return x

    cube.__module__ = operations.__name__
    monkeypatch.setattr(operations, "cube", cube, raising=False)
    assert public_functions() != OPS.keys() | NOT_OPERATIONS


@pytest.mark.parametrize("name", OPS)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_operation(name, check):
    check(name)


@pytest.mark.parametrize("name", OPS)
def test_bad_input_is_refused(name):
    with pytest.raises(REFUSALS):
        OPS[name].bad()


@pytest.mark.parametrize("name", OPS)
def test_nothing_is_recorded_under_no_grad_or_without_need(name):
    arrays = next(iter(samples(name)))
    with tensor.no_grad():
        out = OPS[name].call(*[Tensor(array, requires_grad=True) for array in arrays])
    assert not out.requires_grad
    assert not OPS[name].call(*map(Tensor, arrays)).requires_grad


@pytest.mark.parametrize("name", OPS)
def test_two_dtypes_do_not_mix(name):
    arrays = next(iter(samples(name)))
    if len(arrays) > 1:
        mixed = [Tensor(arrays[0].astype(np.float32)), *map(Tensor, arrays[1:])]
        with pytest.raises(TypeError, match="different dtypes"):
            OPS[name].call(*mixed)


@pytest.mark.parametrize("kind", KINDS)
def test_a_bug_of_each_kind_is_caught(kind):
    """One operation a kind here; the experiment plants all kinds in all operations."""
    assert (
        caught("matmul" if kind == "transposed" else "linear", kind, 1 if kind != "dropped" else 2)
        or kind == "the mean over stretched axes"
    )
    if kind == "the mean over stretched axes":
        assert caught("add", kind, 1)


@pytest.mark.parametrize("rate", [-0.1, 1.0, 2.0])
def test_a_dropout_rate_outside_0_to_1_is_refused(rate):
    with pytest.raises(ValueError, match="dropout rate"):
        functional.dropout(Tensor(np.ones(3)), rate, np.random.default_rng(0))


def test_dropout_keeps_the_mean_and_rests_when_not_training():
    x = Tensor(np.ones(200_000))
    dropped = functional.dropout(x, 0.3, np.random.default_rng(0))
    assert dropped.data.mean() == pytest.approx(1, abs=0.01)
    assert (dropped.data == 0).mean() == pytest.approx(0.3, abs=0.01)
    assert functional.dropout(x, 0.3, np.random.default_rng(0), training=False) is x


def test_cross_entropy_is_finite_for_huge_logits():
    logits = Tensor(np.array([[1e4, -1e4], [-1e4, 1e4]]), requires_grad=True)
    loss = functional.cross_entropy(logits, np.array([1, 1]))
    loss.backward()
    assert loss.item() == 1e4
    assert np.isfinite(logits.grad).all()


@pytest.mark.parametrize(
    ("labels", "error", "says"),
    [
        (np.array([[0, 1]]), ValueError, "targets have shape"),
        (np.array([0.0, 1.0]), ValueError, "whole number"),
        (np.array([0, 5]), ValueError, r"targets\[1\] is 5, expected 0 to 2"),
        (np.array([-1, -1]), ValueError, "no target left"),
    ],
)
def test_cross_entropy_names_what_is_wrong(labels, error, says):
    with pytest.raises(error, match=says):
        functional.cross_entropy(Tensor(np.zeros((2, 3))), labels, ignored=-1)
