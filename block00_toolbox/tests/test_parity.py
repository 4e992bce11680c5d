"""The block's texts and shared/'s agree: the same rows, the same columns, the same behaviour."""

import numpy as np
import pytest

from block00_toolbox import generator, reductions, sampling
from shared import data, seeding
from shared.checks import relative_error


@pytest.mark.parametrize("n, fraction", [(10, 0.3), (2, 0.5), (442, 0.2), (7, 1 / 3)])
def test_the_split_is_shareds_for_the_same_permutation(n, fraction):
    order = seeding.stream(0, "split").permutation(n).tolist()
    train, validation = data.train_validation_split(n, fraction, seeding.stream(0, "split"))
    assert sampling.split(order, fraction) == (train.tolist(), validation.tolist())


@pytest.mark.parametrize("n, size", [(10, 4), (10, 5), (3, 7), (1, 1)])
def test_the_batches_are_shareds_for_the_same_permutation(n, size):
    order = seeding.stream(0, "batches").permutation(n).tolist()
    theirs = data.minibatches(n, size, seeding.stream(0, "batches"))
    assert list(sampling.batches(order, size)) == [rows.tolist() for rows in theirs]


@pytest.mark.parametrize("fraction", [0.0, 1.0, np.nan, np.inf])
def test_both_splits_refuse_an_empty_part(fraction):
    with pytest.raises(ValueError, match="empty"):
        sampling.split(list(range(5)), fraction)
    with pytest.raises(ValueError, match="empty"):
        data.train_validation_split(5, fraction, seeding.stream(0))


def test_standardising_is_shareds():
    X = seeding.stream(0, "columns").standard_normal((50, 4)) * [1, 1e3, 1e-3, 0] + [0, 5, 7, 0.1]
    fitted = data.fit_standardiser(X)
    mean, scale = reductions.fit_standardiser(X.tolist())
    assert relative_error(np.array(mean[0]), fitted.mean) <= 1e-14
    assert relative_error(np.array(scale[0]), fitted.scale) <= 1e-14
    assert scale[0][3] == fitted.scale[3] == 1.0  # the constant column
    Z = reductions.standardise(X.tolist(), mean, scale)
    assert relative_error(np.array(Z), fitted(X)) <= 1e-13


@pytest.mark.parametrize("column", [[0, 1e200], [0, 1e-200], [0.3, 0.1 + 0.2], [5, 5], [1, -1]])
def test_a_column_of_any_size_is_standardised_as_shareds(column):
    X = [[float(value)] for value in column]
    Z = np.array(reductions.standardise(X, *reductions.fit_standardiser(X)))
    assert np.abs(Z - data.fit_standardiser(np.array(X))(np.array(X))).max() <= 1e-12


def test_standardising_the_diabetes_table_is_shareds():
    X = data.load_diabetes().X
    Z = reductions.standardise(X.tolist(), *reductions.fit_standardiser(X.tolist()))
    assert relative_error(np.array(Z), data.fit_standardiser(X)(X)) <= 1e-12


def by_hand(seed, *names):
    return generator.named_stream(seed, *names).uniform


def shareds(seed, *names):
    return seeding.stream(seed, *names).random


@pytest.mark.parametrize("stream", [by_hand, shareds])
def test_a_stream_depends_on_seed_and_names_only(stream):
    first = stream(0, "weights")
    numbers = [first() for _ in range(5)]
    other = stream(0, "data")
    other()  # a draw elsewhere moves nothing here
    again = stream(0, "weights")
    assert [again() for _ in range(5)] == numbers
    starts = {stream(s, *n)() for s in (0, 1) for n in [("a",), ("b",), ("a", 1), ("a", "1"), ()]}
    assert len(starts) == 10


@pytest.mark.parametrize("stream", [by_hand, shareds])
def test_numpy_integers_and_texts_are_the_same_names(stream):
    assert stream(np.int64(3), np.str_("fold"), np.uint8(2))() == stream(3, "fold", 2)()
    for seed in (True, -1, 1.0, None):
        with pytest.raises(ValueError, match="a seed is a whole number"):
            stream(seed, "a")


@pytest.mark.parametrize("stream", [by_hand, shareds])
def test_streams_do_not_follow_each_other(stream):
    x, y = ([draw() for _ in range(5_000)] for draw in (stream(0, "x"), stream(0, "y")))
    assert abs(np.corrcoef(x, y)[0, 1]) < 0.06
